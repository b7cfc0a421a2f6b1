// SPDX-License-Identifier: BSD-2-Clause
/* Putting the programs of a session onto files: see session.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "probe/multi_link.h"
#include "probe/perf_link.h"
#include "probe/session_state.h"

/* Why attaching failed, for people. */
static int attach_failed(int r, const char *label, struct diag *diag)
{
	diag_add(diag, r, "cannot put probes on %s: %s", label, strerror(-r));
	if (r == -EINVAL)
		return diag_hint(diag,
				 "another tracer or debugger may hold the same function in an "
				 "incompatible way; 'dmesg' then says ref_ctr_offset mismatch");
	if (r == -ENOMEM)
		return diag_hint(diag, "a process that maps it may be at the limit of its memory "
				       "cgroup: the kernel then puts probes on none");
	if (r == -EPERM || r == -EACCES)
		return diag_hint(diag,
				 "run it with sudo; 'leaktrace doctor' shows what is missing");
	return r;
}

/* Keeps FD, a link or a negative errno, until the end. */
static int session_keep_link(struct session *session, int fd)
{
	if (fd < 0)
		return fd;
	if (vec_push(&session->links, fd) == 0)
		return 0;
	close(fd);
	return -ENOMEM;
}

/* Without filters in the kernel, the programs know which processes are meant; others only pay. */
static pid_t session_pid(const struct session *session, pid_t pid)
{
	const struct features *features = &session->features;

	return features->uprobe_multi && !features->uprobe_multi_process ? 0 : pid;
}

/* What goes onto the sites of one kind. */
struct step {
	enum site_kind kind;
	const struct bpf_program *program;
	int attach_type; /* of a multi link */
	bool at_return;
};

enum { MAX_STEPS = 12 };

/*
 * In this order: releases first, the ends of calls before their beginnings, so that a running
 * process cannot give back a block unseen that was seen when it was made.
 */
static size_t attach_steps(const struct session *session, struct step steps[MAX_STEPS])
{
	__typeof__(session->skel->progs) *progs = &session->skel->progs;
	size_t n = 0;

#define STEP(...) (steps[n++] = (struct step){ __VA_ARGS__ })
	STEP(SITE_THREAD_DETACH, progs->lt_thread_detach, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_THREAD_JOIN, progs->lt_thread_joined, ATTACH_UPROBE_MULTI, true);
	STEP(SITE_THREAD_JOIN, progs->lt_thread_join, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_THREAD_CREATE, progs->lt_thread_create, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_RELEASE, progs->lt_free, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_OTHER_RELEASE, progs->lt_release, ATTACH_UPROBE_MULTI, false);
	if (session->features.uprobe_session) {
		STEP(SITE_RET, progs->lt_alloc, ATTACH_UPROBE_SESSION, false);
		STEP(SITE_ENTER, progs->lt_alloc, ATTACH_UPROBE_SESSION, false);
		STEP(SITE_NEW, progs->lt_new_enter, ATTACH_UPROBE_MULTI, false);
		STEP(SITE_CALL, progs->lt_alloc, ATTACH_UPROBE_SESSION, false);
		return n;
	}
	STEP(SITE_RET, progs->lt_alloc_end, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_ENTER, progs->lt_alloc_enter, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_NEW, progs->lt_new_enter, ATTACH_UPROBE_MULTI, false);
	STEP(SITE_CALL, progs->lt_alloc_end, ATTACH_UPROBE_MULTI, true);
	STEP(SITE_CALL, progs->lt_alloc_enter, ATTACH_UPROBE_MULTI, false);
#undef STEP
	return n;
}

/* One multi link for all sites of the step's kind. */
static int attach_multi(struct session *session, const struct step *step, const char *path,
			const struct allocator *allocator, pid_t pid)
{
	_cleanup_free_ uint64_t *offsets = calloc(allocator->sites.n, sizeof(*offsets));
	_cleanup_free_ uint64_t *cookies = calloc(allocator->sites.n, sizeof(*cookies));
	struct multi_link_request request = { .program_fd = bpf_program__fd(step->program),
					      .attach_type = step->attach_type,
					      .flags = step->at_return ? MULTI_LINK_RETURN : 0,
					      .path = path,
					      .offsets = offsets,
					      .cookies = cookies,
					      .pid = pid };

	if (!offsets || !cookies)
		return -ENOMEM;
	vec_foreach(site, &allocator->sites) {
		if (site->kind != step->kind)
			continue;
		offsets[request.n] = site->offset;
		cookies[request.n++] = site->call;
	}
	if (!request.n)
		return 0;
	return session_keep_link(session, multi_link_open(&request));
}

/* A perf event for each of them. */
static int attach_perf(struct session *session, const struct step *step, const char *path,
		       const struct allocator *allocator, pid_t pid)
{
	vec_foreach(site, &allocator->sites) {
		const struct perf_link_request request = {
			.program_fd = bpf_program__fd(step->program),
			.at_return = step->at_return,
			.path = path,
			.offset = site->offset,
			.cookie = site->call,
			.pid = pid,
		};
		int r = 0;

		if (site->kind == step->kind)
			r = session_keep_link(session, perf_link_open(&request));
		if (r < 0)
			return r;
	}
	return 0;
}

int session_attach(struct session *session, const char *path, const char *label,
		   const struct allocator *allocator, pid_t pid, struct diag *diag)
{
	struct step steps[MAX_STEPS];
	size_t n = attach_steps(session, steps);
	int r = 0;

	pid = session_pid(session, pid);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (session->features.uprobe_multi)
			r = attach_multi(session, &steps[i], path, allocator, pid);
		else
			r = attach_perf(session, &steps[i], path, allocator, pid);
	}
	log_debug(LOG_ATTACH, "%s (%s): %zu places, pid %d: %s", label,
		  allocator->name ? allocator->name : "no malloc", allocator->sites.n, (int)pid,
		  r < 0 ? strerror(-r) : "attached");
	return r < 0 ? attach_failed(r, label, diag) : 0;
}

/* One program on the places of a request for a multi link, in the way that this kernel knows. */
static int attach_places(struct session *session, const struct multi_link_request *request)
{
	int r = 0;

	if (session->features.uprobe_multi)
		return request->n ? session_keep_link(session, multi_link_open(request)) : 0;
	for (uint32_t i = 0; r == 0 && i < request->n; i++) {
		const struct perf_link_request one = {
			.program_fd = request->program_fd,
			.at_return = request->flags & MULTI_LINK_RETURN,
			.path = request->path,
			.offset = request->offsets[i],
			.cookie = request->cookies[i],
			.pid = request->pid,
		};

		r = session_keep_link(session, perf_link_open(&one));
	}
	return r;
}

/* Probes on the signals, or on the returns of those whose return matters. */
static int attach_signals(struct session *session, const char *path,
			  const struct signal_sites *sites, bool at_return, pid_t pid)
{
	const struct bpf_program *program =
		at_return ? session->skel->progs.lt_signal_return : session->skel->progs.lt_signal;
	_cleanup_free_ uint64_t *offsets = calloc(sites->list.n, sizeof(*offsets));
	_cleanup_free_ uint64_t *cookies = calloc(sites->list.n, sizeof(*cookies));
	struct multi_link_request request = {
		.program_fd = bpf_program__fd(program),
		.attach_type = ATTACH_UPROBE_MULTI,
		.flags = at_return ? MULTI_LINK_RETURN : 0,
		.path = path,
		.offsets = offsets,
		.cookies = cookies,
		.pid = pid,
	};

	if (!offsets || !cookies)
		return -ENOMEM;
	vec_foreach(site, &sites->list) {
		if (at_return && !site->returns)
			continue;
		offsets[request.n] = site->offset;
		cookies[request.n++] = site->cookie;
	}
	return attach_places(session, &request);
}

int session_attach_signals(struct session *session, const char *path, const char *label,
			   const struct signal_sites *sites, pid_t pid, struct diag *diag)
{
	int r;

	if (!sites->list.n)
		return 0;
	pid = session_pid(session, pid);
	/* Returns first: an entry that has no return would shield for ever. */
	r = attach_signals(session, path, sites, true, pid);
	if (r == 0)
		r = attach_signals(session, path, sites, false, pid);
	log_debug(LOG_ATTACH, "%s: %zu signals of test frameworks, pid %d: %s", label,
		  sites->list.n, (int)pid, r < 0 ? strerror(-r) : "attached");
	return r < 0 ? attach_failed(r, label, diag) : 0;
}

int session_attach_points(struct session *session, enum session_program program, const char *path,
			  const char *label, const struct probe_point *points, size_t n, pid_t pid,
			  struct diag *diag)
{
	uint64_t offsets[SESSION_MAX_POINTS], cookies[SESSION_MAX_POINTS];
	struct multi_link_request request = {
		.program_fd = bpf_program__fd(session_program(session, program)),
		.attach_type = ATTACH_UPROBE_MULTI,
		.path = path,
		.offsets = offsets,
		.cookies = cookies,
		.n = (uint32_t)n,
		.pid = session_pid(session, pid),
	};
	int r;

	if (n > SESSION_MAX_POINTS)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		offsets[i] = points[i].offset;
		cookies[i] = points[i].cookie;
	}
	r = attach_places(session, &request);
	log_debug(LOG_ATTACH, "%s: %zu points, pid %d: %s", label, n, (int)pid,
		  r < 0 ? strerror(-r) : "attached");
	return r < 0 ? attach_failed(r, label, diag) : 0;
}
