// SPDX-License-Identifier: BSD-2-Clause
/*
 * Calls that fail change nothing: a failed realloc keeps the old block, with its size and its
 * call site; the other failed calls give no block. One real block makes the process visible.
 */
#include <malloc.h>

#include "truth.h"

enum { N_KEPT = 1009, N_REAL = 77 };

LEAKER void *leak_before_realloc(void)
{
	return hold(malloc(N_KEPT));
}

LEAKER void fail_realloc(void *block)
{
	if (realloc(block, opaque(SIZE_MAX / 4)))
		_exit(97);
	hold(block);
	if (reallocarray(block, opaque(SIZE_MAX / 2), opaque(16)))
		_exit(97);
	hold(block);
}

LEAKER void fail_posix_memalign(void)
{
	void *block = NULL;

	if (posix_memalign(&block, opaque(3), 100) != EINVAL)
		_exit(97);
	if (posix_memalign(&block, 64, opaque(SIZE_MAX / 4)) != ENOMEM)
		_exit(97);
	hold(block);
}

LEAKER void fail_others(void)
{
	if (malloc(opaque(SIZE_MAX / 4)) || calloc(opaque(SIZE_MAX / 4), opaque(8)))
		_exit(97);
	if (memalign(64, opaque(SIZE_MAX / 4)) || aligned_alloc(64, opaque(SIZE_MAX / 64 * 32)))
		_exit(97);
	if (valloc(opaque(SIZE_MAX / 4)) || pvalloc(opaque(SIZE_MAX / 4)))
		_exit(97);
}

LEAKER void leak_real(void)
{
	hold(malloc(N_REAL));
}

int main(void)
{
	fail_realloc(leak_before_realloc());
	for (int i = 0; i < 50; i++) {
		fail_posix_memalign();
		fail_others();
	}
	leak_real();
	truth_begin();
	truth_site("leak_before_realloc", 1, N_KEPT);
	truth_site("leak_real", 1, N_REAL);
	truth_absent("fail_realloc");
	truth_absent("fail_posix_memalign");
	truth_absent("fail_others");
	truth_calls(2, 0);
	truth_end();
	return 0;
}
