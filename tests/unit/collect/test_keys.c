// SPDX-License-Identifier: BSD-2-Clause
/* Keys of a kernel map, deleted together: those that are there go, the others do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <stdbool.h>
#include <unistd.h>

#include "collect/keys.h"

enum { N = 1000 };

static int map_fd;

static int setup(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);

	(void)state;
	map_fd = bpf_map_create(BPF_MAP_TYPE_HASH, "test_keys", sizeof(uint64_t), sizeof(uint32_t),
				N + 1, &options);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (map_fd >= 0)
		close(map_fd);
	return 0;
}

static void need_bpf(void)
{
	if (map_fd >= 0)
		return;
	/* As root it has to work. */
	assert_int_not_equal(geteuid(), 0);
	print_message("skipped: only root may create BPF maps\n");
	skip();
}

static void put(uint64_t key)
{
	uint32_t value = 1;

	assert_int_equal(bpf_map_update_elem(map_fd, &key, &value, BPF_ANY), 0);
}

static bool is_there(uint64_t key)
{
	uint32_t value;

	return bpf_map_lookup_elem(map_fd, &key, &value) == 0;
}

/* Every STEP-th key is in the map, and all of them, and one that stays, are to be deleted. */
static void check(uint64_t step)
{
	uint64_t keys[N];

	for (uint64_t i = 0; i < N; i++)
		keys[i] = i;
	for (uint64_t i = 0; i < N; i += step)
		put(i);
	put(N);
	keys_delete(map_fd, keys, N);
	for (uint64_t i = 0; i < N; i++)
		assert_false(is_there(i));
	assert_true(is_there(N));
	keys_delete(map_fd, keys, 0);
	assert_true(is_there(N));
}

static void test_delete(void **state)
{
	(void)state;
	need_bpf();
	check(1);
	check(2);
	check(7);
	check(N);
}

static void test_no_map(void **state)
{
	uint64_t keys[3] = { 1, 2, 3 };

	(void)state;
	keys_delete(-1, keys, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_delete, setup, teardown),
		cmocka_unit_test(test_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
