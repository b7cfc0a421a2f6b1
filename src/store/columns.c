// SPDX-License-Identifier: BSD-2-Clause
/* Members of structs as columns of tables: see columns.h. */
#include "store/columns.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/table.h"

static size_t n_keys(const struct columns *columns)
{
	return columns->keys[1] ? 2 : 1;
}

static bool is_text(const struct column *column)
{
	return column->type >= COLUMN_TEXT;
}

/* All names with what follows a number and a text; fresh memory or NULL. */
static char *columns_names(const struct columns *columns, int format, const char *number,
			   const char *text)
{
	char *names = NULL;
	size_t n;
	FILE *to = open_memstream(&names, &n);

	if (!to)
		return NULL;
	for (size_t i = 0; i < columns->n; i++) {
		if (columns->list[i].since <= format)
			fprintf(to, ", %s%s", columns->list[i].name,
				is_text(&columns->list[i]) ? text : number);
	}
	if (fclose(to) == 0)
		return names;
	free(names);
	return NULL;
}

char *columns_create(const struct columns *columns, int format)
{
	_cleanup_free_ char *names = columns_names(columns, format, " INTEGER", " TEXT");
	const char *const *keys = columns->keys;

	if (!names)
		return NULL;
	if (n_keys(columns) == 1)
		return str_printf("CREATE TABLE %s (%s INTEGER PRIMARY KEY%s)", columns->table,
				  keys[0], names);
	return str_printf("CREATE TABLE %s (%s INTEGER, %s INTEGER%s, PRIMARY KEY (%s, %s)) "
			  "WITHOUT ROWID",
			  columns->table, keys[0], keys[1], names, keys[0], keys[1]);
}

static int prepare(sqlite3 *db, char *sql, sqlite3_stmt **ret)
{
	int code = sql ? sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) :
			 SQLITE_NOMEM;

	free(sql);
	return code;
}

int columns_prepare_write(const struct columns *columns, sqlite3 *db, sqlite3_stmt **ret)
{
	size_t n = n_keys(columns) + columns->n;
	char *marks = malloc(2 * n + 1);
	char *sql;

	if (!marks)
		return SQLITE_NOMEM;
	for (size_t i = 0; i < n; i++)
		memcpy(marks + 2 * i, "?,", 2);
	marks[2 * n - 1] = '\0';
	sql = str_printf("INSERT OR REPLACE INTO %s VALUES (%s)", columns->table, marks);
	free(marks);
	return prepare(db, sql, ret);
}

int columns_prepare_read(const struct columns *columns, int format, sqlite3 *db, sqlite3_stmt **ret)
{
	_cleanup_free_ char *names = columns_names(columns, format, "", "");
	const char *first = columns->keys[0], *second = columns->keys[1];
	const char *comma = second ? ", " : "";

	if (!names)
		return SQLITE_NOMEM;
	second = second ? second : "";
	return prepare(db,
		       str_printf("SELECT %s%s%s%s FROM %s ORDER BY %s%s%s", first, comma, second,
				  names, columns->table, first, comma, second),
		       ret);
}

/* A member as a number, or as a text. */
struct value {
	int64_t number;
	const char *text;
};

static struct value value_of(const struct column *column, const void *row)
{
	const char *at = (const char *)row + column->offset;

	switch (column->type) {
	case COLUMN_U64:
	case COLUMN_BITS:
		return (struct value){ .number = *(const int64_t *)at };
	case COLUMN_U32:
		return (struct value){ .number = *(const uint32_t *)at };
	case COLUMN_I32:
		return (struct value){ .number = *(const int32_t *)at };
	case COLUMN_BOOL:
		return (struct value){ .number = *(const bool *)at };
	case COLUMN_TEXT:
	case COLUMN_STATIC:
		return (struct value){ .text = *(const char *const *)at };
	case COLUMN_WORD8:
		return (struct value){ .text = column->word(*(const uint8_t *)at) };
	default:
		return (struct value){ .text = column->word(*(const unsigned *)at) };
	}
}

uint64_t columns_hash(const struct columns *columns, const void *row, uint64_t seed)
{
	for (size_t i = 0; i < columns->n; i++) {
		struct value value = value_of(&columns->list[i], row);

		if (value.text)
			seed = XXH3_64bits_withSeed(value.text, strlen(value.text) + 1, seed);
		else
			seed = XXH3_64bits_withSeed(&value.number, sizeof(value.number), seed);
	}
	return seed;
}

int columns_bind(const struct columns *columns, sqlite3_stmt *write, const int64_t keys[2],
		 const void *row)
{
	int code = SQLITE_OK, at = 0;

	for (size_t i = 0; code == SQLITE_OK && i < n_keys(columns); i++)
		code = sqlite3_bind_int64(write, ++at, keys[i]);
	for (size_t i = 0; code == SQLITE_OK && i < columns->n; i++) {
		struct value value = value_of(&columns->list[i], row);

		if (!is_text(&columns->list[i]))
			code = sqlite3_bind_int64(write, ++at, value.number);
		else if (value.text)
			code = sqlite3_bind_text(write, ++at, value.text, -1, SQLITE_STATIC);
		else
			code = sqlite3_bind_null(write, ++at);
	}
	return code;
}

/* *RET is NULL if that is what the column has, or a text that is the statement's. */
static int read_text(sqlite3_stmt *read, int at, struct columns_source *source, const char **ret)
{
	const char *text;
	size_t n;

	*ret = NULL;
	if (sqlite3_column_type(read, at) == SQLITE_NULL)
		return 0;
	if (sqlite3_column_type(read, at) != SQLITE_TEXT)
		return -EBADMSG;
	text = (const char *)sqlite3_column_text(read, at);
	if (!text)
		return -ENOMEM;
	n = (size_t)sqlite3_column_bytes(read, at);
	if (strlen(text) != n || n > source->bytes_left)
		return -EBADMSG;
	source->bytes_left -= n;
	*ret = text;
	return 0;
}

static int member_text(const struct column *column, sqlite3_stmt *read, int at,
		       struct columns_source *source, char *member)
{
	const char *text;
	int r = read_text(read, at, source, &text);

	if (r < 0 || !text)
		return r;
	text = column->type == COLUMN_TEXT ? strdup(text) : texts_intern(source->texts, text);
	*(const char **)member = text;
	return text ? 0 : -ENOMEM;
}

static int member_word(const struct column *column, sqlite3_stmt *read, int at,
		       struct columns_source *source, char *member)
{
	const char *text;
	int r = read_text(read, at, source, &text);

	for (unsigned i = 0; r == 0 && text && i < column->n_words; i++) {
		if (strcmp(text, column->word(i)) != 0)
			continue;
		if (column->type == COLUMN_WORD8)
			*(uint8_t *)member = (uint8_t)i;
		else
			*(unsigned *)member = i;
		return 0;
	}
	return r < 0 ? r : -EBADMSG;
}

static int member_number(const struct column *column, sqlite3_stmt *read, int at, char *member)
{
	int64_t value = sqlite3_column_int64(read, at);

	if (sqlite3_column_type(read, at) != SQLITE_INTEGER)
		return -EBADMSG;
	switch (column->type) {
	case COLUMN_U64:
		*(uint64_t *)member = (uint64_t)value;
		return value < 0 ? -EBADMSG : 0;
	case COLUMN_BITS:
		*(uint64_t *)member = (uint64_t)value;
		return 0;
	case COLUMN_U32:
		*(uint32_t *)member = (uint32_t)value;
		return value < 0 || value > UINT32_MAX ? -EBADMSG : 0;
	case COLUMN_I32:
		*(int32_t *)member = (int32_t)value;
		return value < INT32_MIN || value > INT32_MAX ? -EBADMSG : 0;
	default:
		*(bool *)member = value == 1;
		return value < 0 || value > 1 ? -EBADMSG : 0;
	}
}

int columns_read(const struct columns *columns, sqlite3_stmt *read, struct columns_source *source,
		 void *row)
{
	int at = (int)n_keys(columns);

	for (size_t i = 0; i < columns->n; i++) {
		const struct column *column = &columns->list[i];
		char *member = (char *)row + column->offset;
		int r;

		if (column->since > source->format)
			continue;
		if (!is_text(column))
			r = member_number(column, read, at++, member);
		else if (column->word)
			r = member_word(column, read, at++, source, member);
		else
			r = member_text(column, read, at++, source, member);
		if (r == -EBADMSG)
			source->wrong = column->name;
		if (r < 0)
			return r;
	}
	return 0;
}

int64_t columns_key(sqlite3_stmt *read, int i)
{
	int64_t key = sqlite3_column_int64(read, i);

	if (sqlite3_column_type(read, i) != SQLITE_INTEGER || key < 0 || key > UINT32_MAX)
		return -1;
	return key;
}
