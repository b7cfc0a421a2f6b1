// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that make and close descriptors. They are seen when they return, so another thread
 * may have been given the number of a closed descriptor by then: the process's own table tells.
 */
#include "fd_table.bpf.h"
#include "file.bpf.h"
#include "syscall.bpf.h"

/* What each of them does (enum lt_fd_call): written by user space before the load. */
const volatile __u8 lt_fd_calls[LT_MAX_SYSCALLS] = {};

#define LT_EBADF	   9
#define LT_MAX_MESSAGE_FDS 253 /* SCM_MAX_FD */
#define LT_MAX_MESSAGES	   1024
#define LT_MAX_CONTROLS	   16

/* include/uapi: commands whose result is a descriptor */
#define LT_F_DUPFD		0
#define LT_F_DUPFD_CLOEXEC	1030
#define LT_SECCOMP_SET_FILTER	1
#define LT_SECCOMP_NEW_LISTENER (1u << 3)
#define LT_CLONE_FILES		0x00000400
#define LT_CLONE_PIDFD		0x00001000
#define LT_SOL_SOCKET		1
#define LT_SCM_RIGHTS		1
#define LT_SCM_PIDFD		4

/* bpf(2) commands, as bits */
#define BIT(n) (1ull << (n))
#define LT_BPF_COMMANDS                                                                            \
	(BIT(0) | BIT(5) | BIT(7) | BIT(13) | BIT(14) | BIT(17) | BIT(18) | BIT(19) | BIT(28) |    \
	 BIT(30) | BIT(32) | BIT(33) | BIT(36))

/* The layouts of what system calls read and write. */
struct lt_msghdr {
	__u64 name;
	__u64 name_bytes;
	__u64 vectors;
	__u64 n_vectors;
	__u64 control;
	__u64 control_bytes;
	__u64 flags;
};

struct lt_mmsghdr {
	struct lt_msghdr message;
	__u64 n;
};

struct lt_cmsghdr {
	__u64 bytes;
	__u32 level;
	__u32 type;
};

/* The open file behind FD of the running thread, 0 if there is none. */
static __always_inline __u64 file_at(__u32 fd)
{
	struct files_struct *files = BPF_CORE_READ(bpf_get_current_task_btf(), files);
	struct fdtable *table;
	__u64 file = 0;

	if (!files)
		return 0;
	table = BPF_CORE_READ(files, fdt);
	if (fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

/* Whether the thread has left its process's table: two descriptors may then have one number. */
static __always_inline bool table_is_private(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct files_struct *files = BPF_CORE_READ(current, group_leader, files);

	return files && files != BPF_CORE_READ(current, files);
}

/* FD is open from now on, by this call. */
__noinline int fd_add(const struct lt_syscall *call, __u32 fd)
{
	struct lt_fd_key key = { .fd = fd };
	struct lt_fd value = {};

	if (!call)
		return 0;
	key.table = call->fd_table;
	value.file = file_at(fd);
	if (!value.file)
		return 0; /* another thread has closed it already */
	value.file = file_identity(value.file);
	/* The same for all that one call makes. */
	value.birth_ns = call->time_ns;
	value.space = call->space;
	value.stack = call->stack;
	value.epoch = call->epoch;
	if (bpf_map_update_elem(&lt_fds, &key, &value, BPF_ANY)) {
		loss(call->space, LT_LOSS_FDS_FULL);
		return 0;
	}
	/* Closed in between, before there was an entry for that close to delete. */
	if (!file_at(fd))
		bpf_map_delete_elem(&lt_fds, &key);
	return 0;
}

/* Two descriptors in the target's memory. */
static __always_inline void fd_add_pair(const struct lt_syscall *call, __u64 address)
{
	__u32 fds[2] = {};

	if (bpf_probe_read_user(fds, sizeof(fds), (void *)address)) {
		loss(call->space, LT_LOSS_FDS_UNREADABLE);
		return;
	}
	fd_add(call, fds[0]);
	fd_add(call, fds[1]);
}

/* One descriptor there. */
__noinline int fd_add_at(const struct lt_syscall *call, __u64 address)
{
	__u32 fd = 0;

	if (!call)
		return 0;
	if (bpf_probe_read_user(&fd, sizeof(fd), (void *)address))
		loss(call->space, LT_LOSS_FDS_UNREADABLE);
	else
		fd_add(call, fd);
	return 0;
}

/* A close of what was not open. */
static __always_inline void bad_close(const struct lt_syscall *call)
{
	struct lt_bad_close_key key = { .space = call->space, .stack = call->stack };
	struct lt_bad_close value = { .n = 1, .fd = (__s32)call->args[0] };
	struct lt_bad_close *known;

	value.first_ns = bpf_ktime_get_ns();
	known = bpf_map_lookup_elem(&lt_bad_closes, &key);
	if (!known && bpf_map_update_elem(&lt_bad_closes, &key, &value, BPF_NOEXIST) == 0)
		return;
	/* Another thread was faster, or there is no room. */
	known = bpf_map_lookup_elem(&lt_bad_closes, &key);
	if (known)
		__sync_fetch_and_add(&known->n, 1);
	else
		loss(call->space, LT_LOSS_BAD_CLOSES_FULL);
}

__noinline int fd_close(const struct lt_syscall *call)
{
	struct lt_fd_key key = {};

	if (!call)
		return 0;
	if (call->result == -LT_EBADF) {
		bad_close(call);
		return 0;
	}
	/* All other errors are about what was written: the descriptor is closed. */
	key.table = call->fd_table;
	key.fd = (__u32)call->args[0];
	/* Open again already, for another thread, whose record takes the place of this one. */
	if (!file_at(key.fd))
		bpf_map_delete_elem(&lt_fds, &key);
	return 0;
}

/* The descriptors of one SCM_RIGHTS control message, or SCM_PIDFD. */
__noinline int fd_add_rights(const struct lt_syscall *call, __u64 address, __u32 n)
{
	if (!call)
		return 0;
	for (__u32 i = 0; i < LT_MAX_MESSAGE_FDS; i++) {
		if (i >= n)
			break;
		fd_add_at(call, address + 4ull * i);
	}
	return 0;
}

/* The control message at *ADDRESS; moves on to the next one. Returns 0 if there is one. */
__noinline int fd_add_control(const struct lt_syscall *call, __u64 *address, __u64 end)
{
	struct lt_cmsghdr header = {};

	if (!call || !address || *address + sizeof(header) > end)
		return 1;
	if (bpf_probe_read_user(&header, sizeof(header), (void *)*address)) {
		loss(call->space, LT_LOSS_FDS_UNREADABLE);
		return 1;
	}
	if (header.bytes < sizeof(header) || header.bytes > end - *address)
		return 1;
	if (header.level == LT_SOL_SOCKET &&
	    (header.type == LT_SCM_RIGHTS || header.type == LT_SCM_PIDFD))
		fd_add_rights(call, *address + sizeof(header),
			      (__u32)((header.bytes - sizeof(header)) / 4));
	*address += (header.bytes + 7) & ~7ull;
	return 0;
}

/* The message header at ADDRESS, in which the kernel has noted how much came. */
__noinline int fd_add_message(const struct lt_syscall *call, __u64 address)
{
	struct lt_msghdr message = {};
	__u64 at, end;

	if (!call)
		return 0;
	if (bpf_probe_read_user(&message, sizeof(message), (void *)address)) {
		loss(call->space, LT_LOSS_FDS_UNREADABLE);
		return 0;
	}
	if (!message.control || message.control_bytes < sizeof(struct lt_cmsghdr))
		return 0;
	at = message.control;
	end = at + message.control_bytes;
	for (int i = 0; i < LT_MAX_CONTROLS; i++) {
		if (fd_add_control(call, &at, end))
			return 0;
	}
	return 0;
}

/* A loop within a loop, and a function of its own, is less for the verifier to walk through. */
#define MESSAGES_STEP 32

__noinline int fd_add_some_messages(const struct lt_syscall *call, __u32 first)
{
	if (!call)
		return 0;
	for (__u32 i = 0; i < MESSAGES_STEP; i++) {
		if (first + i >= call->result)
			break;
		fd_add_message(call, call->args[1] + (first + i) * sizeof(struct lt_mmsghdr));
	}
	return 0;
}

static __always_inline void fd_add_messages(const struct lt_syscall *call)
{
	for (__u32 i = 0; i < LT_MAX_MESSAGES; i += MESSAGES_STEP) {
		if (i >= call->result)
			break;
		fd_add_some_messages(call, i);
	}
}

/*
 * Whether an ioctl() has made the descriptor that its result could be. There are too many drivers
 * to list the commands: if it is open, and nobody has seen it being opened, this call was it. Most
 * ioctls return 0.
 */
static __always_inline bool ioctl_made_fd(const struct lt_syscall *call)
{
	struct lt_fd_key key = { .table = call->fd_table, .fd = (__u32)call->result };
	struct lt_fd *known;
	__u64 file;

	if (call->result <= 2 || call->result > (__s64)(__u32)-1)
		return false;
	file = file_at(key.fd);
	if (!file)
		return false;
	known = bpf_map_lookup_elem(&lt_fds, &key);
	return !known || known->file != file_identity(file);
}

/* Whether the message header at ADDRESS has anything besides data. */
static __always_inline bool message_has_control(__u64 address)
{
	struct lt_msghdr message = {};

	return bpf_probe_read_user(&message, sizeof(message), (void *)address) ||
	       (message.control && message.control_bytes);
}

/* clone3(): the flags, and where the pidfd goes. */
static __always_inline __u64 clone3_pidfd(const struct lt_syscall *call)
{
	__u64 args[2] = {};

	if (bpf_probe_read_user(args, sizeof(args), (void *)call->args[0]))
		loss(call->space, LT_LOSS_FDS_UNREADABLE);
	return args[0] & LT_CLONE_PIDFD ? args[1] : 0;
}

/* Whether the result of this call is a new descriptor: some give one only when asked to. */
static __always_inline bool result_is_fd(const struct lt_syscall *call, __u32 what)
{
	__u32 command = (__u32)call->args[1];

	switch (what) {
	case LT_FD_RESULT:
		return true;
	case LT_FD_DUP2:
		/* dup2(fd, fd) does nothing. */
		return (__u32)call->args[0] != command;
	case LT_FD_FCNTL:
		return command == LT_F_DUPFD || command == LT_F_DUPFD_CLOEXEC;
	case LT_FD_IOCTL:
		return ioctl_made_fd(call);
	case LT_FD_BPF:
		return call->args[0] < 64 && (LT_BPF_COMMANDS >> call->args[0]) & 1;
	case LT_FD_SECCOMP:
		return call->args[0] == LT_SECCOMP_SET_FILTER && command & LT_SECCOMP_NEW_LISTENER;
	}
	return false;
}

int fd_wants_stack(const struct lt_syscall *call)
{
	__u32 what;

	if (!call || call->number >= LT_MAX_SYSCALLS)
		return 0;
	what = lt_fd_calls[call->number];
	if (what == LT_FD_CLOSE)
		return call->result == -LT_EBADF;
	if (call->result < 0)
		return 0;
	switch (what) {
	case LT_FD_PAIR:
	case LT_FD_PAIR4:
		return 1;
	case LT_FD_RECVMSG:
		return message_has_control(call->args[1]);
	case LT_FD_RECVMMSG:
		return 1;
	case LT_FD_CLONE:
		/* In the child the result is 0. */
		return call->result && call->args[0] & LT_CLONE_PIDFD;
	case LT_FD_CLONE3:
		return call->result && clone3_pidfd(call);
	}
	return result_is_fd(call, what);
}

/* Calls whose result is not the new descriptor. */
static __always_inline int fd_indirect(const struct lt_syscall *call, __u32 what)
{
	switch (what) {
	case LT_FD_PAIR:
		fd_add_pair(call, call->args[0]);
		return 0;
	case LT_FD_PAIR4:
		fd_add_pair(call, call->args[3]);
		return 0;
	case LT_FD_RECVMSG:
		return fd_add_message(call, call->args[1]);
	case LT_FD_RECVMMSG:
		fd_add_messages(call);
		return 0;
	case LT_FD_CLONE:
		if (call->result && call->args[0] & LT_CLONE_PIDFD)
			fd_add_at(call, call->args[2]);
		return 0;
	case LT_FD_CLONE3:
		if (call->result && clone3_pidfd(call))
			fd_add_at(call, clone3_pidfd(call));
		return 0;
	case LT_FD_CLOSE_RANGE:
		return fd_table_closed(call->fd_table, (__u32)call->args[0], (__u32)call->args[1]);
	}
	return 0;
}

int fd_syscall(const struct lt_syscall *call)
{
	__u32 what;

	if (!call || call->number >= LT_MAX_SYSCALLS)
		return 0;
	what = lt_fd_calls[call->number];
	if (what == LT_FD_CLOSE)
		return table_is_private() ? 0 : fd_close(call);
	if (call->result < 0)
		return 0;
	if (table_is_private()) {
		if (call->stack)
			loss(call->space, LT_LOSS_FDS_PRIVATE);
		return 0;
	}
	if (result_is_fd(call, what))
		return fd_add(call, (__u32)call->result);
	return fd_indirect(call, what);
}
