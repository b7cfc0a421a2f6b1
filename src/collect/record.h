/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened, from two sources (the perf rings and the BPF ring buffer), put into one order
 * by time: a file was mapped before a stack went through it.
 */
#ifndef LT_COLLECT_RECORD_H
#define LT_COLLECT_RECORD_H

#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/modules.h"

enum record_kind {
	RECORD_MAP,	  /* PID mapped executable memory */
	RECORD_EXEC_MAPS, /* PID begins a new image: its mappings are gone */
	RECORD_FORK,	  /* PID is a child of PARENT */
	RECORD_GONE,	  /* PID has ended */
	RECORD_EVENT,	  /* of the BPF programs: PAYLOAD is a struct lt_event */
};

struct record {
	uint64_t time_ns;
	uint64_t order; /* of arrival, for equal times */
	enum record_kind kind;
	uint32_t pid;
	uint32_t parent;
	uint64_t start, end, offset; /* RECORD_MAP */
	uint8_t build_id[BUILD_ID_MAX_BYTES];
	uint8_t build_id_bytes;
	uint32_t payload_bytes;
	void *payload; /* RECORD_MAP: the path; RECORD_EVENT: the event; owned */
};

struct records {
	VEC(struct record) items;
};

static inline void records_clear(struct records *records)
{
	vec_foreach(record, &records->items)
		free(record->payload);
	records->items.n = 0;
}

static inline void records_done(struct records *records)
{
	records_clear(records);
	vec_done(&records->items);
}

/* By time, and then by order. */
void records_sort(struct records *records);

/* Adds a copy of an event of the programs. Returns 0 or -ENOMEM. */
int records_add_event(struct records *records, const void *bytes, size_t n) _must_check_;

#endif
