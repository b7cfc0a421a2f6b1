// SPDX-License-Identifier: BSD-2-Clause
/* Attaching to running processes, with a report at each interval and at the end. */
#include "cmd/attach.h"

#include <errno.h>

#include "cmd/descriptors.h"
#include "cmd/marker.h"
#include "cmd/present.h"
#include "cmd/system.h"
#include "cmd/top.h"
#include "cmd/tracer.h"
#include "cmd/user.h"
#include "cmd/wait.h"
#include "collect/procfs.h"
#include "base/clock.h"

struct attach {
	const struct config *config;
	const struct companion *companion; /* or NULL */
	struct system *system;		   /* NULL: single processes */
	struct top *top;		   /* NULL: reports are written, and not shown */
	uint64_t next_scan_ns;
	struct wait *wait;
	struct tracer *tracer;
	struct marker *marker;
	uint64_t next_ns; /* report */
	uint64_t end_ns;  /* UINT64_MAX: until interrupted */
};

enum { SCAN_EVERY_NS = 1000000000, MAX_SCANS = 5 };

/* Until all are traced: one that was not yet may have made another meanwhile. */
static int attach_prepare_system(struct attach *attach, struct diag *diag)
{
	int r = system_open(attach->config, &attach->system, diag);

	if (r == 0)
		r = tracer_open(MODE_SYSTEM, attach->config, system_choice(attach->system),
				&attach->tracer, diag);
	if (r == 0)
		r = tracer_attach_system(attach->tracer, NULL, diag);
	if (r == 0)
		r = tracer_watch(attach->tracer, wait_epoll_fd(attach->wait), diag);
	if (r < 0)
		return r;
	for (int i = 0; i < MAX_SCANS; i++) {
		r = system_scan(attach->system, attach->tracer, diag);
		if (r <= 0)
			return r;
	}
	return 0;
}

/* Those that have come to be chosen without an exec: another user, another cgroup. */
static int attach_scan(struct attach *attach, uint64_t now_ns, struct diag *diag)
{
	if (!attach->system || now_ns < attach->next_scan_ns)
		return 0;
	attach->next_scan_ns = now_ns + SCAN_EVERY_NS;
	return system_scan(attach->system, attach->tracer, diag);
}

static int attach_prepare_processes(struct attach *attach, struct diag *diag)
{
	const struct companion *companion = attach->companion;
	int r;

	/* All of them are checked before one is touched. */
	vec_foreach(pid, &attach->config->pids) {
		r = procfs_check(*pid, diag);
		if (r == 0)
			r = user_check_process(*pid, diag);
		if (r < 0)
			return r;
	}
	r = tracer_open(MODE_ATTACH, attach->config, NULL, &attach->tracer, diag);
	if (r < 0)
		return r;
	r = tracer_watch(attach->tracer, wait_epoll_fd(attach->wait), diag);
	if (r == 0 && attach->config->follow_forks)
		r = tracer_attach_system(attach->tracer, NULL, diag);
	if (companion)
		companion->beside(companion->data, attach->tracer);
	if (r == 0 && companion)
		r = companion->watch(companion->data, wait_epoll_fd(attach->wait), diag);
	if (r < 0)
		return r;
	vec_foreach(pid, &attach->config->pids) {
		r = tracer_attach_process(attach->tracer, *pid, diag);
		if (r == 0 && companion)
			r = companion->started(companion->data, *pid, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Who called sudo may take marks as well. */
static int attach_prepare_marks(struct attach *attach, struct diag *diag)
{
	_cleanup_(user_done) struct user user;
	int r = user_find(NULL, &user, diag);

	return r < 0 ? r :
		       marker_open(attach->config, attach->tracer, r ? &user : NULL,
				   wait_epoll_fd(attach->wait), &attach->marker, diag);
}

static int attach_prepare(struct attach *attach, struct diag *diag)
{
	int r = wait_open(&attach->wait, diag);

	if (r < 0)
		return r;
	descriptors_raise();
	r = attach->config->all ? attach_prepare_system(attach, diag) :
				  attach_prepare_processes(attach, diag);
	return r < 0 ? r : attach_prepare_marks(attach, diag);
}

static int attach_report(struct attach *attach, bool final, struct diag *diag)
{
	struct result *result = tracer_result(attach->tracer);
	int r = final ? tracer_finish(attach->tracer, diag) : 0, status;

	if (r < 0)
		return r;
	result->final = final;
	/* Another report on standard output leaves standard error to the text. */
	status = tracer_report(attach->tracer, config_uses_stdout(attach->config) ? stderr : stdout,
			       diag);
	if (status < 0 || !attach->top)
		return status;
	r = top_show(attach->top, result);
	return r < 0 ? r : status;
}

/* Until when to sleep at most, in ms. */
static int attach_timeout(const struct attach *attach, int step_ms)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t until_ns = attach->next_ns < attach->end_ns ? attach->next_ns : attach->end_ns;
	uint64_t ms = until_ns > now_ns ? (until_ns - now_ns) / 1000000 + 1 : 0;

	return ms < (uint64_t)step_ms ? (int)ms : step_ms;
}

/* What has happened, for the tracer and for its companion. */
static int attach_step(struct attach *attach, struct diag *diag)
{
	int step_ms = tracer_step(attach->tracer, diag), other_ms;

	if (step_ms >= 0)
		step_ms = marker_step(attach->marker, step_ms, diag);
	if (step_ms < 0 || !attach->companion)
		return step_ms;
	other_ms = attach->companion->step(attach->companion->data, false, diag);
	return other_ms < step_ms ? other_ms : step_ms;
}

/* Nothing is left to trace. The screen is gone in a moment, so there it needs a word. */
static bool attach_is_over(const struct attach *attach, struct diag *diag)
{
	if (attach->system || tracer_n_live(attach->tracer) > 0)
		return false;
	if (attach->top)
		diag_add(diag, 0, "top: the processes have ended");
	return true;
}

/* 1: the trace goes on; 0: it ends. */
static int attach_signal(struct attach *attach, const struct wait_signal *signal, struct diag *diag)
{
	int r = signal->number == SIGUSR1 ? marker_signal(attach->marker, diag) : 0;

	return r < 0 ? r : signal->number == SIGCHLD || signal->number == SIGUSR1;
}

/* When the next report is due. Those that leaktrace missed while it was stopped are not made. */
static uint64_t attach_next_ns(const struct attach *attach)
{
	uint64_t interval_ns = config_interval_ns(attach->config);
	uint64_t next_ns = attach->next_ns + interval_ns, now_ns = clock_monotonic_ns();

	return next_ns > now_ns ? next_ns : now_ns + interval_ns;
}

/* Returns the status of the last report, or a negative errno. */
static int attach_loop(struct attach *attach, struct diag *diag)
{
	for (;;) {
		struct wait_signal signal;
		int step_ms = attach_step(attach, diag);
		uint64_t now_ns = clock_monotonic_ns();
		int r;

		if (step_ms < 0)
			return step_ms;
		r = attach_scan(attach, now_ns, diag);
		if (r < 0)
			return r;
		if (now_ns >= attach->end_ns || attach_is_over(attach, diag))
			return attach_report(attach, true, diag);
		if (now_ns >= attach->next_ns) {
			r = attach_report(attach, false, diag);
			if (r < 0)
				return r;
			attach->next_ns = attach_next_ns(attach);
		}
		if (wait_next(attach->wait, attach_timeout(attach, step_ms), &signal)) {
			r = attach_signal(attach, &signal, diag);
			if (r <= 0)
				return r < 0 ? r : attach_report(attach, true, diag);
		}
		r = attach->top ? top_step(attach->top) : 1;
		if (r <= 0)
			return r < 0 ? r : attach_report(attach, true, diag);
	}
}

int cmd_attach_with(const struct config *config, const struct companion *companion,
		    struct diag *diag)
{
	struct attach attach = { .config = config, .companion = companion };
	uint64_t now_ns;
	int r = present_check(config, diag);

	if (r == 0)
		r = attach_prepare(&attach, diag);
	/* What the preparation took is no time of tracing. */
	now_ns = clock_monotonic_ns();
	attach.next_ns = companion ? UINT64_MAX : now_ns + config_interval_ns(config);
	if (r == 0 && config->top_view) {
		r = top_open(wait_epoll_fd(attach.wait), &attach.top, diag);
		attach.next_ns = now_ns;
	}
	attach.end_ns = config->duration_ns ? now_ns + config->duration_ns : UINT64_MAX;
	if (r == 0)
		r = attach_loop(&attach, diag);
	if (r >= 0 && companion) {
		int last = companion->step(companion->data, true, diag);

		r = last < 0 ? last : r;
	}
	top_close(attach.top);
	marker_close(attach.marker);
	tracer_close(attach.tracer);
	system_close(attach.system);
	wait_close(attach.wait);
	return r < 0 ? EXIT_CANNOT_TRACE : r;
}

int cmd_attach(const struct config *config, struct diag *diag)
{
	return cmd_attach_with(config, NULL, diag);
}
