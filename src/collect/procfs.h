/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc says about a process. All of it may be hostile, cut, or gone at any moment. */
#ifndef LT_COLLECT_PROCFS_H
#define LT_COLLECT_PROCFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"

/* Fails, with a sentence, if PID cannot be traced: it is not there, a zombie, a kernel thread. */
int procfs_check(pid_t pid, struct diag *diag) _must_check_;

/* argv, NULL-terminated; from BYTES as the kernel keeps it: strings that end with a NUL. */
int procfs_split_args(const char *bytes, size_t n, char ***ret_argv) _must_check_;

/* argv of a living process. */
int procfs_command(pid_t pid, char ***ret_argv) _must_check_;

/* The environment that it was started with: strings that end with a NUL. */
int procfs_environment(pid_t pid, char **ret_text, size_t *ret_n) _must_check_;

/* The executable's path, fresh memory; NULL if it cannot be told. */
char *procfs_exe(pid_t pid);

pid_t procfs_parent(pid_t pid);

/* The name of a thread of PID, as the kernel cuts it; left as it is if it cannot be told. */
void procfs_thread_name(pid_t pid, pid_t tid, char name[16]);

/* VmHWM, 0 if it cannot be told. */
uint64_t procfs_peak_rss_bytes(pid_t pid);

struct procfs_mapping {
	uint64_t start, end, offset;
	const char *path; /* "/usr/lib/...", "[vdso]", "[anon]" */
	bool executable;
};

/* Calls VISIT for each executable mapping; its negative result ends the walk. */
int procfs_mappings(pid_t pid, int (*visit)(void *data, const struct procfs_mapping *mapping),
		    void *data) _must_check_;

/* The same for all mappings, with paths as the kernel has them: "" for anonymous memory. */
int procfs_areas(pid_t pid, int (*visit)(void *data, const struct procfs_mapping *mapping),
		 void *data) _must_check_;

/* Calls VISIT for each thread, the first one included; its negative result ends the walk. */
int procfs_threads(pid_t pid, int (*visit)(void *data, pid_t tid), void *data) _must_check_;

#endif
