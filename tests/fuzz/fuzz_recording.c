// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzz target for recordings: the input is an SQLite file. With a fuzzing engine:
 * clang -fsanitize=fuzzer,address,undefined. Without one, it replays the files
 * that are named on its command line, for instance those in corpus/recording.
 */
#include "fuzz.h"

#include "base/str.h"
#include "store/reader.h"

const size_t fuzz_max_bytes = 1 << 20;

/* What every report relies on. */
static void check_result(const struct result *result)
{
	vec_foreach(item, &result->sites.items) {
		const struct site *site = *item;

		if (site->key.process >= result->processes.n ||
		    site->n_objects > SITE_MAX_OBJECTS || site->key.test > result->tests.items.n ||
		    site->key.stack >= result->stacks->items.n)
			abort();
	}
	for (uint32_t i = 0; i < result->tests.items.n; i++) {
		if (result->tests.items.items[i].parent > i)
			abort();
	}
}

static void check_reading(sqlite3 *db, size_t size)
{
	const struct fail_on fail_on = { { ~0u, ~0u, ~0u, ~0u } };
	struct recording *recording = NULL;
	struct diag diag = { 0 };
	int r = recording_new(&recording);

	if (r < 0)
		abort();
	if (reader_prepare(db) == SQLITE_OK) {
		r = reader_read(recording, db, size, &diag);
		if (r == 0) {
			check_result(&recording->result);
			result_judge(&recording->result, &fail_on);
		} else if (!diag.lines.n) {
			abort();
		}
	}
	diag_done(&diag);
	recording_free(recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
	unsigned char *copy = size >= 20 ? sqlite3_malloc64(size) : NULL;
	sqlite3 *db = NULL;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	/* A file in memory has no write-ahead log. */
	copy[18] = copy[19] = 1;
	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		abort();
	/* What SQLite does not even take, it frees. */
	if (sqlite3_deserialize(db, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size,
				flags) == SQLITE_OK)
		check_reading(db, size);
	sqlite3_close(db);
	return 0;
}
