/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that traced processes map: each is opened when it is first seen (it may be gone a
 * moment later), probed if it is an allocator, and read again for symbols at the report.
 */
#ifndef LT_CMD_FILES_H
#define LT_CMD_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/modules.h"
#include "model/result.h"
#include "probe/session.h"

struct files;

int files_open(struct session *session, struct files **ret_files) _must_check_;
void files_close(struct files *files);
DEFINE_GUARD(struct files, files_close)

/*
 * How symbols are found: whose perf maps are believed, whether servers are asked, whether progress
 * is shown. A sentence in DIAG says if no server can be asked. 0 or -ENOMEM.
 */
int files_configure(struct files *files, const struct config *config,
		    struct diag *diag) _must_check_;

/* What of allocators is not seen, as notes: functions that are nowhere or cannot be probed. */
int files_note_allocators(const struct files *files, struct result *result) _must_check_;

/* The functions of test frameworks that are signals, N of them; not owned. */
void files_set_symbols(struct files *files, const struct test_symbol *symbols, size_t n);

/* CALL, which must be quick, is called often while symbols are looked for. */
void files_while_waiting(struct files *files, void (*call)(void *data), void *data);

struct file_probe {
	const char *allocator;	       /* its name if the file is one, else NULL */
	bool attached;		       /* there are probes on its functions */
	bool probed;		       /* there is any probe on it: it is no other file, ever */
	uint64_t probed_ns;	       /* since when, CLOCK_MONOTONIC */
	bool loader;		       /* programs wait in it, see files_hold_starts() */
	const char *missing;	       /* why a program is none; NULL: it is one, or a library */
	const struct runtime *runtime; /* that is in it; NULL: none */
};

/*
 * Looks at the file of MODULE, which PID has mapped, and puts probes on it if it is an
 * allocator: in every process, or in process ONLY. What fails is told in DIAG.
 */
struct file_probe files_probe(struct files *files, struct module *module, pid_t pid, pid_t only,
			      struct diag *diag);

/* Opens the file of MODULE, which PID has mapped, if it is not open yet; probes nothing. */
void files_keep(struct files *files, const struct module *module, pid_t pid);

/* MODULE is gone: its file is closed. The probes on it stay. */
void files_forget(struct files *files, const struct module *module);

/* The open file of a module, which stays open; -1 if it cannot be had. */
int files_fd(const struct files *files, const struct module *module);

/*
 * The module that the file at PATH will be when a process maps it, opened already; NULL if it
 * is no file with code, or memory is short.
 */
struct module *files_module(struct files *files, struct modules *modules, const char *path);

/* The same for the file behind FD, which PID calls PATH (0: that is its name on this machine). */
struct file_probe files_probe_fd(struct files *files, int fd, const char *path, pid_t pid,
				 pid_t only, struct diag *diag);

/* Lets programs wait in the loaders that are probed from now on, and before they call exec. */
void files_hold_starts(struct files *files);

/*
 * Finds the symbols of every stack of the result's sites. If that takes long and standard error is
 * a terminal, a line there tells how far it has come, and is erased at the end. TOP: only for the
 * so many largest call sites; 0: all.
 */
int files_symbolize(struct files *files, const struct result *result, size_t top,
		    struct symbols *symbols, struct diag *diag) _must_check_;

#endif
