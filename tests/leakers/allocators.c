// SPDX-License-Identifier: BSD-2-Clause
/*
 * allocators FUNCTION: holds three blocks from that one allocator function of the C library
 * and calls no other. "all" does so with each of them in turn.
 */
#include <malloc.h>

#include "truth.h"

enum { N_BLOCKS = 3, N_BYTES = 1000 };

LEAKER void leak_malloc(void)
{
	hold(malloc(N_BYTES));
}

LEAKER void leak_calloc(void)
{
	hold(calloc(N_BYTES / 10, 10));
}

LEAKER void leak_realloc(void)
{
	hold(realloc(hold(NULL), N_BYTES));
}

LEAKER void leak_reallocarray(void)
{
	hold(reallocarray(hold(NULL), N_BYTES / 10, 10));
}

LEAKER void leak_memalign(void)
{
	hold(memalign(64, N_BYTES));
}

LEAKER void leak_aligned_alloc(void)
{
	hold(aligned_alloc(8, N_BYTES));
}

LEAKER void leak_posix_memalign(void)
{
	void *block = NULL;

	if (posix_memalign(&block, 64, N_BYTES) != 0)
		_exit(97);
	hold(block);
}

LEAKER void leak_valloc(void)
{
	hold(valloc(N_BYTES));
}

/* Whole pages: what was asked for and what was given are the same number. */
LEAKER void leak_pvalloc(void)
{
	hold(pvalloc((size_t)sysconf(_SC_PAGESIZE) * 2));
}

LEAKER void leak_strdup(void)
{
	hold(strdup((const char *)hold((void *)"a string of 27 bytes, so...")));
}

LEAKER void leak_strndup(void)
{
	hold(strndup((const char *)hold((void *)"a longer string, cut at 20"), 20));
}

static const struct allocator {
	const char *name;
	const char *function;
	void (*leak)(void);
	size_t n_bytes; /* 0: two pages */
	const char *via;
} allocators[] = {
	{ "malloc", "leak_malloc", leak_malloc, N_BYTES, NULL },
	{ "calloc", "leak_calloc", leak_calloc, N_BYTES, NULL },
	{ "realloc", "leak_realloc", leak_realloc, N_BYTES, NULL },
	{ "reallocarray", "leak_reallocarray", leak_reallocarray, N_BYTES, NULL },
	{ "memalign", "leak_memalign", leak_memalign, N_BYTES, NULL },
	{ "aligned_alloc", "leak_aligned_alloc", leak_aligned_alloc, N_BYTES, NULL },
	{ "posix_memalign", "leak_posix_memalign", leak_posix_memalign, N_BYTES, NULL },
	{ "valloc", "leak_valloc", leak_valloc, N_BYTES, NULL },
	{ "pvalloc", "leak_pvalloc", leak_pvalloc, 0, NULL },
	{ "strdup", "leak_strdup", leak_strdup, 28, "strdup" },
	{ "strndup", "leak_strndup", leak_strndup, 21, "strndup" },
};

/* One call site of main, whatever the compiler makes of a loop with a known end. */
static void allocator_run(const struct allocator *a)
{
	size_t n_bytes = a->n_bytes ? a->n_bytes : (size_t)sysconf(_SC_PAGESIZE) * 2;

	for (size_t n = opaque(N_BLOCKS); n > 0; n--)
		a->leak();
	truth_site_via(a->function, N_BLOCKS, N_BLOCKS * n_bytes, a->via);
}

int main(int argc, char **argv)
{
	uint64_t n_calls = 0;

	truth_begin();
	for (size_t i = 0; argc == 2 && i < sizeof(allocators) / sizeof(allocators[0]); i++) {
		if (strcmp(argv[1], "all") != 0 && strcmp(argv[1], allocators[i].name) != 0)
			continue;
		allocator_run(&allocators[i]);
		n_calls += N_BLOCKS;
	}
	if (n_calls == 0)
		return 2;
	truth_calls(n_calls, 0);
	truth_end();
	return 0;
}
