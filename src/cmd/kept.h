/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports that the flight recorder keeps: a directory with a text and a JSON file for each. */
#ifndef LT_CMD_KEPT_H
#define LT_CMD_KEPT_H

#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "report/flight.h"

/* --state-dir, else $STATE_DIRECTORY (of systemd), else the default; the caller's memory. */
const char *kept_directory(const char *chosen);

#define KEPT_DEFAULT "/var/lib/leaktrace/oom"

/* Makes DIRECTORY. */
int kept_prepare(const char *directory, struct diag *diag) _must_check_;

/* Writes the report, or writes it anew; whole files appear at once. */
int kept_write(const char *directory, const struct flight_view *view,
	       struct diag *diag) _must_check_;

/* Removes the oldest, so that KEEP of each kind are left (0: all). */
void kept_prune(const char *directory, uint64_t keep);

/* One line for each report, oldest first. */
int kept_list(const char *directory, FILE *to, struct diag *diag) _must_check_;

/* The text of one report: the last one if NAME is "last", else of that or such a part of a name. */
int kept_print(const char *directory, const char *name, FILE *to, struct diag *diag) _must_check_;

#endif
