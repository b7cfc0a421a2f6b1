// SPDX-License-Identifier: BSD-2-Clause
/* Taking marks: see marker.h. */
#include "cmd/marker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/units.h"
#include "cmd/mark_call.h"

/* So many calls are answered before the trace goes on. */
enum { CALLS_MAX = 16 };

struct marker {
	struct tracer *tracer;
	int fd;
	uid_t allowed;	      /* besides root and the one who runs leaktrace */
	uint64_t interval_ns; /* between automatic marks; 0: there are none */
	uint64_t next_ns;
	unsigned n_signals;
};

static int socket_open(struct marker *marker, int epoll_fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_un address;
	const struct mark_owner self = mark_call_self();
	socklen_t n = mark_call_address(&self, &address);

	marker->fd = mark_call_socket();
	if (marker->fd < 0)
		return marker->fd;
	event.data.fd = marker->fd;
	if (bind(marker->fd, (struct sockaddr *)&address, n) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, marker->fd, &event) < 0)
		return -errno;
	return 0;
}

int marker_open(const struct config *config, struct tracer *tracer, const struct user *user,
		int epoll_fd, struct marker **ret_marker, struct diag *diag)
{
	struct marker *marker = calloc(1, sizeof(*marker));
	int r;

	if (!marker)
		return -ENOMEM;
	marker->fd = -1;
	marker->tracer = tracer;
	marker->allowed = user ? user->uid : getuid();
	if (config->verb == VERB_RUN && config->interval_ns != UINT64_MAX)
		marker->interval_ns = config->interval_ns;
	marker->next_ns = clock_monotonic_ns() + marker->interval_ns;
	r = socket_open(marker, epoll_fd);
	if (r < 0) {
		diag_add(diag, 0, "\"leaktrace mark\" will not work: %s", strerror(-r));
		closep(&marker->fd);
		marker->fd = -1;
	}
	*ret_marker = marker;
	return 0;
}

void marker_close(struct marker *marker)
{
	if (!marker)
		return;
	closep(&marker->fd);
	free(marker);
}

/* The reason why CALL gets no mark, or NULL: it has got one. */
static const char *call_refuse(struct marker *marker, struct mark_call *call, int *ret_error,
			       struct diag *diag)
{
	char *name;
	long pid = strtol(call->text, &name, 10);

	*ret_error = 0;
	if (call->uid != 0 && call->uid != getuid() && call->uid != marker->allowed)
		return "-this trace belongs to another user";
	if (pid < 0 || pid > INT32_MAX || *name++ != ' ' || !*name || strlen(name) > MARK_NAME_MAX)
		return "-the call was not understood: is it of another version?";
	if (pid && pid != getpid() && !tracer_traces(marker->tracer, (pid_t)pid))
		return "-this process is not traced";
	str_sanitize(name);
	*ret_error = tracer_mark(marker->tracer, name, false, call->pid, diag);
	if (*ret_error == -ENOSPC) {
		*ret_error = 0;
		return "-there are 64 marks already";
	}
	return *ret_error < 0 ? "-the trace has failed" : NULL;
}

static int calls_answer(struct marker *marker, struct diag *diag)
{
	struct mark_call call;
	int error = 0;

	for (int i = 0; error == 0 && i < CALLS_MAX; i++) {
		int r = mark_call_receive(marker->fd, MSG_DONTWAIT, &call);
		const char *answer;

		if (r == -EBADMSG)
			continue;
		if (r <= 0)
			break;
		answer = call_refuse(marker, &call, &error, diag) ?: "+";
		/* One who does not wait for the answer does not get it. */
		if (call.from_bytes > sizeof(sa_family_t) &&
		    sendto(marker->fd, answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL,
			   (struct sockaddr *)&call.from, call.from_bytes) < 0)
			log_debug(LOG_EVENTS, "a mark's caller is gone: %s", strerror(errno));
	}
	return error;
}

/* Takes an automatic mark if it is time, and says in how many ms it is again. */
static int interval_step(struct marker *marker, int ms, struct diag *diag)
{
	const struct result *result = tracer_result(marker->tracer);
	uint64_t now_ns = clock_monotonic_ns(), left_ms;
	char name[UNITS_TEXT_BYTES];

	if (!marker->interval_ns)
		return ms;
	if (now_ns >= marker->next_ns) {
		int r = tracer_mark(marker->tracer,
				    units_format_ns(now_ns - result->started_ns, name), true, 0,
				    diag);

		/* When all marks have names there is no room for this one. */
		if (r < 0 && r != -ENOSPC)
			return r;
		now_ns = clock_monotonic_ns();
		marker->next_ns = now_ns + (marker->interval_ns << result->marks.n_thinned);
	}
	left_ms = (marker->next_ns - now_ns) / 1000000 + 1;
	return left_ms < (uint64_t)ms ? (int)left_ms : ms;
}

int marker_step(struct marker *marker, int ms, struct diag *diag)
{
	int r = marker->fd >= 0 ? calls_answer(marker, diag) : 0;

	return r < 0 ? r : interval_step(marker, ms, diag);
}

int marker_signal(struct marker *marker, struct diag *diag)
{
	_cleanup_free_ char *name = str_printf("SIGUSR1 %u", ++marker->n_signals);
	int r = name ? tracer_mark(marker->tracer, name, false, 0, diag) : -ENOMEM;

	if (r == -ENOSPC)
		return diag_add(diag, 0, "there are 64 marks already: no mark for SIGUSR1");
	return r;
}
