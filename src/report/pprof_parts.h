/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a profile that others name by a number: texts, functions, mappings and locations.
 * Each is written when it is first asked for. A profile may be written in pieces, since
 * messages one after the other are one message; so no more than a piece is ever in memory.
 */
#ifndef LT_REPORT_PPROF_PARTS_H
#define LT_REPORT_PPROF_PARTS_H

#include "model/result.h"
#include "report/gzip.h"
#include "report/profile.pb-c.h"

/* Keys of one kind of parts, each with its number. */
struct pprof_table {
	struct pprof_entry *by_key;
	uint64_t n; /* the next number */
};

struct pprof_parts {
	const struct result *result;
	struct gzip *gzip;
	struct pprof_table texts, functions, mappings, locations;
};

/* Writes text 0. All functions return as report_writer does. */
int pprof_parts_init(struct pprof_parts *parts, const struct result *result,
		     struct gzip *gzip) _must_check_;
void pprof_parts_done(struct pprof_parts *parts);

/* Writes PIECE. */
int pprof_put(struct pprof_parts *parts, const Pprof__Profile *piece) _must_check_;

/* The number of TEXT, made printable; NULL is the empty one. */
int pprof_text(struct pprof_parts *parts, const char *text, int64_t *ret_text) _must_check_;

int pprof_location(struct pprof_parts *parts, const struct place *place,
		   uint64_t *ret_location) _must_check_;

#endif
