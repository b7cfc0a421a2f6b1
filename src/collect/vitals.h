/* SPDX-License-Identifier: BSD-2-Clause */
/* How a living process looks, and the cgroup that it is in: from procfs and cgroup v1 and v2. */
#ifndef LT_COLLECT_VITALS_H
#define LT_COLLECT_VITALS_H

#include <sys/types.h>

#include "base/cleanup.h"
#include "model/flight.h"

/* Reads what is the same for all processes; the rest of *RET is not set. */
void vitals_read_system(struct flight_vitals *ret);

/*
 * Reads what can be read of PID in CGROUP (or NULL), but not what is the same for all processes;
 * -ESRCH: it is gone.
 */
int vitals_read(pid_t pid, const char *cgroup, struct flight_vitals *ret) _must_check_;

/* The directory of PID's memory cgroup; fresh memory, NULL: it has none, or it cannot be told. */
char *vitals_cgroup(pid_t pid);

/* The lowest limit from the cgroup up, and whose it is (*RET_PATH, fresh memory or NULL). */
uint64_t vitals_cgroup_limit(const char *cgroup, char **ret_path);

#endif
