// SPDX-License-Identifier: BSD-2-Clause
/* USDT probes: where they are, where their argument is, and notes that were damaged on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <asm/ptrace.h>
#include <sys/mman.h>

#include "elf_fixture.h"
#include "leaktrace/test_abi.h"
#include "probe/usdt.h"

/* A note as <sys/sdt.h> makes it, here with all that differs. */
static const char usdt_source[] =
	"#define PROBE(provider, name, args, moved, semaphore) __asm__ volatile( \\\n"
	"	\"990: nop\\n.pushsection .note.stapsdt,\\\"\\\",\\\"note\\\"\\n\" \\\n"
	"	\".balign 4\\n\" \\\n"
	"	\".4byte 992f-991f,994f-993f,3\\n991: .asciz \\\"stapsdt\\\"\\n\" \\\n"
	"	\"992: .balign 4\\n\" \\\n"
	"	\"993: .8byte 990b + \" #moved \"\\n\" \\\n"
	"	\".8byte lt_base + \" #moved \"\\n\" \\\n"
	"	\".8byte \" #semaphore \"\\n.asciz \\\"\" provider \"\\\"\\n\" \\\n"
	"	\".asciz \\\"\" name \"\\\"\\n\" \\\n"
	"	\".asciz \\\"\" args \"\\\"\\n994: .balign 4\\n.popsection\\n\")\n"
	"__asm__(\".pushsection .stapsdt.base,\\\"a\\\"\\nlt_base: .space 1\\n.popsection\\n\");\n"
	"void first(void) { PROBE(\"leaktrace\", \"begin\", \"8@%rdi\", 0, 0); }\n"
	"void second(void) { PROBE(\"leaktrace\", \"begin\", \"8@-24(%rbp) 4@%eax\", 64, 0); }\n"
	"int main(void) {\n"
	"	first(); second();\n"
	"	PROBE(\"leaktrace\", \"begin\", \"8@(%r12)\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"end\", \"\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@name(%rip)\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@$17\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"4@%edi\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@8(%rax,%rbx,4)\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@99999999(%rax)\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@8(\", 0, 0);\n"
	"	PROBE(\"leaktrace\", \"odd\", \"8@%rdi\", 0, 4096);\n"
	"	PROBE(\"other\", \"begin\", \"8@%rdi\", 0, 0);\n"
	"	return 0; }\n";

static int usdt_setup(void **state)
{
	if (setup(state) < 0)
		return -1;
	text_write("usdt.c", usdt_source);
	return run("cc -O1 -o usdt usdt.c") ? 0 : -1;
}

static int usdt_teardown(void **state)
{
	if (!run("rm -f usdt"))
		return -1;
	return teardown(state);
}

/* Where the function's first instructions are. */
static void check_near(struct elf_file *file, const char *function, uint64_t offset)
{
	struct elf_function found = find(file, true, function);

	assert_true(found.offset && offset >= found.offset && offset < found.offset + 16);
}

static void test_probes(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open("usdt");
	_cleanup_(usdt_probes_done) struct usdt_probes begin = { 0 }, end = { 0 }, odd = { 0 },
						       none = { 0 };

	(void)state;
	assert_int_equal(usdt_find(file, "leaktrace:begin", &begin), 0);
	assert_int_equal(begin.list.n, 3);
	check_near(file, "first", begin.list.items[0].offset);
	check_near(file, "second", begin.list.items[1].offset);
#if defined(__x86_64__)
	assert_true(begin.list.items[0].readable);
	assert_int_equal(LT_PLACE_OFFSET(begin.list.items[0].place), offsetof(struct pt_regs, rdi));
	assert_false(LT_PLACE_IN_MEMORY(begin.list.items[0].place));
	assert_int_equal(LT_PLACE_OFFSET(begin.list.items[1].place), offsetof(struct pt_regs, rbp));
	assert_true(LT_PLACE_IN_MEMORY(begin.list.items[1].place));
	assert_int_equal(LT_PLACE_DISTANCE(begin.list.items[1].place), -24);
	assert_int_equal(LT_PLACE_OFFSET(begin.list.items[2].place), offsetof(struct pt_regs, r12));
	assert_int_equal(LT_PLACE_DISTANCE(begin.list.items[2].place), 0);
#endif
	assert_int_equal(usdt_find(file, "leaktrace:end", &end), 0);
	assert_int_equal(end.list.n, 1);
	assert_true(end.list.items[0].readable);
	assert_int_equal(LT_PLACE_IS(end.list.items[0].place), 0);
	assert_int_equal(usdt_find(file, "leaktrace:odd", &odd), 0);
	assert_int_equal(odd.list.n, 8);
	for (size_t i = 0; i < odd.list.n; i++)
		assert_false(odd.list.items[i].readable);
	assert_int_equal(usdt_find(file, "leaktrace:beg", &none), 0);
	assert_int_equal(usdt_find(file, "leaktrac:begin", &none), 0);
	assert_int_equal(usdt_find(file, "begin", &none), 0);
	assert_int_equal(none.list.n, 0);
}

/* Any byte of the notes may be another one: what is found is in the file. */
static void test_damaged(void **state)
{
	_cleanup_close_ int fd = memfd_create("usdt", MFD_CLOEXEC);
	_cleanup_free_ char *path = path_of("usdt"), *bytes = NULL;
	const char *notes;
	size_t n, at;

	(void)state;
	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	notes = memmem(bytes, n, "stapsdt\0", 8);
	assert_non_null(notes);
	at = (size_t)(notes - bytes) - 12;
	for (size_t i = 0; i < 900; i++) {
		_cleanup_(usdt_probes_done) struct usdt_probes probes = { 0 };
		_cleanup_(elf_file_closep) struct elf_file *file = NULL;
		char before = bytes[at + i];

		bytes[at + i] = (char)(i % 3 ? ~before : 0);
		assert_int_equal(bytes_open(fd, bytes, n, &file), 0);
		assert_int_equal(usdt_find(file, "leaktrace:begin", &probes), 0);
		assert_true(probes.list.n <= 3);
		vec_foreach(probe, &probes.list)
			assert_true(probe->offset < n);
		bytes[at + i] = before;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, usdt_setup, usdt_teardown);
}
