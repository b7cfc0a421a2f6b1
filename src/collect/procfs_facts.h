/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a process is: what all of the machine's processes are chosen by. */
#ifndef LT_COLLECT_PROCFS_FACTS_H
#define LT_COLLECT_PROCFS_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/vec.h"

enum { PROCFS_NAME_BYTES = 16 };

struct procfs_pids {
	VEC(pid_t) list;
};

/* The processes that there are now, kernel threads aside. 0 or a negative errno. */
int procfs_pids(struct procfs_pids *ret) _must_check_;

/* /proc/PID/comm; false if the process is gone. */
bool procfs_name(pid_t pid, char to[PROCFS_NAME_BYTES]);

/* The real user. */
bool procfs_uid(pid_t pid, uid_t *ret_uid);

/* The inode number of a namespace ("mnt", ...) as the kernel knows it; 0 if it cannot be told. */
uint32_t procfs_namespace(pid_t pid, const char *name);

/* True if a line of /proc/PID/cgroup has TEXT in it. */
bool procfs_cgroup_has(pid_t pid, const char *text);

/*
 * The number of the hierarchy of cgroups that is mounted as DEVICE, 0 for that of version 2.
 * -ENOENT: there is none; -ENOTSUP: it has no controller, and only a name.
 */
int procfs_cgroup_hierarchy(dev_t device) _must_check_;

/* The processes in the cgroup at PATH and below. */
int procfs_cgroup_pids(const char *path, struct procfs_pids *ret) _must_check_;

#endif
