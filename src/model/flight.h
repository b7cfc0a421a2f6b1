/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the flight recorder remembers of processes while they live, so that it can say what one
 * held when it was killed: growth by stack, the last minutes, the cgroup. Sizes are bytes. Pure;
 * filled by collect/, read by report/.
 */
#ifndef LT_MODEL_FLIGHT_H
#define LT_MODEL_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/vec.h"
#include "model/oom.h"

enum {
	FLIGHT_MAX_SITES = 256,	    /* stacks kept for one process */
	FLIGHT_MAX_HISTORY = 3600,  /* moments kept for one process */
	FLIGHT_MAX_PROCESSES = 256, /* the smallest are forgotten first */
	FLIGHT_BIGGEST = 10,	    /* other processes in a report */
};

/* How a process looked at one moment. OOM_UNKNOWN: could not be read. */
struct flight_vitals {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t anon_bytes;
	uint64_t file_bytes;
	uint64_t shmem_bytes;
	uint64_t swap_bytes;
	uint64_t n_threads;
	uint64_t n_fds;
	uint64_t cgroup_bytes; /* used by its cgroup */
	/* Of the last ten seconds, how long some task waited for memory. */
	uint64_t pressure_permille;	   /* of its cgroup */
	uint64_t system_pressure_permille; /* of the machine */
	uint64_t available_bytes;	   /* what the machine could still give */
};

/* Memory that came from one place of the program. */
struct flight_site {
	uint32_t stack;
	uint64_t bytes;
	uint64_t n_samples;
};

/* How it is known which test a process was running. */
enum flight_how {
	FLIGHT_HOW_UNKNOWN,  /* there is none, or none that leaktrace knows */
	FLIGHT_HOW_TRACE,    /* the trace that runs beside the recorder saw it begin */
	FLIGHT_HOW_VARIABLE, /* a variable of the environment says so */
	FLIGHT_HOW_COMMAND,  /* the command says so, of the process or of one that it comes from */
};

struct flight_test {
	enum flight_how how;
	char *name;	      /* owned; NULL: not known */
	const char *runner;   /* "ctest" */
	const char *variable; /* FLIGHT_HOW_VARIABLE */
};

void flight_test_done(struct flight_test *test);

/* A copy; without a name if there is no memory. */
struct flight_test flight_test_copy(const struct flight_test *test);

struct flight_process {
	pid_t pid;
	UT_hash_handle hh; /* in flight's table, by pid */
	uint64_t image;	   /* tells programs apart that run in it one after the other */
	char *name;
	char *exe;
	char **command;
	char *cgroup;		/* NULL: not known */
	uint64_t cgroup_limit;	/* OOM_UNKNOWN: none */
	uint64_t before_bytes;	/* held when the recorder saw it first */
	bool before_is_parents; /* they came from its parent by fork */
	uint64_t last_bytes;	/* anonymous and shared memory at the last sample */
	uint64_t other_bytes;	/* from places beyond FLIGHT_MAX_SITES */
	uint64_t n_samples;
	struct flight_test test; /* as it was when the process had become big */
	VEC(struct flight_site) sites;
	VEC(struct flight_site) refused; /* mmap and brk that had ENOMEM; bytes asked for */
	uint32_t doing;			 /* stack of its last moment, 0: not known */
	uint32_t n_history;		 /* moments ever noted */
	uint32_t max_history;
	struct flight_vitals *history; /* a ring of max_history */
};

enum flight_end {
	FLIGHT_OOM,	/* the OOM killer */
	FLIGHT_KILLED,	/* SIGKILL from somebody else */
	FLIGHT_REFUSED, /* ended after a request for memory was refused */
};

struct flight_other {
	pid_t pid;
	const char *name; /* of the process, which lives as long as the report, */
	const char *test; /* and of its test; NULL: not known */
	uint64_t bytes;
};

/* One report: how a process ended, and what it was then. */
struct flight_report {
	enum flight_end end;
	uint64_t time_unix_ns;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	pid_t pid;
	char name[16];
	struct flight_process *process; /* NULL: it had no sample */
	/* What the kernel says; OOM_UNKNOWN before Linux 6.9. */
	struct oom_victim victim;
	/* Who sent SIGKILL; whose request was the last straw. */
	pid_t sender;
	char sender_name[16];
	char **sender_command; /* NULL: could not be read */
	bool sender_cut;       /* its end was left out */
	char *cgroup;	       /* of the victim */
	uint64_t cgroup_limit;
	struct flight_test test;
	char *test_value; /* of the variable of pytest in its memory when it was killed, or NULL */
	VEC(struct flight_other) others; /* biggest first */
	uint64_t lost_samples;
	uint32_t period; /* one page fault of so many was sampled */
};

struct flight_process *flight_process_new(pid_t pid, uint32_t max_history);
void flight_process_free(struct flight_process *process);

/* Another program runs in it now: what the last one had is gone. */
void flight_process_restart(struct flight_process *process, uint64_t image);

/*
 * Its memory is NOW bytes, as found while it was at STACK. What it has gained since the last sample
 * is taken to come from there; what it has lost is taken from all alike. BASE: what it began with,
 * OOM_UNKNOWN if that was before the recorder. -ENOMEM: the gain is among other_bytes.
 */
int flight_process_sample(struct flight_process *process, uint32_t stack, uint64_t now,
			  uint64_t base);

/* A request of BYTES was refused at STACK. 0 or -ENOMEM. */
int flight_process_refuse(struct flight_process *process, uint32_t stack, uint64_t bytes);

void flight_process_note(struct flight_process *process, const struct flight_vitals *vitals);

/* The moment I of those that are kept, oldest first; NULL: there are not so many. */
const struct flight_vitals *flight_process_vitals(const struct flight_process *process, uint32_t i);

/* Biggest first. */
void flight_process_sort(struct flight_process *process);

/* Forgets stacks, whose memory counts as held before from now on. */
void flight_process_forget(struct flight_process *process);

/* What the victim's memory was: anonymous and shared, by the kernel's word if there is one. */
uint64_t flight_report_bytes(const struct flight_report *report);

void flight_report_done(struct flight_report *report);

#endif
