// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is written is what is read: at once, in steps, while it is being written, and after the
 * writer was killed. And which files are written to at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/recording.h"
#include "store/sample.h"
#include "store/schema.h"
#include "store/store.h"

static char folder[] = "/tmp/leaktrace-store-XXXXXX";
static char *path;

static int setup(void **state)
{
	(void)state;
	path = mkdtemp(folder) ? str_printf("%s/run.ltdb", folder) : NULL;
	return path ? 0 : -1;
}

static void remove_file(const char *end)
{
	_cleanup_free_ char *name = str_printf("%s%s", path, end);

	assert_non_null(name);
	unlink(name);
}

static int clean(void **state)
{
	(void)state;
	remove_file("");
	remove_file("-wal");
	remove_file("-shm");
	remove_file(".link");
	return 0;
}

static int teardown(void **state)
{
	int r = rmdir(folder);

	(void)state;
	free(path);
	return r;
}

static struct store *store_at(const char *name)
{
	struct diag diag = { 0 };
	struct store *store = NULL;
	int r = store_open(name, &store, &diag);

	if (r < 0)
		diag_print(&diag, stderr);
	assert_int_equal(r, 0);
	return store;
}

static struct recording *recording_at(const char *name)
{
	struct diag diag = { 0 };
	struct recording *recording = NULL;
	int r = recording_open(name, &recording, &diag);

	if (r < 0)
		diag_print(&diag, stderr);
	assert_int_equal(r, 0);
	return recording;
}

/* All columns of a row. */
static void same_row(enum schema_table table, const void *a, const void *b)
{
	assert_int_equal(columns_hash(&schema_tables[table], a, 0),
			 columns_hash(&schema_tables[table], b, 0));
}

static void same_strings(char **a, char **b)
{
	assert_int_equal(!a, !b);
	for (size_t i = 0; a; i++) {
		if (!a[i] || !b[i]) {
			assert_ptr_equal(a[i], b[i]);
			return;
		}
		assert_string_equal(a[i], b[i]);
	}
}

static void same_places(const struct result *a, const struct place *x, const struct result *b,
			const struct place *y)
{
	const struct symbol *first = symbols_find(a->symbols, x);
	const struct symbol *second = symbols_find(b->symbols, y);

	assert_memory_equal(x, y, sizeof(*x));
	assert_int_equal(!first, !second);
	if (!first)
		return;
	assert_int_equal(first->n_frames, second->n_frames);
	for (uint32_t i = 0; i < first->n_frames; i++)
		same_row(TABLE_FRAME, &first->frames[i], &second->frames[i]);
}

static void same_stacks(const struct result *a, uint32_t x, const struct result *b, uint32_t y)
{
	const struct stack *first = stacks_get(a->stacks, x), *second = stacks_get(b->stacks, y);

	assert_int_equal(first->n, second->n);
	assert_int_equal(first->end, second->end);
	for (uint32_t i = 0; i < first->n; i++)
		same_places(a, stacks_place(a->stacks, first, i), b,
			    stacks_place(b->stacks, second, i));
}

static void same_sites(const struct result *a, const struct site *x, const struct result *b,
		       const struct site *y)
{
	struct site copy = *y;
	const struct place place = { x->root.module, PLACE_DATA, x->root.offset };

	same_stacks(a, x->key.stack, b, y->key.stack);
	copy.key.stack = x->key.stack;
	same_row(TABLE_SITE, x, &copy);
	if (x->root.module)
		same_places(a, &place, b, &place);
	assert_int_equal(x->n_objects, y->n_objects);
	for (uint32_t i = 0; i < x->n_objects; i++) {
		struct object object = y->objects[i];

		same_stacks(a, x->objects[i].routine, b, object.routine);
		object.routine = x->objects[i].routine;
		same_row(TABLE_OBJECT, &x->objects[i], &object);
	}
	assert_int_equal(x->growth.n, y->growth.n);
	for (size_t i = 0; i < x->growth.n; i++)
		assert_int_equal(x->growth.items[i], y->growth.items[i]);
}

static void same_processes(const struct process *a, const struct process *b)
{
	same_row(TABLE_PROCESS, a, b);
	same_strings(a->command, b->command);
	assert_memory_equal(&a->losses, &b->losses, sizeof(a->losses));
	assert_int_equal(a->samples.list.n, b->samples.list.n);
	for (size_t i = 0; i < a->samples.list.n; i++)
		same_row(TABLE_SAMPLE, &a->samples.list.items[i], &b->samples.list.items[i]);
}

static void same_mark_sites(const struct result *a, const struct result *b)
{
	const struct mark_entry *y = b->marks.entries;

	assert_int_equal(HASH_COUNT(a->marks.entries), HASH_COUNT(b->marks.entries));
	for (const struct mark_entry *x = a->marks.entries; x; x = x->hh.next, y = y->hh.next) {
		struct mark_entry copy = *y;

		same_stacks(a, x->key.stack, b, y->key.stack);
		copy.key.stack = x->key.stack;
		same_row(TABLE_MARK_SITE, x, &copy);
		assert_int_equal(x->changes.n, y->changes.n);
		for (size_t i = 0; i < x->changes.n; i++)
			same_row(TABLE_MARK_AMOUNT, &x->changes.items[i], &y->changes.items[i]);
	}
}

static void same_results(const struct result *a, const struct result *b)
{
	struct row_run first = { .result = *a }, second = { .result = *b };

	same_row(TABLE_RUN, &first, &second);
	same_strings(a->command, b->command);
	assert_memory_equal(&a->losses, &b->losses, sizeof(a->losses));
	assert_int_equal(a->notes.n, b->notes.n);
	for (size_t i = 0; i < a->notes.n; i++)
		assert_string_equal(a->notes.items[i], b->notes.items[i]);
	assert_int_equal(a->suppressions.list.n, b->suppressions.list.n);
	for (size_t i = 0; i < a->suppressions.list.n; i++)
		same_row(TABLE_SUPPRESSION, &a->suppressions.list.items[i],
			 &b->suppressions.list.items[i]);
	assert_int_equal(a->marks.items.n, b->marks.items.n);
	for (size_t i = 0; i < a->marks.items.n; i++)
		same_row(TABLE_MARK, &a->marks.items.items[i], &b->marks.items.items[i]);
	same_mark_sites(a, b);
	assert_string_equal(a->baseline.file, b->baseline.file);
	assert_int_equal(a->baseline.known.n, b->baseline.known.n);
	assert_memory_equal(a->baseline.known.items, b->baseline.known.items,
			    a->baseline.known.n * sizeof(*a->baseline.known.items));
	assert_int_equal(a->tests.items.n, b->tests.items.n);
	for (size_t i = 0; i < a->tests.items.n; i++)
		same_row(TABLE_TEST, &a->tests.items.items[i], &b->tests.items.items[i]);
	assert_int_equal(a->processes.n, b->processes.n);
	for (size_t i = 0; i < a->processes.n; i++)
		same_processes(&a->processes.items[i], &b->processes.items[i]);
	assert_int_equal(a->sites.items.n, b->sites.items.n);
	for (size_t i = 0; i < a->sites.items.n; i++)
		same_sites(a, a->sites.items.items[i], b, b->sites.items.items[i]);
}

/* Reads the file and compares it. */
static void check_file(const struct result *result, bool complete)
{
	struct recording *recording = recording_at(path);

	assert_int_equal(recording->complete, complete);
	assert_true(recording->written_unix_ns > 1700000000000000000ull);
	same_results(result, &recording->result);
	recording_free(recording);
}

static void round_trip(enum mode mode)
{
	struct store *store = store_at(path);
	struct sample sample;

	sample_init(&sample, mode);
	assert_int_equal(store_finish(store, &sample.result, NULL), 0);
	store_close(store);
	check_file(&sample.result, true);
	sample_done(&sample);
}

static void test_round_trip(void **state)
{
	(void)state;
	round_trip(MODE_RUN);
	/* In place of the first. */
	round_trip(MODE_ATTACH);
}

static void test_settings(void **state)
{
	struct store *store = store_at(path);
	struct recording *recording;
	struct sample sample;

	(void)state;
	sample_init(&sample, MODE_RUN);
	assert_int_equal(store_set(store, "top", 3, NULL), 0);
	assert_int_equal(store_set(store, "min-bytes", UINT64_MAX, NULL), 0);
	assert_int_equal(store_finish(store, &sample.result, NULL), 0);
	store_close(store);
	recording = recording_at(path);
	assert_int_equal(recording_setting(recording, "top", 10), 3);
	assert_int_equal(recording_setting(recording, "min-bytes", 0), UINT64_MAX);
	assert_int_equal(recording_setting(recording, "show", 77), 77);
	recording_free(recording);
	sample_done(&sample);
}

/* Between two reports a process ends, its sites move to the front, and others come and go. */
static void test_steps(void **state)
{
	struct store *store = store_at(path);
	struct result *result;
	struct sample sample;
	struct site *last;

	(void)state;
	sample_init(&sample, MODE_ATTACH);
	result = &sample.result;
	assert_int_equal(store_sync(store, result, NULL), 0);
	check_file(result, false);

	last = result->sites.items.items[result->sites.items.n - 1];
	result->sites.items.items[result->sites.items.n - 1] = result->sites.items.items[0];
	result->sites.items.items[0] = last;
	sample_process(&sample, 99, 0);
	result->processes.items[2].end = END_EXIT;
	result->processes.items[2].end_ns = 102 * SECOND;
	must(result_note(result, "a second look"));
	result->now_ns += SECOND;
	assert_int_equal(store_sync(store, result, NULL), 0);
	check_file(result, false);

	assert_int_equal(sites_filter(&result->sites, 0, 2), 3);
	sample_symbol(&sample, 0x201, 0);
	sample_test(&sample, "Cache", "Late", 4, 1);
	assert_int_equal(store_sync(store, result, NULL), 0);
	check_file(result, false);
	/* Nothing has changed. */
	assert_int_equal(store_finish(store, result, NULL), 0);
	store_close(store);
	check_file(result, true);
	sample_done(&sample);
}

static void test_killed(void **state)
{
	struct sample sample;
	int status;
	pid_t pid;

	(void)state;
	sample_init(&sample, MODE_RUN);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *store = store_at(path);

		if (store_sync(store, &sample.result, NULL) == 0)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	check_file(&sample.result, false);
	/* A second recording takes its place, and what was beside it. */
	round_trip(MODE_RUN);
	sample_done(&sample);
}

static void refused(const char *name, int expected, const char *why)
{
	struct diag diag = { 0 };
	struct store *store = NULL;

	assert_int_equal(store_open(name, &store, &diag), expected);
	assert_null(store);
	assert_int_equal(diag.lines.n, 1);
	assert_non_null(strstr(diag.lines.items[0].text, why));
	diag_done(&diag);
}

static void write_text(const char *name, const char *text)
{
	FILE *to = fopen(name, "w");

	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static void test_files_of_others(void **state)
{
	_cleanup_free_ char *link = str_printf("%s.link", path);
	_cleanup_free_ char *text = NULL;
	struct stat st;

	(void)state;
	assert_non_null(link);
	write_text(path, "int main(void) { return 0; }\n");
	refused(path, -EEXIST, "no recording of leaktrace");
	assert_int_equal(symlink(path, link), 0);
	refused(link, -ELOOP, "it is a symbolic link");
	assert_int_equal(str_read_file(path, 4096, &text, NULL), 0);
	assert_string_equal(text, "int main(void) { return 0; }\n");
	/* A link to nothing is not made a file. */
	assert_int_equal(unlink(path), 0);
	refused(link, -ELOOP, "it is a symbolic link");
	assert_int_equal(stat(path, &st), -1);
	refused(folder, -EEXIST, "no recording of leaktrace");
	refused("/nonexistent/folder/run.ltdb", -ENOENT, "No such file");
	/* An empty file may have been made on purpose. */
	write_text(path, "");
	store_close(store_at(path));
}

/*
 * If this fails, a column or a table was added, or changed, that older recordings do not have: see
 * the first lines of schema.h.
 */
static void test_older_formats(void **state)
{
	struct recording *first = recording_at("tests/recordings/attach.ltdb");
	struct recording *second = recording_at("tests/recordings/sample.ltdb");

	(void)state;
	assert_int_equal(first->result.mode, MODE_ATTACH);
	assert_int_equal(first->result.sites.items.n, 2);
	assert_int_equal(second->result.tests.items.n, 3);
	recording_free(first);
	recording_free(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_round_trip, clean),
		cmocka_unit_test_teardown(test_settings, clean),
		cmocka_unit_test_teardown(test_steps, clean),
		cmocka_unit_test_teardown(test_killed, clean),
		cmocka_unit_test_teardown(test_files_of_others, clean),
		cmocka_unit_test(test_older_formats),
	};

	return cmocka_run_group_tests_name("store", tests, setup, teardown);
}
