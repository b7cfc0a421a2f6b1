// SPDX-License-Identifier: BSD-2-Clause
/* Interned modules: what is one module and what is two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/modules.h"

static struct module *intern(struct modules *modules, enum module_kind kind, const char *path,
			     const char *build_id, size_t n)
{
	struct module *module = NULL;

	assert_int_equal(modules_intern(modules, kind, path, (const uint8_t *)build_id, n, &module),
			 0);
	assert_non_null(module);
	return module;
}

static void test_none_is_first(void **state)
{
	struct modules modules;

	(void)state;
	assert_int_equal(modules_init(&modules), 0);
	assert_int_equal(modules.items.n, 1);
	assert_int_equal(modules_get(&modules, 0)->kind, MODULE_NONE);
	assert_string_equal(modules_get(&modules, 0)->path, "[unknown]");
	/* An id that was never given out is an unknown module, not a crash. */
	assert_ptr_equal(modules_get(&modules, 1), modules_get(&modules, 0));
	assert_ptr_equal(modules_get(&modules, UINT32_MAX), modules_get(&modules, 0));
	modules_done(&modules);
}

static void test_identity(void **state)
{
	struct modules modules;
	struct module *a, *other_id, *no_id, *other_path, *vdso;

	(void)state;
	assert_int_equal(modules_init(&modules), 0);
	a = intern(&modules, MODULE_FILE, "/bin/a", "\1\2\3", 3);
	other_id = intern(&modules, MODULE_FILE, "/bin/a", "\1\2\4", 3);
	no_id = intern(&modules, MODULE_FILE, "/bin/a", NULL, 0);
	other_path = intern(&modules, MODULE_FILE, "/bin/b", "\1\2\3", 3);
	vdso = intern(&modules, MODULE_VDSO, "/bin/a", "\1\2\3", 3);
	assert_int_equal(modules.items.n, 6);
	assert_ptr_equal(intern(&modules, MODULE_FILE, "/bin/a", "\1\2\3", 3), a);
	assert_ptr_equal(intern(&modules, MODULE_FILE, "/bin/a", "\1\2\4", 3), other_id);
	assert_ptr_equal(intern(&modules, MODULE_FILE, "/bin/a", NULL, 0), no_id);
	assert_ptr_equal(intern(&modules, MODULE_FILE, "/bin/b", "\1\2\3", 3), other_path);
	assert_ptr_equal(intern(&modules, MODULE_VDSO, "/bin/a", "\1\2\3", 3), vdso);
	assert_int_equal(modules.items.n, 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(modules_get(&modules, i)->id, i);
	assert_memory_equal(a->build_id, "\1\2\3", 3);
	assert_int_equal(a->build_id_bytes, 3);
	assert_int_equal(no_id->build_id_bytes, 0);
	modules_done(&modules);
}

/* A build-id longer than any real one comes from a hostile file: it is cut. */
static void test_long_build_id(void **state)
{
	static const char id[] = "0123456789abcdefghijKLMN";
	struct modules modules;
	struct module *module;

	(void)state;
	assert_int_equal(modules_init(&modules), 0);
	module = intern(&modules, MODULE_FILE, "/bin/a", id, sizeof(id) - 1);
	assert_int_equal(module->build_id_bytes, BUILD_ID_MAX_BYTES);
	assert_memory_equal(module->build_id, id, BUILD_ID_MAX_BYTES);
	assert_ptr_equal(intern(&modules, MODULE_FILE, "/bin/a", id, BUILD_ID_MAX_BYTES), module);
	modules_done(&modules);
}

static void test_many(void **state)
{
	struct modules modules;

	(void)state;
	assert_int_equal(modules_init(&modules), 0);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < 5000; i++) {
			char path[32];

			snprintf(path, sizeof(path), "/lib/%u", i);
			assert_int_equal(intern(&modules, MODULE_FILE, path, NULL, 0)->id, i + 1);
		}
	}
	assert_int_equal(modules.items.n, 5001);
	modules_done(&modules);
}

static void test_library(void **state)
{
	static const struct code_range ranges[] = { { 0x100, 0x140 },
						    { 0x140, 0x150 },
						    { 0x200, 0x201 } };
	struct module module = { 0 };

	(void)state;
	assert_false(module_is_library(&module, 0x100));
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		assert_int_equal(vec_push(&module.library, ranges[i]), 0);
	assert_false(module_is_library(&module, 0xff));
	assert_true(module_is_library(&module, 0x100));
	assert_true(module_is_library(&module, 0x14f));
	assert_false(module_is_library(&module, 0x150));
	assert_true(module_is_library(&module, 0x200));
	assert_false(module_is_library(&module, 0x201));
	vec_done(&module.library);
}

static void count_gone(void *data, const struct module *module)
{
	assert_int_not_equal(module->id % 3, 0);
	*(size_t *)data += 1;
}

/* What is not kept is gone, and its id with it; the others stay what they are. */
static void test_sweep(void **state)
{
	enum { N = 999 };
	struct modules modules;
	size_t n_gone = 0;
	char path[32];

	(void)state;
	assert_int_equal(modules_init(&modules), 0);
	for (uint32_t i = 1; i <= N; i++) {
		snprintf(path, sizeof(path), "[anon:%u]", i);
		assert_int_equal(intern(&modules, MODULE_ANON, path, NULL, 0)->id, i);
	}
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 3; i <= N; i += 3)
			modules_keep(&modules, i);
		modules_keep(&modules, N + 7);
		assert_int_equal(modules_sweep(&modules, count_gone, &n_gone),
				 pass ? 0 : N - N / 3);
		assert_int_equal(modules.items.n, 1 + N / 3);
	}
	assert_int_equal(n_gone, N - N / 3);
	for (uint32_t i = 1; i <= N; i++)
		assert_int_equal(modules_get(&modules, i)->id, i % 3 ? 0 : i);
	assert_int_equal(intern(&modules, MODULE_ANON, "[anon:6]", NULL, 0)->id, 6);
	assert_int_equal(intern(&modules, MODULE_ANON, "[anon:7]", NULL, 0)->id, N + 1);
	assert_string_equal(modules_get(&modules, N + 1)->path, "[anon:7]");
	modules_done(&modules);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_is_first), cmocka_unit_test(test_identity),
		cmocka_unit_test(test_long_build_id), cmocka_unit_test(test_many),
		cmocka_unit_test(test_library),	      cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests_name("modules", tests, NULL, NULL);
}
