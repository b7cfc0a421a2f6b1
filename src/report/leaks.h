/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has failed: the call sites that --fail-on names, test by test, for the formats that people
 * read in their continuous integration. They say it in the words of the text report.
 */
#ifndef LT_REPORT_LEAKS_H
#define LT_REPORT_LEAKS_H

#include "report/report.h"

struct leak {
	const struct site_group *group;
	size_t rank; /* 0: what matters most of all */
};

struct leaks {
	const struct result *result;
	struct report_options options; /* without colours, which these formats do not have */
	struct site_groups groups;
	VEC(struct leak) ranked;  /* what matters most first */
	VEC(struct leak) by_test; /* by test, then by rank */
};

/* Some of them, in a row. */
struct leak_span {
	const struct leak *items;
	size_t n;
};

int leaks_find(const struct result *result, const struct report_options *options,
	       struct leaks *ret_leaks) _must_check_;
void leaks_done(struct leaks *leaks);

/* All of them, what matters most first. */
struct leak_span leaks_all(const struct leaks *leaks);

/* Those of the test with this number; 0: of no test. */
struct leak_span leaks_of(const struct leaks *leaks, uint32_t test);

/* "12.0 KiB in 3 blocks lost, 2 file descriptors leaked"; fresh memory, NULL without. */
char *leaks_sentence(const struct leaks *leaks, struct leak_span span);

/* The paragraphs of the text report about them, up to --top; fresh memory, NULL without. */
char *leaks_paragraphs(const struct leaks *leaks, struct leak_span span);

/*
 * What only lost blocks lead to is told with those, and need not be told again. Whether there is
 * something else to tell of is for the caller to see: SPAN may have nothing but that.
 */
bool leak_is_told_elsewhere(struct leak_span span, const struct leak *leak);

/* What the reader must know, a line each: what was suppressed, not traced, lost; fresh memory. */
char *leaks_notes(const struct leaks *leaks);

#endif
