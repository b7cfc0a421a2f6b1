/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the text report, and the few ways in which all of them write. */
#ifndef LT_REPORT_TEXT_H
#define LT_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

struct text {
	const struct result *result;
	const struct report_options *options;
	FILE *to;
};

enum text_style {
	STYLE_NONE, /* ends any other */
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_RED,
	STYLE_YELLOW,
	STYLE_GREEN,
};

/* Changes the colour of what follows; nothing without options.color. */
void text_style(const struct text *text, enum text_style style);

/* Columns on a terminal: characters, not bytes. STRING is printable (see facts.h). */
size_t text_columns(const char *string);

/* Makes *WIDTH what STRING needs, or MAX, if that is more than it is. */
void text_widen(int *width, const char *string, size_t max);

/* Writes STRING and spaces up to COLUMNS. */
void text_padded(const struct text *text, const char *string, size_t columns);

/* "1 block", "1,022 blocks". */
void text_count(const struct text *text, uint64_t n, const char *one, const char *many);

/* "8.0 KiB in 2 blocks" */
void text_bytes_in_blocks(const struct text *text, uint64_t bytes, uint64_t n_blocks);

/* "cache (pid 1236)", made printable. Returns 0 or -ENOMEM. */
int text_process(const struct text *text, const struct process *process) _must_check_;

/*
 * The table of processes, and why some of them were not seen. Returns 1, or 0 when one process
 * was seen in full and needs no table, or -ENOMEM.
 */
int text_processes(const struct text *text) _must_check_;

/* The table of tests. Returns 1, or 0 when there were none, or -ENOMEM. */
int text_tests(const struct text *text) _must_check_;

/* "2 of 5 tests leaked, 1 without a verdict: ", or nothing when there were none. */
void text_tests_verdict(const struct text *text);

/* "8.0 KiB in 2 blocks", "2 file descriptors". */
void text_group_amount(const struct text *text, const struct site_group *group);

/* "8.0 KiB in 2 blocks lost", "2 file descriptors open at exit". */
void text_group_held(const struct text *text, const struct site_group *group);

/* What was kept from failing, and by what. Returns 0 or -ENOMEM. */
int text_suppressions(const struct text *text) _must_check_;

/* "marks: start at 1.2s, loaded at 3.4s", if there are any. Returns 0 or -ENOMEM. */
int text_marks(const struct text *text) _must_check_;

/*
 * "peak of cache (pid 12): 10.0 MiB in 12 blocks at 1.2s, ...": a line for each process, if they
 * are to be shown. Returns 1, 0 when there were none, or -ENOMEM.
 */
int text_peaks(const struct text *text) _must_check_;

/* Whether the group is about what grew between marks; then */
bool text_group_is_of_marks(const struct site_group *group);

/* "+2.0 KiB to 8.0 KiB in 2 blocks, more at each mark" */
void text_group_grown(const struct text *text, const struct site_group *group);

/* ": 1.0 KiB, 2.0 KiB, 3.0 KiB": what was held after each run of a test, or at each mark. */
void text_growth_amounts(const struct text *text, const struct site_group *group);

/* "2 leaks are in the baseline old.ltdb (not counted): ...". Returns 0 or -ENOMEM. */
int text_baseline(const struct text *text) _must_check_;

/*
 * Ends a text that went into memory: *WRITTEN, or NULL, with *WRITTEN freed, if it failed (R < 0)
 * or memory ran out.
 */
char *text_close(const struct text *text, int r, char **written);

/* One line per frame of a stack. Returns 0 or -ENOMEM. */
int text_stack(const struct text *text, const struct stack *stack) _must_check_;

/* The paragraph of one call site. Returns 0 or -ENOMEM. */
int text_group(const struct text *text, const struct site_group *group) _must_check_;

/* The call sites, at most --top of each kind: the biggest first. Returns 0 or -ENOMEM. */
int text_groups(const struct text *text, const struct site_groups *groups) _must_check_;

/* Which call sites are not shown, and which option would show them. */
void text_groups_hidden(const struct text *text, const struct site_groups *groups);

/* What the numbers do and do not mean. Returns 0 or -ENOMEM. */
int text_notes(const struct text *text) _must_check_;

/* One line for each way in which data was lost. */
void text_losses(const struct text *text);

#endif
