// SPDX-License-Identifier: GPL-2.0
/* The end of a system call: see syscall.bpf.h. */
#include "syscall.bpf.h"
#include "boundary.bpf.h"
#include "mapping.bpf.h"
#include "space.bpf.h"

/* Of which family each system call is: written by user space before the load. */
const volatile __u8 lt_syscall_family[LT_MAX_SYSCALLS] = {};

/* 1 + which argument is a path that may be a message, 0: none. Written like the one above. */
const volatile __u8 lt_path_argument[LT_MAX_SYSCALLS] = {};

static __always_inline void fd_handle(struct lt_syscall *call)
{
	struct lt_task *task = fd_wants_stack(call) ? syscall_task(call) : NULL;
	struct lt_space *space = task ? space_get(call->space) : NULL;

	if (space) {
		call->epoch = boundary_epoch(task, space);
		call->stack = syscall_stack(call, task);
		call->time_ns = bpf_ktime_get_ns();
	}
	fd_syscall(call);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(lt_sys_exit, struct pt_regs *regs, long result)
{
	struct lt_syscall call = { .number = syscall_number(regs), .result = result };
	struct lt_proc *proc;
	__u32 family, path, number = call.number;

	if (call.number >= LT_MAX_SYSCALLS)
		return 0;
	barrier_var(number);
	number &= LT_MAX_SYSCALLS - 1; /* known already, but not to the verifier */
	family = lt_syscall_family[number];
	if (!family)
		return 0;
	proc = proc_current();
	/* The numbers of 32-bit programs on a 64-bit kernel are others. */
	if (!proc || !proc->space || syscall_is_compat(bpf_get_current_task_btf()))
		return 0;
	call.space = proc->space;
	call.fd_table = proc->fd_table ? proc->fd_table : bpf_get_current_pid_tgid() >> 32;
	call.args[0] = syscall_argument(regs, 0);
	call.args[1] = syscall_argument(regs, 1);
	call.args[2] = syscall_argument(regs, 2);
	call.args[3] = syscall_argument(regs, 3);
	call.args[4] = syscall_argument(regs, 4);
	if (family == LT_FAMILY_MAPPING)
		mapping_syscall(&call);
	else if (family == LT_FAMILY_WRITE)
		boundary_write(&call);
	else if (family == LT_FAMILY_NAME && call.args[0] == LT_PR_SET_NAME)
		boundary_name(call.space, call.args[1]);
	else if (family == LT_FAMILY_FD)
		fd_handle(&call);
	/* Looked up last: what is kept on the way takes room on the programs' small stack. */
	number = call.number;
	barrier_var(number);
	number &= LT_MAX_SYSCALLS - 1;
	path = lt_path_argument[number];
	/* A message is no file: the call has failed. */
	if (path && call.result < 0)
		boundary_path(call.space, path == 1 ? call.args[0] : call.args[1]);
	return 0;
}
