// SPDX-License-Identifier: BSD-2-Clause
/*
 * matrix [clean]: what an allocator offers, in one source that tests/e2e/matrix.bats links with
 * each allocator in each way. Of each function one block is reachable, one is lost, and one is what
 * the lost one leads to; with "clean" all are released. PREFIX is what stands before malloc and so
 * on; SIZED_FREE(block, bytes) is a release that is told the size, where there is one.
 */
#include <malloc.h>
#include <stdbool.h>

#include "truth.h"

#define JOIN_LATER(a, b) a##b
#define JOIN(a, b)	 JOIN_LATER(a, b)

#ifdef PREFIX
#define F(name) JOIN(PREFIX, name)
void *F(malloc)(size_t bytes);
void *F(calloc)(size_t count, size_t bytes);
void *F(realloc)(void *block, size_t bytes);
int F(posix_memalign)(void **ret, size_t alignment, size_t bytes);
void F(free)(void *block);
#else
#define F(name) name
#endif

/*
 * Large is what no allocator here keeps with small blocks. No more: jemalloc remembers in its data
 * of each thread at which multiple of 1 GiB it was last, and a block around that is no leak.
 */
enum { N_BYTES = 96, N_GROWN = 5000, N_LARGE = 600 << 10, N_FAILURES = 20 };

/* Not "static": the compiler would drop variables that nobody reads. */
void *roots[32];
static size_t n_roots;
static bool is_clean;

LEAKER void **make_malloc(void)
{
	return hold(F(malloc)(N_BYTES));
}

LEAKER void **make_calloc(void)
{
	return hold(F(calloc)(N_BYTES / 8, 8));
}

LEAKER void **make_realloc(void)
{
	return hold(F(realloc)(hold(NULL), N_BYTES));
}

LEAKER void **make_grown(void)
{
	return hold(F(realloc)(hold(F(malloc)(16)), opaque(N_GROWN)));
}

LEAKER void **make_shrunk(void)
{
	return hold(F(realloc)(hold(F(malloc)(9000)), opaque(N_BYTES)));
}

LEAKER void **make_posix(void)
{
	void *block = NULL;

	if (F(posix_memalign)(&block, 4096, N_BYTES) != 0 || (uintptr_t)block % 4096)
		_exit(97);
	return hold(block);
}

/* More than an allocator keeps in its usual places: a mapping of its own. */
LEAKER void **make_large(void)
{
	return hold(F(malloc)(opaque(N_LARGE)));
}

LEAKER void **make_kept(void)
{
	void *block = hold(F(malloc)(N_BYTES));

	if (hold(F(realloc)(block, opaque(SIZE_MAX / 4))))
		_exit(97);
	return hold(block);
}

#ifndef PREFIX
LEAKER void **make_reallocarray(void)
{
	void *block = hold(reallocarray(hold(NULL), N_BYTES / 8, 8));

	if (hold(reallocarray(block, opaque(SIZE_MAX / 2), opaque(16))))
		_exit(97);
	return hold(block);
}

LEAKER void **make_aligned(void)
{
	return hold(aligned_alloc(64, opaque(128)));
}

LEAKER void **make_memalign(void)
{
	return hold(memalign(32, opaque(N_BYTES)));
}

/* All of what there is may be used; what counts is what was asked for. */
LEAKER void **make_usable(void)
{
	void *block = hold(malloc(opaque(N_BYTES + 5)));
	size_t usable = malloc_usable_size(block);

	if (usable < N_BYTES + 5)
		_exit(97);
	memset(block, 0, usable);
	return hold(block);
}
#endif

/* Those that fail come first: some allocators then look at the stack, and keep what they saw. */
static const struct maker {
	void **(*make)(void);
	const char *function;
	size_t n_bytes;
} makers[] = {
#ifndef PREFIX
	{ make_reallocarray, "make_reallocarray", N_BYTES },
#endif
	{ make_kept, "make_kept", N_BYTES },
	{ make_malloc, "make_malloc", N_BYTES },
	{ make_calloc, "make_calloc", N_BYTES },
	{ make_realloc, "make_realloc", N_BYTES },
	{ make_grown, "make_grown", N_GROWN },
	{ make_shrunk, "make_shrunk", N_BYTES },
	{ make_posix, "make_posix", N_BYTES },
	{ make_large, "make_large", N_LARGE },
#ifndef PREFIX
	{ make_aligned, "make_aligned", 128 },
	{ make_memalign, "make_memalign", N_BYTES },
	{ make_usable, "make_usable", N_BYTES + 5 },
#endif
};

/* Without what the allocator has left in it: pointers to blocks that were free then. */
LEAKER void **make_cleared(const struct maker *maker)
{
	return hold(memset(maker->make(), 0, maker->n_bytes));
}

LEAKER void leave(const struct maker *maker)
{
	void **lost;

	if (is_clean) {
		for (size_t n = opaque(3); n > 0; n--)
			F(free)(make_cleared(maker));
		truth_absent(maker->function);
		return;
	}
	roots[n_roots++] = make_cleared(maker);
	lost = make_cleared(maker);
	lost[0] = make_cleared(maker);
	truth_class(maker->function, "reachable", 1, maker->n_bytes);
	truth_class(maker->function, "lost", 1, maker->n_bytes);
	truth_class(maker->function, "indirect", 1, maker->n_bytes);
}

/* Blocks of no bytes have an address all the same. */
LEAKER void *zero_malloc(void)
{
	return hold(F(malloc)(opaque(0)));
}

/* Some allocators release the block and give none, others give one of no bytes. */
LEAKER void *zero_realloc(void)
{
	return hold(F(realloc)(hold(F(malloc)(50)), opaque(0)));
}

LEAKER void leave_zeros(void)
{
	void *given = zero_realloc();

	if (is_clean) {
		F(free)(given);
		F(free)(zero_malloc());
		return;
	}
	roots[n_roots++] = zero_malloc();
	zero_malloc();
	truth_class("zero_malloc", "reachable", 1, 0);
	truth_class("zero_malloc", "lost", 1, 0);
	if (given)
		truth_class("zero_realloc", "lost", 1, 0);
}

/* Compilers drop calls whose block is only compared. */
LEAKER void fail_all(void)
{
	void *block = hold(NULL);

	if (hold(F(malloc)(opaque(SIZE_MAX / 4))) ||
	    hold(F(calloc)(opaque(SIZE_MAX / 4), opaque(8))) ||
	    hold(F(realloc)(block, opaque(SIZE_MAX / 4))) ||
	    F(posix_memalign)(&block, opaque(3), 100) != EINVAL ||
	    F(posix_memalign)(&block, 64, opaque(SIZE_MAX / 4)) != ENOMEM)
		_exit(97);
#ifndef PREFIX
	if (hold(reallocarray(hold(NULL), opaque(SIZE_MAX / 2), opaque(16))) ||
	    hold(aligned_alloc(64, opaque(SIZE_MAX / 64 * 32))))
		_exit(97);
#endif
}

LEAKER void release_sized(void)
{
#ifdef SIZED_FREE
	SIZED_FREE(hold(F(malloc)(N_BYTES)), N_BYTES);
	SIZED_FREE(hold(F(malloc)(N_GROWN)), N_GROWN);
#endif
}

int main(int argc, char **argv)
{
	is_clean = argc == 2 && strcmp(argv[1], "clean") == 0;
	truth_begin();
	for (int i = 0; i < N_FAILURES; i++)
		fail_all();
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		leave(&makers[i]);
	leave_zeros();
	release_sized();
	truth_absent("fail_all");
	truth_absent("release_sized");
	truth_end();
	return 0;
}
