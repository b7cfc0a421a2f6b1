// SPDX-License-Identifier: BSD-2-Clause
/* The file of a recording that is read: see recording.h. */
#include "store/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "store/reader.h"

int recording_new(struct recording **ret_recording)
{
	_cleanup_(recording_freep) struct recording *recording = calloc(1, sizeof(*recording));
	int r;

	if (!recording)
		return -ENOMEM;
	result_init(&recording->result);
	symbols_init(&recording->symbols);
	texts_init(&recording->texts);
	r = modules_init(&recording->modules);
	if (r == 0)
		r = stacks_init(&recording->stacks);
	if (r < 0)
		return r;
	*ret_recording = TAKE_PTR(recording);
	return 0;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	result_done(&recording->result);
	symbols_done(&recording->symbols);
	stacks_done(&recording->stacks);
	modules_done(&recording->modules);
	vec_done(&recording->settings);
	texts_done(&recording->texts);
	free(recording);
}

uint64_t recording_setting(const struct recording *recording, const char *name, uint64_t fallback)
{
	vec_foreach(setting, &recording->settings) {
		if (strcmp(setting->name, name) == 0)
			return setting->value;
	}
	return fallback;
}

/* A pipe or a device is not even opened by SQLite. */
static int file_check(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

static int sqlite_error(int code, struct diag *diag)
{
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_NOTADB:
		return diag_add(diag, -EINVAL, "it is no recording of leaktrace");
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		diag_add(diag, -EACCES,
			 "leaktrace was killed while it wrote it, and only somebody "
			 "who may write in its folder can read it there");
		return diag_hint(diag, "copy it, with the file whose name ends in -wal, to a "
				       "folder of your own");
	default:
		return diag_add(diag, -EBADMSG, "it is broken: %s", sqlite3_errstr(code));
	}
}

/* How large the file is, with what its log has. The first thing that is read from it. */
static int db_bytes(sqlite3 *db, uint64_t *ret_bytes)
{
	static const char sql[] =
		"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*ret_bytes = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* One transaction: leaktrace may be writing to the file. */
static int db_read(sqlite3 *db, struct recording *recording, struct diag *diag)
{
	uint64_t bytes = 0;
	int code = reader_prepare(db);

	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = db_bytes(db, &bytes);
	return code == SQLITE_OK ? reader_read(recording, db, bytes, diag) :
				   sqlite_error(code, diag);
}

/* What was said goes on after the name of the file. */
static void diag_prefix(struct diag *diag, size_t first, const char *path)
{
	for (size_t i = first; i < diag->lines.n; i++) {
		struct diag_line *line = &diag->lines.items[i];
		char *text = NULL;

		if (asprintf(&text, "cannot read %s: %s", path, line->text) < 0)
			continue;
		free(line->text);
		line->text = text;
	}
}

int recording_open(const char *path, struct recording **ret_recording, struct diag *diag)
{
	_cleanup_(recording_freep) struct recording *recording = NULL;
	size_t first = diag->lines.n;
	sqlite3 *db = NULL;
	int r = file_check(path), code;

	if (r < 0)
		return diag_add(diag, r, "cannot read %s: %s", path,
				r == -EINVAL ? "it is no file" : strerror(-r));
	r = recording_new(&recording);
	if (r < 0)
		return r;
	code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	r = code == SQLITE_OK ? db_read(db, recording, diag) : sqlite_error(code, diag);
	sqlite3_close(db);
	if (r < 0) {
		diag_prefix(diag, first, path);
		return r;
	}
	*ret_recording = TAKE_PTR(recording);
	return 0;
}
