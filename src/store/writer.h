/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of a recording that is being written. What has not changed since it was written is known
 * by its hash, and left as it is.
 */
#ifndef LT_STORE_WRITER_H
#define LT_STORE_WRITER_H

#include "base/table.h"
#include "base/vec.h"
#include "model/result.h"
#include "store/schema.h"

struct writer_place;

struct hashes {
	VEC(uint64_t) list; /* of each row that was written, with all that belongs to it; by id */
};

struct writer {
	sqlite3 *db;
	sqlite3_stmt *write[_TABLE_MAX];
	sqlite3_stmt *erase[_TABLE_MAX]; /* what belongs to a row; NULL: nothing does */
	struct writer_place *places;	 /* those that were written, with their ids */
	uint32_t n_modules;
	uint32_t n_places;
	VEC(bool) stacks; /* by id: written */
	const struct symbol *last_symbol;
	struct hashes tests;
	struct hashes processes;
	struct hashes sites;
	struct hashes mark_sites;
	bool has_baseline; /* it was written, and never changes */
	uint64_t n_rows;
	void (*call)(void *data); /* often; or NULL */
	void *data;
};

/* SQLite codes: */
int writer_open(struct writer *writer, sqlite3 *db) _must_check_;
int writer_row(struct writer *writer, enum schema_table table, int64_t key, int64_t position,
	       const void *row) _must_check_;
/* All rows of TABLE that belong to the row KEY of another one. */
int writer_erase(struct writer *writer, enum schema_table table, int64_t key) _must_check_;

void writer_done(struct writer *writer);

/* All of RESULT that is new or has changed, but for the row of the run. */
int writer_result(struct writer *writer, const struct result *result) _must_check_;

#endif
