// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where probes go: assembled by hand for each rule, one case that it lets pass and one that it
 * stops; then random bytes, and the functions of the C library that is installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "probe/site.h"

/* Chooses in a copy that ends where the code ends, so that reading beyond it is found out. */
static struct site_choice choose(const void *code, size_t n, unsigned n_arguments)
{
	_cleanup_free_ uint8_t *copy = malloc(n ? n : 1);
	struct site_request request = { copy, n, n_arguments };

	assert_non_null(copy);
	memcpy(copy, code, n);
	return site_choose(&request);
}

static void test_unknown_code(void **state)
{
	struct site_request request = { NULL, 0, 2 };
	struct site_choice choice = site_choose(&request);

	(void)state;
	assert_int_equal(choice.delta, 0);
	assert_false(choice.emulated);
	assert_non_null(choice.why);
	choice = choose("", 0, 2);
	assert_int_equal(choice.delta, 0);
	assert_false(choice.emulated);
	assert_non_null(choice.why);
}

#if defined(__x86_64__)

#include <Zydis/Zydis.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

#include "base/str.h"

struct site_case {
	const char *what;
	const char *code;
	size_t n_code;
	unsigned n_arguments;
	uint32_t delta;
	bool emulated;
};

#define CODE(bytes) bytes, sizeof(bytes) - 1
#define ENDBR64 "\xf3\x0f\x1e\xfa"
#define TEST_RDI "\x48\x85\xff" /* test %rdi,%rdi */
#define RET "\xc3"
#define JE_RET "\x74\x00\xc3" /* je to the ret that follows */
#define CMP_RIP "\x80\x3d\x00\x10\x00\x00\x00" /* cmpb $0,0x1000(%rip) */

static void check_cases(const struct site_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct site_case *one = &cases[i];
		struct site_choice choice = choose(one->code, one->n_code, one->n_arguments);

		if (choice.delta != one->delta || choice.emulated != one->emulated)
			fail_msg("%s: +%u, emulated %d: %s", one->what, choice.delta,
				 choice.emulated, choice.why);
		assert_non_null(choice.why);
	}
}

#define CHECK(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

/* What the kernel emulates: such a first instruction stays, all else about the code is equal. */
static void test_emulated_at_start(void **state)
{
	static const struct site_case cases[] = {
		{ "push %rbx", CODE("\x53" RET), 2, 0, true },
		{ "push %r12", CODE("\x41\x54" RET), 2, 0, true },
		{ "push with REX.W", CODE("\x48\x53" RET), 2, 0, false },
		{ "push with a 16-bit operand", CODE("\x66\x53" RET), 2, 0, false },
		{ "push $1", CODE("\x6a\x01" RET), 2, 0, false },
		{ "push (%rdi)", CODE("\xff\x37" RET), 2, 0, false },
		{ "nop", CODE("\x90" RET), 2, 0, true },
		{ "pause", CODE("\xf3\x90" RET), 2, 0, false },
		{ "jmp, short", CODE("\xeb\x00" RET), 2, 0, true },
		{ "jmp, far away", CODE("\xe9\x00\x10\x00\x00"), 2, 0, true },
		{ "jmp with bnd", CODE("\xf2\xe9\x00\x10\x00\x00"), 2, 0, false },
		{ "call", CODE("\xe8\x00\x10\x00\x00" RET), 2, 0, true },
		{ "je, short", CODE(JE_RET), 2, 0, true },
		{ "je with a hint", CODE("\x3e\x74\x00" RET), 2, 0, false },
		{ "jne, long", CODE("\x0f\x85\x00\x00\x00\x00" RET), 2, 0, true },
		{ "loop", CODE("\xe2\x00" RET), 2, 0, false },
		{ "jrcxz", CODE("\xe3\x00" RET), 2, 0, false },
		{ "ret", CODE(RET), 2, 0, false },
		{ "call *%rax", CODE("\xff\xd0" RET), 2, 0, false },
		{ "jmp through the GOT", CODE("\xff\x25\x00\x10\x00\x00"), 2, 0, false },
		/* What follows does not matter to a probe that stays. */
		{ "push, then a switch", CODE("\x53\xff\xe0"), 2, 0, true },
		{ "push, then no code", CODE("\x53\x06"), 2, 0, true },
		{ "push, jumped back to", CODE("\x53\xeb\xfd"), 2, 0, true },
	};

	(void)state;
	CHECK(cases);
}

static void test_skipped(void **state)
{
	static const struct site_case cases[] = {
		{ "endbr64, push", CODE(ENDBR64 "\x53" RET), 2, 4, true },
		{ "test, je", CODE(TEST_RDI JE_RET), 2, 3, true },
		{ "test, push", CODE(TEST_RDI "\x53" RET), 2, 3, true },
		{ "cmp (%rip), je", CODE(CMP_RIP JE_RET), 2, 7, true },
		{ "cmp %fs:(%rip)", CODE("\x64" CMP_RIP JE_RET), 2, 8, true },
		{ "cmp (%rdi)", CODE("\x80\x3f\x00" JE_RET), 2, 3, true },
		{ "mov (%rip),%rax", CODE("\x48\x8b\x05\x00\x10\x00\x00\x53" RET), 2, 7, true },
		{ "mov %rax,(%rip)", CODE("\x48\x89\x05\x00\x10\x00\x00\x53" RET), 2, 0, false },
		{ "addl $1,(%rip)", CODE("\x83\x05\x00\x10\x00\x00\x01\x53" RET), 2, 0, false },
		{ "lea 8(%rsi),%rax", CODE("\x48\x8d\x46\x08\x53" RET), 2, 4, true },
		{ "lea 8(%rsi),%rdi", CODE("\x48\x8d\x7e\x08\x53" RET), 2, 0, false },
		{ "xor %eax,%eax", CODE("\x31\xc0\x53" RET), 2, 2, true },
		{ "a long nop", CODE("\x0f\x1f\x44\x00\x00\x53" RET), 2, 5, true },
		{ "xchg %ax,%ax", CODE("\x66\x90\x53" RET), 2, 2, true },
		{ "setne %al", CODE("\x0f\x95\xc0\x53" RET), 2, 3, true },
		{ "cmove %rsi,%rax", CODE("\x48\x0f\x44\xc6\x53" RET), 2, 4, true },
		{ "cmove %rsi,%rdi", CODE("\x48\x0f\x44\xfe\x53" RET), 2, 0, false },
		{ "ret comes first", CODE(TEST_RDI RET "\x53" RET), 2, 0, false },
		{ "call *%rax first", CODE(TEST_RDI "\xff\xd0\x53" RET), 2, 0, false },
		{ "syscall", CODE("\x0f\x05\x53" RET), 2, 0, false },
		{ "cpuid", CODE("\x0f\xa2\x53" RET), 0, 0, false },
		{ "hlt", CODE("\xf4\x53" RET), 2, 0, false },
		{ "int3", CODE("\xcc\x53" RET), 2, 0, false },
		{ "div %r8", CODE("\x49\xf7\xf0\x53" RET), 0, 0, false },
		{ "rep stos", CODE("\xf3\x48\xab\x53" RET), 0, 0, false },
		{ "std", CODE("\xfd\x53" RET), 2, 0, false },
		{ "pxor %xmm0,%xmm0", CODE("\x66\x0f\xef\xc0\x53" RET), 2, 0, false },
		{ "mov %eax,%ds", CODE("\x8e\xd8\x53" RET), 2, 0, false },
		{ "mov %cr0,%rax", CODE("\x0f\x20\xc0\x53" RET), 2, 0, false },
		{ "mov %rax,%cr3", CODE("\x0f\x22\xd8\x53" RET), 2, 0, false },
		{ "lock incl (%rip)", CODE("\xf0\xff\x05\x00\x10\x00\x00\x53" RET), 2, 0, false },
	};

	(void)state;
	CHECK(cases);
}

static void test_registers(void **state)
{
	static const struct site_case cases[] = {
		{ "mov %rsi,%rdi, unread", CODE("\x48\x89\xf7\x53" RET), 0, 3, true },
		{ "mov %rsi,%rdi, read", CODE("\x48\x89\xf7\x53" RET), 1, 0, false },
		{ "mov %esi,%edi", CODE("\x89\xf7\x53" RET), 1, 0, false },
		{ "mov $1,%dil", CODE("\x40\xb7\x01\x53" RET), 1, 0, false },
		{ "xor %esi,%esi, unread", CODE("\x31\xf6\x53" RET), 1, 2, true },
		{ "xor %esi,%esi, read", CODE("\x31\xf6\x53" RET), 2, 0, false },
		{ "xor %edx,%edx, unread", CODE("\x31\xd2\x53" RET), 2, 2, true },
		{ "xor %edx,%edx, read", CODE("\x31\xd2\x53" RET), 3, 0, false },
		{ "mov $1,%ch, unread", CODE("\xb5\x01\x53" RET), 3, 2, true },
		{ "mov $1,%ch, read", CODE("\xb5\x01\x53" RET), 4, 0, false },
		{ "xor %r8d,%r8d, unread", CODE("\x45\x31\xc0\x53" RET), 4, 3, true },
		{ "xor %r8d,%r8d, read", CODE("\x45\x31\xc0\x53" RET), 5, 0, false },
		{ "xor %r9d,%r9d, unread", CODE("\x45\x31\xc9\x53" RET), 5, 3, true },
		{ "xor %r9d,%r9d, read", CODE("\x45\x31\xc9\x53" RET), 6, 0, false },
		{ "more arguments than registers", CODE("\x31\xc0\x53" RET), 99, 2, true },
		{ "imul %rsi writes %rdx, unread", CODE("\x48\xf7\xee\x53" RET), 2, 3, true },
		{ "imul %rsi writes %rdx, read", CODE("\x48\xf7\xee\x53" RET), 3, 0, false },
		{ "sub $8,%rsp", CODE("\x48\x83\xec\x08\x53" RET), 0, 0, false },
		{ "mov %rsp,%rax", CODE("\x48\x89\xe0\x53" RET), 0, 3, true },
		{ "mov %rsp,%rbp", CODE("\x48\x89\xe5\x53" RET), 0, 0, false },
		{ "pop %rax", CODE("\x58\x53" RET), 0, 0, false },
		{ "leave", CODE("\xc9\x53" RET), 0, 0, false },
	};

	(void)state;
	CHECK(cases);
}

/* Each begins with test, je at +3, to offset 5 where not said otherwise. */
static void test_ways_back(void **state)
{
	static const struct site_case cases[] = {
		{ "jmp behind the probe", CODE(TEST_RDI "\x74\x00\xeb\xfe" RET), 1, 3, true },
		{ "jmp to the probe", CODE(TEST_RDI "\x74\x00\xeb\xfc" RET), 1, 0, false },
		{ "jmp into what is skipped", CODE(TEST_RDI "\x74\x00\xeb\xfa" RET), 1, 0, false },
		/* Again a call of the function, seen at both places alike. */
		{ "jmp to the start", CODE(TEST_RDI "\x74\x00\xeb\xf9" RET), 1, 3, true },
		{ "the je itself to the probe", CODE(TEST_RDI "\x74\xfe" RET), 1, 0, false },
		{ "jne to the probe, long",
		  CODE(TEST_RDI "\x74\x00\x0f\x85\xf8\xff\xff\xff" RET), 1, 0, false },
		{ "loop to the probe", CODE(TEST_RDI "\x74\x00\xe2\xfc" RET), 1, 0, false },
		{ "call of the probe",
		  CODE(TEST_RDI "\x74\x00\xe8\xf9\xff\xff\xff" RET), 1, 0, false },
		{ "address of the probe taken",
		  CODE(TEST_RDI "\x74\x00\x48\x8d\x05\xf7\xff\xff\xff" RET), 1, 0, false },
		{ "address of the start taken",
		  CODE(TEST_RDI "\x74\x00\x48\x8d\x05\xf4\xff\xff\xff" RET), 1, 3, true },
		{ "jmp *%rax", CODE(TEST_RDI "\x74\x00\xff\xe0" RET), 1, 0, false },
		{ "notrack jmp *%rax", CODE(TEST_RDI "\x74\x00\x3e\xff\xe0" RET), 1, 0, false },
		{ "jmp *(%rdx,%rax,8)", CODE(TEST_RDI "\x74\x00\xff\x24\xc2" RET), 1, 0, false },
		{ "jmp *(%rip)",
		  CODE(TEST_RDI "\x74\x00\xff\x25\x00\x10\x00\x00" RET), 1, 3, true },
		{ "far jmp *(%rip)",
		  CODE(TEST_RDI "\x74\x00\xff\x2d\x00\x10\x00\x00" RET), 1, 0, false },
		{ "call *%rax", CODE(TEST_RDI "\x74\x00\xff\xd0" RET), 1, 3, true },
		{ "jmp to another function",
		  CODE(TEST_RDI "\x74\x00\xe9\x00\x10\x00\x00"), 1, 3, true },
		{ "jne out of the function",
		  CODE(TEST_RDI "\x74\x00\x0f\x85\x00\x10\x00\x00" RET), 1, 0, false },
		{ "jne to before the function",
		  CODE(TEST_RDI "\x74\x00\x0f\x85\x00\xf0\xff\xff" RET), 1, 0, false },
		{ "no code in the middle", CODE(TEST_RDI "\x74\x00\x06" RET), 1, 0, false },
		{ "cut at the end", CODE(TEST_RDI "\x74\x00\xe8\x00\x10"), 1, 0, false },
	};

	(void)state;
	CHECK(cases);
}

static void test_first_instructions_cut(void **state)
{
	static const struct site_case cases[] = {
		{ "half a test", CODE("\x48\x85"), 2, 0, false },
		{ "half a push", CODE("\x41"), 2, 0, false },
		{ "half a call", CODE("\xe8\x00\x00\x00"), 2, 0, false },
		{ "test, half a je", CODE(TEST_RDI "\x74"), 2, 0, false },
		{ "only a test", CODE(TEST_RDI), 2, 0, false },
		{ "no code", CODE("\x06\x53" RET), 2, 0, false },
	};

	(void)state;
	CHECK(cases);
}

static void test_distance(void **state)
{
	char code[160];

	(void)state;
	memset(code, 0xc3, sizeof(code));
	for (size_t n = 1; n < 40; n++) {
		struct site_choice choice;

		/* N times xor %eax,%eax, then push %rbx. */
		for (size_t i = 0; i < n; i++)
			memcpy(code + 2 * i, "\x31\xc0", 2);
		code[2 * n] = 0x53;
		choice = choose(code, sizeof(code), 2);
		assert_int_equal(choice.emulated, 2 * n < 64);
		assert_int_equal(choice.delta, 2 * n < 64 ? 2 * n : 0);
	}
}

/* By the bytes alone, as the kernel's own decoder sees it. */
static bool looks_emulated(const uint8_t *code)
{
	return (code[0] & 0xf8) == 0x50 || (code[0] == 0x41 && (code[1] & 0xf8) == 0x50) ||
	       (code[0] & 0xf0) == 0x70 || (code[0] == 0x0f && (code[1] & 0xf0) == 0x80) ||
	       code[0] == 0x90 || code[0] == 0xeb || code[0] == 0xe8 || code[0] == 0xe9;
}

/* True if DELTA is where an instruction of the function begins. */
static bool is_boundary(const uint8_t *code, size_t n, size_t delta)
{
	ZydisDecodedInstruction insn;
	ZydisDecoder decoder;
	size_t at = 0;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	while (at < delta) {
		if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&decoder, NULL, code + at, n - at,
							      &insn)))
			return false;
		at += insn.length;
	}
	return at == delta;
}

static void check_choice(const uint8_t *code, size_t n, const struct site_choice *choice)
{
	assert_true(choice->delta < 32);
	assert_true(choice->delta == 0 || choice->delta < n);
	assert_true(choice->delta == 0 || choice->emulated);
	assert_true(is_boundary(code, n, choice->delta));
	assert_true(!choice->emulated || looks_emulated(code + choice->delta));
	assert_non_null(choice->why);
}

static void test_random_bytes(void **state)
{
	static const char *const starts[] = { "", TEST_RDI, ENDBR64, CMP_RIP "\x74" };
	uint64_t random = 0x9e3779b97f4a7c15;
	size_t n_moved = 0;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		const char *start = starts[round & 3];
		uint8_t code[48];
		size_t n = 1 + (size_t)(round / 4) % sizeof(code);
		struct site_choice choice;

		for (size_t i = 0; i < sizeof(code); i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			code[i] = (uint8_t)random;
		}
		/* cmpb has a NUL in it, and then random bytes: as good. */
		memcpy(code, start, strlen(start));
		choice = choose(code, n, (unsigned)round % 8);
		check_choice(code, n, &choice);
		n_moved += choice.delta != 0;
	}
	assert_true(n_moved > 100);
}

static int libc_path_find(struct dl_phdr_info *info, size_t n, void *path)
{
	(void)n;
	if (!str_ends_with(info->dlpi_name, "/libc.so.6"))
		return 0;
	snprintf(path, 4096, "%s", info->dlpi_name);
	return 1;
}

/* The code of the C library itself: under the sanitizer, plain names are the sanitizer's. */
static void test_libc(void **state)
{
	static const char *const names[] = {
		"malloc",	  "calloc", "realloc", "free",	       "memalign",
		"posix_memalign", "valloc", "pvalloc", "reallocarray",
	};
	char path[4096] = "";
	void *libc;

	(void)state;
	if (!dl_iterate_phdr(libc_path_find, path)) {
		print_message("skipped: this program does not use glibc\n");
		skip();
	}
	libc = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	assert_non_null(libc);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const uint8_t *code = dlsym(libc, names[i]);
		const ElfW(Sym) *symbol = NULL;
		struct site_choice choice;
		Dl_info info;

		assert_non_null(code);
		assert_true(dladdr1(code, &info, (void **)&symbol, RTLD_DL_SYMENT));
		assert_non_null(symbol);
		assert_string_equal(info.dli_fname, path);
		choice = choose(code, symbol->st_size, 2);
		check_choice(code, symbol->st_size, &choice);
		assert_int_equal(looks_emulated(code), choice.emulated && choice.delta == 0);
		/* What a probe at free() costs most of all: free(NULL) is tested first. */
		if (memcmp(code, TEST_RDI "\x0f\x84", 5) == 0)
			assert_int_equal(choice.delta, 3);
	}
	dlclose(libc);
}

#else

static void test_other_machine(void **state)
{
	struct site_choice choice = choose("\x53\xc3", 2, 1);

	(void)state;
	assert_int_equal(choice.delta, 0);
	assert_false(choice.emulated);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_code),
#if defined(__x86_64__)
		cmocka_unit_test(test_emulated_at_start),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_ways_back),
		cmocka_unit_test(test_first_instructions_cut),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_libc),
#else
		cmocka_unit_test(test_other_machine),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
