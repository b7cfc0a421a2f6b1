// SPDX-License-Identifier: BSD-2-Clause
/* The tables of a recording, member by member: see schema.h. */
#include "store/schema.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The words of an enum whose names the model has. */
#define WORD_OF(function, type, name)                                                              \
	static const char *function(unsigned value)                                                \
	{                                                                                          \
		return name((type)value);                                                          \
	}

WORD_OF(word_mode, enum mode, mode_name)
WORD_OF(word_kind, enum resource_kind, resource_kind_name)
WORD_OF(word_class, enum resource_class, resource_class_name)
WORD_OF(word_stack_end, enum stack_end, stack_end_name)
WORD_OF(word_process_end, enum process_end, process_end_name)

/* The words of an enum that has none elsewhere. */
#define WORDS(function, ...)                                                                       \
	static const char *function(unsigned value)                                                \
	{                                                                                          \
		static const char *const words[] = { __VA_ARGS__ };                                \
		return words[value];                                                               \
	}

WORDS(word_module_kind, [MODULE_FILE] = "file", [MODULE_VDSO] = "vdso", [MODULE_ANON] = "anonymous",
      [MODULE_NONE] = "none")
WORDS(word_root, [ROOT_NONE] = "none", [ROOT_GLOBAL] = "global", [ROOT_STACK] = "stack",
      [ROOT_REGISTER] = "register", [ROOT_THREAD] = "thread", [ROOT_MAPPING] = "mapping",
      [ROOT_APART] = "apart", [ROOT_UNKNOWN] = "unknown", [ROOT_TEARDOWN] = "teardown")

#define NUMBER(as, column, owner, member)                                                          \
	{                                                                                          \
		.name = column, .type = COLUMN_##as, .offset = offsetof(owner, member)             \
	}
/* One that older recordings do not have. */
#define NUMBER_SINCE(format, as, column, owner, member)                                            \
	{                                                                                          \
		.name = column, .type = COLUMN_##as, .offset = offsetof(owner, member),            \
		.since = format                                                                    \
	}
#define WORD_SINCE(format, as, column, owner, member, words, number)                               \
	{                                                                                          \
		.name = column, .type = COLUMN_##as, .offset = offsetof(owner, member),            \
		.word = words, .n_words = number, .since = format                                  \
	}
#define WORD(as, column, owner, member, words, number)                                             \
	{                                                                                          \
		.name = column, .type = COLUMN_##as, .offset = offsetof(owner, member),            \
		.word = words, .n_words = number                                                   \
	}

#define TOTALS(owner, member)                                                                      \
	NUMBER(U64, "allocations", owner, member.allocations),                                     \
		NUMBER(U64, "frees", owner, member.frees),                                         \
		NUMBER(U64, "unknown_frees", owner, member.unknown_frees),                         \
		NUMBER(U64, "outstanding_bytes", owner, member.outstanding_bytes),                 \
		NUMBER(U64, "outstanding_blocks", owner, member.outstanding_blocks),               \
		NUMBER(BOOL, "judged", owner, member.judged),                                      \
		NUMBER(U64, "lost_bytes", owner, member.lost_bytes),                               \
		NUMBER(U64, "lost_blocks", owner, member.lost_blocks),                             \
		NUMBER(U64, "reachable_bytes", owner, member.reachable_bytes),                     \
		NUMBER(U64, "reachable_blocks", owner, member.reachable_blocks),                   \
		NUMBER(U64, "fds", owner, member.fds),                                             \
		NUMBER(U64, "fds_at_exit", owner, member.fds_at_exit),                             \
		NUMBER(U64, "threads", owner, member.threads),                                     \
		NUMBER(U64, "threads_at_exit", owner, member.threads_at_exit),                     \
		NUMBER(U64, "mapping_bytes", owner, member.mapping_bytes),                         \
		NUMBER(U64, "mappings", owner, member.mappings),                                   \
		NUMBER_SINCE(2, U64, "leaked_mapping_bytes", owner, member.leaked_mapping_bytes),  \
		NUMBER_SINCE(2, U64, "leaked_mappings", owner, member.leaked_mappings),            \
		NUMBER_SINCE(2, U64, "reachable_mapping_bytes", owner,                             \
			     member.reachable_mapping_bytes),                                      \
		NUMBER_SINCE(2, U64, "reachable_mappings", owner, member.reachable_mappings)

/* clang-format off */
static const struct column run_columns[] = {
	NUMBER(STATIC, "leaktrace", struct row_run, leaktrace),
	NUMBER(BOOL, "complete", struct row_run, complete),
	NUMBER(U64, "written_unix_ns", struct row_run, written_unix_ns),
	NUMBER(U64, "write_ns", struct row_run, write_ns),
	NUMBER(U64, "writes", struct row_run, n_writes),
	WORD(WORD32, "mode", struct row_run, result.mode, word_mode, MODE_SYSTEM + 1),
	NUMBER(TEXT, "kernel", struct row_run, result.kernel),
	NUMBER(U32, "kinds", struct row_run, result.kinds),
	NUMBER(BOOL, "scanned", struct row_run, result.scanned),
	NUMBER(U64, "sample_bytes", struct row_run, result.sample_bytes),
	NUMBER(U64, "started_unix_ns", struct row_run, result.started_unix_ns),
	NUMBER(U64, "started_ns", struct row_run, result.started_ns),
	NUMBER(U64, "now_ns", struct row_run, result.now_ns),
	NUMBER(I32, "exit_status", struct row_run, result.exit_status),
	NUMBER(U32, "report", struct row_run, result.n_report),
	NUMBER(BOOL, "final", struct row_run, result.final),
	TOTALS(struct row_run, result.totals),
};

static const struct column text_columns[] = {
	NUMBER(TEXT, "text", struct row_text, text),
};

static const struct column setting_columns[] = {
	NUMBER(STATIC, "name", struct row_setting, name),
	NUMBER(BITS, "value", struct row_setting, value),
};

static const struct column suppression_columns[] = {
	NUMBER(TEXT, "text", struct suppression, text),
	NUMBER(TEXT, "location", struct suppression, where),
};

static const struct column loss_columns[] = {
	NUMBER(STATIC, "loss", struct row_loss, id),
	NUMBER(U64, "count", struct row_loss, n),
};

static const struct column module_columns[] = {
	WORD(WORD32, "kind", struct row_module, kind, word_module_kind, MODULE_NONE + 1),
	NUMBER(TEXT, "path", struct row_module, path),
	NUMBER(TEXT, "build_id", struct row_module, build_id),
};

static const struct column place_columns[] = {
	NUMBER(U32, "module", struct place, module),
	NUMBER(U32, "flags", struct place, flags),
	NUMBER(BITS, "offset", struct place, offset),
};

static const struct column frame_columns[] = {
	NUMBER(STATIC, "function", struct frame, function),
	NUMBER(STATIC, "file", struct frame, file),
	NUMBER_SINCE(2, STATIC, "directory", struct frame, directory),
	NUMBER(U32, "line", struct frame, line),
	NUMBER(BOOL, "inlined", struct frame, inlined),
};

static const struct column stack_columns[] = {
	WORD(WORD32, "ended_by", struct row_stack, end, word_stack_end, _STACK_END_MAX),
	NUMBER(TEXT, "places", struct row_stack, places),
};

static const struct column test_columns[] = {
	NUMBER(TEXT, "name", struct test, name),
	NUMBER(TEXT, "suite", struct test, suite),
	NUMBER(TEXT, "own_name", struct test, own_name),
	NUMBER(STATIC, "runner", struct test, runner),
	NUMBER(U32, "parent", struct test, parent),
	NUMBER(U32, "occurrence", struct test, occurrence),
	NUMBER(U32, "pid", struct test, pid),
	NUMBER(BOOL, "whole_process", struct test, whole_process),
	NUMBER(BOOL, "counted", struct test, counted),
	NUMBER(BITS, "begin_ns", struct test, begin_ns),
	NUMBER(BITS, "end_ns", struct test, end_ns),
	NUMBER(TEXT, "reason", struct test, reason),
	NUMBER(U64, "retained_bytes", struct test, retained_bytes),
	NUMBER(U64, "retained_blocks", struct test, retained_blocks),
	NUMBER(U64, "retracted_bytes", struct test, retracted_bytes),
	NUMBER(U64, "retracted_blocks", struct test, retracted_blocks),
	NUMBER(U64, "peak_rss_bytes", struct test, peak_rss_bytes),
	NUMBER_SINCE(2, BOOL, "rss_known", struct test, rss_known),
	NUMBER_SINCE(2, BITS, "rss_delta_bytes", struct test, rss_delta_bytes),
	NUMBER_SINCE(2, U32, "processes_left", struct test, n_left),
	TOTALS(struct test, totals),
};

static const struct column process_columns[] = {
	NUMBER(U32, "pid", struct process, pid),
	NUMBER(U32, "ppid", struct process, ppid),
	NUMBER(TEXT, "exe", struct process, exe),
	NUMBER(BOOL, "command_cut", struct process, command_cut),
	NUMBER(BOOL, "inherited_command", struct process, inherited_command),
	NUMBER(BITS, "start_ns", struct process, start_ns),
	NUMBER(BITS, "end_ns", struct process, end_ns),
	WORD(WORD32, "ended_by", struct process, end, word_process_end, END_EXEC + 1),
	NUMBER(I32, "wait_status", struct process, wait_status),
	NUMBER(U64, "peak_rss_bytes", struct process, peak_rss_bytes),
	NUMBER(STATIC, "allocator", struct process, allocator),
	NUMBER(STATIC, "silent", struct process, silent),
	NUMBER(STATIC, "unjudged", struct process, unjudged),
	NUMBER_SINCE(3, U32, "merged", struct process, n_merged),
	NUMBER(U32, "test", struct process, test),
	NUMBER_SINCE(2, BOOL, "outlived_test", struct process, outlived_test),
	NUMBER(BITS, "sample_spacing_ns", struct process, samples.spacing_ns),
	NUMBER(BITS, "first_rss_bytes", struct process, samples.first.rss_bytes),
	NUMBER(BITS, "first_fds", struct process, samples.first.n_fds),
	NUMBER(BITS, "first_threads", struct process, samples.first.n_threads),
	NUMBER(BITS, "last_rss_bytes", struct process, samples.last.rss_bytes),
	NUMBER(BITS, "last_fds", struct process, samples.last.n_fds),
	NUMBER(BITS, "last_threads", struct process, samples.last.n_threads),
	NUMBER(BITS, "most_rss_bytes", struct process, samples.peak.rss_bytes),
	NUMBER(BITS, "most_fds", struct process, samples.peak.n_fds),
	NUMBER(BITS, "most_threads", struct process, samples.peak.n_threads),
	NUMBER_SINCE(3, U64, "peak_looks", struct process, peak.n_looks),
	NUMBER_SINCE(3, BITS, "peak_ns", struct process, peak.time_ns),
	NUMBER_SINCE(3, U64, "peak_bytes", struct process, peak.bytes),
	NUMBER_SINCE(3, U64, "peak_blocks", struct process, peak.n_blocks),
	NUMBER_SINCE(3, U64, "peak_gap_ns", struct process, peak.gap_ns),
	TOTALS(struct process, totals),
};

static const struct column sample_columns[] = {
	NUMBER(BITS, "time_ns", struct process_sample, time_ns),
	NUMBER(BITS, "rss_bytes", struct process_sample, rss_bytes),
	NUMBER(BITS, "fds", struct process_sample, n_fds),
	NUMBER(BITS, "threads", struct process_sample, n_threads),
	NUMBER_SINCE(3, U64, "outstanding_bytes", struct process_sample, outstanding_bytes),
	NUMBER_SINCE(3, U64, "outstanding_known", struct process_sample, outstanding_known),
};

static const struct column site_columns[] = {
	NUMBER(U32, "process", struct site, key.process),
	NUMBER(U32, "stack", struct site, key.stack),
	NUMBER(U32, "test", struct site, key.test),
	WORD(WORD8, "kind", struct site, key.kind, word_kind, _KIND_MAX),
	WORD(WORD8, "class", struct site, key.class, word_class, _CLASS_MAX),
	NUMBER(U64, "blocks", struct site, n_blocks),
	NUMBER(U64, "bytes", struct site, bytes),
	NUMBER(BITS, "oldest_ns", struct site, oldest_ns),
	NUMBER(U64, "tree_bytes", struct site, tree_bytes),
	NUMBER(U64, "tree_blocks", struct site, tree_blocks),
	NUMBER(U64, "interior_blocks", struct site, n_interior),
	WORD(WORD32, "root", struct site, root.kind, word_root, _ROOT_KIND_MAX),
	NUMBER(I32, "root_tid", struct site, root.tid),
	NUMBER(BITS, "root_address", struct site, root.address),
	NUMBER(U32, "root_module", struct site, root.module),
	NUMBER(BITS, "root_offset", struct site, root.offset),
	NUMBER(STATIC, "root_register", struct site, root.name),
};

static const struct column object_columns[] = {
	NUMBER(BITS, "address", struct object, address),
	NUMBER(U64, "bytes", struct object, bytes),
	NUMBER(TEXT, "target", struct object, target),
	NUMBER(TEXT, "flags", struct object, flags),
	NUMBER(U32, "routine", struct object, routine),
};

static const struct column growth_columns[] = {
	NUMBER(U64, "amount", struct row_growth, amount),
};

static const struct column mark_columns[] = {
	NUMBER_SINCE(3, TEXT, "name", struct mark_point, name),
	NUMBER_SINCE(3, BITS, "time_ns", struct mark_point, time_ns),
	NUMBER_SINCE(3, BOOL, "automatic", struct mark_point, is_automatic),
};

static const struct column mark_site_columns[] = {
	NUMBER_SINCE(3, U32, "process", struct mark_entry, key.process),
	NUMBER_SINCE(3, U32, "stack", struct mark_entry, key.stack),
	WORD_SINCE(3, WORD8, "kind", struct mark_entry, key.kind, word_kind, _KIND_MAX),
};

static const struct column mark_amount_columns[] = {
	NUMBER_SINCE(3, U32, "mark", struct mark_amount, mark),
	NUMBER_SINCE(3, U64, "blocks", struct mark_amount, n_blocks),
	NUMBER_SINCE(3, U64, "bytes", struct mark_amount, bytes),
};

static const struct column baseline_columns[] = {
	NUMBER_SINCE(3, TEXT, "file", struct row_text, text),
};

static const struct column baseline_site_columns[] = {
	NUMBER_SINCE(3, BITS, "hash", struct row_baseline_site, hash),
};

#define TABLE(table_name, first, second, columns)                                                  \
	{ .table = table_name, .keys = { first, second }, .list = columns, .n = N_OF(columns) }
/* One that older recordings do not have. */
#define TABLE_SINCE(format, table_name, first, second, columns)                                    \
	{                                                                                          \
		.table = table_name, .keys = { first, second }, .list = columns,                   \
		.n = N_OF(columns), .since = format                                                \
	}

const struct columns schema_tables[_TABLE_MAX] = {
	[TABLE_RUN] = TABLE("run", "id", NULL, run_columns),
	[TABLE_COMMAND] = TABLE("command", "id", NULL, text_columns),
	[TABLE_SETTING] = TABLE("setting", "id", NULL, setting_columns),
	[TABLE_SUPPRESSION] = TABLE("suppression", "id", NULL, suppression_columns),
	[TABLE_NOTE] = TABLE("note", "id", NULL, text_columns),
	[TABLE_LOSS] = TABLE("loss", "id", NULL, loss_columns),
	[TABLE_MODULE] = TABLE("module", "id", NULL, module_columns),
	[TABLE_PLACE] = TABLE("place", "id", NULL, place_columns),
	[TABLE_FRAME] = TABLE("frame", "place", "position", frame_columns),
	[TABLE_STACK] = TABLE("stack", "id", NULL, stack_columns),
	[TABLE_TEST] = TABLE("test", "id", NULL, test_columns),
	[TABLE_PROCESS] = TABLE("process", "id", NULL, process_columns),
	[TABLE_ARGUMENT] = TABLE("argument", "process", "position", text_columns),
	[TABLE_PROCESS_LOSS] = TABLE("process_loss", "process", "position", loss_columns),
	[TABLE_SAMPLE] = TABLE("sample", "process", "position", sample_columns),
	[TABLE_SITE] = TABLE("site", "id", NULL, site_columns),
	[TABLE_OBJECT] = TABLE("object", "site", "position", object_columns),
	[TABLE_GROWTH] = TABLE("growth", "site", "position", growth_columns),
	[TABLE_MARK] = TABLE_SINCE(3, "mark", "id", NULL, mark_columns),
	[TABLE_MARK_SITE] = TABLE_SINCE(3, "mark_site", "id", NULL, mark_site_columns),
	[TABLE_MARK_AMOUNT] =
		TABLE_SINCE(3, "mark_amount", "mark_site", "position", mark_amount_columns),
	[TABLE_BASELINE] = TABLE_SINCE(3, "baseline", "id", NULL, baseline_columns),
	[TABLE_BASELINE_SITE] = TABLE_SINCE(3, "baseline_site", "id", NULL, baseline_site_columns),
};
/* clang-format on */

int schema_create(sqlite3 *db)
{
	_cleanup_free_ char *marks = str_printf("PRAGMA application_id = %d;"
						"PRAGMA user_version = %d",
						SCHEMA_APPLICATION, SCHEMA_FORMAT);
	int code = marks ? sqlite3_exec(db, marks, NULL, NULL, NULL) : SQLITE_NOMEM;

	for (int i = 0; code == SQLITE_OK && i < _TABLE_MAX; i++) {
		_cleanup_free_ char *sql = columns_create(&schema_tables[i], SCHEMA_FORMAT);

		code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
	}
	return code;
}

/* A number that the header of the file has; -1 if it cannot be read. */
static int64_t header_number(sqlite3 *db, const char *pragma)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(db, pragma, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

/* 1: the table has been made by the text that schema_create() uses, 0: not, or -ENOMEM. */
static int table_is_ours(sqlite3_stmt *find, const struct columns *table, int format)
{
	_cleanup_free_ char *wanted = columns_create(table, format);
	const char *found;
	int same = 0;

	if (table->since > format)
		return 1;
	if (!wanted)
		return -ENOMEM;
	sqlite3_reset(find);
	if (sqlite3_bind_text(find, 1, table->table, -1, SQLITE_STATIC) != SQLITE_OK)
		return -ENOMEM;
	if (sqlite3_step(find) == SQLITE_ROW) {
		found = (const char *)sqlite3_column_text(find, 0);
		same = found && strcmp(found, wanted) == 0;
	}
	return same;
}

static int tables_check(sqlite3 *db, int format, struct diag *diag)
{
	static const char sql[] = "SELECT sql FROM sqlite_schema WHERE name = ? AND type = 'table'";
	sqlite3_stmt *find = NULL;
	int r = 1;

	if (sqlite3_prepare_v2(db, sql, -1, &find, NULL) != SQLITE_OK)
		return diag_add(diag, -EBADMSG, "it is broken: it has no tables");
	for (int i = 0; r > 0 && i < _TABLE_MAX; i++) {
		r = table_is_ours(find, &schema_tables[i], format);
		if (r == 0)
			diag_add(diag, -EBADMSG, "it is broken: table %s is not as it should be",
				 schema_tables[i].table);
	}
	sqlite3_finalize(find);
	return r > 0 ? 0 : r < 0 ? r : -EBADMSG;
}

int schema_check(sqlite3 *db, int *ret_format, struct diag *diag)
{
	int64_t application = header_number(db, "PRAGMA application_id");
	int64_t format = header_number(db, "PRAGMA user_version");

	if (application != SCHEMA_APPLICATION)
		return diag_add(diag, -EINVAL, "it is no recording of leaktrace");
	if (format > SCHEMA_FORMAT)
		return diag_add(diag, -ENOTSUP,
				"it was written by a newer leaktrace (format %lld; this one knows "
				"formats up to %d)",
				(long long)format, SCHEMA_FORMAT);
	if (format < 1)
		return diag_add(diag, -EBADMSG, "it is broken: it has no format number");
	*ret_format = (int)format;
	return tables_check(db, *ret_format, diag);
}
