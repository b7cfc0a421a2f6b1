// SPDX-License-Identifier: BSD-2-Clause
/*
 * Control flow that leaves functions without returning from them: longjmp out of the middle of
 * code that allocates, allocations in a signal handler on a stack of its own, coroutines.
 */
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#include "truth.h"

enum { N_JUMPS = 1000, N_SIGNALS = 20, N_SWITCHES = 30 };

static jmp_buf target;
static ucontext_t main_context;
static ucontext_t coroutine;
static char signal_stack[64 * 1024];
static char coroutine_stack[64 * 1024];

LEAKER void *leak_before_jump(void)
{
	return hold(malloc(24));
}

LEAKER void jump(void)
{
	longjmp(target, 1);
}

LEAKER void jump_out(int depth)
{
	free(hold(malloc(100)));
	hold(&depth);
	if (depth == 0)
		jump();
	else
		jump_out(depth - 1);
	hold(&depth);
}

LEAKER void leak_in_handler(int signal_number)
{
	hold(malloc(200));
	hold(&signal_number);
}

LEAKER void leak_in_coroutine(void)
{
	for (;;) {
		hold(malloc(56));
		swapcontext(&coroutine, &main_context);
	}
}

static void run_jumps(void)
{
	for (volatile int i = 0; i < N_JUMPS; i++) {
		if (setjmp(target) == 0) {
			leak_before_jump();
			jump_out(9);
		}
	}
}

static void run_signals(void)
{
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	struct sigaction action = { .sa_handler = leak_in_handler, .sa_flags = SA_ONSTACK };

	if (sigaltstack(&stack, NULL) < 0 || sigaction(SIGUSR1, &action, NULL) < 0)
		_exit(97);
	for (int i = 0; i < N_SIGNALS; i++)
		raise(SIGUSR1);
}

static void run_coroutine(void)
{
	if (getcontext(&coroutine) < 0)
		_exit(97);
	coroutine.uc_stack.ss_sp = coroutine_stack;
	coroutine.uc_stack.ss_size = sizeof(coroutine_stack);
	makecontext(&coroutine, leak_in_coroutine, 0);
	for (int i = 0; i < N_SWITCHES; i++) {
		free(hold(malloc(8)));
		swapcontext(&main_context, &coroutine);
	}
}

int main(void)
{
	run_jumps();
	run_signals();
	run_coroutine();
	truth_begin();
	truth_site("leak_before_jump", N_JUMPS, N_JUMPS * 24);
	truth_site("leak_in_handler", N_SIGNALS, N_SIGNALS * 200);
	truth_site("leak_in_coroutine", N_SWITCHES, N_SWITCHES * 56);
	truth_absent("jump_out");
	truth_calls(N_JUMPS * 11 + N_SIGNALS + N_SWITCHES * 2, N_JUMPS * 10 + N_SWITCHES);
	truth_end();
	return 0;
}
