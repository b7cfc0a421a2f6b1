/* SPDX-License-Identifier: BSD-2-Clause */
/* A failed operator new: what its exception has left is no call in progress any more. */
#ifndef LT_LEAKERS_FAILED_NEW_H
#define LT_LEAKERS_FAILED_NEW_H

#include <new>

#include "truth.h"

extern "C" LEAKER void fail_throwing()
{
	bool caught = false;

	try {
		hold(::operator new(opaque(SIZE_MAX / 4)));
	} catch (const std::bad_alloc &) {
		caught = true;
	}
	if (!caught)
		_exit(97);
}

#endif
