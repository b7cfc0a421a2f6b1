/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug log on standard error, silent by default. --verbose raises the level of everything,
 * --log=SUBSYSTEMS turns on the debug lines of some parts only.
 */
#ifndef LT_BASE_LOG_H
#define LT_BASE_LOG_H

#include <stdbool.h>
#include <stdarg.h>

#include "base/cleanup.h"
#include "base/diag.h"

enum log_subsystem {
	LOG_LIBBPF,   /* libbpf's and the verifier's own words */
	LOG_FEATURES, /* what this kernel offers and which path was taken */
	LOG_ATTACH,   /* which functions of which files were probed, and at which instruction */
	LOG_EVENTS,   /* processes, mappings, drains */
	LOG_UNWIND,   /* unwind tables */
	LOG_SYMBOLS,  /* modules opened, debug files found */
	_LOG_MAX,
};

/* Enables the subsystems named in LIST ("attach,symbols" or "all"); -EINVAL for an unknown name. */
int log_enable(const char *list, struct diag *diag) _must_check_;

/* The names that log_enable() knows, comma separated: for --help. */
const char *log_names(void);

bool log_enabled(enum log_subsystem subsystem);

void log_debug(enum log_subsystem subsystem, const char *format, ...) _printf_(2, 3);
void log_vdebug(enum log_subsystem subsystem, const char *format, va_list args) _printf_(2, 0);

#endif
