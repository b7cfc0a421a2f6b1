// SPDX-License-Identifier: BSD-2-Clause
/*
 * The peaks in the text report: the most memory that processes held, and how well that is known. By
 * which call sites it was held are paragraphs like those of other classes. Called by text.c.
 */
#include "report/text.h"

#include "base/units.h"
#include "report/facts.h"

struct peak_order {
	VEC(const struct process *) list;
};

static void peak_order_done(struct peak_order *order)
{
	vec_done(&order->list);
}

static int compare_peaks(const void *a, const void *b)
{
	const struct process *x = *(const struct process *const *)a;
	const struct process *y = *(const struct process *const *)b;

	if (x->peak.bytes != y->peak.bytes)
		return x->peak.bytes < y->peak.bytes ? 1 : -1;
	return (x > y) - (x < y); /* in the order in which they started */
}

/* "in 42 looks, at most 251ms apart": between them it may have been more. */
static void peak_looks(const struct text *text, const struct process *process)
{
	const struct process_peak *peak = &process->peak;
	char gap[UNITS_TEXT_BYTES];

	if (peak->n_looks == 1 && peak->time_ns == process->end_ns) {
		fputs("nobody looked before its end", text->to);
		return;
	}
	fputs("the most in ", text->to);
	text_count(text, peak->n_looks, "look", "looks");
	fprintf(text->to, ", at most %s apart", units_format_ns(peak->gap_ns, gap));
}

/* "peak of cache (pid 12): 10.0 MiB in 12 blocks at 1.2s, the most in 42 looks, ..." */
static int peak_print(const struct text *text, const struct process *process)
{
	const struct process_peak *peak = &process->peak;
	char time[UNITS_TEXT_BYTES];

	fputs("peak of ", text->to);
	if (text_process(text, process) < 0)
		return -ENOMEM;
	fputs(": ", text->to);
	text_style(text, STYLE_BOLD);
	if (text->result->sample_bytes)
		fputs("about ", text->to);
	text_bytes_in_blocks(text, peak->bytes, peak->n_blocks);
	text_style(text, STYLE_NONE);
	fprintf(text->to, " at %s, ",
		units_format_ns(peak->time_ns > text->result->started_ns ?
					peak->time_ns - text->result->started_ns :
					0,
				time));
	peak_looks(text, process);
	fputc('\n', text->to);
	return 0;
}

int text_peaks(const struct text *text)
{
	_cleanup_(peak_order_done) struct peak_order order = { 0 };
	uint64_t top = text->options->top;

	if (!(text->options->show & 1u << CLASS_PEAK))
		return 0;
	vec_foreach(process, &text->result->processes) {
		if (process->peak.bytes && vec_push(&order.list, process) < 0)
			return -ENOMEM;
	}
	if (!order.list.n)
		return 0;
	qsort(order.list.items, order.list.n, sizeof(*order.list.items), compare_peaks);
	fputc('\n', text->to);
	for (size_t i = 0; i < order.list.n && (!top || i < top); i++) {
		if (peak_print(text, order.list.items[i]) < 0)
			return -ENOMEM;
	}
	if (top && order.list.n > top) {
		fputs("... and of ", text->to);
		text_count(text, order.list.n - top, "more process", "more processes");
		fputs(": --top=0 shows all\n", text->to);
	}
	return 1;
}
