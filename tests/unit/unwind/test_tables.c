// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tables on this very process: copies of its own stack are unwound by them and the result is
 * compared with what backtrace() of the C library says in the same place. The arrays are
 * plain memory. Then the same copies damaged and cut in every way.
 */
#include "own_stack.h"

struct world {
	struct modules modules;
	struct mappings *mappings;
	struct unwind_tables *tables;
};

static int module_open(void *data, const struct module *module)
{
	static int fd = -1;

	(void)data;
	if (fd >= 0)
		close(fd);
	fd = open(module->path, O_RDONLY | O_CLOEXEC);
	return fd;
}

/* Adds each executable mapping of this process, as collect/ does. */
static void world_add_mappings(struct world *world)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/maps", "re");
	char line[4200], permissions[8], path[4096];
	struct mapping mapping;
	struct module *module;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		mapping = (struct mapping){ 0 };
		path[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %4095s", &mapping.start, &mapping.end,
			   permissions, &mapping.offset, path) < 4 ||
		    permissions[2] != 'x')
			continue;
		assert_int_equal(modules_intern(&world->modules,
						strcmp(path, "[vdso]") == 0 ? MODULE_VDSO :
						path[0] == '/'		    ? MODULE_FILE :
									      MODULE_ANON,
						path, NULL, 0, &module),
				 0);
		mapping.module = module->id;
		assert_int_equal(mappings_add(world->mappings, &mapping), 0);
	}
}

static int world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct unwind_tables_options options;

	assert_non_null(world);
	assert_int_equal(modules_init(&world->modules), 0);
	world->mappings = mappings_new();
	assert_non_null(world->mappings);
	options = (struct unwind_tables_options){ .modules = &world->modules,
						  .module_file = module_open };
	assert_int_equal(unwind_tables_open(&options, &world->tables), 0);
	/* The first backtrace() loads libgcc. */
	assert_true(backtrace(&(void *){ NULL }, 1) == 1);
	world_add_mappings(world);
	*state = world;
	return 0;
}

static int world_teardown(void **state)
{
	struct world *world = *state;

	unwind_tables_close(world->tables);
	mappings_unref(world->mappings);
	modules_done(&world->modules);
	free(world);
	return 0;
}

static size_t unwind(struct world *world, uint64_t *pcs, enum lt_stack_end *ret_end)
{
	return unwind_tables_raw(world->tables, world->mappings, target->raw, pcs, MAX_PCS,
				 ret_end);
}

/*
 * Compares with backtrace(), whose first entry is in capture(), too. The place of a call is one
 * less than the return address; that of the frame that a signal broke into, EXACT, is not, nor is
 * that of the signal's own frame before it. The sanitizer may put frames of its own backtrace()
 * in front.
 */
static void check_snapshot(struct world *world, int exact)
{
	enum lt_stack_end end = LT_STACK_NO_MODULE;
	uint64_t pcs[MAX_PCS];
	size_t n = unwind(world, pcs, &end);
	int first = 0;

	assert_int_equal(end, LT_STACK_COMPLETE);
	while (first < target->n_expected &&
	       (uint64_t)(uintptr_t)target->expected[first] - target->raw->regs.ip > 4096)
		first++;
	assert_int_equal(pcs[0], target->raw->regs.ip);
	assert_int_equal(n, target->n_expected - first);
	for (size_t i = 1; i < n; i++) {
		uint64_t expected = (uint64_t)(uintptr_t)target->expected[first + i];

		if ((int)i + 1 == exact)
			expected |= LT_PC_SIGNAL;
		if (pcs[i] != expected - ((int)i != exact && (int)i + 1 != exact))
			fail_msg("frame %zu is at %#lx instead of %#lx", i, (unsigned long)pcs[i],
				 (unsigned long)expected);
	}
}

__attribute__((noinline)) static void recurse(int depth)
{
	char frame[40];

	memset(frame, depth, sizeof(frame));
	if (depth == 0)
		capture();
	else
		recurse(depth - 1);
	sink += frame[depth % 40];
}

__attribute__((noinline)) static void with_alloca(size_t bytes)
{
	_Alignas(64) char wide[128];
	char *dynamic = alloca(bytes);

	memset(wide, 1, sizeof(wide));
	memset(dynamic, 2, bytes);
	recurse(2);
	sink += wide[bytes % 128] + dynamic[bytes / 2];
}

static int compare_capture(const void *a, const void *b)
{
	if (target->n_expected == 0)
		capture();
	return *(const int *)a - *(const int *)b;
}

static void capture_in_handler(int number)
{
	recurse(number % 2);
	sink++;
}

static void *capture_in_thread(void *argument)
{
	recurse(5);
	return argument;
}

/* A uprobe has put an address of its own in place of one that a call left on the stack. */
static void test_redirected(void **state)
{
	struct snapshot snapshot;
	struct lt_event_raw *raw;
	uint64_t address;
	uint8_t *place;

	snapshot_init(&snapshot);
	recurse(DEPTH);
	raw = snapshot.raw;
	raw->trampoline = 0x7fffffffe000;
	address = (uintptr_t)snapshot.expected[snapshot.n_expected - 2];
	place = memmem(raw->bytes, raw->n_bytes, &address, sizeof(address));
	memcpy(place, &raw->trampoline, sizeof(address));
	raw->redirected[1].ip = address;
	raw->redirected[1].sp = raw->regs.sp + (uint64_t)(place - raw->bytes) + 8;
	check_snapshot(*state, -1);
	snapshot_done(&snapshot);
}

static void test_recursion(void **state)
{
	struct snapshot snapshot;

	snapshot_init(&snapshot);
	recurse(DEPTH);
	check_snapshot(*state, -1);
	assert_true(snapshot.n_expected > DEPTH);
	snapshot_done(&snapshot);
}

static void test_dynamic_frames(void **state)
{
	struct snapshot snapshot;

	snapshot_init(&snapshot);
	with_alloca((size_t)sink % 100 + 333);
	check_snapshot(*state, -1);
	snapshot_done(&snapshot);
}

static void test_callback(void **state)
{
	struct snapshot snapshot;
	int numbers[] = { 3, 1, 2 };

	snapshot_init(&snapshot);
	qsort(numbers, 3, sizeof(numbers[0]), compare_capture);
	check_snapshot(*state, -1);
	snapshot_done(&snapshot);
}

static void test_thread(void **state)
{
	struct snapshot snapshot;
	pthread_t thread;

	snapshot_init(&snapshot);
	assert_int_equal(pthread_create(&thread, NULL, capture_in_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	check_snapshot(*state, -1);
	snapshot_done(&snapshot);
}

/* The frame that the signal broke into is no call: its place is the instruction itself. */
static void test_signal(void **state)
{
	struct sigaction action = { .sa_handler = capture_in_handler };
	struct snapshot snapshot;
	struct sigaction old;
	enum lt_stack_end end;
	uint64_t pcs[MAX_PCS];
	size_t n, exact = 0;

	snapshot_init(&snapshot);
	assert_int_equal(sigaction(SIGUSR1, &action, &old), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
	/* The one place that is exactly what backtrace() says. */
	n = unwind(*state, pcs, &end);
	for (size_t i = 1; i < n; i++) {
		for (int j = 0; j < snapshot.n_expected; j++) {
			if (pcs[i] == (uint64_t)(uintptr_t)snapshot.expected[j])
				exact = i;
		}
	}
	/* Behind capture, recurse, the handler and where it returns to. */
	assert_in_range(exact, 4, 6);
	check_snapshot(*state, (int)exact);
	snapshot_done(&snapshot);
}

/* However short the copy, what it gives is the beginning of the whole, and marked as cut. */
static void test_cut(void **state)
{
	uint64_t whole[MAX_PCS], pcs[MAX_PCS];
	enum lt_stack_end end;
	struct snapshot snapshot;
	size_t n_whole, n, n_cut = 0;
	uint32_t n_bytes;

	snapshot_init(&snapshot);
	recurse(DEPTH);
	n_whole = unwind(*state, whole, &end);
	assert_int_equal(end, LT_STACK_COMPLETE);
	n_bytes = snapshot.raw->n_bytes;
	for (uint32_t bytes = 0; bytes <= n_bytes; bytes += 13) {
		snapshot.raw->n_bytes = bytes;
		n = unwind(*state, pcs, &end);
		assert_true(n >= 1 && n <= n_whole);
		assert_memory_equal(pcs, whole, n * sizeof(*pcs));
		if (n < n_whole) {
			assert_int_equal(end, LT_STACK_UNREADABLE);
			n_cut++;
		}
	}
	assert_true(n_cut > n_whole);
	snapshot_done(&snapshot);
}

/* No more frames than there is room for. */
static void test_truncated(void **state)
{
	struct world *world = *state;
	uint64_t whole[MAX_PCS], pcs[MAX_PCS];
	enum lt_stack_end end;
	struct snapshot snapshot;
	size_t n_whole;

	snapshot_init(&snapshot);
	recurse(DEPTH);
	n_whole = unwind(world, whole, &end);
	for (size_t max = 0; max < n_whole; max++) {
		memset(pcs, 0, sizeof(pcs));
		assert_int_equal(unwind_tables_raw(world->tables, world->mappings, snapshot.raw,
						   pcs, max, &end),
				 max);
		assert_memory_equal(pcs, whole, max * sizeof(*pcs));
		assert_int_equal(pcs[max], 0);
		assert_int_equal(end, LT_STACK_TRUNCATED);
	}
	snapshot_done(&snapshot);
}

/* A process writes what it likes on its stack and into its registers: any result, but an end. */
static void test_damaged(void **state)
{
	uint64_t pcs[MAX_PCS], random = 88172645463325252;
	enum lt_stack_end end;
	struct snapshot snapshot;
	uint8_t *good;

	snapshot_init(&snapshot);
	recurse(DEPTH);
	good = malloc(snapshot.raw->n_bytes);
	assert_non_null(good);
	memcpy(good, snapshot.raw->bytes, snapshot.raw->n_bytes);
	for (int round = 0; round < 3000; round++) {
		struct lt_unwind_regs regs = snapshot.raw->regs;

		for (int i = 0; i < 20; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			snapshot.raw->bytes[random % snapshot.raw->n_bytes] =
				(uint8_t)(random >> 32);
		}
		((uint64_t *)&snapshot.raw->regs)[round % 5] ^= random >> (random & 63);
		end = LT_STACK_NO_MODULE;
		assert_in_range(unwind(*state, pcs, &end), 1, MAX_PCS);
		assert_true(end < LT_STACK_NO_MODULE);
		snapshot.raw->regs = regs;
		memcpy(snapshot.raw->bytes, good, snapshot.raw->n_bytes);
	}
	free(good);
	check_snapshot(*state, -1);
	snapshot_done(&snapshot);
}

/* What the tables are kept in, and how much of it they ever asked for. */
struct room {
	void *items[_UNWIND_ARRAY_MAX];
	uint32_t n[_UNWIND_ARRAY_MAX];
};

static int room_reserve(void *data, enum unwind_array array, uint32_t n, void **ret_items)
{
	struct room *room = data;

	/* No item is larger. */
	if (n > room->n[array]) {
		room->n[array] = n;
		room->items[array] =
			realloc(room->items[array], n * sizeof(struct lt_unwind_rule) * 2);
		assert_non_null(room->items[array]);
	}
	*ret_items = room->items[array];
	return 0;
}

/* Modules come and go: their tables are right each time, and take no more room than at first. */
static void test_forgotten(void **state)
{
	struct room room = { 0 }, first = { 0 };
	struct world *world = *state, other = *world;
	struct unwind_tables_options options = { .reserve = room_reserve,
						 .modules = &world->modules,
						 .module_file = module_open,
						 .data = &room };
	struct snapshot snapshot;

	snapshot_init(&snapshot);
	recurse(DEPTH);
	assert_int_equal(unwind_tables_open(&options, &other.tables), 0);
	for (int pass = 0; pass < 5; pass++) {
		check_snapshot(&other, -1);
		if (!pass)
			first = room;
		vec_foreach(module, &world->modules.items)
			unwind_tables_forget(other.tables, *module);
	}
	assert_true(first.n[UNWIND_ROWS] > 0);
	assert_memory_equal(room.n, first.n, sizeof(room.n));
	assert_int_equal(unwind_tables_n_refused(other.tables), 0);
	unwind_tables_close(other.tables);
	for (int i = 0; i < _UNWIND_ARRAY_MAX; i++)
		free(room.items[i]);
	snapshot_done(&snapshot);
}

/* A file that cannot be opened any more, and one that is no ELF file: frame pointers, marked. */
static void test_no_table(void **state)
{
	struct world *world = *state;
	struct lt_module found = { .n_granules = 1 };
	struct module *module;

	assert_int_equal(
		modules_intern(&world->modules, MODULE_FILE, "/nowhere/at/all", NULL, 0, &module),
		0);
	assert_int_equal(unwind_tables_get(world->tables, module, 0, &found), 0);
	assert_int_equal(found.n_granules, 0);
	assert_int_equal(
		modules_intern(&world->modules, MODULE_FILE, "/proc/self/maps", NULL, 0, &module),
		0);
	found.n_granules = 1;
	assert_int_equal(unwind_tables_get(world->tables, module, 0, &found), 0);
	assert_int_equal(found.n_granules, 0);
	assert_int_equal(unwind_tables_n_refused(world->tables), 0);
}

/* The same file twice is one table; two files are two, one behind the other. */
static void test_places(void **state)
{
	struct world *world = *state;
	struct lt_module first, again, other;
	uint32_t n_files = 0;

	vec_foreach(mapping, &world->mappings->list) {
		const struct module *module = modules_get(&world->modules, mapping->module);

		if (module->kind != MODULE_FILE)
			continue;
		assert_int_equal(unwind_tables_get(world->tables, module, mapping->offset, &other),
				 0);
		assert_true(other.n_granules > 0);
		assert_int_equal(unwind_tables_get(world->tables, module, mapping->offset, &again),
				 0);
		assert_memory_equal(&other, &again, sizeof(again));
		if (n_files++ > 0)
			assert_true(other.first_granule >= first.first_granule + first.n_granules ||
				    other.first_granule + other.n_granules <= first.first_granule);
		first = other;
	}
	assert_true(n_files >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recursion), cmocka_unit_test(test_dynamic_frames),
		cmocka_unit_test(test_callback),  cmocka_unit_test(test_thread),
		cmocka_unit_test(test_signal),	  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_table),  cmocka_unit_test(test_places),
		cmocka_unit_test(test_forgotten), cmocka_unit_test(test_redirected),
	};

	return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
