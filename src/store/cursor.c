// SPDX-License-Identifier: BSD-2-Clause
/* Reading a table in order: see cursor.h. */
#include "store/cursor.h"

#include <errno.h>

static int cursor_fail(const struct cursor *cursor, int code)
{
	if (code == SQLITE_NOMEM)
		return -ENOMEM;
	return diag_add(cursor->diag, -EBADMSG, "it is broken: table %s cannot be read: %s",
			cursor->columns->table, sqlite3_errstr(code));
}

int cursor_wrong(const struct cursor *cursor, const char *column)
{
	return diag_add(cursor->diag, -EBADMSG, "it is broken: in table %s, %s cannot be right",
			cursor->columns->table, column);
}

/* The keys of all rows have to rise. That ends each reading, whatever the pages say. */
static int cursor_next(struct cursor *cursor)
{
	int64_t before[2] = { cursor->keys[0], cursor->keys[1] };
	int code = sqlite3_step(cursor->statement);
	bool rises;

	if (code == SQLITE_DONE) {
		cursor->ended = true;
		return 0;
	}
	if (code != SQLITE_ROW)
		return cursor_fail(cursor, code);
	cursor->keys[0] = columns_key(cursor->statement, 0);
	cursor->keys[1] = cursor->columns->keys[1] ? columns_key(cursor->statement, 1) : 0;
	rises = cursor->keys[0] > before[0] ||
		(cursor->keys[0] == before[0] && cursor->keys[1] > before[1]);
	return rises && cursor->keys[0] >= 0 && cursor->keys[1] >= 0 ?
		       0 :
		       cursor_wrong(cursor, "the order of rows");
}

int cursor_open(struct cursor *cursor, sqlite3 *db, enum schema_table table,
		struct columns_source *source, struct diag *diag)
{
	int code;

	*cursor = (struct cursor){
		.columns = &schema_tables[table], .source = source, .diag = diag, .keys = { -1, -1 }
	};
	cursor->ended = cursor->columns->since > source->format;
	if (cursor->ended)
		return 0;
	code = columns_prepare_read(cursor->columns, source->format, db, &cursor->statement);
	return code == SQLITE_OK ? cursor_next(cursor) : cursor_fail(cursor, code);
}

void cursor_close(struct cursor *cursor)
{
	sqlite3_finalize(cursor->statement);
	cursor->statement = NULL;
}

int cursor_take(struct cursor *cursor, void *row)
{
	int r = columns_read(cursor->columns, cursor->statement, cursor->source, row);

	if (r == -EBADMSG)
		return cursor_wrong(cursor, cursor->source->wrong);
	return r < 0 ? r : cursor_next(cursor);
}

int cursor_is_of(struct cursor *cursor, int64_t owner)
{
	if (cursor->ended || cursor->keys[0] > owner) {
		cursor->n = 0;
		return 0;
	}
	if (cursor->keys[0] != owner || cursor->keys[1] != cursor->n++)
		return cursor_wrong(cursor, cursor->columns->keys[1]);
	return 1;
}

int cursor_end(const struct cursor *cursor)
{
	return cursor->ended ? 0 : cursor_wrong(cursor, cursor->columns->keys[0]);
}
