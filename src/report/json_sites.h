/* SPDX-License-Identifier: BSD-2-Clause */
/* Call sites in the JSON report. */
#ifndef LT_REPORT_JSON_SITES_H
#define LT_REPORT_JSON_SITES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "model/result.h"

/*
 * Writes the elements of the array "sites". SHARED: a site has the number of its stack instead of
 * the stack, and an array "stacks" follows, whose elements are written last. 0, -EIO or -ENOMEM.
 */
int json_sites(const struct result *result, bool shared, FILE *to) _must_check_;

/* The JSON report with shared stacks, for the page; in json.c. */
int json_report_shared(const struct result *result, FILE *to) _must_check_;

#endif
