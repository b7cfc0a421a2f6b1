/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the programs of the benchmark share. They make no allocation but those that they are
 * asked for, so that the number is known, and write one line of numbers for the bench to read.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		_exit(97);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The compiler must not see that a block is freed unused: it would drop both calls. */
static inline void *pointer_keep(void *pointer)
{
	__asm__ volatile("" : "+r"(pointer) : : "memory");
	return pointer;
}

static inline size_t number_read(int argc, char **argv, int i, size_t max)
{
	unsigned long long n;
	char *end;

	if (i >= argc)
		_exit(2);
	n = strtoull(argv[i], &end, 10);
	if (end == argv[i] || *end || n > max)
		_exit(2);
	return (size_t)n;
}

/* stdio would allocate a buffer. */
static inline void numbers_write(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%llu %llu %llu %llu\n", (unsigned long long)a,
			 (unsigned long long)b, (unsigned long long)c, (unsigned long long)d);

	if (n < 0 || write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(97);
}

#endif
