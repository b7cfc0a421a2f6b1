// SPDX-License-Identifier: BSD-2-Clause
/* Where functions return: small pieces of code, written down as bytes, at offset 0x1000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "probe/returns.h"

enum { BASE = 0x1000 };

struct code {
	const char *bytes;
	size_t n;
	uint64_t begins;  /* another function, 0: none */
	int follow;	  /* what a pointer leads to, as the callback returns it */
	uint64_t target;
	uint64_t pointer; /* where the pointer must be: end of the jump plus distance */
};

static size_t code_read(void *data, uint64_t offset, uint8_t *to, size_t n)
{
	const struct code *code = data;

	if (offset < BASE || offset - BASE >= code->n)
		return 0;
	if (n > code->n - (offset - BASE))
		n = code->n - (offset - BASE);
	memcpy(to, code->bytes + (offset - BASE), n);
	return n;
}

static int code_follow(void *data, uint64_t offset, int64_t distance, uint64_t *ret_target)
{
	const struct code *code = data;

	assert_int_equal(offset + (uint64_t)distance, code->pointer);
	*ret_target = code->target;
	return code->follow;
}

static bool code_begins(void *data, uint64_t offset)
{
	return offset == ((const struct code *)data)->begins;
}

/* Checks that the returns of the function at BASE are these, in any order; 0 ends the list. */
static void assert_returns(const struct code *code, uint64_t size, const uint64_t *expected)
{
	struct returns_request request = { .read = code_read,
					   .follow = code_follow,
					   .begins = code_begins,
					   .data = (void *)code,
					   .offset = BASE,
					   .size = size };
	struct returns returns = { 0 };
	size_t n = 0;

	assert_int_equal(returns_find(&request, &returns), 0);
	for (; expected[n]; n++) {
		bool found = false;

		vec_foreach(offset, &returns.offsets)
			found |= *offset == expected[n];
		assert_true(found);
	}
	assert_int_equal(returns.offsets.n, n);
	returns_done(&returns);
}

static void assert_refused(const struct code *code)
{
	struct returns_request request = { .read = code_read,
					   .follow = code_follow,
					   .begins = code_begins,
					   .data = (void *)code,
					   .offset = BASE };
	struct returns returns = { 0 };

	assert_int_equal(returns_find(&request, &returns), -ENOTSUP);
	assert_int_equal(returns.offsets.n, 0);
}

#define CODE(text) .bytes = (text), .n = sizeof(text) - 1

#if defined(__x86_64__)

static void test_branches(void **state)
{
	/* test %edi,%edi; je +2; nop; ret; xor %eax,%eax; ret; and a loop: jne back to the start */
	static const struct code two = { CODE("\x85\xff\x74\x02\x90\xc3\x31\xc0\xc3") };
	static const struct code loop = { CODE("\xff\xcf\x75\xfc\xc3\xc3") };
	/* ret $8 returns too. */
	static const struct code pops = { CODE("\xc2\x08\x00") };

	(void)state;
	assert_returns(&two, 9, (const uint64_t[]){ BASE + 5, BASE + 8, 0 });
	assert_returns(&loop, 5, (const uint64_t[]){ BASE + 4, 0 });
	assert_returns(&pops, 3, (const uint64_t[]){ BASE, 0 });
}

/* jmp to a function behind this one, which returns in its place. */
static void test_tail_call(void **state)
{
	static const struct code direct = { CODE("\xe9\x02\x00\x00\x00\xc3\xcc\x90\xc3") };
	/* jmp *0x10(%rip) */
	static const struct code same_file = { CODE("\xff\x25\x10\x00\x00\x00\xcc\xc3"),
					       .pointer = BASE + 0x16,
					       .follow = 1,
					       .target = BASE + 7 };
	static const struct code other_file = { CODE("\x74\x06\xff\x25\x10\x00\x00\x00\xc3"),
						.pointer = BASE + 0x18 };

	(void)state;
	assert_returns(&direct, 5, (const uint64_t[]){ BASE + 8, 0 });
	assert_returns(&same_file, 6, (const uint64_t[]){ BASE + 7, 0 });
	assert_returns(&other_file, 9, (const uint64_t[]){ BASE + 8, 0 });
}

/* call +0; what follows is another function, by its size or by what the file says. */
static void test_call_that_does_not_return(void **state)
{
	static const struct code code = {
		CODE("\x74\x01\xc3\xe8\x00\x00\x00\x00\xc3\xff\xe0"), .begins = BASE + 8
	};
	static const uint64_t expected[] = { BASE + 2, 0 };

	(void)state;
	assert_returns(&code, 0, expected);
	assert_returns(&(const struct code){ CODE("\x74\x01\xc3\xe8\x00\x00\x00\x00\xc3") }, 8,
		       expected);
	/* Without either, the next return counts. */
	assert_returns(&(const struct code){ CODE("\x74\x01\xc3\xe8\x00\x00\x00\x00\xc3") }, 0,
		       (const uint64_t[]){ BASE + 2, BASE + 8, 0 });
}

/* One return more, somewhere, cannot be ruled out. */
static void test_refused(void **state)
{
	(void)state;
	/* jmp *%rax; a pointer that nothing is known of; bytes that are no code; the end of it */
	assert_refused(&(const struct code){ CODE("\x74\x01\xc3\xff\xe0") });
	assert_refused(&(const struct code){ CODE("\x74\x06\xff\x25\x10\x00\x00\x00\xc3"),
					     .pointer = BASE + 0x18,
					     .follow = -ENOTSUP });
	assert_refused(&(const struct code){ CODE("\x74\x01\xc3\x06") });
	assert_refused(&(const struct code){ CODE("\x74\x01\xc3\x90") });
	assert_refused(&(const struct code){ CODE("\x74\x70\xc3") });
}

/* A file can say anything: the work has an end. */
static void test_endless(void **state)
{
	static char nops[100000];

	(void)state;
	memset(nops, '\x90', sizeof(nops));
	assert_refused(&(const struct code){ .bytes = nops, .n = sizeof(nops) });
}

#else

static void test_refused(void **state)
{
	(void)state;
	assert_refused(&(const struct code){ CODE("\xc0\x03\x5f\xd6") });
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#if defined(__x86_64__)
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_tail_call),
		cmocka_unit_test(test_call_that_does_not_return),
		cmocka_unit_test(test_endless),
#endif
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
