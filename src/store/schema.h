/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tables a recording has. docs/RECORDING.md describes them to people.
 *
 * A recording of any older format can be read. So nothing is ever taken out or renamed. A new
 * column or table has a "since", SCHEMA_FORMAT, which grows by one with the first that is added
 * after a release; tests/recordings has files of the formats, which tests/e2e/golden.bats reads.
 */
#ifndef LT_STORE_SCHEMA_H
#define LT_STORE_SCHEMA_H

#include "base/diag.h"
#include "model/result.h"
#include "store/columns.h"

enum {
	SCHEMA_APPLICATION = 0x6c747263, /* "ltrc" */
	SCHEMA_FORMAT = 3,
};

enum schema_table {
	TABLE_RUN,
	TABLE_COMMAND,
	TABLE_SETTING,
	TABLE_SUPPRESSION,
	TABLE_NOTE,
	TABLE_LOSS,
	TABLE_MODULE,
	TABLE_PLACE,
	TABLE_FRAME,
	TABLE_STACK,
	TABLE_TEST,
	TABLE_PROCESS,
	TABLE_ARGUMENT,
	TABLE_PROCESS_LOSS,
	TABLE_SAMPLE,
	TABLE_SITE,
	TABLE_OBJECT,
	TABLE_GROWTH,
	TABLE_MARK,
	TABLE_MARK_SITE,
	TABLE_MARK_AMOUNT,
	TABLE_BASELINE,
	TABLE_BASELINE_SITE,
	_TABLE_MAX,
};

extern const struct columns schema_tables[_TABLE_MAX];

/*
 * Rows that are no struct of the model. The others are: struct place, frame, test, process,
 * process_sample, site, object, suppression, mark_point, mark_entry, mark_amount.
 */
struct row_run {
	const char *leaktrace;	  /* the version that wrote it */
	bool complete;		  /* written to the end */
	uint64_t written_unix_ns; /* when it was written to last; */
	uint64_t write_ns;	  /* how long that took; */
	uint64_t n_writes;	  /* how many times it was */
	struct result result;	  /* its scalar members */
};

struct row_text {
	char *text;
};

struct row_setting {
	const char *name;
	uint64_t value;
};

struct row_loss {
	const char *id;
	uint64_t n;
};

struct row_module {
	enum module_kind kind;
	char *path;
	char *build_id; /* in hexadecimal digits, NULL: not known */
};

struct row_stack {
	enum stack_end end;
	char *places; /* "[3,1,7]": ids, innermost first */
};

struct row_growth {
	uint64_t amount;
};

struct row_baseline_site {
	uint64_t hash;
};

/* Makes the tables in an empty file. An SQLite code. */
int schema_create(sqlite3 *db) _must_check_;

/*
 * Whether the file is a recording that this program can read, with tables that are exactly those
 * that schema_create() makes: nothing in it can be a view, a trigger or virtual.
 */
int schema_check(sqlite3 *db, int *ret_format, struct diag *diag) _must_check_;

#endif
