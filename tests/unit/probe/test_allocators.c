// SPDX-License-Identifier: BSD-2-Clause
/* Which functions of a file are taken for an allocator's, in libraries made for this test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "leaktrace/abi.h"
#include "probe/allocator_spec.h"
#include "probe/allocators.h"

static char folder[] = "/tmp/leaktrace-allocators-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	_cleanup_free_ char *command = str_printf("rm -rf %s", folder);

	(void)state;
	return command ? system(command) : -1;
}

/* Compiles SOURCE into a file of this name and looks for its allocator. */
static int find(const char *name, const char *source, const char *flags,
		struct allocator_spec *spec, struct allocator *ret)
{
	_cleanup_free_ char *path = str_printf("%s/%s", folder, name);
	_cleanup_free_ char *command =
		str_printf("cc -O1 -fno-builtin -w %s -o %s -xc -", flags, path);
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	_cleanup_close_ int fd = -1;
	FILE *compiler = popen(command, "w");
	int r;

	assert_non_null(compiler);
	fputs(source, compiler);
	assert_int_equal(pclose(compiler), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_file_open(fd, &file), 0);
	r = allocator_find(file, path, spec, ret);
	return r;
}

#define BODY(name, args) "long " name "(" args ") { return g++ * 7 + 1; }\n"
#define SHARED		 "-shared -fPIC -Wl,-soname,libany.so"

static const char start[] = "static volatile long g;\n";

/* How many places of this kind there are that do this (kind, arguments and so on; 0: anything). */
static size_t count(const struct allocator *allocator, enum site_kind kind, uint32_t call)
{
	size_t n = 0;

	vec_foreach(site, &allocator->sites) {
		uint32_t bits = LT_CALL_WHAT;

		n += site->kind == kind && (!call || (site->call & bits) == call);
	}
	return n;
}

static void test_prefixes(void **state)
{
	_cleanup_(allocator_done) struct allocator allocator;
	_cleanup_free_ char *source =
		str_printf("%s%s", start,
			   BODY("je_malloc", "long n") BODY("je_free", "void *p")
			   BODY("my_sdallocx", "void *p") BODY("my_malloc", "long n")
			   BODY("other_malloc", "long n") BODY("je_mallctl", "long n"));

	(void)state;
	assert_int_equal(find("libone.so", source, SHARED, NULL, &allocator), 1);
	assert_string_equal(allocator.name, "jemalloc");
	assert_int_equal(count(&allocator, SITE_CALL, LT_CALL_ACQUIRE | 1 << 4), 2);
	assert_int_equal(count(&allocator, SITE_OTHER_RELEASE, LT_CALL_RELEASE | 1 << 12), 2);
	assert_int_equal(allocator.sites.n, 4);
}

#define OPERATORS BODY("_Znwm", "long n") BODY("_ZdlPv", "void *p")

/* The C++ library's call another file's malloc; what a program has in their place may not. */
static void test_operators_alone(void **state)
{
	_cleanup_(allocator_done) struct allocator own = { 0 }, program = { 0 }, library = { 0 };
	_cleanup_free_ char *alone = str_printf("%s%s", start, OPERATORS);
	_cleanup_free_ char *whole = str_printf("%s%s", alone, "int main(void) { return 0; }");
	_cleanup_free_ char *beside =
		str_printf("%s%s", alone, BODY("_ZSt15get_new_handlerv", "void"));

	(void)state;
	assert_int_equal(find("libfive.so", beside, SHARED, NULL, &library), 0);
	assert_int_equal(find("libsix.so", alone, SHARED, NULL, &own), 1);
	assert_null(own.name);
	assert_int_equal(find("seven", whole, "", NULL, &program), 1);
	assert_null(program.name);
#if defined(__x86_64__)
	assert_int_equal(count(&program, SITE_NEW, 0), 1);
	assert_int_equal(count(&program, SITE_OTHER_RELEASE, 0), 1);
#endif
}

/* Beside a malloc they are a part of its allocator. */
static void test_operators(void **state)
{
	_cleanup_(allocator_done) struct allocator with = { 0 };
	_cleanup_free_ char *operators = str_printf("%s%s", start, OPERATORS);
	_cleanup_free_ char *all = str_printf(
		"%s%s", operators,
		BODY("malloc", "long n") BODY("free", "void *p")
		BODY("_ZnwmRKSt9nothrow_t", "long n")
		"long _Znam(long n) { return _Znwm(n); }\n"
		"__asm__(\".set here, free\\n.globl _ZdaPv\\n.type _ZdaPv,@function\\n\"\n"
		"\"_ZdaPv: .byte 0xe9\\n.long here - . - 4\\n.size _ZdaPv, 5\\n\");\n");

	(void)state;
	assert_int_equal(find("libtwo.so", all, SHARED " -Wl,-Bsymbolic", NULL, &with), 1);
	assert_string_equal(with.name, "its own");
	assert_null(with.unseen);
#if defined(__x86_64__)
	/* No return probe on what may throw. */
	assert_int_equal(count(&with, SITE_CALL, 0), 2);
	assert_int_equal(count(&with, SITE_NEW, 0), 2);
	assert_true(count(&with, SITE_RET, 0) >= 1);
#endif
	assert_int_equal(count(&with, SITE_RELEASE, 0), 1);
	assert_int_equal(count(&with, SITE_OTHER_RELEASE, 0), 1);
}

/* Rust's own, behind a prefix; where they stand for the system's, malloc is enough. */
static void test_rust(void **state)
{
	_cleanup_(allocator_done) struct allocator own = { 0 }, system = { 0 };
	_cleanup_free_ char *source =
		str_printf("%s%s", start,
			   BODY("_RNvCs1_7___rustc12___rust_alloc", "long n")
			   BODY("_RNvCs1_7___rustc14___rust_realloc", "long p")
			   BODY("_RNvCs1_7___rustc14___rust_dealloc", "long p")
			   "int main(void) { return 0; }");
	_cleanup_free_ char *beside =
		str_printf("%s%s", source, BODY("_RNvCs1_7___rustc11___rdl_alloc", "long n"));

	(void)state;
	assert_int_equal(find("eight", source, "", NULL, &own), 1);
	assert_null(own.name);
	assert_int_equal(count(&own, SITE_CALL, LT_CALL_ACQUIRE | 1 << 4), 1);
	assert_int_equal(count(&own, SITE_CALL, LT_CALL_REALLOC | 4 << 4 | 1 << 12), 1);
	assert_int_equal(count(&own, SITE_OTHER_RELEASE, LT_CALL_RELEASE | 1 << 12), 1);
	assert_int_equal(own.sites.n, 3);
	assert_int_equal(find("nine", beside, "", NULL, &system), 0);
}

static void test_sanitizer(void **state)
{
	_cleanup_(allocator_done) struct allocator plain = { 0 }, sanitizer = { 0 };
	static const char functions[] =
		BODY("malloc", "long n") BODY("free", "void *p") BODY("strdup", "char *s");
	_cleanup_free_ char *one = str_printf("%s%s", start, functions);
	_cleanup_free_ char *two =
		str_printf("%s%s%s", start, functions, BODY("__asan_init", "void"));

	(void)state;
	assert_int_equal(find("libthree.so", one, SHARED, NULL, &plain), 1);
	assert_int_equal(plain.sites.n, 2);
	assert_int_equal(find("libthree.so", two, SHARED, NULL, &sanitizer), 1);
	assert_string_equal(sanitizer.name, "AddressSanitizer");
#if defined(__x86_64__)
	/* It looks at its own stack: no return address may change. */
	assert_int_equal(count(&sanitizer, SITE_CALL, 0), 0);
	assert_int_equal(count(&sanitizer, SITE_ENTER, 0), 2);
	assert_int_equal(count(&sanitizer, SITE_RET, 0), 2);
#endif
}

static void test_named_by_user(void **state)
{
	_cleanup_(allocator_done) struct allocator allocator = { 0 }, none = { 0 };
	_cleanup_(allocator_spec_done) struct allocator_spec spec = { 0 };
	static const char text[] = "acquire=pool_get(arg1) release=pool_put(arg1) new=none(arg0)";
	_cleanup_free_ char *source =
		str_printf("%s%s", start,
			   BODY("pool_get", "void *p, long n")
			   "__attribute__((used)) static "
			   BODY("pool_put", "void *p, void *q"));

	(void)state;
	assert_int_equal(allocator_spec_parse(&spec, text, NULL), 0);
	assert_int_equal(find("libfour.so", source, SHARED, NULL, &none), 0);
	assert_int_equal(find("libfour.so", source, SHARED, &spec, &allocator), 1);
	assert_int_equal(count(&allocator, SITE_CALL, LT_CALL_ACQUIRE | 2 << 4), 1);
	assert_int_equal(count(&allocator, SITE_OTHER_RELEASE, LT_CALL_RELEASE | 2 << 12), 1);
	assert_int_equal(allocator.sites.n, 2);
	assert_true(spec.functions.items[0].found && spec.functions.items[1].found);
	assert_false(spec.functions.items[2].found);
}

/* What --allocator says becomes the same calls as the table's. */
static void test_spec(void **state)
{
	_cleanup_(allocator_spec_done) struct allocator_spec spec = { 0 };
	static const uint32_t calls[] = {
		LT_CALL_ACQUIRE | 1 << 4,
		LT_CALL_ACQUIRE | 4 << 4 | 3 << 8 | 1 << 16,
		LT_CALL_ACQUIRE | 2 << 4 | LT_CALL_AT_RET | LT_CALL_THROWS,
		LT_CALL_REALLOC | 5 << 4 | 1 << 12,
		LT_CALL_RESIZE | 2 << 4 | 1 << 12,
		LT_CALL_RELEASE | 2 << 12,
		LT_CALL_ACQUIRE,
	};
	static const char text[] =
		" acquire=a(arg0)\tacquire=b( size=arg3 , count=arg2,result=arg0) "
		"new=_Znwm(arg1) realloc=d(arg0, size=arg4) "
		"resize=e(size=arg1, arg0) release=f(arg1) acquire=g()";

	(void)state;
	assert_int_equal(allocator_spec_parse(&spec, text, NULL), 0);
	assert_int_equal(spec.functions.n, sizeof(calls) / sizeof(calls[0]));
	for (size_t i = 0; i < spec.functions.n; i++)
		assert_int_equal(spec.functions.items[i].call, calls[i]);
	assert_string_equal(spec.functions.items[2].name, "_Znwm");
}

static void test_wrong_spec(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"acquire",
		"acquire=",
		"acquire=f",
		"acquire=(arg0)",
		"acquire=f(",
		"acquire=f(arg0",
		"acquire=f(arg5)",
		"acquire=f(arg)",
		"acquire=f(block=arg0)",
		"acquire=f(size=arg0 count=arg1)",
		"acquire=f(arg0, arg1)",
		"release=f()",
		"realloc=f(size=arg0)",
		"resize=f(arg0)",
		"release=f(arg0, size=arg1)",
		"grab=f(arg0)",
		"acquire=f(arg0) x",
		"acquire=f(arg0,,)",
		"new=f(result=arg0)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		_cleanup_(allocator_spec_done) struct allocator_spec spec = { 0 };
		_cleanup_(diag_done) struct diag diag = { 0 };

		assert_int_equal(allocator_spec_parse(&spec, wrong[i], &diag), -EINVAL);
		assert_int_equal(diag.lines.n, 1);
	}
}

/* What is said of a program without one: does it have these words? */
static bool missing_says(const char *name, const char *flags, const char *words)
{
	_cleanup_free_ char *command =
		str_printf("cd %s && cp /bin/true section && echo 'int main(void) { return 0; }' | "
			   "cc -o %s -xc - -nostartfiles -Wl,-e,main %s",
			   folder, name, flags);
	_cleanup_free_ char *path = str_printf("%s/%s", folder, name);
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	_cleanup_close_ int fd = -1;

	assert_int_equal(system(command), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_file_open(fd, &file), 0);
	return strstr(allocator_missing(file), words);
}

static void test_missing(void **state)
{
	(void)state;
	assert_true(missing_says("dynamic", "", "--allocator"));
	assert_true(missing_says("whole", "-static -nostdlib", "--allocator"));
	assert_true(missing_says("bare", "-static -nostdlib -s", "static program without symbols"));
	assert_true(missing_says("go", "-s && objcopy --add-section .go.buildinfo=section go",
				 "a Go program"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_operators_alone),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_sanitizer),
		cmocka_unit_test(test_named_by_user),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_wrong_spec),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
