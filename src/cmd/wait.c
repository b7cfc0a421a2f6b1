// SPDX-License-Identifier: BSD-2-Clause
/* epoll and signalfd: see wait.h. */
#include "cmd/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

struct wait {
	int epoll_fd;
	int signal_fd;
	sigset_t old_mask;
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
	*ret_wait = wait;
	r = wait_open_fds(wait, &signals);
	return r < 0 ? diag_add(diag, r, "cannot wait for signals: %s", strerror(-r)) : 0;
}

void wait_close(struct wait *wait)
{
	if (!wait)
		return;
	closep(&wait->epoll_fd);
	closep(&wait->signal_fd);
	sigprocmask(SIG_SETMASK, &wait->old_mask, NULL);
	free(wait);
}

int wait_epoll_fd(const struct wait *wait)
{
	return wait->epoll_fd;
}

const sigset_t *wait_old_mask(const struct wait *wait)
{
	return &wait->old_mask;
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

bool wait_next(struct wait *wait, int timeout_ms, struct wait_signal *ret)
{
	struct epoll_event events[8];

	if (wait_take_signal(wait, ret))
		return true;
	if (epoll_wait(wait->epoll_fd, events, 8, timeout_ms) <= 0)
		return false;
	return wait_take_signal(wait, ret);
}
