// SPDX-License-Identifier: BSD-2-Clause
/* epoll and signalfd: see wait.h. */
#include "cmd/wait.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

struct wait {
	int epoll_fd;
	int signal_fd;
	sigset_t old_mask;
	struct sigaction old_child, old_pipe;
	bool ignores_pipe;
};

static int wait_open_fds(struct wait *wait, const sigset_t *signals)
{
	struct epoll_event event = { .events = EPOLLIN };

	wait->signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	wait->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = wait->signal_fd;
	if (wait->signal_fd < 0 || wait->epoll_fd < 0 ||
	    epoll_ctl(wait->epoll_fd, EPOLL_CTL_ADD, wait->signal_fd, &event) < 0)
		return -errno;
	return 0;
}

int wait_open(struct wait **ret_wait, struct diag *diag)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1 };
	static const struct sigaction as_usual = { .sa_handler = SIG_DFL };
	struct wait *wait = calloc(1, sizeof(*wait));
	sigset_t signals;
	int r;

	if (!wait)
		return -ENOMEM;
	wait->epoll_fd = wait->signal_fd = -1;
	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&signals, numbers[i]);
	sigprocmask(SIG_BLOCK, &signals, &wait->old_mask);
	/* Where it is ignored, the kernel keeps no status of a child. */
	sigaction(SIGCHLD, &as_usual, &wait->old_child);
	*ret_wait = wait;
	r = wait_open_fds(wait, &signals);
	return r < 0 ? diag_add(diag, r, "cannot wait for signals: %s", strerror(-r)) : 0;
}

static bool wait_take_signal(struct wait *wait, struct wait_signal *ret)
{
	struct signalfd_siginfo info;

	if (read(wait->signal_fd, &info, sizeof(info)) != sizeof(info))
		return false;
	ret->number = (int)info.ssi_signo;
	ret->from_kernel = info.ssi_code > 0;
	return true;
}

bool wait_signal(struct wait *wait, int timeout_ms, struct wait_signal *ret)
{
	struct pollfd fd = { .fd = wait->signal_fd, .events = POLLIN };

	return poll(&fd, 1, timeout_ms) > 0 && wait_take_signal(wait, ret);
}

static void wait_restore(const struct wait *wait)
{
	sigaction(SIGCHLD, &wait->old_child, NULL);
	sigprocmask(SIG_SETMASK, &wait->old_mask, NULL);
}

void wait_close(struct wait *wait)
{
	struct wait_signal late;

	if (!wait)
		return;
	/* What came when all was over must not be how leaktrace ends: each number is there once. */
	for (int i = 0; i < _NSIG && wait_take_signal(wait, &late); i++)
		;
	closep(&wait->epoll_fd);
	closep(&wait->signal_fd);
	/* Not SIGPIPE: there may be something left to say. */
	wait_restore(wait);
	free(wait);
}

void wait_ignore_pipe(struct wait *wait)
{
	static const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, &wait->old_pipe);
	wait->ignores_pipe = true;
}

void wait_undo(const struct wait *wait)
{
	if (wait->ignores_pipe)
		sigaction(SIGPIPE, &wait->old_pipe, NULL);
	wait_restore(wait);
}

int wait_epoll_fd(const struct wait *wait)
{
	return wait->epoll_fd;
}

bool wait_next(struct wait *wait, int timeout_ms, struct wait_signal *ret)
{
	struct epoll_event events[8];

	if (wait_take_signal(wait, ret))
		return true;
	if (epoll_wait(wait->epoll_fd, events, 8, timeout_ms) <= 0)
		return false;
	return wait_take_signal(wait, ret);
}
