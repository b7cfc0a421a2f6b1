/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes hold, folded by call site: what ended ones left in the table, taken out of it
 * once, and what living ones have in it at the moment of a report.
 */
#ifndef LT_COLLECT_HOLDINGS_H
#define LT_COLLECT_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "collect/fds.h"
#include "collect/images.h"
#include "collect/table.h"
#include "model/result.h"

struct holdings_options {
	struct images *images;
	struct table *table;
	const struct lt_space *spaces;
	struct fds *fds;
	uint64_t start_ns;	/* what birth times count from */
	bool scan;		/* processes are looked through at their end */
	uint64_t older_than_ns; /* younger blocks belong to no site */
	uint64_t sample_bytes;	/* blocks were recorded by chance; 0: all of them were */
	bool peaks;		/* the look at which a process held most is kept */
	int releases_fd;	/* read if the result wants late releases apart */
};

struct holdings {
	struct holdings_options options;
	struct sites ended;	  /* of the processes that have been drained */
	struct releases released; /* late, in these */
	struct peaks peaks;	  /* of these */
	struct sites last;	  /* all sites of the last report, for their growth */
	struct sites *snapshot;	  /* being filled, for now_ns */
	uint64_t now_ns;
	bool *wanted; /* for table_scan(), by space */
	/* That were left the last time, see leftovers.h: */
	size_t n_stacks;
	size_t n_modules;
};

int holdings_init(struct holdings *holdings, const struct holdings_options *options) _must_check_;
void holdings_done(struct holdings *holdings);

/* Moves the blocks of all ended images, which wanted[] then names, out of the table. */
int holdings_drain(struct holdings *holdings) _must_check_;

/*
 * Brings the sites of the result, and what living processes hold, up to date. KEEP: the next
 * report's growth counts from this one.
 */
int holdings_report(struct holdings *holdings, struct result *result, uint64_t now_ns,
		    bool keep) _must_check_;

#endif
