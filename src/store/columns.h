/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of a recording, described once: which column holds which member of a struct. From that
 * description tables are made, rows written, compared and read.
 */
#ifndef LT_STORE_COLUMNS_H
#define LT_STORE_COLUMNS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/texts.h"

enum column_type {
	COLUMN_U64,    /* uint64_t, below 2^63 */
	COLUMN_BITS,   /* uint64_t of any value, as the signed number with the same bits */
	COLUMN_U32,    /* uint32_t */
	COLUMN_I32,    /* int32_t */
	COLUMN_BOOL,   /* bool, as 0 or 1 */
	COLUMN_TEXT,   /* char *, owned by the struct; NULL is NULL */
	COLUMN_STATIC, /* const char *, which lives longer than the struct */
	COLUMN_WORD8,  /* uint8_t, a member of an enum, as its word */
	COLUMN_WORD32, /* the same as wide as an enum */
};

struct column {
	const char *name;
	enum column_type type;
	size_t offset;
	const char *(*word)(unsigned value); /* of COLUMN_WORD8 and COLUMN_WORD32 */
	unsigned n_words;
	int since; /* the format that has it first; 0: all have it */
};

/*
 * Rows have one key, which counts them, or two: the row of another table that they belong to and
 * a number that counts from 0 within it.
 */
struct columns {
	const char *table;
	const char *keys[2];
	const struct column *list;
	size_t n;
	int since; /* as of a column */
};

/* "CREATE TABLE ..." in this format, the text by which SQLite keeps it; NULL without memory. */
char *columns_create(const struct columns *columns, int format);

/* A statement that writes a row, or one that reads all in the order of their keys: SQLITE_... */
int columns_prepare_write(const struct columns *columns, sqlite3 *db,
			  sqlite3_stmt **ret) _must_check_;
int columns_prepare_read(const struct columns *columns, int format, sqlite3 *db,
			 sqlite3_stmt **ret) _must_check_;

/* A value that changes when a member of ROW does, or SEED. */
uint64_t columns_hash(const struct columns *columns, const void *row, uint64_t seed);

/* Binds the keys and the members of ROW, which has to live until the statement is reset. */
int columns_bind(const struct columns *columns, sqlite3_stmt *write, const int64_t keys[2],
		 const void *row) _must_check_;

/* What reading needs besides the row. */
struct columns_source {
	int format;	     /* of the file: what it does not have stays zero */
	struct texts *texts; /* what COLUMN_STATIC members point into */
	uint64_t bytes_left; /* texts can be no longer, all together, than the file that has them */
	const char *wrong;   /* what is not as it should be: "site.bytes"; static */
};

/*
 * The row that the statement is at: its members go to ROW, which is all zero. 0, -ENOMEM or
 * -EBADMSG; texts that were read belong to ROW also then.
 */
int columns_read(const struct columns *columns, sqlite3_stmt *read, struct columns_source *source,
		 void *row) _must_check_;

/* The key I of the row that the statement is at; -1 if that is no number from 0 to 2^32 - 1. */
int64_t columns_key(sqlite3_stmt *read, int i);

#endif
