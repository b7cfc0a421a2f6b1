// SPDX-License-Identifier: BSD-2-Clause
/* Returns from main() with local variables that were the last to hold a block: it is lost. */
#include "truth.h"

LEAKER void *in_local(void)
{
	return hold(malloc(111));
}

LEAKER void use(void **locals)
{
	hold(locals);
}

int main(void)
{
	void *in_register = in_local();
	void *locals[8] = { 0 };

	locals[3] = in_local();
	use(locals);
	truth_begin();
	truth_class("in_local", "lost", 2, 222);
	truth_end();
	hold(in_register);
	return 0;
}
