// SPDX-License-Identifier: BSD-2-Clause
/*
 * sandboxed filter|strict: allocates and releases in a sandbox of seccomp, which kills it at any
 * system call that it has not asked for; a tracer's own must not be among those.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "truth.h"

enum { N_KEPT = 20, N_FREED = 500, N_BYTES = 100 };

#define ALLOW_IF(number)                                                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                                         \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int enter_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW_IF(SYS_write),
		ALLOW_IF(SYS_brk),
		ALLOW_IF(SYS_mmap),
		ALLOW_IF(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

LEAKER void sandboxed_keep(void)
{
	for (int i = 0; i < N_KEPT; i++)
		hold(malloc(N_BYTES));
}

LEAKER void sandboxed_free(void)
{
	for (int i = 0; i < N_FREED; i++)
		free(hold(realloc(hold(calloc(1, N_BYTES)), 2 * N_BYTES)));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	truth_begin();
	/* Strictly nothing but read, write and exit is allowed: the heap is there before. */
	free(hold(malloc(1)));
	if (strcmp(argv[1], "strict") == 0 ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0 :
					     enter_filter() < 0)
		return 77;
	sandboxed_keep();
	sandboxed_free();
	truth_site("sandboxed_keep", N_KEPT, N_KEPT * N_BYTES);
	truth_absent("sandboxed_free");
	truth_calls(1 + N_KEPT + 2 * N_FREED, 1 + 2 * N_FREED);
	truth_end();
	if (strcmp(argv[1], "strict") != 0)
		_exit(0);
	syscall(SYS_exit, 0);
}
