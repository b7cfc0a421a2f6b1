/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that a report is made of: the processes that ran, what they still hold by call
 * site, what was lost on the way. Filled by cmd/ from the stages, read by report/.
 */
#ifndef LT_MODEL_RESULT_H
#define LT_MODEL_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/baseline.h"
#include "model/loss.h"
#include "model/marks.h"
#include "model/modules.h"
#include "model/peaks.h"
#include "model/releases.h"
#include "model/samples.h"
#include "model/sites.h"
#include "model/stacks.h"
#include "model/suppressions.h"
#include "model/symbols.h"
#include "model/tests.h"
#include "model/totals.h"

enum mode {
	MODE_RUN,    /* a command from its first instruction to the end of its last process */
	MODE_ATTACH, /* processes that were already running */
	MODE_SYSTEM, /* all of the machine, or all that the user has chosen */
};

enum verdict {
	VERDICT_CLEAN,
	VERDICT_LEAKS,
	VERDICT_INCOMPLETE, /* something was lost, or nothing could be seen: see notes */
};

/* How a process image ended. */
enum process_end {
	END_RUNNING, /* still there when the report was made */
	END_EXIT,    /* wait_status says how */
	END_EXEC,    /* replaced by another program: an image of its own */
};

/*
 * One process image: a process from fork or exec to its end or its next exec. A process that
 * runs another program by exec is two of them with the same pid.
 */
struct process {
	uint32_t pid;
	uint32_t ppid;
	char *exe;	  /* path, NULL: not known */
	char **command;	  /* NULL-terminated argv, NULL: not known */
	bool command_cut; /* the process ended before the end of a very long argv could be read */
	bool inherited_command; /* a fork that has not called exec: command is its parent's */
	uint64_t start_ns;	/* CLOCK_MONOTONIC */
	uint64_t end_ns;	/* 0 while it runs */
	enum process_end end;
	int wait_status;	  /* as waitpid() gives it; for END_EXIT */
	uint64_t peak_rss_bytes;  /* 0: not known */
	struct samples samples;	  /* of its life; none: it was too short, or nobody looked */
	struct process_peak peak; /* if that is wanted */
	const char *allocator;	  /* "glibc", "jemalloc", ...; NULL: none was seen */
	const char *silent;	  /* why no allocation was seen, a sentence; NULL: some were */
	const char *hides;	  /* what of its memory is not seen, a sentence; or NULL */
	const char *unjudged;	  /* why what it holds was not looked at; NULL: see totals.judged */
	uint32_t n_untraced;	  /* it has started so many that are not followed */
	bool has_tests;		  /* it runs tests, or is part of one */
	/* So many that ended are added up here, which are alike but have no pid; 0: one process. */
	uint32_t n_merged;
	enum verdict verdict;
	uint32_t epoch; /* of the test that started it, 0: none */
	/* Set by result_count_tests(). */
	uint32_t test;	    /* number of that test */
	bool outlived_test; /* it ended after it, or has not ended */
	struct totals totals;
	struct losses losses;
};

/* What makes leaktrace fail: for each kind of resource a bit (1 << enum resource_class). */
struct fail_on {
	uint32_t classes[_KIND_MAX];
};

struct result {
	enum mode mode;
	uint64_t sample_bytes;	  /* numbers of blocks and bytes are estimates; 0: exact */
	uint32_t kinds;		  /* what was traced: a bit per enum resource_kind */
	char **command;		  /* what the user asked for; NULL when attached */
	char *kernel;		  /* "6.18.44" */
	uint64_t started_unix_ns; /* CLOCK_REALTIME */
	uint64_t started_ns;	  /* CLOCK_MONOTONIC */
	uint64_t now_ns;	  /* CLOCK_MONOTONIC of this report */
	int exit_status;	  /* of the command; -1: attached, or still running */
	uint32_t n_report;	  /* attached: 1 for the first report, 2 for the next ... */
	bool scanned;		  /* memory is looked through for pointers */
	bool final;		  /* no report follows */
	bool leaks;		  /* a site is left whose class --fail-on names */
	enum verdict verdict;	  /* VERDICT_INCOMPLETE wins over VERDICT_LEAKS */
	struct totals totals;
	struct losses losses; /* of the whole run: those of the processes are part of it */
	VEC(char *) notes;    /* sentences that the reader must know: what was not traced and why */
	VEC(struct process) processes;
	struct tests tests;
	struct sites sites;
	struct marks marks;
	struct suppressions suppressions;
	struct baseline baseline;
	bool releases_apart; /* what was released late is told apart: these; else it is empty */
	struct releases releases;
	struct peaks peaks;	    /* what call sites held at the peaks, if that is wanted */
	size_t n_sites_hidden;	    /* by --min-bytes and --min-count */
	uint64_t n_sites_forgotten; /* of processes that ended, while it runs: see leftovers.h */
	/* Shared over reports and not owned. */
	const struct modules *modules;
	const struct stacks *stacks;
	const struct symbols *symbols;
};

/* "run", "attach", "system". */
const char *mode_name(enum mode mode);

void result_init(struct result *result);
void result_done(struct result *result);

/* Copies the argv that the user asked for. */
int result_set_command(struct result *result, char *const *command) _must_check_;

/* Adds a note; -ENOMEM when it could not. */
int result_note(struct result *result, const char *format, ...) _printf_(2, 3);

/* A copy of an argv, NULL without memory or if STRINGS is NULL. */
char **strv_copy(char *const *strings);
void strv_free(char **strings);

void process_done(struct process *process);

/* The last part of argv[0], or of exe, or "?": how a process is called in a table. */
const char *process_name(const struct process *process);

const char *process_end_name(enum process_end end); /* "running", "exit", "exec" */

/*
 * Counts processes and what is held into the tests, from sites that have not been filtered yet.
 * What was retracted is known already.
 */
void result_count_tests(struct result *result);

/*
 * Sets leaks, and the verdicts of processes, tests and the result, from the sites that are left
 * after filtering. A test that did not end gets no verdict, and what it held is no leak.
 */
void result_judge(struct result *result, const struct fail_on *fail_on);

const char *verdict_name(enum verdict verdict); /* "clean", "leaks", "incomplete" */

#endif
