/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The call sites that the HTML report has room for. A browser has to hold all of a page, and a
 * million stacks are more than one can: so the page has the largest, and the sums of the rest.
 */
#ifndef LT_REPORT_PAGE_SITES_H
#define LT_REPORT_PAGE_SITES_H

#include "base/cleanup.h"
#include "model/result.h"

/* Sites of one kind and class in a page, but for those of the last call site that is begun. */
enum { PAGE_MAX_SITES = 10000 };

/* What is left out. */
struct page_rest {
	uint64_t n_groups;
	uint64_t n_blocks;
	uint64_t bytes;
};

struct page_sites {
	VEC(struct site *) list; /* in the order of the result: of a call site all or none */
	struct page_rest rest[_KIND_MAX][_CLASS_MAX];
};

/* 0 or -ENOMEM. */
int page_sites_choose(const struct result *result, struct page_sites *ret_page) _must_check_;
void page_sites_done(struct page_sites *page);

#endif
