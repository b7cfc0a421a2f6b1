// SPDX-License-Identifier: BSD-2-Clause
/*
 * fds [CALL...]: leaves descriptors open that were made by each call that makes one, 3 times from
 * one place, and once each opens and closes one. Without arguments: all. What this kernel or its
 * settings refuse says so ("refused CALL") and is not in the truth.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "truth.h"

enum { N_TIMES = 3, MAX_FDS = 4 };

static int fds[MAX_FDS]; /* that the last call made */
static int helpers[2];	 /* a pair of connected sockets */

/* One descriptor, or the call failed. */
static int one(int fd)
{
	fds[0] = fd;
	return fd < 0 ? -1 : 1;
}

#define MAKES_ONE(name, call)                                                                      \
	LEAKER int leak_##name(void)                                                               \
	{                                                                                          \
		int fd = (int)(call);                                                              \
                                                                                                   \
		__asm__ volatile("" : "+r"(fd));                                                   \
		return one(fd);                                                                    \
	}

#define MAKES_TWO(name, call)                                                                      \
	LEAKER int leak_##name(void)                                                               \
	{                                                                                          \
		int r = (call);                                                                    \
                                                                                                   \
		__asm__ volatile("" : "+r"(r) : : "memory");                                       \
		return r < 0 ? -1 : 2;                                                             \
	}

static char scratch[] = "/tmp/leaktrace-fds-XXXXXX";
static struct open_how how = { .flags = O_RDONLY };
static sigset_t no_signals;

MAKES_ONE(open, open("/etc/passwd", O_RDONLY))
MAKES_ONE(openat, openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC))
MAKES_ONE(openat2, syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how)))
MAKES_ONE(creat, creat(scratch, 0600))
MAKES_ONE(o_path, open("/etc", O_PATH))
MAKES_ONE(socket, socket(AF_INET, SOCK_DGRAM, 0))
MAKES_TWO(socketpair, socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
MAKES_TWO(pipe, pipe(fds))
MAKES_TWO(pipe2, pipe2(fds, O_CLOEXEC | O_NONBLOCK))
MAKES_ONE(dup, dup(STDERR_FILENO))
MAKES_ONE(dupfd, fcntl(STDERR_FILENO, F_DUPFD, 100))
MAKES_ONE(dupfd_cloexec, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 200))
MAKES_ONE(epoll_create, epoll_create(1))
MAKES_ONE(epoll_create1, epoll_create1(EPOLL_CLOEXEC))
MAKES_ONE(eventfd, eventfd(0, EFD_CLOEXEC))
MAKES_ONE(signalfd, signalfd(-1, &no_signals, 0))
MAKES_ONE(timerfd_create, timerfd_create(CLOCK_MONOTONIC, 0))
MAKES_ONE(inotify_init, inotify_init())
MAKES_ONE(inotify_init1, inotify_init1(IN_CLOEXEC))
MAKES_ONE(fanotify_init, fanotify_init(FAN_CLASS_NOTIF, O_RDONLY))
MAKES_ONE(memfd_create, memfd_create("leak", 0))
MAKES_ONE(pidfd_open, syscall(SYS_pidfd_open, getpid(), 0))
MAKES_ONE(userfaultfd, syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */))
MAKES_ONE(posix_openpt, posix_openpt(O_RDWR | O_NOCTTY))
MAKES_ONE(fsopen, syscall(SYS_fsopen, "tmpfs", 0))
MAKES_ONE(open_tree, syscall(SYS_open_tree, AT_FDCWD, "/etc", 0))

/* The next descriptors that dup2() may take: they are free. */
static int next_free = 300;

MAKES_ONE(dup2, dup2(STDERR_FILENO, next_free++))
MAKES_ONE(dup3, dup3(STDERR_FILENO, next_free++, O_CLOEXEC))

LEAKER int leak_perf_event_open(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_DUMMY };

	return one((int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

LEAKER int leak_bpf(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = 4,
				.max_entries = 1 };

	return one((int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

LEAKER int leak_io_uring_setup(void)
{
	struct io_uring_params params = { 0 };

	return one((int)syscall(SYS_io_uring_setup, 1, &params));
}

LEAKER int leak_mq_open(void)
{
	mqd_t queue = mq_open("/leaktrace-fds", O_RDWR | O_CREAT, 0600, NULL);

	mq_unlink("/leaktrace-fds");
	return one((int)queue);
}

LEAKER int leak_fopen(void)
{
	FILE *file = hold(fopen("/etc/passwd", "r"));

	return one(file ? fileno(file) : -1);
}

LEAKER int leak_opendir(void)
{
	DIR *dir = hold(opendir("/etc"));

	return one(dir ? dirfd(dir) : -1);
}

LEAKER int leak_popen(void)
{
	FILE *file = hold(popen("exit 0", "r"));

	return one(file ? fileno(file) : -1);
}

LEAKER int leak_ptpeer(void)
{
	static int master = -1;
	int zero = 0;

	if (master < 0) {
		master = posix_openpt(O_RDWR | O_NOCTTY);
		ioctl(master, TIOCSPTLCK, &zero);
		fcntl(master, F_SETFD, FD_CLOEXEC);
		/* Below the standard descriptors nothing is ever listed. */
		if (dup2(master, STDIN_FILENO) < 0 || close(master) < 0)
			return -1;
		master = STDIN_FILENO;
	}
	return one(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
}

LEAKER int leak_clone3_pidfd(void)
{
	int fd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD,
				   .pidfd = (uint64_t)(uintptr_t)&fd,
				   .exit_signal = SIGCHLD };
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return one(child < 0 ? -1 : fd);
}

LEAKER int leak_clone_pidfd(void)
{
	int fd = -1;
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return one(child < 0 ? -1 : fd);
}

LEAKER int leak_pidfd_getfd(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, STDERR_FILENO, 0);

	close(pidfd);
	return one(fd);
}

/* A listening socket and one more that connects to it. */
static int listener(struct sockaddr_un *address, socklen_t *bytes)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*bytes = sizeof(sa_family_t); /* an address that the kernel chooses */
	if (bind(fd, (void *)address, *bytes) < 0 || listen(fd, 8) < 0)
		_exit(97);
	*bytes = sizeof(*address);
	getsockname(fd, (void *)address, bytes);
	return fd;
}

#define ACCEPTS(name, call)                                                                        \
	LEAKER int leak_##name(void)                                                               \
	{                                                                                          \
		struct sockaddr_un address;                                                        \
		socklen_t bytes;                                                                   \
		int server = listener(&address, &bytes);                                           \
		int client = socket(AF_UNIX, SOCK_STREAM, 0), fd;                                  \
                                                                                                   \
		if (connect(client, (void *)&address, bytes) < 0)                                  \
			_exit(97);                                                                 \
		fd = (call);                                                                       \
		close(client);                                                                     \
		close(server);                                                                     \
		return one(fd);                                                                    \
	}

ACCEPTS(accept, accept(server, NULL, NULL))
ACCEPTS(accept4, accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK))

union control {
	char bytes[CMSG_SPACE(2 * sizeof(int))];
	struct cmsghdr header;
};

/* Sends two descriptors to the other socket of the pair. */
static void send_two(void)
{
	union control control = { 0 };
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int sent[2] = { STDERR_FILENO, STDOUT_FILENO };

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(header), sent, sizeof(sent));
	if (sendmsg(helpers[0], &message, 0) != 1)
		_exit(97);
}

LEAKER int leak_recvmsg(void)
{
	union control control = { 0 };
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	send_two();
	if (recvmsg(helpers[1], &message, 0) != 1)
		return -1;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), 2 * sizeof(int));
	return 2;
}

LEAKER int leak_recvmmsg(void)
{
	union control controls[2] = { 0 };
	char bytes[2];
	struct iovec data[2] = { { &bytes[0], 1 }, { &bytes[1], 1 } };
	struct mmsghdr messages[2];

	for (int i = 0; i < 2; i++) {
		send_two();
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &data[i],
						       .msg_iovlen = 1,
						       .msg_control = &controls[i],
						       .msg_controllen = sizeof(controls[i]) };
	}
	if (recvmmsg(helpers[1], messages, 2, 0, NULL) != 2)
		return -1;
	for (int i = 0; i < 2; i++)
		memcpy(fds + 2 * i, CMSG_DATA(CMSG_FIRSTHDR(&messages[i].msg_hdr)),
		       2 * sizeof(int));
	return 4;
}

#define CALL(name) { #name, leak_##name }
static const struct {
	const char *name;
	int (*make)(void);
} calls[] = {
	CALL(open), CALL(openat), CALL(openat2), CALL(creat), CALL(o_path), CALL(socket),
	CALL(socketpair), CALL(accept), CALL(accept4), CALL(pipe), CALL(pipe2), CALL(dup),
	CALL(dup2), CALL(dup3), CALL(dupfd), CALL(dupfd_cloexec), CALL(epoll_create),
	CALL(epoll_create1), CALL(eventfd), CALL(signalfd), CALL(timerfd_create),
	CALL(inotify_init), CALL(inotify_init1), CALL(fanotify_init), CALL(memfd_create),
	CALL(pidfd_open), CALL(pidfd_getfd), CALL(clone_pidfd), CALL(clone3_pidfd),
	CALL(userfaultfd), CALL(perf_event_open), CALL(bpf), CALL(io_uring_setup), CALL(mq_open),
	CALL(recvmsg), CALL(recvmmsg), CALL(posix_openpt), CALL(ptpeer), CALL(fsopen),
	CALL(open_tree), CALL(fopen), CALL(opendir), CALL(popen),
};

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc == 1;
}

/* Calls it 3 times and keeps what that gave, then once more and closes that. */
static void leak(const char *name, int (*make)(void))
{
	char function[64] = "leak_";
	uint64_t n = 0;
	int made;

	strcat(function, name);
	for (size_t i = 0; i < opaque(N_TIMES); i++) {
		made = make();
		if (made < 0) {
			truth_word("refused", name);
			return;
		}
		n += (uint64_t)made;
	}
	made = make();
	for (int i = 0; i < made; i++)
		close(fds[i]);
	truth_fd(function, "leaked", n);
}

int main(int argc, char **argv)
{
	int scratch_fd = mkstemp(scratch), n = 0;

	/* These go back before the end. */
	if (scratch_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, helpers) < 0)
		return 97;
	close(scratch_fd);
	truth_begin();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (wanted(calls[i].name, argc, argv)) {
			leak(calls[i].name, calls[i].make);
			n++;
		}
	}
	close(helpers[0]);
	close(helpers[1]);
	unlink(scratch);
	truth_end();
	return n ? 0 : 2;
}
