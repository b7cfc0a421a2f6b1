/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tracer is made of, for tracer.c, which traces, and tracer_report.c, which tells of it. */
#ifndef LT_CMD_TRACER_STATE_H
#define LT_CMD_TRACER_STATE_H

#include "base/diag.h"
#include "cmd/config.h"
#include "cmd/early.h"
#include "cmd/files.h"
#include "cmd/saver.h"
#include "cmd/scanning.h"
#include "collect/collector.h"
#include "collect/growing.h"
#include "model/result.h"
#include "probe/features.h"
#include "probe/session.h"
#include "testrun/testrun.h"
#include "unwind/tables.h"

struct tracer {
	const struct config *config;
	enum mode mode;
	bool follow; /* probes are for every process: others may come to be traced */
	struct features features;
	struct session *session;
	struct collector *collector;
	struct files *files;
	struct early early;
	struct unwind_tables *tables;
	/* What those are kept in. */
	struct growing rows, granules;
	struct lt_unwind_rule *rules;
	struct testrun *testrun;
	struct scanning *scanning; /* NULL: no scans */
	struct saver *saver;	   /* NULL: no recording */
	struct modules modules;
	struct stacks stacks;
	struct symbols symbols;
	struct result result;
	uint64_t next_read_ns; /* while a report is made */
	struct diag late;      /* of files that were probed while the target ran */
};

/* Brings the recording up to date, if it is time. */
void tracer_save(struct tracer *tracer);

#endif
