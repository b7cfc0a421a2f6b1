/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of the flight recorder: how a process was killed, and what it held then. */
#ifndef LT_REPORT_FLIGHT_H
#define LT_REPORT_FLIGHT_H

#include <stdio.h>

#include "base/cleanup.h"
#include "model/flight.h"
#include "report/report.h"

struct flight_view {
	const struct flight_report *report;
	/* Modules, stacks and symbols; nothing else of it is read. */
	const struct result *result;
	uint64_t n_lost_kills;
	bool named; /* its functions have been looked up */
};

/* Return as report_writer does. */
int report_flight_text(const struct flight_view *view, const struct report_options *options,
		       FILE *to) _must_check_;
int report_flight_json(const struct flight_view *view, FILE *to) _must_check_;

/* One line about the report, for a list; fresh memory or NULL. */
char *report_flight_line(const struct flight_report *report);

#endif
