// SPDX-License-Identifier: BSD-2-Clause
/* From rows to the model: see reader.h. Processes and sites are in reader_rows.c. */
#include "store/reader.h"

#include <errno.h>
#include <inttypes.h>

#include "store/reader_rows.h"

/* No row of a recording is as long as this. */
enum { ROW_MAX_BYTES = 4 << 20 };

static int read_run(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	struct recording *recording = reader->recording;
	struct row_run row = { 0 };
	int r = cursor_open(&cursor, reader->db, TABLE_RUN, &reader->source, reader->diag);

	if (r == 0 && (cursor.ended || cursor.keys[0] != 0))
		return cursor_wrong(&cursor, "the number of rows");
	if (r == 0)
		r = cursor_take(&cursor, &row);
	recording->result.kernel = row.result.kernel;
	if (r < 0)
		return r;
	if (!row.leaktrace || !row.result.kernel || row.result.exit_status < -1 ||
	    row.result.exit_status > 255 || row.result.kinds >> _KIND_MAX)
		return cursor_wrong(&cursor, "a number");
	recording->result = row.result;
	recording->result.modules = &recording->modules;
	recording->result.stacks = &recording->stacks;
	recording->result.symbols = &recording->symbols;
	recording->leaktrace = row.leaktrace;
	recording->complete = row.complete;
	recording->written_unix_ns = row.written_unix_ns;
	return cursor_end(&cursor);
}

/* A table of texts. */
struct texts_list {
	VEC(char *) list;
};

static int read_texts(struct reader *reader, enum schema_table table, struct texts_list *texts)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, table, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct row_text row = { 0 };

		if (cursor.keys[0] != (int64_t)texts->list.n)
			return cursor_wrong(&cursor, "id");
		r = cursor_take(&cursor, &row);
		if (r == 0 && !row.text)
			r = cursor_wrong(&cursor, "text");
		if (r == 0)
			r = vec_push(&texts->list, row.text);
		if (r < 0)
			free(row.text);
	}
	return r;
}

static void texts_list_done(struct texts_list *texts)
{
	vec_foreach(text, &texts->list)
		free(*text);
	vec_done(&texts->list);
}

static int read_command(struct reader *reader)
{
	_cleanup_(texts_list_done) struct texts_list texts = { 0 };
	int r = read_texts(reader, TABLE_COMMAND, &texts);

	if (r < 0 || !texts.list.n)
		return r;
	r = vec_push(&texts.list, NULL);
	return r < 0 ? r : result_set_command(&reader->recording->result, texts.list.items);
}

static int read_notes(struct reader *reader)
{
	_cleanup_(texts_list_done) struct texts_list texts = { 0 };
	int r = read_texts(reader, TABLE_NOTE, &texts);

	for (size_t i = 0; r == 0 && i < texts.list.n; i++)
		r = result_note(&reader->recording->result, "%s", texts.list.items[i]);
	return r;
}

static int read_suppressions(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_SUPPRESSION, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct suppression row = { 0 };

		r = cursor_take(&cursor, &row);
		if (r == 0 && (!row.text || !row.where))
			r = cursor_wrong(&cursor, "text");
		if (r == 0)
			r = suppressions_add(&reader->recording->result.suppressions, row.text,
					     row.where, reader->diag);
		free(row.text);
		free(row.where);
	}
	return r;
}

/* Its hashes rise: they are looked for by halves. */
static int read_baseline_sites(struct reader *reader, struct baseline *baseline)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_BASELINE_SITE, &reader->source,
			    reader->diag);

	while (r == 0 && !cursor.ended) {
		struct row_baseline_site row = { 0 };
		size_t n = baseline->known.n;

		r = cursor_take(&cursor, &row);
		if (r == 0 && (!baseline->file || (n && row.hash < baseline->known.items[n - 1])))
			r = cursor_wrong(&cursor, "hash");
		if (r == 0)
			r = vec_push(&baseline->known, row.hash);
	}
	return r;
}

static int read_baseline(struct reader *reader)
{
	_cleanup_(texts_list_done) struct texts_list texts = { 0 };
	struct baseline *baseline = &reader->recording->result.baseline;
	int r = read_texts(reader, TABLE_BASELINE, &texts);

	if (r == 0 && texts.list.n) {
		baseline->file = texts.list.items[0];
		texts.list.items[0] = NULL;
	}
	return r < 0 ? r : read_baseline_sites(reader, baseline);
}

static int read_marks(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	struct marks *marks = &reader->recording->result.marks;
	int r = cursor_open(&cursor, reader->db, TABLE_MARK, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct mark_point row = { 0 };

		r = cursor_take(&cursor, &row);
		if (r == 0 && (!row.name || marks->items.n == MARKS_MAX))
			r = cursor_wrong(&cursor, "a row");
		if (r == 0)
			r = vec_push(&marks->items, row);
		if (r < 0)
			free(row.name);
	}
	return r;
}

static int read_losses(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_LOSS, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct row_loss row = { 0 };

		r = cursor_take(&cursor, &row);
		if (r == 0)
			r = reader_loss(reader, &cursor, &row, &reader->recording->result.losses);
	}
	return r;
}

static int read_settings(struct reader *reader)
{
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_SETTING, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct row_setting row = { 0 };
		struct recorded_setting setting;

		r = cursor_take(&cursor, &row);
		if (r == 0 && !row.name)
			r = cursor_wrong(&cursor, "name");
		setting = (struct recorded_setting){ row.name, row.value };
		if (r == 0)
			r = vec_push(&reader->recording->settings, setting);
	}
	return r;
}

int reader_prepare(sqlite3 *db)
{
	static const char sql[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
				  "PRAGMA mmap_size = 0; PRAGMA query_only = ON";
	int code = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, ROW_MAX_BYTES);
	return code == SQLITE_OK ? sqlite3_exec(db, sql, NULL, NULL, NULL) : code;
}

int reader_read(struct recording *recording, sqlite3 *db, uint64_t bytes, struct diag *diag)
{
	static int (*const steps[])(struct reader * reader) = {
		read_run,	read_marks,	  read_command,	 read_suppressions,
		read_baseline,	read_notes,	  read_losses,	 read_settings,
		reader_modules, reader_places,	  reader_frames, reader_stacks,
		reader_tests,	reader_processes, reader_sites,	 reader_mark_sites,
	};
	struct reader reader = {
		.recording = recording,
		.db = db,
		.source = { .texts = &recording->texts, .bytes_left = bytes },
		.diag = diag,
	};
	int r = schema_check(db, &reader.source.format, diag);

	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](&reader);
	vec_done(&reader.places);
	vec_done(&reader.stack_ids);
	return r;
}
