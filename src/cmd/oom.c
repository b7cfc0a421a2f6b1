// SPDX-License-Identifier: BSD-2-Clause
/*
 * "leaktrace oom": the flight recorder, alone as a service does, or beside the run of a command, of
 * which the tracer then keeps every block; and the forms that only read.
 */
#include "base/clock.h"
#include "cmd/oom.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "cmd/attach.h"
#include "cmd/descriptors.h"
#include "cmd/kept.h"
#include "cmd/oom_explain.h"
#include "cmd/record.h"
#include "cmd/run.h"
#include "cmd/survival.h"
#include "cmd/user.h"
#include "cmd/wait.h"

/* Processes that run already and have the name. */
static int want_named(struct record *record, const char *comm, struct diag *diag)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *path = str_printf("/proc/%s/comm", entry->d_name);
		_cleanup_free_ char *name = NULL;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !path ||
		    str_read_file(path, 4096, &name, NULL) < 0)
			continue;
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, comm) == 0)
			r = record_want(record, atoi(entry->d_name), false, diag);
	}
	if (dir)
		closedir(dir);
	return r;
}

static int recording_prepare(const struct config *config, struct wait *wait, struct record *record,
			     struct diag *diag)
{
	int r = record_watch(record, wait_epoll_fd(wait), diag);

	vec_foreach(pid, &config->pids) {
		if (r == 0)
			r = record_want(record, *pid, false, diag);
	}
	return r == 0 && config->comm ? want_named(record, config->comm, diag) : r;
}

static int recording_loop(const struct config *config, struct wait *wait, struct record *record,
			  struct diag *diag)
{
	uint64_t end_ns =
		config->duration_ns ? clock_monotonic_ns() + config->duration_ns : UINT64_MAX;

	for (;;) {
		struct wait_signal signal;
		uint64_t now_ns = clock_monotonic_ns(), left_ms;
		int step_ms = record_step(record, now_ns >= end_ns, diag);

		diag_print(diag, stderr);
		if (step_ms < 0 || now_ns >= end_ns)
			return step_ms < 0 ? step_ms : 0;
		left_ms = (end_ns - now_ns) / 1000000 + 1;
		if (left_ms < (uint64_t)step_ms)
			step_ms = (int)left_ms;
		if (wait_next(wait, step_ms, &signal) && signal.number != SIGCHLD &&
		    signal.number != SIGUSR1)
			end_ns = 0;
	}
}

/* It sees all processes, but for those that are chosen by their pid. */
static int recording_check(const struct config *config, struct diag *diag)
{
	int r = 0;

	if (user_has_lent_rights() && !config->pids.n) {
		diag_add(diag, -EPERM,
			 "oom: by the capabilities of its file, leaktrace watches its caller's own "
			 "processes only");
		return diag_hint(diag, "name them with -p, or run it with sudo");
	}
	vec_foreach(pid, &config->pids) {
		if (r == 0)
			r = user_check_process(*pid, diag);
	}
	return r;
}

static int recording(const struct config *config, struct diag *diag)
{
	struct record *record = NULL;
	struct wait *wait = NULL;
	int r = recording_check(config, diag);

	if (r == 0)
		r = wait_open(&wait, diag);
	if (r == 0) {
		descriptors_raise();
		r = record_open(config, stdout, &record, diag);
	}
	if (r == 0)
		r = recording_prepare(config, wait, record, diag);
	if (r == 0) {
		survival_prepare(diag);
		r = record_hurry(record, diag);
	}
	if (r == 0) {
		fprintf(stderr, "leaktrace: recording; reports go to %s\n",
			kept_directory(config->state_dir));
		r = recording_loop(config, wait, record, diag);
	}
	record_close(record);
	wait_close(wait);
	return r;
}

static void companion_beside(void *data, struct tracer *tracer)
{
	record_beside(data, tracer);
}

static int companion_watch(void *data, int epoll_fd, struct diag *diag)
{
	return record_watch(data, epoll_fd, diag);
}

static int companion_started(void *data, pid_t pid, struct diag *diag)
{
	int r = record_hurry(data, diag);

	/* What it has until its exec is leaktrace's. */
	return r < 0 ? r : record_want(data, pid, true, diag);
}

static int companion_attached(void *data, pid_t pid, struct diag *diag)
{
	int r = record_hurry(data, diag);

	return r < 0 ? r : record_want(data, pid, false, diag);
}

static int companion_step(void *data, bool last, struct diag *diag)
{
	return record_step(data, last, diag);
}

/* Traced as ever, so that the report has all blocks that were held when a process was killed. */
static int recording_beside(const struct config *config, struct diag *diag)
{
	struct record *record;
	struct companion companion = {
		.beside = companion_beside,
		.watch = companion_watch,
		.started = config->command ? companion_started : companion_attached,
		.step = companion_step,
	};
	int r = record_open(config, stderr, &record, diag);

	if (r < 0)
		return EXIT_CANNOT_TRACE;
	companion.data = record;
	r = config->command ? cmd_run_with(config, &companion, diag) :
			      cmd_attach_with(config, &companion, diag);
	record_close(record);
	return r;
}

int cmd_oom(const struct config *config, struct diag *diag)
{
	int r;

	if (config->command || config->allocations)
		return recording_beside(config, diag);
	if (config->explain)
		r = oom_explain(config, diag);
	else if (config->list)
		r = kept_list(kept_directory(config->state_dir), stdout, diag);
	else if (config->print)
		r = kept_print(kept_directory(config->state_dir), config->print, stdout, diag);
	else
		r = recording(config, diag);
	return r < 0 ? EXIT_CANNOT_TRACE : EXIT_SUCCESS;
}
