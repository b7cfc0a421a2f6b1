// SPDX-License-Identifier: BSD-2-Clause
/* The one list of system calls: see syscalls.h. */
#include "probe/syscalls.h"

#include <string.h>
#include <sys/syscall.h>

#include "model/sites.h"

enum {
	FD = 1u << KIND_FD,
	/* Memory needs to know which mappings are the allocator's. */
	MAPPING = 1u << KIND_MAPPING | 1u << KIND_MEMORY,
};

static const struct {
	uint16_t number;
	uint8_t family;
	uint32_t kinds; /* which need it */
} calls[] = {
	{ SYS_mmap, LT_FAMILY_MAPPING, MAPPING },   { SYS_munmap, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_mremap, LT_FAMILY_MAPPING, MAPPING }, { SYS_brk, LT_FAMILY_MAPPING, MAPPING },
	{ SYS_shmat, LT_FAMILY_MAPPING, MAPPING },  { SYS_shmdt, LT_FAMILY_MAPPING, MAPPING },
};

/* The calls that make or close descriptors. Some are of x86 only, some newer than the headers. */
static const struct {
	uint16_t number;
	uint8_t what; /* enum lt_fd_call */
} fd_calls[] = {
#ifdef SYS_open
	{ SYS_open, LT_FD_RESULT },
	{ SYS_creat, LT_FD_RESULT },
	{ SYS_pipe, LT_FD_PAIR },
	{ SYS_dup2, LT_FD_DUP2 },
	{ SYS_epoll_create, LT_FD_RESULT },
	{ SYS_eventfd, LT_FD_RESULT },
	{ SYS_signalfd, LT_FD_RESULT },
	{ SYS_inotify_init, LT_FD_RESULT },
#endif
	{ SYS_openat, LT_FD_RESULT },
	{ SYS_openat2, LT_FD_RESULT },
	{ SYS_open_by_handle_at, LT_FD_RESULT },
	{ SYS_socket, LT_FD_RESULT },
	{ SYS_socketpair, LT_FD_PAIR4 },
	{ SYS_accept, LT_FD_RESULT },
	{ SYS_accept4, LT_FD_RESULT },
	{ SYS_recvmsg, LT_FD_RECVMSG },
	{ SYS_recvmmsg, LT_FD_RECVMMSG },
	{ SYS_pipe2, LT_FD_PAIR },
	{ SYS_dup, LT_FD_RESULT },
	{ SYS_dup3, LT_FD_DUP2 },
	{ SYS_fcntl, LT_FD_FCNTL },
	{ SYS_ioctl, LT_FD_IOCTL },
	{ SYS_epoll_create1, LT_FD_RESULT },
	{ SYS_eventfd2, LT_FD_RESULT },
	{ SYS_signalfd4, LT_FD_RESULT },
	{ SYS_timerfd_create, LT_FD_RESULT },
	{ SYS_inotify_init1, LT_FD_RESULT },
	{ SYS_fanotify_init, LT_FD_RESULT },
	{ SYS_userfaultfd, LT_FD_RESULT },
	{ SYS_memfd_create, LT_FD_RESULT },
	{ SYS_mq_open, LT_FD_RESULT },
	{ SYS_perf_event_open, LT_FD_RESULT },
	{ SYS_bpf, LT_FD_BPF },
	{ SYS_seccomp, LT_FD_SECCOMP },
	{ SYS_io_uring_setup, LT_FD_RESULT },
	{ SYS_pidfd_open, LT_FD_RESULT },
	{ SYS_pidfd_getfd, LT_FD_RESULT },
	{ SYS_clone, LT_FD_CLONE },
	{ SYS_clone3, LT_FD_CLONE3 },
	{ SYS_fsopen, LT_FD_RESULT },
	{ SYS_fsmount, LT_FD_RESULT },
	{ SYS_fspick, LT_FD_RESULT },
	{ SYS_open_tree, LT_FD_RESULT },
	{ SYS_landlock_create_ruleset, LT_FD_RESULT },
#ifdef SYS_memfd_secret
	{ SYS_memfd_secret, LT_FD_RESULT },
#endif
#ifdef SYS_open_tree_attr
	{ SYS_open_tree_attr, LT_FD_RESULT },
#endif
	{ SYS_close, LT_FD_CLOSE },
	{ SYS_close_range, LT_FD_CLOSE_RANGE },
};

/* The calls that programs ask for a path with, however they are written. */
static const struct {
	uint16_t number;
	uint8_t argument; /* from 1 */
} path_calls[] = {
#ifdef SYS_open
	{ SYS_open, 1 },       { SYS_stat, 1 },	      { SYS_lstat, 1 }, { SYS_access, 1 },
#endif
	{ SYS_openat, 2 },     { SYS_newfstatat, 2 }, { SYS_statx, 2 }, { SYS_faccessat, 2 },
	{ SYS_faccessat2, 2 },
};

static void choose_tests(const struct syscall_choice *choice)
{
	choice->families[SYS_write] = LT_FAMILY_WRITE;
	choice->families[SYS_prctl] = LT_FAMILY_NAME;
	for (size_t i = 0; i < sizeof(path_calls) / sizeof(path_calls[0]); i++) {
		uint8_t *family = &choice->families[path_calls[i].number];

		choice->path_arguments[path_calls[i].number] = path_calls[i].argument;
		if (*family == LT_FAMILY_NONE)
			*family = LT_FAMILY_PATH;
	}
}

bool syscalls_choose(uint32_t kinds, bool tests, const struct syscall_choice *choice)
{
	bool any = tests;

	memset(choice->families, LT_FAMILY_NONE, LT_MAX_SYSCALLS);
	memset(choice->fd_calls, 0, LT_MAX_SYSCALLS);
	memset(choice->path_arguments, 0, LT_MAX_SYSCALLS);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (!(calls[i].kinds & kinds) || calls[i].number >= LT_MAX_SYSCALLS)
			continue;
		choice->families[calls[i].number] = calls[i].family;
		any = true;
	}
	for (size_t i = 0; kinds & FD && i < sizeof(fd_calls) / sizeof(fd_calls[0]); i++) {
		choice->families[fd_calls[i].number] = LT_FAMILY_FD;
		choice->fd_calls[fd_calls[i].number] = fd_calls[i].what;
		any = true;
	}
	if (tests)
		choose_tests(choice);
	return any;
}
