/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of a log without what loggers put in front of it: dmesg, dmesg -T, journalctl, syslog,
 * /dev/kmsg, serial consoles, and quotes of them.
 */
#ifndef LT_OOM_LINE_H
#define LT_OOM_LINE_H

#include <stdbool.h>

struct oom_line {
	char time[40];	  /* as written; "": none was found */
	const char *text; /* the kernel's own words, within the line that was given */
};

/* Splits LINE, which ends with a NUL and has no line feed. */
void oom_line_split(const char *line, struct oom_line *ret);

#endif
