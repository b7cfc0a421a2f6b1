// SPDX-License-Identifier: BSD-2-Clause
/* Running a command under trace, until its last process has ended. */
#include "cmd/run.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/environment.h"
#include "cmd/live.h"
#include "cmd/marker.h"
#include "cmd/notes.h"
#include "cmd/present.h"
#include "cmd/spawn.h"
#include "cmd/tracer.h"
#include "cmd/user.h"
#include "cmd/wait.h"
#include "base/clock.h"

enum { RUN_POLL_MS = 100 };

struct run {
	const struct config *config;
	const struct companion *companion; /* or NULL */
	struct wait *wait;
	struct tracer *tracer;
	struct marker *marker;
	struct spawn spawn;
	bool ended; /* the command itself; others may live on */
	bool stop;  /* interrupted while only others were left */
	int status; /* as wait() gave it */
	uint64_t ended_ns;
	struct live live;
};

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Passes on what was sent to leaktrace alone. The terminal's signals reach the command itself, but
 * for its end, of which only the leader of the session is told.
 */
static void pass_signal(const struct run *run, const struct wait_signal *signal)
{
	bool hangup = signal->number == SIGHUP && getsid(0) == getpid();

	if (!signal->from_kernel || hangup)
		kill(run->spawn.pid, signal->number);
}

static int handle_signal(struct run *run, const struct wait_signal *signal, struct diag *diag)
{
	if (signal->number == SIGUSR1)
		return marker_signal(run->marker, diag);
	if (signal->number == SIGCHLD) {
		if (!run->ended && spawn_poll(&run->spawn, &run->status)) {
			run->ended = true;
			run->ended_ns = clock_monotonic_ns();
		}
		return 0;
	}
	if (run->ended)
		run->stop = true;
	else
		pass_signal(run, signal);
	return 0;
}

/* Whether all is over: the command has ended, and those it left behind too, or for too long. */
static int run_is_over(struct run *run, struct diag *diag)
{
	int r;

	if (!run->ended)
		return 0;
	if (run->stop || clock_monotonic_ns() >= run->ended_ns + run->config->linger_ns)
		return 1;
	if (tracer_n_live(run->tracer))
		return 0;
	/* Perhaps one was born in the last moment. */
	r = tracer_settle(run->tracer, diag);
	return r < 0 ? r : tracer_n_live(run->tracer) == 0;
}

/* How long to wait for what happens next, in ms. */
static int run_timeout(const struct run *run, int step_ms)
{
	uint64_t now_ns = clock_monotonic_ns(), end_ns = run->ended_ns + run->config->linger_ns;
	uint64_t ms;

	if (!run->ended)
		return step_ms;
	ms = end_ns > now_ns ? (end_ns - now_ns) / 1000000 + 1 : 0;
	return ms < (uint64_t)step_ms ? (int)ms : step_ms;
}

/* What has happened, for the tracer and for its companion. */
static int run_step(struct run *run, struct diag *diag)
{
	int step_ms = tracer_step(run->tracer, diag), other_ms;

	if (run->config->live && !run->config->quiet)
		live_step(&run->live, tracer_result(run->tracer));
	if (step_ms >= 0)
		step_ms = marker_step(run->marker, step_ms, diag);
	if (step_ms < 0 || !run->companion)
		return step_ms;
	other_ms = run->companion->step(run->companion->data, false, diag);
	return other_ms < step_ms ? other_ms : step_ms;
}

static int run_loop(struct run *run, struct diag *diag)
{
	for (;;) {
		struct wait_signal signal;
		int step_ms = run_step(run, diag);
		int over = step_ms < 0 ? step_ms : run_is_over(run, diag);

		if (over)
			return over < 0 ? over : 0;
		if (!wait_next(run->wait, run_timeout(run, step_ms), &signal))
			continue;
		over = handle_signal(run, &signal, diag);
		if (over < 0)
			return over;
	}
}

/* The probes first, then the command, which waits for them. */
static int run_prepare(struct run *run, const struct user *user, struct diag *diag)
{
	char **command = run->config->command;
	_cleanup_free_ char *program = spawn_find_program(command[0]);
	int r;

	r = wait_open(&run->wait, diag);
	if (r < 0)
		return r;
	run->spawn.limit = descriptors_raise();
	/* There are other reports, and the command's own status. */
	wait_ignore_pipe(run->wait);
	r = tracer_open(MODE_RUN, run->config, NULL, &run->tracer, diag);
	if (r == 0)
		r = result_set_command(tracer_result(run->tracer), command);
	if (r < 0)
		return r;
	r = tracer_attach_system(run->tracer, program, diag);
	if (r < 0)
		return r;
	r = tracer_watch(run->tracer, wait_epoll_fd(run->wait), diag);
	if (r == 0)
		r = marker_open(run->config, run->tracer, user, wait_epoll_fd(run->wait),
				&run->marker, diag);
	if (r < 0)
		return r;
	if (run->companion) {
		run->companion->beside(run->companion->data, run->tracer);
		r = run->companion->watch(run->companion->data, wait_epoll_fd(run->wait), diag);
		if (r < 0)
			return r;
	}
	r = environment_prepare(run->config, diag);
	if (r < 0)
		return r;
	r = spawn_start(&run->spawn, command, user, run->wait, diag);
	if (r < 0)
		return r;
	if (run->companion) {
		r = run->companion->started(run->companion->data, run->spawn.pid, diag);
		if (r < 0)
			return r;
	}
	return tracer_arm(run->tracer, run->spawn.pid, diag);
}

static int run_report(struct run *run, struct diag *diag)
{
	struct result *result = tracer_result(run->tracer);
	int status = exit_status(run->status);
	int r = tracer_finish(run->tracer, diag);

	if (r < 0)
		return r;
	tracer_note_running(run->tracer);
	if (!run->config->tests || strcmp(run->config->tests, "none") != 0)
		notes_unittest(result);
	if (config_wants_growth(run->config))
		notes_growth(result);
	result->exit_status = status;
	result->final = true;
	r = tracer_report(run->tracer, stderr, diag);
	if (r < 0)
		return r;
	return status ? status : r;
}

/* Tracing failed on the way: the command runs on, and its end is waited for. */
static void run_wait(struct run *run)
{
	struct wait_signal signal;

	while (!run->ended && !spawn_poll(&run->spawn, &run->status)) {
		if (wait_signal(run->wait, RUN_POLL_MS, &signal) && signal.number != SIGUSR1)
			pass_signal(run, &signal);
	}
}

static int run_traced(struct run *run, const struct user *user, struct diag *diag)
{
	int r = present_check(run->config, diag);

	if (r == 0)
		r = run_prepare(run, user, diag);
	if (r < 0)
		return EXIT_CANNOT_TRACE;
	r = spawn_release(&run->spawn);
	if (r < 0) {
		waitpid(run->spawn.pid, NULL, 0);
		return spawn_exec_status(r, run->config->command[0], diag);
	}
	r = run_loop(run, diag);
	if (r == 0 && run->companion) {
		r = run->companion->step(run->companion->data, true, diag);
		r = r < 0 ? r : 0;
	}
	if (r == 0)
		r = run_report(run, diag);
	if (r >= 0)
		return r;
	run_wait(run);
	/* A command that fails keeps its status. */
	r = exit_status(run->status);
	return r ? r : EXIT_CANNOT_TRACE;
}

int cmd_run_with(const struct config *config, const struct companion *companion, struct diag *diag)
{
	struct run run = { .config = config,
			   .companion = companion,
			   .spawn = { .pid = -1, .release_fd = -1, .error_fd = -1 } };
	struct user user;
	int r = user_find(config->user, &user, diag);

	if (r < 0) {
		user_done(&user);
		return EXIT_CANNOT_TRACE;
	}
	if (config->disabled)
		r = spawn_exec_status(spawn_replace(config->command, r ? &user : NULL),
				      config->command[0], diag);
	else
		r = run_traced(&run, r ? &user : NULL, diag);
	spawn_done(&run.spawn);
	live_done(&run.live);
	marker_close(run.marker);
	tracer_close(run.tracer);
	wait_close(run.wait);
	user_done(&user);
	return r;
}

int cmd_run(const struct config *config, struct diag *diag)
{
	return cmd_run_with(config, NULL, diag);
}
