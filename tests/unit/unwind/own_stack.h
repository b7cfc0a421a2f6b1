/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of this very process's stack, as a program of the kernel would send them, with what
 * backtrace() of the C library says in the same place. To be included by one test file.
 */
#ifndef LT_TESTS_UNWIND_OWN_STACK_H
#define LT_TESTS_UNWIND_OWN_STACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <alloca.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "unwind/tables.h"

enum { MAX_PCS = LT_MAX_FRAMES, MAX_BYTES = 32768, DEPTH = 30 };

struct snapshot {
	struct lt_event_raw *raw; /* with MAX_BYTES of room */
	void *expected[MAX_PCS];  /* return addresses, the innermost frame's caller first */
	int n_expected;
};

/* What capture() fills; a thread and a signal handler have no other way to it. */
static struct snapshot *target;
static volatile int sink;

/* The end of the mapping that holds ADDRESS: where a copy of the stack has to stop. */
static uint64_t mapping_end(uint64_t address)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/maps", "re");
	uint64_t start, end;
	char line[4200];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && address >= start && address < end)
			return end;
	}
	fail_msg("the stack is in no mapping");
	return 0;
}

/* Reads a stack with the red zones of AddressSanitizer in it. */
__attribute__((no_sanitize("address"))) static void copy_bytes(uint8_t *to, uint64_t from,
							       uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		to[i] = ((const volatile uint8_t *)(uintptr_t)from)[i];
}

/* The registers here, and the stack from here on, as a program would send them. */
__attribute__((noinline)) static void capture(void)
{
	struct lt_unwind_regs *regs = &target->raw->regs;
	uint64_t end;

	*regs = (struct lt_unwind_regs){ 0 };
#if defined(__x86_64__)
	__asm__ volatile("lea 0f(%%rip), %%rax\n"
			 "0: mov %%rax, %0\n"
			 "mov %%rsp, %1\n"
			 "mov %%rbp, %2\n"
			 "mov %%rbx, %3\n"
			 : "=m"(regs->ip), "=m"(regs->sp), "=m"(regs->bp), "=m"(regs->bx)
			 :
			 : "rax", "memory");
#else
	__asm__ volatile("adr x9, 0f\n"
			 "0: str x9, %0\n"
			 "mov x9, sp\n"
			 "str x9, %1\n"
			 "str x29, %2\n"
			 "str x30, %3\n"
			 : "=m"(regs->ip), "=m"(regs->sp), "=m"(regs->bp), "=m"(regs->lr)
			 :
			 : "x9", "memory");
#endif
	end = mapping_end(regs->sp);
	target->raw->n_bytes = (uint32_t)(end - regs->sp < MAX_BYTES ? end - regs->sp : MAX_BYTES);
	copy_bytes(target->raw->bytes, regs->sp, target->raw->n_bytes);
	target->n_expected = backtrace(target->expected, MAX_PCS);
	sink++;
}

static void snapshot_init(struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){ .raw = calloc(1, sizeof(*snapshot->raw) + MAX_BYTES) };
	assert_non_null(snapshot->raw);
	target = snapshot;
}

static void snapshot_done(struct snapshot *snapshot)
{
	free(snapshot->raw);
	target = NULL;
}

#endif
