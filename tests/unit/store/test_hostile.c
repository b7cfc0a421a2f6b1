// SPDX-License-Identifier: BSD-2-Clause
/*
 * Recordings by somebody who means no good: each is refused with a sentence, or read as a result
 * that is sound. Values that cannot be are refused one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/reader.h"
#include "store/sample.h"
#include "store/store.h"

static char folder[] = "/tmp/leaktrace-hostile-XXXXXX";
static char *path;
static char *image; /* of a sound recording */
static size_t n_image;

static int setup(void **state)
{
	struct sample sample;
	struct store *store;
	int r;

	(void)state;
	path = mkdtemp(folder) ? str_printf("%s/run.ltdb", folder) : NULL;
	sample_init(&sample, MODE_ATTACH);
	r = store_open(path, &store, NULL);
	if (r == 0)
		r = store_finish(store, &sample.result, NULL);
	store_close(store);
	sample_done(&sample);
	return r < 0 ? r : str_read_file(path, 1 << 20, &image, &n_image);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	free(path);
	free(image);
	return rmdir(folder);
}

/* Opens N bytes as a file in memory, which belongs to the connection. */
static sqlite3 *db_of(const char *bytes, size_t n)
{
	unsigned char *copy = sqlite3_malloc64(n);
	sqlite3 *db = NULL;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_deserialize(db, "main", copy, (sqlite3_int64)n, (sqlite3_int64)n,
					     SQLITE_DESERIALIZE_FREEONCLOSE |
						     SQLITE_DESERIALIZE_RESIZEABLE),
			 SQLITE_OK);
	return db;
}

/* Reads it all; *RET_WHY is what was said if it is refused. */
static int read_db(sqlite3 *db, size_t n, char **ret_why)
{
	struct recording *recording = NULL;
	bool prepared = reader_prepare(db) == SQLITE_OK;
	struct diag diag = { 0 };
	int r;

	assert_int_equal(recording_new(&recording), 0);
	r = prepared ? reader_read(recording, db, n, &diag) : -EBADMSG;
	if (ret_why)
		*ret_why = strdup(diag.lines.n ? diag.lines.items[0].text : "");
	if (prepared && r < 0 && r != -ENOMEM)
		assert_true(diag.lines.n > 0);
	diag_done(&diag);
	recording_free(recording);
	return r;
}

static void test_sound(void **state)
{
	sqlite3 *db = db_of(image, n_image);

	(void)state;
	assert_int_equal(read_db(db, n_image, NULL), 0);
	sqlite3_close(db);
}

static const struct {
	const char *sql;
	const char *why;
} cases[] = {
	{ "PRAGMA application_id = 7", "no recording" },
	{ "PRAGMA user_version = 4", "newer leaktrace" },
	{ "PRAGMA user_version = 1", "is not as it should be" },
	{ "PRAGMA user_version = 0", "no format number" },
	{ "DROP TABLE growth", "table growth is not as it should be" },
	/* What looks like a table but runs for ever. */
	{ "DROP TABLE note; CREATE VIEW note AS WITH RECURSIVE n(id, text) AS (SELECT 0, 'x' UNION "
	  "ALL SELECT id + 1, 'x' FROM n) SELECT * FROM n",
	  "table note is not as it should be" },
	{ "ALTER TABLE site ADD COLUMN more", "table site is not as it should be" },
	{ "DELETE FROM run", "in table run" },
	{ "CREATE TEMP TABLE copy AS SELECT * FROM run; UPDATE copy SET id = 1; INSERT INTO run "
	  "SELECT * FROM copy",
	  "in table run, id" },
	{ "UPDATE run SET kinds = 16", "in table run" },
	{ "UPDATE run SET exit_status = 256", "in table run" },
	{ "UPDATE run SET exit_status = 5000000000", "in table run, exit_status" },
	{ "UPDATE run SET kernel = NULL", "in table run" },
	{ "UPDATE run SET mode = 'other'", "in table run, mode" },
	{ "UPDATE run SET allocations = -1", "in table run, allocations" },
	{ "UPDATE run SET allocations = 'many'", "in table run, allocations" },
	{ "UPDATE run SET judged = 2", "in table run, judged" },
	{ "UPDATE note SET text = x'00'", "in table note, text" },
	{ "UPDATE note SET text = 'a' || char(0) || 'b'", "in table note, text" },
	{ "UPDATE note SET id = 5 WHERE id = 1", "in table note, id" },
	{ "UPDATE note SET text = NULL", "in table note, text" },
	{ "UPDATE loss SET loss = 'quite-new'", "a newer one" },
	{ "UPDATE suppression SET text = 'nothing'", "is no suppression" },
	{ "UPDATE suppression SET location = NULL", "in table suppression" },
	{ "UPDATE module SET build_id = 'xy' WHERE id = 1", "in table module" },
	{ "UPDATE module SET build_id = build_id || '00' WHERE id = 1", "in table module" },
	{ "UPDATE module SET kind = 'none'", "in table module" },
	{ "UPDATE module SET path = NULL", "in table module" },
	{ "DELETE FROM module WHERE id = 2", "in table module, id" },
	{ "UPDATE place SET module = 5", "in table place, module" },
	{ "UPDATE place SET flags = 4", "in table place, module" },
	{ "DELETE FROM place WHERE id = 0", "in table place, id" },
	{ "UPDATE frame SET place = 900 WHERE place = 0", "in table frame, place" },
	{ "UPDATE frame SET position = position + 100", "in table frame, position" },
	{ "UPDATE stack SET places = '[900]'", "in table stack, places" },
	{ "UPDATE stack SET places = '[1'", "in table stack, places" },
	{ "UPDATE stack SET places = '[1,]'", "in table stack, places" },
	{ "UPDATE stack SET places = '[99999999999999999999]'", "in table stack, places" },
	{ "UPDATE stack SET places = '[]', ended_by = 'complete'", "in table stack, places" },
	{ "UPDATE stack SET places = NULL", "in table stack, places" },
	{ "UPDATE stack SET ended_by = NULL", "in table stack, ended_by" },
	{ "INSERT INTO stack VALUES (-3, 'complete', '[0]')", "in table stack, the order" },
	{ "UPDATE test SET parent = id", "in table test" },
	{ "UPDATE test SET name = NULL", "in table test" },
	{ "UPDATE test SET runner = NULL", "in table test" },
	{ "DELETE FROM test WHERE id = 1", "in table test, id" },
	{ "UPDATE process SET test = 4", "in table process, test" },
	{ "UPDATE process SET ended_by = 'magic'", "in table process, ended_by" },
	{ "DELETE FROM process WHERE id = 3", "in table sample, process" },
	{ "UPDATE argument SET process = 9 WHERE process = 2", "in table argument, process" },
	{ "UPDATE argument SET text = NULL", "in table argument, text" },
	{ "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT "
	  "INTO sample SELECT 2, i, 0, 0, 0, 0, 0, 0 FROM n",
	  "in table sample, position" },
	{ "UPDATE site SET process = 4 WHERE id = 1", "in table site, process" },
	{ "UPDATE site SET stack = 77 WHERE id = 1", "in table site, stack" },
	{ "UPDATE site SET test = 4 WHERE id = 1", "in table site, test" },
	{ "UPDATE site SET kind = 'memory', class = 'lost', process = 0, stack = 1, test = 1",
	  "in table site, class" },
	{ "UPDATE site SET class = 'found' WHERE id = 1", "in table site, class" },
	{ "UPDATE site SET root_module = 5 WHERE id = 1", "in table site, root" },
	{ "UPDATE site SET root_register = NULL", "in table site, root" },
	{ "DELETE FROM site WHERE id = 0", "in table site, id" },
	{ "INSERT INTO object VALUES (0, 8, 0, 0, NULL, NULL, 0)", "in table object, position" },
	{ "UPDATE object SET routine = 77", "in table object, routine" },
	{ "INSERT INTO object VALUES (99, 0, 0, 0, NULL, NULL, 0)", "in table object, site" },
	{ "UPDATE mark_site SET process = 4 WHERE id = 1", "in table mark_site, process" },
	{ "UPDATE mark_site SET stack = 77 WHERE id = 1", "in table mark_site, stack" },
	{ "UPDATE mark_site SET kind = 'lock'", "in table mark_site, kind" },
	{ "UPDATE mark_site SET process = 0, stack = 0, kind = 'fd'",
	  "in table mark_site, process" },
	{ "DELETE FROM mark_site WHERE id = 0", "in table mark_site, id" },
	{ "UPDATE mark_amount SET mark = 2", "in table mark_amount, mark" },
	{ "UPDATE mark_amount SET mark = 1", "in table mark_amount, mark" },
	{ "INSERT INTO mark_amount VALUES (9, 0, 0, 0, 0)", "in table mark_amount, mark_site" },
	{ "UPDATE growth SET amount = -5", "in table growth, amount" },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *why = NULL;
		sqlite3 *db = db_of(image, n_image);
		char *error = NULL;

		sqlite3_exec(db, cases[i].sql, NULL, NULL, &error);
		if (error)
			fail_msg("%s: %s", cases[i].sql, error);
		if (read_db(db, 1 << 20, &why) >= 0)
			fail_msg("%s: it was read", cases[i].sql);
		if (!strstr(why, cases[i].why))
			fail_msg("%s: '%s' instead of '%s'", cases[i].sql, why, cases[i].why);
		sqlite3_close(db);
	}
}

/* Texts may be no longer, all together, than the file: pages can be used for many of them. */
static void test_too_many_bytes(void **state)
{
	_cleanup_free_ char *why = NULL;
	sqlite3 *db = db_of(image, n_image);

	(void)state;
	assert_int_equal(read_db(db, 100, &why), -EBADMSG);
	assert_non_null(strstr(why, "cannot be right"));
	sqlite3_close(db);
}

/* A few bytes are other ones. Always the same, in every page, and most in the first, the schema. */
static void test_mutations(void **state)
{
	_cleanup_free_ char *copy = malloc(n_image);
	uint32_t random = 1;
	size_t n_refused = 0, n_all = 0;

	(void)state;
	assert_non_null(copy);
	for (size_t at = 0; at < n_image; at += at < 4096 ? 11 : 211) {
		sqlite3 *db;

		memcpy(copy, image, n_image);
		for (int i = 0; i < 4; i++) {
			random = random * 1664525 + 1013904223;
			copy[i ? random % n_image : at] = (char)(random >> 24);
		}
		/* A write-ahead log is no part of a file in memory. */
		copy[18] = copy[19] = 1;
		db = db_of(copy, n_image);
		n_refused += read_db(db, n_image, NULL) < 0;
		n_all++;
		sqlite3_close(db);
	}
	assert_true(n_refused > n_all / 10);
}

/* Every length that a file can be cut to, page by page. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t n = 512; n < n_image; n += 512) {
		sqlite3 *db = db_of(image, n);

		assert_true(read_db(db, n, NULL) < 0);
		sqlite3_close(db);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),	  cmocka_unit_test(test_values),
		cmocka_unit_test(test_too_many_bytes), cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("hostile", tests, setup, teardown);
}
