// SPDX-License-Identifier: BSD-2-Clause
/* Loading and attaching the BPF programs: see session.h. */
#include "probe/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "probe/multi_link.h"
#include "probe/own_code.h"
#include "probe/session_state.h"
#include "probe/syscalls.h"

static int session_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	log_vdebug(LOG_LIBBPF, format, args);
	return 0;
}

struct bpf_program *session_program(const struct session *session, enum session_program program)
{
	struct bpf_program *const programs[_SESSION_PROGRAM_MAX] = {
		[SESSION_EXIT_BEGINS] = session->skel->progs.lt_exit_begins,
		[SESSION_EXIT_HOLD] = session->skel->progs.lt_exit_hold,
		[SESSION_LOADED] = session->skel->progs.lt_loaded,
		[SESSION_EXEC_BEGINS] = session->skel->progs.lt_exec_begins,
		[SESSION_TEARDOWN] = session->skel->progs.lt_teardown_hold,
	};

	return programs[program];
}

static void session_choose_thread_programs(struct session *session)
{
	__typeof__(session->skel->progs) *progs = &session->skel->progs;
	struct bpf_program *const functions[] = { progs->lt_thread_create, progs->lt_thread_join,
						  progs->lt_thread_joined,
						  progs->lt_thread_detach };

	bpf_program__set_autoload(progs->lt_thread_start, session->threads);
	bpf_program__set_autoload(progs->lt_thread_end, session->threads);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		bpf_program__set_autoload(functions[i], session->threads);
		if (session->features.uprobe_multi)
			bpf_program__set_expected_attach_type(
				functions[i], (enum bpf_attach_type)ATTACH_UPROBE_MULTI);
	}
}

/* Sessions have a program of their own; the other two kinds of links share theirs. */
static void session_choose_programs(struct session *session, bool memory)
{
	__typeof__(session->skel->progs) *progs = &session->skel->progs;
	bool sessions = session->features.uprobe_session;
	enum bpf_attach_type multi = (enum bpf_attach_type)ATTACH_UPROBE_MULTI;

	bpf_program__set_autoload(progs->lt_alloc, memory && sessions);
	bpf_program__set_autoload(progs->lt_alloc_enter, memory && !sessions);
	bpf_program__set_autoload(progs->lt_alloc_end, memory && !sessions);
	bpf_program__set_autoload(progs->lt_new_enter, memory);
	bpf_program__set_autoload(progs->lt_free, memory);
	bpf_program__set_autoload(progs->lt_release, memory);
	bpf_program__set_autoload(progs->lt_exec_begins, session->skel->rodata->lt_follow);
	bpf_program__set_autoload(progs->lt_sys_exit, session->syscalls);
	bpf_program__set_autoload(progs->lt_fd_iter, session->skel->rodata->lt_trace_fds);
	if (!session->features.uprobe_multi)
		return;
	bpf_program__set_expected_attach_type(progs->lt_alloc,
					      (enum bpf_attach_type)ATTACH_UPROBE_SESSION);
	for (int i = 0; i < _SESSION_PROGRAM_MAX; i++)
		bpf_program__set_expected_attach_type(
			session_program(session, (enum session_program)i), multi);
	bpf_program__set_expected_attach_type(progs->lt_alloc_enter, multi);
	bpf_program__set_expected_attach_type(progs->lt_alloc_end, multi);
	bpf_program__set_expected_attach_type(progs->lt_new_enter, multi);
	bpf_program__set_expected_attach_type(progs->lt_free, multi);
	bpf_program__set_expected_attach_type(progs->lt_release, multi);
	bpf_program__set_expected_attach_type(progs->lt_signal, multi);
	bpf_program__set_expected_attach_type(progs->lt_signal_return, multi);
}

static int session_attach_tracepoints(struct session *session, struct diag *diag)
{
	struct leaktrace_bpf *skel = session->skel;

	/* The end of a thread is seen before that of its process. */
	if (session->threads) {
		skel->links.lt_thread_start = bpf_program__attach(skel->progs.lt_thread_start);
		skel->links.lt_thread_end = bpf_program__attach(skel->progs.lt_thread_end);
		if (!skel->links.lt_thread_start || !skel->links.lt_thread_end)
			return diag_add(diag, -errno, "cannot see threads: %s", strerror(errno));
	}
	skel->links.lt_fork = bpf_program__attach(skel->progs.lt_fork);
	skel->links.lt_exec = bpf_program__attach(skel->progs.lt_exec);
	skel->links.lt_exit = bpf_program__attach(skel->progs.lt_exit);
	if (!skel->links.lt_fork || !skel->links.lt_exec || !skel->links.lt_exit)
		return diag_add(diag, -errno,
				"cannot follow processes: attaching to the "
				"scheduler's tracepoints failed: %s",
				strerror(errno));
	if (!session->syscalls)
		return 0;
	skel->links.lt_sys_exit = bpf_program__attach(skel->progs.lt_sys_exit);
	if (!skel->links.lt_sys_exit)
		return diag_add(diag, -errno, "cannot see system calls: %s", strerror(errno));
	return 0;
}

static int session_set_signals(struct session *session, const struct session_options *options)
{
	int fd = bpf_map__fd(session->skel->maps.lt_signals);

	for (uint32_t i = 0; i < options->n_symbols; i++) {
		if (bpf_map_update_elem(fd, &i, options->symbols[i].signal, BPF_ANY) < 0)
			return -errno;
	}
	return 0;
}

int session_open(const struct session_options *options, const struct features *features,
		 struct session **ret_session, struct diag *diag)
{
	_cleanup_(session_closep) struct session *session = calloc(1, sizeof(*session));
	int r;

	if (!session)
		return -ENOMEM;
	libbpf_set_print(session_print);
	own_code_copy();
	session->features = *features;
	session->start_ns = clock_monotonic_ns();
	session->skel = leaktrace_bpf__open();
	if (!session->skel)
		return diag_add(diag, -errno, "cannot read the built-in BPF programs: %s",
				strerror(errno));
	session->skel->rodata->lt_start_ns = session->start_ns;
	session->skel->rodata->lt_owner = (uint32_t)getpid();
	session->skel->rodata->lt_follow = options->follow;
	if (options->choice)
		memcpy((void *)&session->skel->rodata->lt_choice, options->choice,
		       sizeof(*options->choice));
	session->skel->rodata->lt_use_tables = options->use_tables;
	session->skel->rodata->lt_exact_stacks = options->exact_stacks;
	session->skel->rodata->lt_sample_bytes = options->sample_bytes;
	session->skel->rodata->lt_releases_apart = options->releases_apart;
	session->skel->rodata->lt_skip_returns = !(options->kinds & 1u << KIND_MAPPING);
	session->skel->rodata->lt_mapping_stacks = options->kinds & 1u << KIND_MAPPING;
	memcpy((void *)session->skel->rodata->lt_runners, options->runners,
	       options->n_runners * sizeof(*options->runners));
	if (options->releases_apart)
		bpf_map__set_max_entries(session->skel->maps.lt_releases, LT_MAX_RELEASES_APART);
	session->syscalls = syscalls_choose(
		options->kinds, options->n_runners || options->n_symbols,
		&(struct syscall_choice){
			.families = (uint8_t *)session->skel->rodata->lt_syscall_family,
			.fd_calls = (uint8_t *)session->skel->rodata->lt_fd_calls,
			.path_arguments = (uint8_t *)session->skel->rodata->lt_path_argument,
		});
	session->skel->rodata->lt_trace_fds = options->kinds & 1u << KIND_FD;
	session->threads = options->kinds & 1u << KIND_THREAD;
	session_choose_thread_programs(session);
	session_choose_programs(session, options->kinds & (1u << KIND_MEMORY | 1u << KIND_MAPPING));
	r = leaktrace_bpf__load(session->skel);
	if (r < 0) {
		diag_add(diag, r, "the kernel refused leaktrace's BPF programs: %s", strerror(-r));
		diag_hint(diag, "--log=libbpf shows the kernel's own words");
		return r;
	}
	r = session_set_signals(session, options);
	if (r < 0)
		return diag_add(diag, r, "cannot tell the programs about tests: %s", strerror(-r));
	r = session_attach_tracepoints(session, diag);
	if (r < 0)
		return r;
	*ret_session = TAKE_PTR(session);
	return 0;
}

void session_detach(struct session *session)
{
	apart_close_end(session->closing);
	session->closing = apart_close_begin(session->links.items, session->links.n);
	vec_done(&session->links);
}

void session_close(struct session *session)
{
	if (!session)
		return;
	if (session->links.n)
		session_detach(session);
	apart_close_end(session->closing);
	leaktrace_bpf__destroy(session->skel);
	free(session);
}

void session_answer_holds(struct session *session, bool answered)
{
	*(volatile uint32_t *)&session->skel->bss->lt_holds_answered = answered;
}

struct session_maps session_maps(const struct session *session)
{
	struct leaktrace_bpf *skel = session->skel;

	return (struct session_maps){
		.procs_fd = bpf_map__fd(skel->maps.lt_procs),
		.spaces_fd = bpf_map__fd(skel->maps.lt_spaces),
		.free_spaces_fd = bpf_map__fd(skel->maps.lt_free_spaces),
		.levels_fd = bpf_map__fd(skel->maps.lt_levels),
		.overflow_fd = bpf_map__fd(skel->maps.lt_overflow),
		.stacks_fd = bpf_map__fd(skel->maps.lt_stacks),
		.rows_fd = bpf_map__fd(skel->maps.lt_rows),
		.granules_fd = bpf_map__fd(skel->maps.lt_granules),
		.rules_fd = bpf_map__fd(skel->maps.lt_rules),
		.modules_fd = bpf_map__fd(skel->maps.lt_modules),
		.known_fd = bpf_map__fd(skel->maps.lt_known),
		.spaces_code_fd = bpf_map__fd(skel->maps.lt_spaces_code),
		.releases_fd = bpf_map__fd(skel->maps.lt_releases),
		.loads_fd = bpf_map__fd(skel->maps.lt_loads),
		.seen_fd = bpf_map__fd(skel->maps.lt_seen),
		.starts_fd = bpf_map__fd(skel->maps.lt_starts),
		.events_fd = bpf_map__fd(skel->maps.lt_events),
		.raws_fd = bpf_map__fd(skel->maps.lt_raws),
		.fds_fd = bpf_map__fd(skel->maps.lt_fds),
		.bad_closes_fd = bpf_map__fd(skel->maps.lt_bad_closes),
		.fd_iterator_fd = bpf_program__fd(skel->progs.lt_fd_iter),
		.fds_of = &skel->bss->lt_fds_of,
		.holds_fd = bpf_map__fd(skel->maps.lt_holds),
		.last_space = &skel->bss->lt_last_space,
		.level_used = &skel->bss->lt_level_used,
		.level_ready = &skel->bss->lt_level_ready,
		.level_wanted = &skel->bss->lt_level_wanted,
		.overflow_used = &skel->bss->lt_overflow_used,
		.start_ns = session->start_ns,
	};
}
