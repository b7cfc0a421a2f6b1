// SPDX-License-Identifier: BSD-2-Clause
/* Arrays that grow: what they hold stays, in this process and for the programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "collect/growing.h"

enum { N_MAX = 300000 };

static struct growing growing;
static int outer_fd;

static int setup(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, inner, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	LIBBPF_OPTS(bpf_map_create_opts, outer);
	int inner_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "test_inner", sizeof(uint32_t),
				      sizeof(uint64_t), 1, &inner);

	(void)state;
	outer.inner_map_fd = (uint32_t)inner_fd;
	outer_fd = inner_fd < 0 ? -1 :
				  bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "test_outer",
						 sizeof(uint32_t), sizeof(uint32_t), 1, &outer);
	if (inner_fd >= 0)
		close(inner_fd);
	growing_init(&growing, outer_fd, sizeof(uint64_t), N_MAX);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	growing_done(&growing);
	closep(&outer_fd);
	return 0;
}

static void need_bpf(void)
{
	if (outer_fd >= 0)
		return;
	/* As root it has to work. */
	assert_int_not_equal(geteuid(), 0);
	print_message("skipped: only root may create BPF maps\n");
	skip();
}

/* The item as a program finds it: through the map of maps. */
static uint64_t item(uint32_t i)
{
	uint32_t only = 0, id;
	uint64_t value;
	int fd;

	assert_int_equal(bpf_map_lookup_elem(outer_fd, &only, &id), 0);
	fd = bpf_map_get_fd_by_id(id);
	assert_true(fd >= 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &i, &value), 0);
	close(fd);
	return value;
}

static void test_grows(void **state)
{
	uint32_t filled = 0;

	(void)state;
	need_bpf();
	for (uint32_t n = 1; n <= N_MAX; n = n < N_MAX / 5 ? n * 5 : n + N_MAX / 5) {
		uint64_t *items;

		assert_int_equal(growing_reserve(&growing, n), 0);
		assert_true(growing.n >= n && growing.n <= N_MAX);
		items = growing.memory;
		while (filled < n)
			items[filled] = ~(uint64_t)filled, filled++;
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(items[i], ~(uint64_t)i);
		assert_int_equal(item(0), ~0ull);
		assert_int_equal(item(n - 1), ~(uint64_t)(n - 1));
	}
	assert_true(filled > N_MAX / 2);
}

static void test_stays_where_it_is(void **state)
{
	void *memory;

	(void)state;
	need_bpf();
	assert_int_equal(growing_reserve(&growing, 1), 0);
	memory = growing.memory;
	assert_int_equal(growing_reserve(&growing, growing.n), 0);
	assert_ptr_equal(growing.memory, memory);
	assert_int_equal(growing_reserve(&growing, 0), 0);
	assert_ptr_equal(growing.memory, memory);
}

static void test_full(void **state)
{
	(void)state;
	need_bpf();
	assert_int_equal(growing_reserve(&growing, N_MAX + 1), -ENOSPC);
	assert_null(growing.memory);
	assert_int_equal(growing_reserve(&growing, N_MAX), 0);
	assert_int_equal(growing.n, N_MAX);
	((uint64_t *)growing.memory)[N_MAX - 1] = 7;
	assert_int_equal(growing_reserve(&growing, UINT32_MAX), -ENOSPC);
	assert_int_equal(item(N_MAX - 1), 7);
}

static void test_refused(void **state)
{
	struct growing none = { 0 };

	(void)state;
	need_bpf();
	growing_done(&none);
	assert_int_equal(growing_reserve(&growing, 10), 0);
	*(uint64_t *)growing.memory = 11;
	growing.outer_fd = -1;
	assert_true(growing_reserve(&growing, N_MAX) < 0);
	assert_int_equal(*(uint64_t *)growing.memory, 11);
	assert_true(growing.n < N_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stays_where_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
