// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of processes in the text report: those that hold most first, at most --top of them,
 * and a sentence for each reason why nothing could be seen. Called by text.c.
 */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "base/str.h"
#include "base/units.h"
#include "report/facts.h"

/* A line of the table as text: the widths of the columns are known only when all are there. */
struct row {
	char flag; /* of the verdict: '!', '?' or a space */
	char pid[UNITS_TEXT_BYTES];
	char *name;
	char allocations[UNITS_TEXT_BYTES];
	char frees[UNITS_TEXT_BYTES];
	char bytes[UNITS_TEXT_BYTES]; /* outstanding */
	char blocks[UNITS_TEXT_BYTES + 2];
	char fds[UNITS_TEXT_BYTES];
	char peak[UNITS_TEXT_BYTES];
	char *remark; /* how it ended, when that is worth a word */
};

struct rows {
	VEC(struct row) list;
};

struct order {
	VEC(const struct process *) list;
};

static void rows_done(struct rows *rows)
{
	vec_foreach(row, &rows->list) {
		free(row->name);
		free(row->remark);
	}
	vec_done(&rows->list);
}

static void order_done(struct order *order)
{
	vec_done(&order->list);
}

static bool process_was_killed(const struct process *process)
{
	return process->end == END_EXIT && WIFSIGNALED(process->wait_status);
}

/* Among those that hold nothing: what the reader must know first, mere forks last. */
static int process_rank(const struct process *process)
{
	if (process->verdict == VERDICT_INCOMPLETE)
		return 0;
	if (process_was_killed(process))
		return 1;
	return process->inherited_command ? 3 : 2;
}

static int compare_processes(const void *a, const void *b)
{
	const struct process *x = *(const struct process *const *)a;
	const struct process *y = *(const struct process *const *)b;

	if (x->totals.outstanding_bytes != y->totals.outstanding_bytes)
		return x->totals.outstanding_bytes < y->totals.outstanding_bytes ? 1 : -1;
	if (x->totals.outstanding_blocks != y->totals.outstanding_blocks)
		return x->totals.outstanding_blocks < y->totals.outstanding_blocks ? 1 : -1;
	if (x->totals.fds != y->totals.fds)
		return x->totals.fds < y->totals.fds ? 1 : -1;
	if (process_rank(x) != process_rank(y))
		return process_rank(x) - process_rank(y);
	return (x > y) - (x < y); /* in the order in which they started */
}

static char *remark_signal(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? str_printf("killed by SIG%s", name) :
		      str_printf("killed by signal %d", number);
}

/* How the process ended, "" when there is nothing to say. */
static char *remark_end(const struct text *text, const struct process *process)
{
	char count[UNITS_TEXT_BYTES];

	switch (process->end) {
	case END_EXEC:
		return strdup("called exec");
	case END_RUNNING:
		return strdup(text->result->mode == MODE_RUN ? "still running" : "");
	case END_EXIT:
		break;
	}
	if (process->n_merged)
		return str_printf("%s that ended", units_format_count(process->n_merged, count));
	if (process_was_killed(process))
		return remark_signal(WTERMSIG(process->wait_status));
	if (WIFEXITED(process->wait_status) && WEXITSTATUS(process->wait_status))
		return str_printf("exit status %d", WEXITSTATUS(process->wait_status));
	return strdup("");
}

static char *row_remark(const struct text *text, const struct process *process)
{
	_cleanup_free_ char *end = remark_end(text, process);
	const char *missing = process->silent ? "nothing was seen" :
			      process->losses.counts[LOSS_PROCESS_FULL] ?
						"not complete (--max-blocks-per-process)" :
						"not complete";

	if (!end || process->verdict != VERDICT_INCOMPLETE)
		return TAKE_PTR(end);
	return *end ? str_printf("%s, %s", missing, end) : strdup(missing);
}

static bool is_traced(const struct text *text, enum resource_kind kind)
{
	return text->result->kinds & 1u << kind;
}

static void row_numbers(const struct text *text, struct row *row, const struct process *process)
{
	const struct totals *totals = &process->totals;
	char count[UNITS_TEXT_BYTES];

	strcpy(row->allocations, "-");
	strcpy(row->frees, "-");
	strcpy(row->bytes, "-");
	strcpy(row->fds, "-");
	strcpy(row->peak, "-");
	if (totals->fds)
		units_format_count(totals->fds, row->fds);
	if (process->peak_rss_bytes)
		units_format_bytes(process->peak_rss_bytes, row->peak);
	if (process->silent || !is_traced(text, KIND_MEMORY))
		return;
	units_format_count(totals->allocations, row->allocations);
	units_format_count(totals->frees, row->frees);
	if (totals->outstanding_blocks == 0)
		return;
	units_format_bytes(totals->outstanding_bytes, row->bytes);
	snprintf(row->blocks, sizeof(row->blocks), " /%s",
		 units_format_count(totals->outstanding_blocks, count));
}

static int rows_add(struct rows *rows, const struct text *text, const struct process *process)
{
	static const char flags[] = {
		[VERDICT_CLEAN] = ' ',
		[VERDICT_LEAKS] = '!',
		[VERDICT_INCOMPLETE] = '?',
	};
	_cleanup_free_ char *name = facts_printable(process_name(process));
	_cleanup_free_ char *remark = row_remark(text, process);
	struct row row = { .flag = flags[process->verdict] };

	if (!name || !remark || vec_reserve(&rows->list, 1) < 0)
		return -ENOMEM;
	if (process->inherited_command) {
		row.name = str_printf("%s (fork)", name);
		if (!row.name)
			return -ENOMEM;
	} else {
		row.name = TAKE_PTR(name);
	}
	row.remark = TAKE_PTR(remark);
	if (process->n_merged)
		strcpy(row.pid, "-");
	else
		snprintf(row.pid, sizeof(row.pid), "%" PRIu32, process->pid);
	row_numbers(text, &row, process);
	return vec_push(&rows->list, row);
}

struct widths {
	int pid, name, allocations, frees, bytes, blocks, fds, peak;
};

static struct widths rows_widths(const struct rows *rows)
{
	enum { MAX_NAME_COLUMNS = 32 };
	struct widths w = { 0 };

	text_widen(&w.pid, "PID", SIZE_MAX);
	text_widen(&w.name, "PROCESS", SIZE_MAX);
	text_widen(&w.fds, "FDS", SIZE_MAX);
	text_widen(&w.allocations, "ALLOCATIONS", SIZE_MAX);
	text_widen(&w.frees, "FREES", SIZE_MAX);
	text_widen(&w.peak, "PEAK RSS", SIZE_MAX);
	vec_foreach(row, &rows->list) {
		text_widen(&w.pid, row->pid, SIZE_MAX);
		text_widen(&w.name, row->name, MAX_NAME_COLUMNS);
		text_widen(&w.allocations, row->allocations, SIZE_MAX);
		text_widen(&w.frees, row->frees, SIZE_MAX);
		text_widen(&w.bytes, row->bytes, SIZE_MAX);
		text_widen(&w.blocks, row->blocks, SIZE_MAX);
		text_widen(&w.fds, row->fds, SIZE_MAX);
		text_widen(&w.peak, row->peak, SIZE_MAX);
	}
	if (w.bytes + w.blocks < (int)strlen("OUTSTANDING"))
		w.bytes = (int)strlen("OUTSTANDING") - w.blocks;
	return w;
}

static void row_print(const struct text *text, const struct row *row, const struct widths *w)
{
	enum text_style style = row->flag == '!' ? STYLE_RED : STYLE_YELLOW;

	if (row->flag != ' ')
		text_style(text, style);
	fputc(row->flag, text->to);
	if (row->flag != ' ')
		text_style(text, STYLE_NONE);
	fprintf(text->to, " %*s  ", w->pid, row->pid);
	text_padded(text, row->name, (size_t)w->name);
	if (is_traced(text, KIND_MEMORY))
		fprintf(text->to, "  %*s  %*s  %*s%-*s", w->allocations, row->allocations, w->frees,
			row->frees, w->bytes, row->bytes, w->blocks, row->blocks);
	if (is_traced(text, KIND_FD))
		fprintf(text->to, "  %*s", w->fds, row->fds);
	fprintf(text->to, "  %*s%s%s\n", w->peak, row->peak, *row->remark ? "  " : "", row->remark);
}

static int compare_silent(const void *a, const void *b)
{
	const struct process *x = *(const struct process *const *)a;
	const struct process *y = *(const struct process *const *)b;
	int order = strcmp(x->silent, y->silent);

	return order ? order : (x > y) - (x < y);
}

/* Each reason for silence once, with the first process that has it. */
static int silent_print(const struct text *text, struct order *silent)
{
	if (silent->list.n)
		qsort(silent->list.items, silent->list.n, sizeof(*silent->list.items),
		      compare_silent);
	for (size_t i = 0, n; i < silent->list.n; i += n) {
		const struct process *first = silent->list.items[i];
		_cleanup_free_ char *reason = facts_printable(first->silent);
		char count[UNITS_TEXT_BYTES];

		for (n = 1; i + n < silent->list.n; n++) {
			if (strcmp(first->silent, silent->list.items[i + n]->silent) != 0)
				break;
		}
		fputs("? ", text->to);
		if (!reason || text_process(text, first) < 0)
			return -ENOMEM;
		if (n > 1)
			fprintf(text->to, " and %s more", units_format_count(n - 1, count));
		fprintf(text->to, ": %s\n", reason);
	}
	return 0;
}

/* The sentence for the rows beyond --top. */
static void rest_print(const struct text *text, const struct order *order, size_t n_shown)
{
	uint64_t bytes = 0, n_fds = 0, n_holding = 0, n_incomplete = 0;
	char count[UNITS_TEXT_BYTES], size[UNITS_TEXT_BYTES];

	for (size_t i = n_shown; i < order->list.n; i++) {
		const struct process *process = order->list.items[i];

		n_holding += process->totals.outstanding_blocks != 0;
		n_incomplete += process->verdict == VERDICT_INCOMPLETE;
		bytes += process->totals.outstanding_bytes;
		n_fds += process->totals.fds;
	}
	fprintf(text->to, "  ... and %s more, ",
		units_format_count(order->list.n - n_shown, count));
	if (n_holding)
		fprintf(text->to, "%s of them with %s outstanding",
			units_format_count(n_holding, count), units_format_bytes(bytes, size));
	else if (is_traced(text, KIND_MEMORY))
		fputs("none of them with outstanding memory", text->to);
	else
		fputs("less of note", text->to);
	if (n_fds)
		fprintf(text->to, ", %s descriptors", units_format_count(n_fds, count));
	if (n_incomplete)
		fprintf(text->to, ", %s not complete", units_format_count(n_incomplete, count));
	fputs(": --top=0 shows all\n", text->to);
}

static int table_print(const struct text *text, const struct order *order)
{
	_cleanup_(rows_done) struct rows rows = { 0 };
	uint64_t top = text->options->top;
	size_t n = top && order->list.n > top ? (size_t)top : order->list.n;
	struct widths w;

	for (size_t i = 0; i < n; i++) {
		if (rows_add(&rows, text, order->list.items[i]) < 0)
			return -ENOMEM;
	}
	w = rows_widths(&rows);
	fputc('\n', text->to);
	text_style(text, STYLE_DIM);
	fprintf(text->to, "  %*s  %-*s", w.pid, "PID", w.name, "PROCESS");
	if (is_traced(text, KIND_MEMORY))
		fprintf(text->to, "  %*s  %*s  %-*s", w.allocations, "ALLOCATIONS", w.frees,
			"FREES", w.bytes + w.blocks, "OUTSTANDING");
	if (is_traced(text, KIND_FD))
		fprintf(text->to, "  %*s", w.fds, "FDS");
	fprintf(text->to, "  %*s", w.peak, "PEAK RSS");
	text_style(text, STYLE_NONE);
	fputc('\n', text->to);
	vec_foreach(row, &rows.list)
		row_print(text, row, &w);
	if (n < order->list.n)
		rest_print(text, order, n);
	return 0;
}

int text_processes(const struct text *text)
{
	_cleanup_(order_done) struct order order = { 0 }, silent = { 0 };
	bool tests = text->result->tests.items.n != 0; /* then they are what the reader wants */
	bool wanted = text->result->processes.n > 1 && !tests;

	vec_foreach(process, &text->result->processes) {
		wanted |= process->verdict == VERDICT_INCOMPLETE ||
			  (process_was_killed(process) && !tests);
		if (vec_push(&order.list, process) < 0 ||
		    (process->silent && vec_push(&silent.list, process) < 0))
			return -ENOMEM;
	}
	if (!wanted)
		return 0;
	qsort(order.list.items, order.list.n, sizeof(*order.list.items), compare_processes);
	if (table_print(text, &order) < 0 || silent_print(text, &silent) < 0)
		return -ENOMEM;
	return 1;
}
