/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of a recording, row by row in the order of its keys. */
#ifndef LT_STORE_CURSOR_H
#define LT_STORE_CURSOR_H

#include "base/diag.h"
#include "store/schema.h"

struct cursor {
	const struct columns *columns;
	struct columns_source *source;
	struct diag *diag;
	sqlite3_stmt *statement;
	int64_t keys[2]; /* of the row that it is at; */
	bool ended;	 /* no row is left */
	uint32_t n;	 /* rows of the owner that were taken */
};

/* All return 0 or more, -ENOMEM, or -EBADMSG with a sentence in DIAG. */

/* At the first row. */
int cursor_open(struct cursor *cursor, sqlite3 *db, enum schema_table table,
		struct columns_source *source, struct diag *diag) _must_check_;
void cursor_close(struct cursor *cursor);

/* Reads the row that it is at into ROW, which is all zero, and goes on to the next. */
int cursor_take(struct cursor *cursor, void *row) _must_check_;

/*
 * Of a table whose rows belong to others: 1 if the row that it is at is the next of OWNER's, 0 if
 * OWNER has no more of them. Owners have to be asked for in their order.
 */
int cursor_is_of(struct cursor *cursor, int64_t owner) _must_check_;

/* Nothing may be left: rows that belong to nothing are an error. */
int cursor_end(const struct cursor *cursor) _must_check_;

/* What the row says cannot be: returns -EBADMSG. */
int cursor_wrong(const struct cursor *cursor, const char *column);

#endif
