/* SPDX-License-Identifier: BSD-2-Clause */
/* Call sites in the JSON report. */
#ifndef LT_REPORT_JSON_SITES_H
#define LT_REPORT_JSON_SITES_H

#include <stdio.h>

#include "base/cleanup.h"
#include "model/result.h"
#include "report/page_sites.h"

/*
 * Writes the elements of the array "sites". With PAGE (or NULL) these are its sites, each with the
 * number of its stack instead of the stack; arrays "stacks" and "left_out" follow, of which the
 * elements of the last are written last. 0, -EIO or -ENOMEM.
 */
int json_sites(const struct result *result, const struct page_sites *page, FILE *to) _must_check_;

/* The JSON report as it is in a page; in json.c. */
int json_report_page(const struct result *result, const struct page_sites *page,
		     FILE *to) _must_check_;

#endif
