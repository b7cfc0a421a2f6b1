// SPDX-License-Identifier: BSD-2-Clause
/* The file of a recording that is being written: see store.h. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/writer.h"
#include "version.h"

enum { BUSY_MS = 2000 };

struct store {
	char *path;
	sqlite3 *db;
	struct writer writer;
	uint32_t n_settings;
	uint64_t n_writes;
	uint64_t write_ns; /* how long the last one took */
	bool failed;
};

static int run_sql(const struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

/* Nothing can be written any more; what was committed stays. */
static int store_fail(struct store *store, int code, struct diag *diag)
{
	int r = code == SQLITE_NOMEM ? -ENOMEM : code == SQLITE_FULL ? -ENOSPC : -EIO;

	store->failed = true;
	if (!sqlite3_get_autocommit(store->db))
		run_sql(store, "ROLLBACK");
	return diag_add(diag, r, "cannot write the recording %s: %s", store->path,
			sqlite3_errstr(code));
}

/* The numbers of a recording's header, at their places in every SQLite file. */
static bool is_recording(int fd)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char header[72];
	const unsigned char *id = header + 68;

	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return false;
	return memcmp(header, magic, sizeof(magic)) == 0 &&
	       ((unsigned)id[0] << 24 | (unsigned)id[1] << 16 | (unsigned)id[2] << 8 | id[3]) ==
		       SCHEMA_APPLICATION;
}

/*
 * Whether somebody writes or reads the recording: SQLite then holds a lock on these bytes of it.
 * The writer would go on in a file without a name, and take the new one's log away at its end.
 */
static bool is_in_use(int fd)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000000, .l_len = 512
	};

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Only an empty file or a recording may give way. */
static int file_may_go(const char *path, struct diag *diag)
{
	_cleanup_close_ int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r = fd < 0 ? -errno : 0;

	if (r == -ENOENT)
		return 0;
	if (r == -ELOOP)
		return diag_add(diag, r, "cannot write %s: it is a symbolic link", path);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		return diag_add(diag, r, "cannot write %s: %s", path, strerror(-r));
	if (S_ISREG(st.st_mode) && (st.st_size == 0 || is_recording(fd))) {
		if (!is_in_use(fd))
			return 0;
		diag_add(diag, -EBUSY, "cannot write %s: another leaktrace writes or reads it",
			 path);
		return diag_hint(diag, "choose another name, or wait for its end");
	}
	diag_add(diag, -EEXIST, "cannot write %s: it is there, and no recording of leaktrace",
		 path);
	return diag_hint(diag, "choose another name, or remove it");
}

/* What belongs to the file as well: left behind by a leaktrace that was killed. */
static int file_remove(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		_cleanup_free_ char *name = str_printf("%s%s", path, ends[i]);

		if (!name)
			return -ENOMEM;
		if (unlink(name) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* A new and empty file, at a path without links. */
static int file_make(const char *path, char **ret_path, struct diag *diag)
{
	_cleanup_free_ char *copy = strdup(path), *name = strdup(path);
	_cleanup_free_ char *folder = copy ? realpath(dirname(copy), NULL) : NULL;
	_cleanup_free_ char *whole = NULL;
	_cleanup_close_ int fd = -1;
	int r = folder ? 0 : -errno;

	if (!copy || !name)
		return -ENOMEM;
	if (r < 0)
		return diag_add(diag, r, "cannot write %s: %s", path, strerror(-r));
	whole = str_printf("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, basename(name));
	if (!whole)
		return -ENOMEM;
	r = file_may_go(whole, diag);
	if (r < 0)
		return r;
	r = file_remove(whole);
	if (r == 0)
		fd = open(whole, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (r == 0 && fd < 0)
		r = -errno;
	if (r < 0)
		return diag_add(diag, r, "cannot write %s: %s", path, strerror(-r));
	*ret_path = TAKE_PTR(whole);
	return 0;
}

/*
 * A write-ahead log: what was committed is there when this process is killed, whoever reads it
 * meanwhile does not hold it up, and nothing waits for a disk. The tables are made before, so that
 * the file itself says what it is.
 */
static int db_open(struct store *store)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
	int code = sqlite3_open_v2(store->path, &store->db, flags, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(store->db, BUSY_MS);
	if (code == SQLITE_OK)
		code = run_sql(store,
			       "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; BEGIN");
	if (code == SQLITE_OK)
		code = schema_create(store->db);
	if (code == SQLITE_OK)
		code = run_sql(store, "COMMIT; PRAGMA journal_mode = WAL");
	return code == SQLITE_OK ? writer_open(&store->writer, store->db) : code;
}

int store_open(const char *path, struct store **ret_store, struct diag *diag)
{
	_cleanup_(store_closep) struct store *store = calloc(1, sizeof(*store));
	int r, code;

	if (!store)
		return -ENOMEM;
	r = file_make(path, &store->path, diag);
	if (r < 0)
		return r;
	code = db_open(store);
	if (code != SQLITE_OK)
		return store_fail(store, code, diag);
	*ret_store = TAKE_PTR(store);
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	writer_done(&store->writer);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

void store_while_writing(struct store *store, void (*call)(void *data), void *data)
{
	store->writer.call = call;
	store->writer.data = data;
}

int store_set(struct store *store, const char *name, uint64_t value, struct diag *diag)
{
	struct row_setting row = { name, value };
	int code = writer_row(&store->writer, TABLE_SETTING, store->n_settings++, 0, &row);

	return code == SQLITE_OK ? 0 : store_fail(store, code, diag);
}

static int write_run(struct store *store, const struct result *result, bool complete)
{
	struct row_run row = {
		.leaktrace = LEAKTRACE_VERSION,
		.complete = complete,
		.written_unix_ns = clock_ns(CLOCK_REALTIME),
		.write_ns = store->write_ns,
		.n_writes = ++store->n_writes,
		.result = *result,
	};

	return writer_row(&store->writer, TABLE_RUN, 0, 0, &row);
}

static int store_write(struct store *store, const struct result *result, bool complete,
		       struct diag *diag)
{
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	int code;

	if (store->failed)
		return 0;
	code = run_sql(store, "BEGIN");
	if (code == SQLITE_OK)
		code = writer_result(&store->writer, result);
	if (code == SQLITE_OK)
		code = write_run(store, result, complete);
	if (code == SQLITE_OK)
		code = run_sql(store, "COMMIT");
	if (code != SQLITE_OK)
		return store_fail(store, code, diag);
	store->write_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	return 0;
}

int store_sync(struct store *store, const struct result *result, struct diag *diag)
{
	return store_write(store, result, false, diag);
}

int store_finish(struct store *store, const struct result *result, struct diag *diag)
{
	int r = store_write(store, result, true, diag);
	int code;

	if (r < 0 || store->failed)
		return r;
	/* Takes the log into the file, and away; not while somebody reads the recording. */
	code = run_sql(store, "PRAGMA journal_mode = DELETE");
	return code == SQLITE_OK || code == SQLITE_BUSY ? 0 : store_fail(store, code, diag);
}
