/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked for: command line, LEAKTRACE_OPTIONS and configuration file, merged. */
#ifndef LT_CMD_CONFIG_H
#define LT_CMD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/vec.h"
#include "model/result.h"
#include "report/report.h"

/* Defaults and bounds of options, for --help, the man page and the parser. */
#define CONFIG_MAX_BLOCKS_DEFAULT 6300000
#define CONFIG_MAX_BLOCKS_TEXT                                                                     \
	"the default, 6,300,000 blocks, keeps the kernel memory of a run below 256 MiB; it grows " \
	"in steps with the number of live blocks"
#define CONFIG_MAX_BLOCKS_LIMIT	   100000000
#define CONFIG_SAMPLE_BYTES_LIMIT  (1ull << 34)
#define CONFIG_TOP_DEFAULT	   10
#define CONFIG_INTERVAL_DEFAULT_NS (5ull * 1000000000)
#define CONFIG_INTERVAL_LEAST_NS   (10ull * 1000000)
#define CONFIG_HISTORY_DEFAULT_NS  (300ull * 1000000000)
#define CONFIG_KEEP_DEFAULT	   100
#define CONFIG_SAMPLE_DEFAULT_NS   (250ull * 1000000) /* of a command, and for peaks; else none */
#define CONFIG_LINGER_DEFAULT_NS   (1ull * 1000000000)
#define CONFIG_SCAN_TIMEOUT_NS	   (10ull * 1000000000)
#define CONFIG_TIME_LIMIT_NS	   (3650ull * 86400 * 1000000000) /* sums of two cannot overflow */
#define CONFIG_MAX_PIDS		   1024
#define CONFIG_REPEAT_LIMIT	   64

/* Exit statuses, see the man page. */
enum {
	EXIT_LEAKS = 23,
	EXIT_CANNOT_TRACE = 125,
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_USAGE = 2,
};

enum verb {
	VERB_RUN,    /* leaktrace [OPTIONS] [--] COMMAND [ARG...] */
	VERB_ATTACH, /* leaktrace [OPTIONS] -p PID[,PID...] */
	VERB_DOCTOR, /* leaktrace doctor */
	VERB_REPORT, /* leaktrace report FILE */
	VERB_DIFF,   /* leaktrace diff OLD NEW */
	VERB_SCHEMA, /* leaktrace report --schema */
	VERB_OOM,    /* leaktrace oom [OPTIONS] */
	VERB_MARK,   /* leaktrace mark [-p PID] NAME */
};

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* How stacks are found. */
enum unwind {
	UNWIND_AUTO,  /* by tables if this kernel can, else by frame pointers */
	UNWIND_DWARF, /* by tables, or not at all */
	UNWIND_FP,    /* by frame pointers */
};

/* More than there are options. */
#define OPTIONS_MAX 128

struct config {
	enum verb verb;
	bool given[OPTIONS_MAX];  /* on the command line; see config_is_given() */
	bool disabled;		  /* LEAKTRACE=0 or "enable = no": run COMMAND and nothing else */
	char **command;		  /* the rest of argv; not owned */
	bool explain;		  /* oom: read a kernel log */
	const char *explain_file; /* "-": standard input, NULL: the kernel's own log; not owned */
	bool allocations;	  /* oom -p: trace every block too */
	bool list;		  /* oom: list the reports that are kept */
	char *print;		  /* oom: the one of them to print, NULL: none */
	char *state_dir;	  /* oom: where reports are kept; NULL: the default */
	uint64_t history_ns;	  /* oom: how far back the history of a process reaches; 5 min */
	uint64_t keep;		  /* oom: reports of each kind, 0: all */
	const char *report_file;  /* report: the recording; not owned */
	const char *diff_file;	  /* diff: the later one; not owned */
	const char *mark_name;	  /* mark; not owned */
	char *only_test;	  /* report: patterns, NULL: any */
	char *only_module;
	uint32_t only_classes; /* report: a bit per enum resource_class, 0: any */
	VEC(pid_t) pids;
	bool follow_forks; /* attached: what the processes start is traced too */
	bool all;	   /* every process, or those that the next five let through */
	char *comm;	   /* patterns of names, NULL: any; oom: one name */
	char *exclude;	   /* the same, NULL: none */
	char *uid;	   /* name or number */
	char *cgroup;	   /* path */
	char *container;   /* id, or a pid inside */
	/* Of each format (FORMAT_TEXT aside): file name, "-": standard output, NULL: none. */
	char *outputs[_FORMAT_MAX];
	char *output;		  /* --output: the recording, NULL: none */
	VEC(char *) suppressions; /* names of files */
	char *baseline;		  /* --baseline: an older recording, NULL: none */
	VEC(char *) allocators;	  /* --allocator: functions, see allocator_spec.h */
	char *between;		  /* --between: names of two marks, NULL: the first and the last */
	bool suppress;		  /* "suppress FILE": a report that is nothing but suppressions */
	char *tests;		  /* --tests: a framework, "none", NULL or "auto": all */
	char *test_env;		  /* --test-env, NULL: none */
	char *test_marker;	  /* --test-marker, NULL: none */
	bool python;		  /* --python: Python's objects one by one, from malloc() */
	bool top_view;		  /* leaktrace top: reports are shown, and not written */
	bool live;		  /* --live: a line for each test when it ends */
	uint64_t repeat;	  /* --repeat: run each test so often; 0: as the suite does */
	char *user;	      /* --user: run COMMAND as this user; NULL: SUDO_UID's or the caller */
	uint64_t interval_ns; /* between reports, or marks of a run; UINT64_MAX: default */
	uint64_t duration_ns; /* 0: until interrupted */
	uint64_t linger_ns;   /* wait for processes left behind this long; 1 s */
	uint64_t older_than_ns;
	uint64_t min_bytes;
	uint64_t sample_interval_ns; /* between looks at processes; 0: none, UINT64_MAX: default */
	uint64_t sample_bytes;	     /* 0: every block is recorded */
	uint64_t min_count;
	uint64_t top; /* 10 */
	uint64_t max_blocks;
	uint64_t max_blocks_per_process; /* 0: no limit, UINT64_MAX: default */
	struct fail_on fail_on;
	uint32_t kinds; /* what is traced: a bit per enum resource_kind */
	int error_exitcode;
	bool strict;
	bool scan; /* attached: look for lost memory at each report; a command is always scanned */
	bool no_scan;  /* wins over scan */
	uint32_t show; /* of the classes that a report folds: a bit per enum resource_class */
	uint64_t scan_timeout_ns;
	uint64_t tag_mask; /* bits of a pointer that are not part of the address */
	bool debuginfod;   /* servers may be asked for debug files */
	bool quiet;
	unsigned verbose;
	enum color color;
	enum unwind unwind;
	bool exact_stacks;
};

/* Whether memory, or what the program has mapped, is traced and looked for pointers to it. */
static inline bool config_scans(const struct config *config)
{
	/* Through blocks that were not recorded no pointer can be followed. */
	return config->kinds & (1u << KIND_MEMORY | 1u << KIND_MAPPING) && !config->no_scan &&
	       !config->sample_bytes && (config->verb == VERB_RUN || config->scan);
}

/* Whether it is wanted by which call sites tests retained memory. */
static inline bool config_wants_retained(const struct config *config)
{
	return (config->fail_on.classes[KIND_MEMORY] | config->show) & 1u << CLASS_RETAINED;
}

/* Whether it is wanted by which call sites processes held most memory. */
static inline bool config_wants_peaks(const struct config *config)
{
	return config->kinds & 1u << KIND_MEMORY && config->show & 1u << CLASS_PEAK;
}

/* Whether the runs of a test are compared. */
static inline bool config_wants_growth(const struct config *config)
{
	return config->repeat || config->fail_on.classes[KIND_MEMORY] & 1u << CLASS_GROWTH;
}

/* One process of all of the machine may have a quarter of the room. */
static inline uint64_t config_blocks_per_process(const struct config *config)
{
	if (config->max_blocks_per_process != UINT64_MAX)
		return config->max_blocks_per_process;
	return config->all ? (config->max_blocks + 3) / 4 : 0;
}

/* Between reports; a run has marks only where it is asked for. */
static inline uint64_t config_interval_ns(const struct config *config)
{
	return config->interval_ns == UINT64_MAX ? CONFIG_INTERVAL_DEFAULT_NS : config->interval_ns;
}

/* How often processes are looked at; 0: never. */
static inline uint64_t config_sample_ns(const struct config *config)
{
	if (config->sample_interval_ns != UINT64_MAX)
		return config->sample_interval_ns;
	return config->verb == VERB_RUN || config_wants_peaks(config) ? CONFIG_SAMPLE_DEFAULT_NS :
									0;
}

/* Whether a report is written to standard output: then nothing else should be. */
bool config_uses_stdout(const struct config *config);

/* Whether the option was on the command line, and not only in the variable or the file. */
bool config_is_given(const struct config *config, const char *option);

/*
 * --fail-on for memory that was not looked through for pointers: all that is outstanding takes the
 * place of what is lost.
 */
void config_fail_unscanned(struct config *config);

void config_init(struct config *config);
void config_done(struct config *config);

/*
 * Reads argv (which must outlive CONFIG), the variable and the file; turns on the log. Returns 0,
 * or a positive number E when the program is to end at once with status E - 1 (--help, --version:
 * 1; wrong usage: 1 + EXIT_USAGE; the reason has been printed by then). After 0, DIAG may have
 * notes that the user should see: a configuration file that was not trusted.
 */
int config_parse(struct config *config, int argc, char **argv, struct diag *diag) _must_check_;

#endif
