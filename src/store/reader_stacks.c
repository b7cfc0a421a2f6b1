// SPDX-License-Identifier: BSD-2-Clause
/* Modules, places, their symbols and stacks out of a recording: see reader_rows.h. */
#include <errno.h>
#include <string.h>

#include "store/reader_rows.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns how many bytes, or -EBADMSG. */
static int parse_build_id(const char *hex, uint8_t bytes[BUILD_ID_MAX_BYTES])
{
	size_t n = hex ? strlen(hex) : 0;

	if (n % 2 || n / 2 > BUILD_ID_MAX_BYTES)
		return -EBADMSG;
	for (size_t i = 0; i < n; i += 2) {
		int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(n / 2);
}

static int add_module(struct reader *reader, const struct cursor *cursor, int64_t id,
		      const struct row_module *row)
{
	uint8_t build_id[BUILD_ID_MAX_BYTES];
	int n = parse_build_id(row->build_id, build_id);
	struct module *module;

	if (n < 0 || !row->path || row->kind == MODULE_NONE)
		return cursor_wrong(cursor, "a file");
	if (modules_intern(&reader->recording->modules, row->kind, row->path, build_id, (size_t)n,
			   &module) < 0)
		return -ENOMEM;
	return module->id == id ? 0 : cursor_wrong(cursor, "id");
}

int reader_modules(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_MODULE, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		int64_t id = cursor.keys[0];
		struct row_module row = { 0 };

		r = cursor_take(&cursor, &row);
		if (r == 0)
			r = add_module(reader, &cursor, id, &row);
		free(row.path);
		free(row.build_id);
	}
	return r;
}

int reader_places(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_PLACE, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct place place = { 0 };
		uint32_t id;

		if (cursor.keys[0] != (int64_t)reader->places.n)
			return cursor_wrong(&cursor, "id");
		r = cursor_take(&cursor, &place);
		if (r == 0 && (place.module >= reader->recording->modules.items.n ||
			       place.flags & ~(uint32_t)(PLACE_SIGNAL | PLACE_DATA)))
			r = cursor_wrong(&cursor, "module");
		if (r == 0)
			r = stacks_add_place(&reader->recording->stacks, &place, &id);
		if (r == 0)
			r = vec_push(&reader->places, id);
	}
	return r;
}

struct frames_list {
	VEC(struct frame) list;
};

static void frames_list_done(struct frames_list *frames)
{
	vec_done(&frames->list);
}

/* All frames of one place. */
static int add_frames(struct reader *reader, struct cursor *cursor)
{
	_cleanup_(frames_list_done) struct frames_list frames = { 0 };
	const struct stack_place *place;
	int64_t id = cursor->keys[0];
	int r;

	if (id >= (int64_t)reader->places.n)
		return cursor_wrong(cursor, "place");
	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct frame frame = { 0 };

		r = cursor_take(cursor, &frame);
		if (r == 0)
			r = vec_push(&frames.list, frame);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	place = reader->recording->stacks.places.items[reader->places.items[id]];
	return symbols_add(&reader->recording->symbols, &place->place, frames.list.items,
			   frames.list.n);
}

int reader_frames(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_FRAME, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended)
		r = add_frames(reader, &cursor);
	return r;
}

struct places_list {
	VEC(uint32_t) list;
};

static void places_list_done(struct places_list *places)
{
	vec_done(&places->list);
}

/* "[3,1,7]" */
static int parse_places(const struct reader *reader, const char *text, struct places_list *places)
{
	uint64_t id;
	char *end;

	if (!text || *text++ != '[')
		return -EBADMSG;
	if (strcmp(text, "]") == 0)
		return 0;
	for (;;) {
		if (*text < '0' || *text > '9')
			return -EBADMSG;
		id = strtoull(text, &end, 10);
		if (id >= reader->places.n)
			return -EBADMSG;
		if (vec_push(&places->list, reader->places.items[id]) < 0)
			return -ENOMEM;
		if (strcmp(end, "]") == 0)
			return 0;
		if (*end != ',')
			return -EBADMSG;
		text = end + 1;
	}
}

static int add_stack(struct reader *reader, const struct cursor *cursor, int64_t id,
		     const struct row_stack *row)
{
	_cleanup_(places_list_done) struct places_list places = { 0 };
	struct stack *stack;
	int r = id ? parse_places(reader, row->places, &places) : -EBADMSG;

	if (r == 0)
		r = stacks_intern_ids(&reader->recording->stacks, places.list.items, places.list.n,
				      row->end, &stack);
	if (r == 0)
		r = vec_push(&reader->stack_ids, (uint32_t)id);
	/* Each stack is there once. */
	if (r == 0 && stack->id != reader->stack_ids.n)
		r = -EBADMSG;
	return r == -EBADMSG ? cursor_wrong(cursor, "places") : r;
}

int reader_stacks(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_STACK, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		int64_t id = cursor.keys[0];
		struct row_stack row = { 0 };

		r = cursor_take(&cursor, &row);
		if (r == 0)
			r = add_stack(reader, &cursor, id, &row);
		free(row.places);
	}
	return r;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int reader_stack(const struct reader *reader, uint32_t id, uint32_t *ret_id)
{
	const uint32_t *first = reader->stack_ids.items, *found;

	*ret_id = 0;
	if (id == 0)
		return 0;
	found = first ? bsearch(&id, first, reader->stack_ids.n, sizeof(id), compare_ids) : NULL;
	if (!found)
		return -EBADMSG;
	*ret_id = (uint32_t)(found - first) + 1;
	return 0;
}
