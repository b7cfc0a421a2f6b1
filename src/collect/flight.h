/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the flight recorder's events to reports: keeps what processes do while they live, unwinds
 * their samples, and puts a report together when one of them is killed.
 */
#ifndef LT_COLLECT_FLIGHT_H
#define LT_COLLECT_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "leaktrace/recorder_abi.h"
#include "model/flight.h"
#include "model/mappings.h"
#include "model/modules.h"
#include "model/stacks.h"

struct flight;

struct flight_options {
	int events_fd;
	int raws_fd;
	volatile uint32_t *period;
	const volatile struct lt_rec_losses *losses;
	struct modules *modules;
	struct stacks *stacks;
	uint64_t interval_ns; /* between two moments of a history */
	uint32_t max_history; /* moments */
	bool chosen_only;     /* report only those whose SIGKILL was seen */
	bool refused;	      /* report processes that end after a refused request */
	/* Keeps the file of MODULE, which PID maps, for unwinding and symbols. */
	void (*module_mapped)(void *data, const struct module *module, pid_t pid);
	size_t (*unwind_raw)(void *data, const struct mappings *mappings,
			     const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
			     enum lt_stack_end *ret_end);
	/*
	 * Finds the test that PID runs, when it has become big, or is killed. EXE: its program,
	 * NULL: not known.
	 */
	void (*look)(void *data, pid_t pid, const char *exe, struct flight_test *ret_test);
	/* Called for each report, whose contents live until it returns. */
	int (*reported)(void *data, struct flight_report *report);
	void *data;
};

int flight_open(const struct flight_options *options, struct flight **ret_flight,
		struct diag *diag) _must_check_;
void flight_close(struct flight *flight);
DEFINE_GUARD(struct flight, flight_close)

/* Adds what wakes it up to an epoll instance. */
int flight_watch(struct flight *flight, int epoll_fd) _must_check_;

/*
 * Reads what has happened, and what is due of histories and reports; FLUSH makes all reports due.
 * Returns in how many ms it wants to be called again at the latest, or a negative errno.
 */
int flight_poll(struct flight *flight, bool flush) _must_check_;

/* How many kills and samples were lost since the start. */
uint64_t flight_n_lost_kills(const struct flight *flight);

/* Are reports being put together? */
bool flight_is_busy(const struct flight *flight);

/* All stacks and modules are about to be replaced: forget those of living processes. */
void flight_forget_stacks(struct flight *flight);

#endif
