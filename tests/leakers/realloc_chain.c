// SPDX-License-Identifier: BSD-2-Clause
/*
 * realloc in all its forms: from NULL, growing and shrinking, in place and moved, between the
 * heap and mappings, to nothing. A block belongs to the call that gave it its present size.
 */
#include "truth.h"

static void *guards[8]; /* blocks behind another one: it cannot grow in place */

LEAKER void *start(void)
{
	return hold(malloc(1000));
}

/* Each of these gives one block and takes one. */
LEAKER void *leak_chain(void *block)
{
	block = hold(realloc(block, opaque(400 * 1024)));
	block = hold(realloc(block, opaque(800 * 1024)));
	return hold(realloc(block, opaque(100)));
}

LEAKER void leak_guards(void)
{
	for (size_t i = 0; i < 8; i++)
		guards[i] = hold(malloc(48));
}

LEAKER void *leak_from_null(void)
{
	return hold(realloc(hold(NULL), opaque(333)));
}

LEAKER void *leak_same_place(void *block)
{
	for (size_t n = 334; n <= 343; n++)
		block = hold(realloc(block, opaque(n)));
	return block;
}

LEAKER void *leak_moved(void *block)
{
	return hold(realloc(block, opaque(5000)));
}

LEAKER void to_nothing(void)
{
	if (realloc(hold(malloc(70)), opaque(0)))
		_exit(97);
}

int main(void)
{
	leak_chain(start());
	leak_same_place(leak_from_null());
	leak_guards();
	guards[3] = leak_moved(guards[3]);
	for (int i = 0; i < 4; i++)
		to_nothing();
	truth_begin();
	truth_site("leak_chain", 1, 100);
	truth_site("leak_same_place", 1, 343);
	truth_site("leak_guards", 7, 7 * 48);
	truth_site("leak_moved", 1, 5000);
	truth_absent("start");
	truth_absent("leak_from_null");
	truth_absent("to_nothing");
	/* 1+3 the chain, 1+10 from NULL, 8+1 guards, 4 to nothing. */
	truth_calls(4 + 11 + 9 + 4, 3 + 10 + 1 + 4);
	truth_end();
	return 0;
}
