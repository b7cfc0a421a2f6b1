// SPDX-License-Identifier: BSD-2-Clause
/* The flight recorder's programs: see recorder.h. */
#include "probe/recorder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "leaktrace/recorder_abi.h"
#include "probe/features.h"
#include "recorder.skel.h"

struct recorder {
	struct recorder_bpf *skel;
};

static int recorder_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	log_vdebug(LOG_LIBBPF, format, args);
	return 0;
}

static int attach(struct bpf_link **link, struct bpf_program *program, const char *what,
		  struct diag *diag)
{
	int r;

	*link = bpf_program__attach(program);
	if (*link)
		return 0;
	r = errno ? -errno : -EINVAL;
	diag_add(diag, r, "cannot see %s: %s", what, strerror(-r));
	return diag_hint(diag, "this needs root, and tracefs: \"mount -t tracefs tracefs "
			       "/sys/kernel/tracing\"");
}

static int recorder_attach(struct recorder *recorder, struct diag *diag)
{
	struct recorder_bpf *skel = recorder->skel;
	int r = attach(&skel->links.rec_victim, skel->progs.rec_victim, "OOM kills", diag);

	if (r == 0)
		r = attach(&skel->links.rec_signal, skel->progs.rec_signal, "who sends SIGKILL",
			   diag);
	if (r == 0)
		r = attach(&skel->links.rec_fork, skel->progs.rec_fork, "new processes", diag);
	if (r == 0)
		r = attach(&skel->links.rec_exec, skel->progs.rec_exec, "new programs", diag);
	if (r == 0)
		r = attach(&skel->links.rec_exit, skel->progs.rec_exit, "ends of processes", diag);
	if (r == 0)
		r = attach(&skel->links.rec_fault, skel->progs.rec_fault, "page faults", diag);
	if (r < 0)
		return r;
	/* Without these some facts are missing, and the rest is right. */
	if (attach(&skel->links.rec_deliver, skel->progs.rec_deliver,
		   "what processes do when they are killed", diag) == 0 &&
	    attach(&skel->links.rec_mmap, skel->progs.rec_mmap, "requests that are refused",
		   diag) == 0)
		attach(&skel->links.rec_brk, skel->progs.rec_brk, "requests that are refused",
		       diag);
	return 0;
}

int recorder_open(const struct recorder_options *options, struct recorder **ret_recorder,
		  struct diag *diag)
{
	_cleanup_(recorder_closep) struct recorder *recorder = calloc(1, sizeof(*recorder));
	int r;

	if (!recorder)
		return -ENOMEM;
	r = features_check_pids(diag);
	if (r < 0)
		return r;
	libbpf_set_print(recorder_print);
	recorder->skel = recorder_bpf__open();
	if (!recorder->skel)
		return diag_add(diag, -errno, "cannot read the built-in BPF programs: %s",
				strerror(errno));
	recorder->skel->rodata->rec_chosen_only = options->chosen_only;
	if (options->comm)
		strncpy((char *)recorder->skel->rodata->rec_comm, options->comm, LT_REC_COMM - 1);
	r = recorder_bpf__load(recorder->skel);
	if (r < 0) {
		diag_add(diag, r, "the kernel refused leaktrace's BPF programs: %s", strerror(-r));
		return diag_hint(diag,
				 "run it with sudo; --log=libbpf shows the kernel's own words");
	}
	r = recorder_attach(recorder, diag);
	if (r < 0)
		return r;
	*ret_recorder = TAKE_PTR(recorder);
	return 0;
}

void recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return;
	recorder_bpf__destroy(recorder->skel);
	free(recorder);
}

struct recorder_maps recorder_maps(const struct recorder *recorder)
{
	return (struct recorder_maps){
		.events_fd = bpf_map__fd(recorder->skel->maps.rec_events),
		.raws_fd = bpf_map__fd(recorder->skel->maps.rec_raws),
		.period = &recorder->skel->data->rec_period,
		.losses = &recorder->skel->bss->rec_losses,
	};
}

int recorder_want(struct recorder *recorder, pid_t pid, bool fresh, struct diag *diag)
{
	struct lt_rec_proc proc = { .base_pages = fresh ? 0 : LT_REC_BASE_UNKNOWN, .wanted = 1 };
	uint32_t key = (uint32_t)pid;
	int r = bpf_map_update_elem(bpf_map__fd(recorder->skel->maps.rec_procs), &key, &proc,
				    BPF_ANY);

	return r < 0 ? diag_add(diag, r, "cannot watch process %d: %s", (int)pid, strerror(-r)) : 0;
}

int recorder_own_children(struct recorder *recorder, struct diag *diag)
{
	struct lt_rec_proc proc = { .base_pages = LT_REC_BASE_UNKNOWN, .own = 1 };
	uint32_t key = (uint32_t)getpid();
	int r = bpf_map_update_elem(bpf_map__fd(recorder->skel->maps.rec_procs), &key, &proc,
				    BPF_ANY);

	return r < 0 ? diag_add(diag, r, "cannot leave out the recorder itself: %s", strerror(-r)) :
		       0;
}

void recorder_set_environ(struct recorder *recorder, pid_t pid, uint64_t address)
{
	uint32_t key = (uint32_t)pid;
	int fd = bpf_map__fd(recorder->skel->maps.rec_environs);

	if (bpf_map_update_elem(fd, &key, &address, BPF_ANY) < 0)
		log_debug(LOG_EVENTS, "the environment of %d cannot be watched", (int)pid);
}
