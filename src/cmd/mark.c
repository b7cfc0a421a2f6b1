// SPDX-License-Identifier: BSD-2-Clause
/*
 * Asking for a mark: see mark.h. The trace is the one that this process runs under, else the only
 * one that there is, else that of -p. Called without rights; the other side decides.
 */
#include "cmd/mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/str.h"
#include "base/vec.h"
#include "cmd/mark_call.h"
#include "collect/procfs.h"

enum {
	ANSWER_S = 30,		  /* a report that is being made comes first */
	SOCKETS_BYTES = 64 << 20, /* /proc/net/unix is no longer than this */
	ANCESTORS_MAX = 1000,
	ANSWERS_MAX = 16,
};

struct traces {
	VEC(struct mark_owner) list;
	uint64_t pid_ns; /* of this process, in which it knows pids */
};

static int traces_find(struct traces *traces)
{
	_cleanup_free_ char *text = NULL;
	char *rest;
	int r = str_read_file("/proc/net/unix", SOCKETS_BYTES, &text, NULL);

	rest = text;
	for (char *line; r >= 0 && (line = strsep(&rest, "\n"));) {
		const char *name = strrchr(line, '@');
		struct mark_owner owner;

		if (name && mark_call_owner(name + 1, &owner))
			r = vec_push(&traces->list, owner);
	}
	return r < 0 ? r : 0;
}

/* Leaves PID alone if it is one of them. */
static bool traces_only(struct traces *traces, pid_t pid)
{
	vec_foreach(owner, &traces->list) {
		if (owner->pid != pid || owner->pid_ns != traces->pid_ns)
			continue;
		traces->list.items[0] = *owner;
		traces->list.n = 1;
		return true;
	}
	return false;
}

/* Leaves the one that this process runs under alone, if there is one. */
static void traces_choose(struct traces *traces)
{
	pid_t pid = getppid();

	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++) {
		if (traces_only(traces, pid))
			return;
		pid = procfs_parent(pid);
	}
}

/* Waits for the answer of TRACE: 1 and *RET, or 0. What others send is no answer. */
static int answer_wait(int fd, struct mark_call *ret)
{
	for (int i = 0; i < ANSWERS_MAX; i++) {
		int r = mark_call_receive(fd, 0, ret);

		if (r <= 0 && r != -EBADMSG)
			return r;
		if (r > 0 && (ret->uid == 0 || ret->uid == getuid()))
			return 1;
	}
	return 0;
}

/* 1: the mark is there; 0: another trace may take it, DIAG says why this one does not. */
static int trace_call(const struct mark_owner *owner, const char *call, struct diag *diag)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	_cleanup_close_ int fd = mark_call_socket();
	struct sockaddr_un address;
	socklen_t n = mark_call_address(owner, &address);
	int trace = (int)owner->pid;
	struct mark_call answer = { 0 };
	int r;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    sendto(fd, call, strlen(call), MSG_NOSIGNAL, (struct sockaddr *)&address, n) < 0)
		return diag_add(diag, -errno, "cannot talk to leaktrace %d: %s", trace,
				strerror(errno));
	r = answer_wait(fd, &answer);
	if (r == 0)
		return diag_add(diag, -ETIME, "leaktrace %d has not answered within %d s", trace,
				ANSWER_S);
	if (r < 0)
		return diag_add(diag, r, "cannot talk to leaktrace %d: %s", trace, strerror(-r));
	if (*answer.text == '+')
		return 1;
	str_sanitize(answer.text);
	diag_add(diag, -EPERM, "leaktrace %d: %s", trace, answer.text + 1);
	return 0;
}

/* Asks each, until one says yes. Only if all have said no is what they said of interest. */
static int traces_call(const struct traces *traces, const char *call, struct diag *diag)
{
	struct diag refused = { 0 };
	int r = 0;

	for (size_t i = 0; r <= 0 && i < traces->list.n; i++)
		r = trace_call(&traces->list.items[i], call, &refused);
	if (r <= 0)
		diag_move(diag, &refused);
	diag_done(&refused);
	return r > 0 ? 0 : -EPERM;
}

static int mark_ask(const struct config *config, struct traces *traces, struct diag *diag)
{
	_cleanup_free_ char *call = NULL;
	int r = traces_find(traces);

	if (r < 0)
		return r == -ENOMEM ?
			       r :
			       diag_add(diag, r, "cannot look for a trace: %s", strerror(-r));
	if (!config->pids.n && traces->list.n > 1)
		traces_choose(traces);
	if (config->pids.n)
		traces_only(traces, config->pids.items[0]);
	if (!traces->list.n)
		return diag_add(diag, -ESRCH, "no leaktrace is tracing here");
	if (!config->pids.n && traces->list.n > 1) {
		diag_add(diag, -EINVAL, "%zu leaktraces are tracing", traces->list.n);
		return diag_hint(diag, "choose one by -p and the process that it traces");
	}
	call = str_printf("%d %s", config->pids.n ? (int)config->pids.items[0] : 0,
			  config->mark_name);
	return call ? traces_call(traces, call, diag) : -ENOMEM;
}

int cmd_mark(const struct config *config, struct diag *diag)
{
	struct traces traces = { .pid_ns = mark_call_self().pid_ns };
	int r = 0;

	if (!config->disabled)
		r = mark_ask(config, &traces, diag);
	vec_done(&traces.list);
	if (r == -ENOMEM)
		diag_add(diag, r, "out of memory");
	return r < 0 ? EXIT_CANNOT_TRACE : 0;
}
