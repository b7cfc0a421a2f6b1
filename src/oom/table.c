// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's table of processes. Columns came and went over the years, so the line of their
 * names decides; names that are not known are passed over.
 */
#include "oom/table.h"

#include <ctype.h>
#include <string.h>

#include "oom/fields.h"

enum column {
	COLUMN_OTHER,
	COLUMN_UID,
	COLUMN_TOTAL_VM,
	COLUMN_RSS,
	COLUMN_ANON,
	COLUMN_FILE,
	COLUMN_SHMEM,
	COLUMN_TABLE_BYTES,
	COLUMN_TABLE_PAGES,
	COLUMN_SWAP,
	COLUMN_SCORE_ADJ,
};

static const struct {
	const char *name;
	enum column column;
} column_names[] = {
	{ "uid", COLUMN_UID },
	{ "total_vm", COLUMN_TOTAL_VM },
	{ "rss", COLUMN_RSS },
	{ "rss_anon", COLUMN_ANON },
	{ "rss_file", COLUMN_FILE },
	{ "rss_shmem", COLUMN_SHMEM },
	{ "pgtables_bytes", COLUMN_TABLE_BYTES },
	{ "nr_ptes", COLUMN_TABLE_PAGES },
	{ "nr_pmds", COLUMN_TABLE_PAGES },
	{ "swapents", COLUMN_SWAP },
	{ "oom_score_adj", COLUMN_SCORE_ADJ },
};

static enum column column_find(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(column_names) / sizeof(column_names[0]); i++) {
		if (strlen(column_names[i].name) == n && !memcmp(column_names[i].name, name, n))
			return column_names[i].column;
	}
	return COLUMN_OTHER;
}

bool oom_table_head(const char *text, struct oom_table *ret)
{
	const char *at = strstr(text, " total_vm ");
	struct oom_table table = { 0 };

	if (!at)
		return false;
	at = strchr(text, ']');
	/* A line that lost its start has the same columns as all others of its kernel. */
	if (!at || !strstr(at, "name"))
		return false;
	for (at++;;) {
		size_t n;

		while (*at == ' ')
			at++;
		n = strcspn(at, " \t\r");
		if (n == 0 || (n == 4 && strncmp(at, "name", 4) == 0))
			break;
		if (table.n == OOM_TABLE_MAX_COLUMNS)
			return false;
		table.columns[table.n++] = (unsigned char)column_find(at, n);
		at += n;
	}
	*ret = table;
	return table.n > 0;
}

bool oom_table_has_bytes(const struct oom_table *table)
{
	for (int i = 0; i < table->n; i++) {
		if (table->columns[i] == COLUMN_TABLE_BYTES)
			return true;
	}
	return false;
}

/* The columns of a line without a header, by the number of its numbers. */
static bool table_guess(const char *at, struct oom_table *ret)
{
	static const struct oom_table known[] = {
		{ 7,
		  { COLUMN_UID, COLUMN_OTHER, COLUMN_TOTAL_VM, COLUMN_RSS, COLUMN_TABLE_BYTES,
		    COLUMN_SWAP, COLUMN_SCORE_ADJ } },
		{ 8,
		  { COLUMN_UID, COLUMN_OTHER, COLUMN_TOTAL_VM, COLUMN_RSS, COLUMN_TABLE_PAGES,
		    COLUMN_TABLE_PAGES, COLUMN_SWAP, COLUMN_SCORE_ADJ } },
		{ 10,
		  { COLUMN_UID, COLUMN_OTHER, COLUMN_TOTAL_VM, COLUMN_RSS, COLUMN_ANON, COLUMN_FILE,
		    COLUMN_SHMEM, COLUMN_TABLE_BYTES, COLUMN_SWAP, COLUMN_SCORE_ADJ } },
	};
	int n = 0;

	for (;;) {
		uint64_t value;

		while (*at == ' ')
			at++;
		at += *at == '-';
		if (!field_digits(&at, &value) || *at != ' ')
			break;
		n++;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].n == n) {
			*ret = known[i];
			return true;
		}
	}
	return false;
}

static void task_set(struct oom_task *task, enum column column, uint64_t value, bool negative)
{
	uint64_t *const members[] = {
		[COLUMN_TOTAL_VM] = &task->total_vm_bytes,
		[COLUMN_RSS] = &task->rss_bytes,
		[COLUMN_ANON] = &task->anon_bytes,
		[COLUMN_FILE] = &task->file_bytes,
		[COLUMN_SHMEM] = &task->shmem_bytes,
		[COLUMN_TABLE_BYTES] = &task->page_table_bytes,
		[COLUMN_TABLE_PAGES] = &task->page_table_bytes,
		[COLUMN_SWAP] = &task->swap_bytes,
		[COLUMN_SCORE_ADJ] = NULL,
	};

	if (column == COLUMN_UID)
		task->uid = (uint32_t)value;
	else if (column == COLUMN_SCORE_ADJ)
		task->score_adj = value > 1000 ? 0 : negative ? -(int)value : (int)value;
	else if (column == COLUMN_TABLE_PAGES)
		task->page_table_bytes = field_plus(task->page_table_bytes, value);
	else if (members[column])
		*members[column] = value;
}

/* The numbers of a line; false when it ends before its name. */
static bool row_read(const struct oom_table *table, const char **at, struct oom_task *task)
{
	for (int i = 0; i < table->n; i++) {
		bool negative;
		uint64_t value;

		while (**at == ' ')
			(*at)++;
		negative = **at == '-';
		*at += negative;
		if (!field_digits(at, &value) || (**at != ' ' && **at))
			return false;
		task_set(task, (enum column)table->columns[i], value, negative);
	}
	while (**at == ' ')
		(*at)++;
	return **at != '\0';
}

int oom_table_row(const struct oom_table *table, const char *text, struct oom_task *ret,
		  bool *ret_cut)
{
	struct oom_task task = { 0 };
	struct oom_table guessed = { 0 };
	const char *at = strchr(text, '[');
	uint64_t pid, more;

	*ret_cut = false;
	if (!at)
		return 0;
	for (at++; *at == ' ';)
		at++;
	if (!field_digits(&at, &pid) || pid > UINT32_MAX)
		return 0;
	while (*at == ' ')
		at++;
	/* "[123] 0" but not "[123]: text". */
	if (at[0] != ']' || at[1] != ' ')
		return 0;
	at++;
	if (!table->n && !table_guess(at, &guessed))
		return 0;
	while (*at == ' ')
		at++;
	if (!isdigit((unsigned char)*at))
		return 0;
	task.pid = (uint32_t)pid;
	more = OOM_UNKNOWN;
	task.total_vm_bytes = task.rss_bytes = task.anon_bytes = task.file_bytes = more;
	task.shmem_bytes = task.page_table_bytes = task.swap_bytes = more;
	if (!row_read(table->n ? table : &guessed, &at, &task)) {
		*ret_cut = true;
		return 0;
	}
	if (field_copy(&task.name, at, strcspn(at, "\r\n")) < 0)
		return -ENOMEM;
	*ret = task;
	return 1;
}
