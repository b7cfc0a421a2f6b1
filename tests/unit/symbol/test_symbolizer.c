// SPDX-License-Identifier: BSD-2-Clause
/* Functions, files, lines and inlined callers of programs compiled in many ways. */
#include "fixture.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

static const char frames_outer[] =
	"inner src/prog.c:5 < middle src/prog.c:11 < outer src/prog.c:16";
static const char frames_main[] = "main src/prog.c:22";

static void test_c(void **state)
{
	static const char *const flags[] = {
		"-g",		"-gdwarf-3",	  "-gdwarf-4",	       "-gdwarf-5",
		"-g -no-pie",	"-g -gz",	  "-g -static",	       "-gsplit-dwarf -gdwarf-5",
		"-g -Wl,-z,separate-code", "-gsplit-dwarf -gdwarf-4",
		"-g -Wl,-z,noseparate-code", "-g -Wl,--build-id=none",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		uint64_t offsets[FIXTURE_MAX_IDS];
		struct lookup lookup;

		build_c("c", flags[i]);
		run_program("c", offsets);
		lookup_program(&lookup, "c");
		assert_frames(lookup_at(&lookup, offsets[1]), frames_outer);
		assert_frames(lookup_at(&lookup, offsets[2]), frames_main);
		assert_string_equal(lookup_at(&lookup, offsets[2])->frames[0].directory, dir);
		assert_int_equal(lookup.diag.lines.n, 0);
		lookup_done(&lookup);
	}
}

/* Without .debug_aranges, which gcc writes and other compilers do not. */
static void test_no_aranges(void **state)
{
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	build_c("noaranges", "-g");
	assert_int_equal(shell("objcopy -R .debug_aranges noaranges"), 0);
	run_program("noaranges", offsets);
	lookup_program(&lookup, "noaranges");
	assert_frames(lookup_at(&lookup, offsets[1]), frames_outer);
	lookup_done(&lookup);
}

static void test_absolute_path(void **state)
{
	_cleanup_free_ char *expected = str_printf("main %s/src/prog.c:22", dir);
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	assert_int_equal(shell("cc -O2 -g -o absolute %s/src/prog.c where.c", dir), 0);
	run_program("absolute", offsets);
	lookup_program(&lookup, "absolute");
	assert_frames(lookup_at(&lookup, offsets[2]), expected);
	assert_null(lookup_at(&lookup, offsets[2])->frames[0].directory);
	lookup_done(&lookup);
}

static void test_without_debug_information(void **state)
{
	static const struct {
		const char *flags, *outer, *main;
	} cases[] = {
		{ "", "outer", "main" },
		{ "-s -rdynamic", "outer", "main" },
		{ "-s", "?", "?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t offsets[FIXTURE_MAX_IDS];
		struct lookup lookup;

		build_c("bare", cases[i].flags);
		run_program("bare", offsets);
		lookup_program(&lookup, "bare");
		assert_frames(lookup_at(&lookup, offsets[1]), cases[i].outer);
		assert_frames(lookup_at(&lookup, offsets[2]), cases[i].main);
		lookup_done(&lookup);
	}
}

static const char cxx_source[] =
	"extern \"C\" void where(int id);\n"
	"volatile int sink;\n"
	"#define KEEP __attribute__((noinline))\n"
	"#define INTO inline __attribute__((always_inline))\n"
	"namespace ns {\n" /* 5 */
	"template <class T> struct Box {\n"
	"	KEEP explicit Box(T id) { where(id); sink = sink + 1; }\n"
	"	KEEP int size(char) const { where(2); return ++*(int *)&sink; }\n"
	"};\n"
	"static INTO void deep(int id) { where(id); sink = sink + 1; }\n" /* 10 */
	"namespace {\n"
	"KEEP int hidden(int id) { deep(id); return sink; }\n"
	"}\n"
	"template <class T> KEEP T twice(T id) { where(id); return id + sink; }\n"
	"int all() { return hidden(3) + twice<short>(4); }\n" /* 15 */
	"}\n"
	"int main()\n"
	"{\n"
	"	ns::Box<int> box(1);\n"
	"	sink = sink + box.size('a') + ns::all();\n" /* 20 */
	"	return 0;\n"
	"}\n";

static void test_cxx(void **state)
{
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	write_file("src/prog.cc", cxx_source, strlen(cxx_source));
	assert_int_equal(shell("c++ -O2 -g -o cxx src/prog.cc -x c++ where.c"), 0);
	run_program("cxx", offsets);
	lookup_program(&lookup, "cxx");
	assert_frames(lookup_at(&lookup, offsets[1]), "ns::Box<int>::Box(int) src/prog.cc:7");
	assert_frames(lookup_at(&lookup, offsets[2]),
		      "ns::Box<int>::size(char) const src/prog.cc:8");
	assert_frames(lookup_at(&lookup, offsets[3]),
		      "ns::deep src/prog.cc:10 < "
		      "ns::(anonymous namespace)::hidden(int) src/prog.cc:12");
	assert_frames(lookup_at(&lookup, offsets[4]), "ns::twice<short>(short) src/prog.cc:14");
	lookup_done(&lookup);
}

/* GCC moves unlikely code to "fn.cold": DWARF knows that it is part of fn. */
static void test_cold_part(void **state)
{
	static const char source[] =
		"extern \"C\" void where(int id);\n"
		"volatile int sink;\n"
		"__attribute__((noinline)) static void thrower(int n) { if (n) throw n; }\n"
		"extern \"C\" __attribute__((noinline)) int fn(int n)\n"
		"{\n" /* 5 */
		"	try {\n"
		"		thrower(n);\n"
		"	} catch (int) {\n"
		"		where(1);\n"
		"		sink = n;\n" /* 10 */
		"	}\n"
		"	return sink;\n"
		"}\n"
		"int main(int n, char **) { return fn(n) == -1; }\n";
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	write_file("cold.cc", source, strlen(source));
	assert_int_equal(shell("c++ -O2 -g -o cold cold.cc where.c && nm cold | grep -q fn.cold"),
			 0);
	run_program("cold", offsets);
	lookup_program(&lookup, "cold");
	assert_frames(lookup_at(&lookup, offsets[1]), "fn cold.cc:9");
	lookup_done(&lookup);

	assert_int_equal(shell("strip -g cold"), 0);
	lookup_program(&lookup, "cold");
	assert_frames(lookup_at(&lookup, offsets[1]), "fn.cold");
	lookup_done(&lookup);
}

/* The C library's habit: the function is written under one name, and known under another. */
static void test_alias(void **state)
{
	static const char source[] =
		"void where(int id);\n"
		"volatile int sink;\n"
		"__attribute__((noipa)) void __libc_thing(void) { where(1); sink++; }\n"
		"void thing(void) __attribute__((alias(\"__libc_thing\"), weak));\n"
		"__attribute__((noipa)) void _own(void) { where(2); sink++; }\n"
		"int main(void) { thing(); _own(); return 0; }\n";
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	write_file("alias.c", source, strlen(source));
	assert_int_equal(shell("cc -O2 -g -o alias alias.c where.c"), 0);
	run_program("alias", offsets);
	lookup_program(&lookup, "alias");
	assert_frames(lookup_at(&lookup, offsets[1]), "thing alias.c:3");
	assert_frames(lookup_at(&lookup, offsets[2]), "_own alias.c:5");
	lookup_done(&lookup);
}

/* Where symbols end, which of several is taken, and code that belongs to none. */
static void test_symbol_choice(void **state)
{
	static const char source[] =
		".text\n"
		".globl _start, __libc_thing, thing, _thing\n"
		".type _start,@function\n.type thing,@function\n"
		".type __libc_thing,@function\n.type _thing,@function\n"
		"_start: .skip 16\n.size _start, 8\n"		      /* 0 */
		"__libc_thing: thing: _thing: .skip 16\n"	      /* 16 */
		".size thing, 16\n.size __libc_thing, 16\n.size _thing, 16\n"
		"plain: .skip 16\n"				      /* 32 */
		".type end,@function\nend: .skip 4\n.size end, 4\n.skip 12\n"; /* 48 */
	static const struct {
		uint64_t at;
		const char *expected;
	} cases[] = {
		{ 0, "_start" }, { 7, "_start" }, { 8, "?" },	   { 15, "?" },
		{ 16, "thing" }, { 31, "thing" }, { 32, "plain" }, { 47, "plain" },
		{ 48, "end" },	 { 51, "end" },	  { 52, "?" },	   { 1 << 20, "?" },
	};
	struct lookup lookup;

	(void)state;
	write_file("choice.s", source, strlen(source));
	assert_int_equal(shell("cc -nostdlib -static -Wl,--build-id=none,-z,separate-code "
			       "-o choice choice.s"),
			 0);
	lookup_program(&lookup, "choice");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_frames(lookup_at(&lookup, 0x1000 + cases[i].at), cases[i].expected);
	lookup_done(&lookup);
}

/* The file is gone but the caller kept it open. */
static void test_descriptor(void **state)
{
	_cleanup_free_ char *path = path_of("gone");
	_cleanup_close_ int fd = -1;
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;
	struct place place = { 0 };

	(void)state;
	build_c("gone", "-g");
	run_program("gone", offsets);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	lookup_program(&lookup, "gone");
	place.offset = offsets[2];
	assert_int_equal(symbolizer_resolve(lookup.symbolizer, &lookup.module, fd, &place, 1,
					    &lookup.symbols, &lookup.diag),
			 0);
	assert_frames(symbols_find(&lookup.symbols, &place), frames_main);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	lookup_done(&lookup);
}

static void set_build_id(struct module *module, const char *hex)
{
	module->build_id_bytes = 20;
	for (unsigned i = 0; i < 20; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		module->build_id[i] = (uint8_t)byte;
	}
}

static void test_build_id(void **state)
{
	static const char flags[] =
		"-g -Wl,--build-id=0x000102030405060708090a0b0c0d0e0f10111213";
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	build_c("id", flags);
	run_program("id", offsets);
	lookup_program(&lookup, "id");
	set_build_id(&lookup.module, "000102030405060708090a0b0c0d0e0f10111213");
	assert_frames(lookup_at(&lookup, offsets[2]), frames_main);
	assert_int_equal(lookup.diag.lines.n, 0);
	lookup_done(&lookup);

	lookup_program(&lookup, "id");
	set_build_id(&lookup.module, "000102030405060708090a0b0c0d0e0f10111214");
	assert_frames(lookup_at(&lookup, offsets[2]), "?");
	assert_frames(lookup_at(&lookup, offsets[1]), "?");
	assert_int_equal(lookup.diag.lines.n, 1);
	assert_non_null(strstr(lookup.diag.lines.items[0].text, lookup.module.path));
	assert_non_null(strstr(lookup.diag.lines.items[0].text, "replaced"));
	assert_non_null(lookup.diag.lines.items[0].hint);
	lookup_done(&lookup);
}

static void test_other_kinds(void **state)
{
	static const enum module_kind kinds[] = { MODULE_ANON, MODULE_NONE };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct lookup lookup;

		lookup_init(&lookup, kinds[i], "/proc/self/exe");
		assert_frames(lookup_at(&lookup, 0x1000), "?");
		assert_int_equal(lookup.diag.lines.n, 0);
		lookup_done(&lookup);
	}
}

static void test_vdso(void **state)
{
	bool found = false;
	struct lookup lookup;

	(void)state;
	if (!getauxval(AT_SYSINFO_EHDR)) {
		print_message("this kernel gives no vdso\n");
		skip();
	}
	lookup_init(&lookup, MODULE_VDSO, "[vdso]");
	for (uint64_t offset = 0; offset < 8192 && !found; offset += 16) {
		const struct symbol *symbol = lookup_at(&lookup, offset);

		found = symbol->frames[0].function &&
			strstr(symbol->frames[0].function, "clock_gettime");
	}
	assert_true(found);
	assert_int_equal(lookup.diag.lines.n, 0);
	lookup_done(&lookup);
}

/* None of these has names; each says so once, and none may make us wait. */
static void test_no_program(void **state)
{
	static const char *const names[] = { "empty",  "text",	 "short",  "truncated", "folder",
					     "fifo",   "object", "device", "missing" };
	(void)state;
	build_c("whole", "-g");
	assert_int_equal(shell(": > empty; echo some text > text; printf '\\177ELF' > short;"
			       "head -c 300 whole > truncated; mkdir folder; mkfifo fifo;"
			       "cc -g -c -o object where.c; ln -s /dev/zero device"),
			 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct lookup lookup;

		lookup_program(&lookup, names[i]);
		assert_frames(lookup_at(&lookup, 0x1000), "?");
		assert_frames(lookup_at(&lookup, UINT64_MAX), "?");
		assert_true(lookup.diag.lines.n <= 1);
		if (strcmp(names[i], "truncated") != 0)
			assert_int_equal(lookup.diag.lines.n, 1);
		lookup_done(&lookup);
	}
}

/* Cut anywhere: as much as is left is used, and no more is read. */
static void test_truncated(void **state)
{
	_cleanup_free_ char *path = path_of("cut");
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct stat whole;

	(void)state;
	build_c("cut", "-g");
	run_program("cut", offsets);
	assert_int_equal(stat(path, &whole), 0);
	for (off_t n = whole.st_size; n >= 0; n -= 97) {
		struct lookup lookup;

		assert_int_equal(truncate(path, n), 0);
		lookup_program(&lookup, "cut");
		lookup_at(&lookup, offsets[1]);
		lookup_at(&lookup, offsets[2]);
		lookup_done(&lookup);
	}
}

/* More modules than stay open at once. */
static void test_many_modules(void **state)
{
	enum { N_MODULES = 70 };
	uint64_t offsets[FIXTURE_MAX_IDS];
	struct lookup lookup;

	(void)state;
	build_c("copy", "-g");
	run_program("copy", offsets);
	assert_int_equal(shell("for i in $(seq %d); do ln copy copy$i; done", N_MODULES), 0);
	lookup_program(&lookup, "copy");
	for (int i = 0; i < 2 * N_MODULES; i++) {
		free(lookup.module.path);
		lookup.module.path = str_printf("%s/copy%d", dir, i % N_MODULES + 1);
		lookup.module.id = (uint32_t)i;
		assert_frames(lookup_at(&lookup, offsets[2]), frames_main);
	}
	assert_int_equal(lookup.diag.lines.n, 0);
	lookup_done(&lookup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_c),
		cmocka_unit_test(test_no_aranges),
		cmocka_unit_test(test_absolute_path),
		cmocka_unit_test(test_without_debug_information),
		cmocka_unit_test(test_cxx),
		cmocka_unit_test(test_cold_part),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_symbol_choice),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_many_modules),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
