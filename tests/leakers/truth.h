/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a leaker says about itself: "key value" lines on standard output, one block of lines for
 * each process, beginning with its pid. tests/e2e/truth.jq compares them with a JSON report and
 * lists the keys. Uses no allocator and no stdio, so that what it says stays true.
 */
#ifndef LT_TESTS_LEAKERS_TRUTH_H
#define LT_TESTS_LEAKERS_TRUTH_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A function whose name the report must show: a call of its own, with a frame of its own. */
#ifdef __clang__
#define LEAKER __attribute__((noinline, unused))
#else
#define LEAKER __attribute__((noipa, unused))
#endif
#define TRUTH_HELPER static __attribute__((unused))

static char truth_text[8192];
static size_t truth_bytes;
static uint64_t truth_n_sites;

/*
 * Makes the compiler believe that POINTER is used: the allocation is not dropped, and the call
 * that made it is not turned into a jump, which would hide the function from every stack.
 */
static inline __attribute__((always_inline, unused)) void *hold(void *pointer)
{
	__asm__ volatile("" : "+r"(pointer) : : "memory");
	return pointer;
}

/* A number that the compiler knows nothing about. */
static inline __attribute__((always_inline, unused)) size_t opaque(size_t number)
{
	__asm__ volatile("" : "+r"(number));
	return number;
}

/* Writes all of it, or ends the process: a test must not pass with half of the truth. */
TRUTH_HELPER void write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(fd, text, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(99);
		text += n;
		bytes -= (size_t)n;
	}
}

TRUTH_HELPER void truth_add(const char *text)
{
	size_t bytes = strlen(text);

	if (bytes > sizeof(truth_text) - truth_bytes)
		_exit(98);
	memcpy(truth_text + truth_bytes, text, bytes);
	truth_bytes += bytes;
}

TRUTH_HELPER void truth_add_number(uint64_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	truth_add(at);
}

TRUTH_HELPER void truth_number(const char *key, uint64_t number)
{
	truth_add(key);
	truth_add(" ");
	truth_add_number(number);
	truth_add("\n");
}

TRUTH_HELPER void truth_word(const char *key, const char *word)
{
	truth_add(key);
	truth_add(" ");
	truth_add(word);
	truth_add("\n");
}

/* Starts the block of this process, and forgets what a parent had prepared. */
TRUTH_HELPER void truth_begin(void)
{
	truth_bytes = 0;
	truth_n_sites = 0;
	truth_number("pid", (uint64_t)getpid());
}

/*
 * FUNCTION still holds so much. VIA: NULL, or "a|b", the library functions through which it
 * called the allocator, one of which is then the first frame, by its public name.
 */
TRUTH_HELPER void truth_site_via(const char *function, uint64_t n_blocks, uint64_t bytes,
				 const char *via)
{
	truth_add("site ");
	truth_add(function);
	truth_add(" ");
	truth_add_number(n_blocks);
	truth_add(" ");
	truth_add_number(bytes);
	if (via) {
		truth_add(" ");
		truth_add(via);
	}
	truth_add("\n");
	truth_n_sites++;
}

TRUTH_HELPER void truth_site(const char *function, uint64_t n_blocks, uint64_t bytes)
{
	truth_site_via(function, n_blocks, bytes, NULL);
}

/*
 * FUNCTION still holds so much of this class: "lost", "indirect", "reachable", or "outstanding"
 * where there is no verdict. For a process that says so of all its functions.
 */
TRUTH_HELPER void truth_class(const char *function, const char *held_as, uint64_t n_blocks,
			      uint64_t bytes)
{
	truth_add("class ");
	truth_add(held_as);
	truth_add(" ");
	truth_site(function, n_blocks, bytes);
}

/* FUNCTION has left so many descriptors of a class, or made so many bad closes. */
TRUTH_HELPER void truth_fd(const char *function, const char *kept_as, uint64_t n)
{
	truth_add("fd ");
	truth_add(function);
	truth_add(" ");
	truth_add(kept_as);
	truth_add(" ");
	truth_add_number(n);
	truth_add("\n");
}

/* So many threads of this class (leaked, at-exit) were made by FUNCTION. */
TRUTH_HELPER void truth_thread(const char *function, const char *class_name, uint64_t n)
{
	truth_add("thread ");
	truth_add(function);
	truth_add(" ");
	truth_add(class_name);
	truth_add(" ");
	truth_add_number(n);
	truth_add("\n");
}

/* So many mappings of FUNCTION are left, with so many bytes. */
TRUTH_HELPER void truth_mapping(const char *function, uint64_t n, uint64_t bytes)
{
	truth_add("mapping ");
	truth_add(function);
	truth_add(" ");
	truth_add_number(n);
	truth_add(" ");
	truth_add_number(bytes);
	truth_add("\n");
}

/*
 * The same, all of them of this class: "leaked" or "reachable". For a process that says so of all
 * its mappings.
 */
TRUTH_HELPER void truth_mapping_as(const char *function, uint64_t n, uint64_t bytes,
				   const char *held_as)
{
	truth_mapping(function, n, bytes);
	truth_bytes--;
	truth_add(" ");
	truth_add(held_as);
	truth_add("\n");
}

/* FUNCTION allocated or tried to, and must not be in the report. */
TRUTH_HELPER void truth_absent(const char *function)
{
	truth_word("absent", function);
}

/* Only where nothing else in the process, the C library included, calls the allocator. */
TRUTH_HELPER void truth_calls(uint64_t n_allocations, uint64_t n_frees)
{
	truth_number("allocations", n_allocations);
	truth_number("frees", n_frees);
}

/* Ends the block and prints it with one write(), so that blocks of processes do not mix. */
TRUTH_HELPER void truth_end(void)
{
	truth_number("sites", truth_n_sites);
	write_all(STDOUT_FILENO, truth_text, truth_bytes);
	truth_bytes = 0;
}

#endif
