// SPDX-License-Identifier: BSD-2-Clause
/*
 * perl_root HOW: ends as perl does: perl_free() releases the interpreter, and nothing of what hangs
 * on it. The file's name says that it is one.
 */
#include <pthread.h>

#include "truth.h"

enum { BYTES = 120, FAR = 700 };

/* Larger than what one event carries. */
struct interpreter {
	void *first;
	void *others[FAR];
	void *last;
	char end[3]; /* no whole word */
};

LEAKER void *interpreter_new(void)
{
	return hold(calloc(1, sizeof(struct interpreter)));
}

/* Something that leads to something else. */
#define MAKER(name)                                                                                \
	LEAKER void *name(void)                                                                    \
	{                                                                                          \
		void **outer = hold(calloc(1, BYTES));                                             \
                                                                                                   \
		outer[3] = hold(malloc(BYTES));                                                    \
		return outer;                                                                      \
	}

MAKER(kept)
MAKER(dropped)
MAKER(of_thread)

LEAKER void *born_later(void)
{
	return hold(malloc(BYTES));
}

LEAKER void *released_later(void)
{
	return hold(malloc(BYTES));
}

static void *later;

/* What functions that have returned have left below. */
LEAKER void clear_below(void)
{
	volatile char room[16384];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

/* By its name alone it is perl's. */
LEAKER void perl_free(void *interpreter)
{
	hold(interpreter);
	free(interpreter);
}

static void *thread_run(void *unused)
{
	struct interpreter *interpreter = interpreter_new();

	interpreter->others[FAR / 2] = of_thread();
	perl_free(interpreter);
	clear_below();
	return unused;
}

/* What a thread's interpreter leaves behind is lost, as the program goes on. */
static void run_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_run, NULL) != 0 || pthread_join(thread, NULL) != 0)
		_exit(97);
	truth_class("of_thread", "lost", 1, BYTES);
	truth_class("of_thread", "indirect", 1, BYTES);
}

static void at_exit(void)
{
	free(later);
}

LEAKER void end(void)
{
	struct interpreter *interpreter = interpreter_new();

	interpreter->first = kept();
	interpreter->others[FAR / 2] = kept();
	interpreter->last = kept();
	later = released_later();
	atexit(at_exit);
	dropped();
	perl_free(interpreter);
	/* It comes to lie where the interpreter was. */
	memset(born_later(), 0, BYTES);
}

int main(int argc, char **argv)
{
	truth_begin();
	if (argc > 1 && strcmp(argv[1], "thread") == 0)
		run_thread();
	end();
	clear_below();
	truth_class("kept", "reachable", 6, (uint64_t)6 * BYTES);
	truth_class("dropped", "lost", 1, BYTES);
	truth_class("dropped", "indirect", 1, BYTES);
	truth_class("born_later", "lost", 1, BYTES);
	truth_absent("interpreter_new");
	truth_absent("released_later");
	truth_number("status", 0);
	truth_end();
	return 0;
}
