// SPDX-License-Identifier: BSD-2-Clause
/*
 * stack_shapes [MILLISECONDS], for which it waits first: leaks at the end of call stacks of every
 * shape that compiled C has: frames of odd sizes and alignments, calls out of the C library, signal
 * handlers, threads, before main and after it. Built without frame pointers, as all leakers are.
 */
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "truth.h"

enum { DEPTH = 60 };

static char signal_stack[64 * 1024];
static int sorted[] = { 3, 1 };
static volatile sig_atomic_t n_handled;

LEAKER void leak_plain(void)
{
	hold(malloc(11));
}

LEAKER void leak_recursive(size_t depth)
{
	char frame[24];

	hold(frame);
	if (depth == 0)
		hold(malloc(12));
	else
		leak_recursive(depth - 1);
	hold(frame);
}

LEAKER void leak_alloca(size_t bytes)
{
	char *dynamic = alloca(bytes);

	memset(hold(dynamic), 1, bytes);
	hold(malloc(13));
	hold(dynamic);
}

LEAKER void leak_realigned(void)
{
	_Alignas(64) char wide[192];

	hold(wide);
	hold(malloc(14));
	hold(wide);
}

LEAKER void leak_realigned_alloca(size_t bytes)
{
	_Alignas(128) char wide[128];
	char *dynamic = alloca(bytes);

	hold(wide);
	memset(hold(dynamic), 1, bytes);
	hold(malloc(15));
	hold(dynamic);
}

/* More than any buffer that is read at once. */
LEAKER void leak_large_frame(void)
{
	char large[200000];

	hold(large);
	hold(malloc(16));
	hold(large);
}

LEAKER int leak_in_compare(const void *a, const void *b)
{
	hold(malloc(17));
	return *(const int *)a - *(const int *)b;
}

LEAKER void leak_in_strdup(void)
{
	hold(strdup((char *)hold((void *)(uintptr_t) "seventeen letters")));
}

static inline __attribute__((always_inline)) void inlined_inner(size_t bytes)
{
	hold(malloc(bytes));
}

static inline __attribute__((always_inline)) void inlined_outer(size_t bytes)
{
	inlined_inner(bytes + 1);
}

LEAKER void leak_by_inlined(void)
{
	inlined_outer(opaque(19));
}

LEAKER void leak_in_handler(int number)
{
	hold(malloc(21));
	hold(&number);
	n_handled++;
}

LEAKER void leak_in_nested_handler(int number)
{
	hold(malloc(22));
	raise(SIGUSR1);
	hold(&number);
}

/* The signal comes at the first instruction of a function: its address belongs to it exactly. */
void faulting(void);
__asm__(".text\n"
	".p2align 4\n"
	".globl faulting\n"
	".hidden faulting\n"
	".type faulting, @function\n"
	"faulting:\n"
	".cfi_startproc\n"
#ifdef __x86_64__
	"ud2\n"
#else
	"udf #0\n"
#endif
	"ret\n"
	".cfi_endproc\n"
	".size faulting, .-faulting\n");

LEAKER void leak_in_fault_handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;

	hold(info);
	hold(malloc(23));
	hold(&number);
#ifdef __x86_64__
	interrupted->uc_mcontext.gregs[REG_RIP] += 2;
#else
	interrupted->uc_mcontext.pc += 4;
#endif
}

LEAKER void call_faulting(void)
{
	faulting();
	hold(NULL);
}

static void set_handler(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	if (sigaction(number, &action, NULL) < 0)
		_exit(97);
}

LEAKER void run_signals(void)
{
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	struct sigaction fault = { .sa_sigaction = leak_in_fault_handler, .sa_flags = SA_SIGINFO };

	if (sigaltstack(&stack, NULL) < 0 || sigaction(SIGILL, &fault, NULL) < 0)
		_exit(97);
	set_handler(SIGUSR1, leak_in_handler, 0);
	raise(SIGUSR1);
	set_handler(SIGUSR1, leak_in_handler, SA_ONSTACK);
	raise(SIGUSR1);
	set_handler(SIGUSR2, leak_in_nested_handler, SA_ONSTACK);
	raise(SIGUSR2);
	call_faulting();
	if (n_handled != 3)
		_exit(97);
}

LEAKER void *leak_in_thread(void *argument)
{
	hold(malloc(24));
	return argument;
}

LEAKER void leak_in_thread_destructor(void *argument)
{
	hold(malloc(25));
	hold(argument);
}

LEAKER void leak_in_once(void)
{
	hold(malloc(26));
}

static pthread_key_t key;

static void *thread(void *argument)
{
	pthread_setspecific(key, &key);
	leak_in_thread(argument);
	raise(SIGUSR1);
	return argument;
}

LEAKER void run_threads(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_t id;

	if (pthread_key_create(&key, leak_in_thread_destructor) != 0)
		_exit(97);
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&id, NULL, thread, NULL) != 0 || pthread_join(id, NULL) != 0)
			_exit(97);
	}
	pthread_once(&once, leak_in_once);
}

__attribute__((constructor)) LEAKER void leak_in_constructor(void)
{
	hold(malloc(27));
}

/* Runs after everything else, and says what was leaked. */
LEAKER void leak_at_exit(void)
{
	hold(malloc(28));
	truth_begin();
	truth_site("leak_plain", 1, 11);
	truth_site("leak_recursive", 1, 12);
	truth_site("leak_alloca", 1, 13);
	truth_site("leak_realigned", 1, 14);
	truth_site("leak_realigned_alloca", 1, 15);
	truth_site("leak_large_frame", 1, 16);
	truth_site("leak_in_compare", 1, 17);
	truth_site_via("leak_in_strdup", 1, 18, "strdup|__strdup|__GI___strdup");
	truth_site("inlined_inner", 1, 20);
	truth_site("leak_in_handler", 5, 5 * 21);
	truth_site("leak_in_nested_handler", 1, 22);
	truth_site("leak_in_fault_handler", 1, 23);
	truth_site("leak_in_thread", 2, 48);
	truth_site("leak_in_thread_destructor", 2, 50);
	truth_site("leak_in_once", 1, 26);
	truth_site("leak_in_constructor", 1, 27);
	truth_site("leak_at_exit", 1, 28);
	truth_end();
}

LEAKER void run_frames(void)
{
	/* A static program has only the functions that it calls. */
	free(hold(malloc(30)));
	leak_plain();
	leak_recursive(DEPTH);
	leak_alloca(opaque(777));
	leak_realigned();
	leak_realigned_alloca(opaque(1234));
	leak_large_frame();
	qsort(sorted, 2, sizeof(sorted[0]), leak_in_compare);
	leak_in_strdup();
	leak_by_inlined();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		usleep((useconds_t)strtoul(argv[1], NULL, 10) * 1000);
	if (atexit(leak_at_exit) != 0)
		return 97;
	run_frames();
	run_signals();
	run_threads();
	return 0;
}
