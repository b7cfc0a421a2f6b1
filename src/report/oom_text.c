// SPDX-License-Identifier: BSD-2-Clause
/*
 * "leaktrace oom --explain" for people: yes or no first, then for each kill what ran out, who was
 * killed and why, where the memory was, and what to do.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "base/stream.h"
#include "report/oom.h"
#include "report/text.h"

/* The column where the text of a paragraph begins, and its width. */
enum { INDENT = 14, WIDTH = 100 };

/* "  LABEL     text", broken into lines between words. */
static void paragraph(FILE *to, const char *label, const char *text)
{
	size_t column = INDENT;

	fprintf(to, "  %-*s", INDENT - 2, label);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > INDENT && column + 1 + n > WIDTH) {
			fprintf(to, "\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			putc(' ', to);
			column++;
		}
		fwrite(text, 1, n, to);
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	putc('\n', to);
}

static void paragraphs(FILE *to, const char *label, char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		paragraph(to, i ? "" : label, texts[i]);
}

static const char *size_text(uint64_t bytes, char to[UNITS_TEXT_BYTES])
{
	return bytes == OOM_UNKNOWN ? "?" : units_format_bytes(bytes, to);
}

static void victim_name(FILE *to, const struct oom_victim *victim)
{
	fprintf(to, "%s (pid %" PRIu32, victim->name ? victim->name : "a process", victim->pid);
	if (victim->uid != OOM_UNKNOWN)
		fprintf(to, ", uid %" PRIu64, victim->uid);
	putc(')', to);
}

/* Text that is made of parts first and broken into lines then. */
static int paragraph_from(FILE *to, const char *label, const struct oom_event *event,
			  void (*write)(const struct oom_event *event, FILE *to))
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	FILE *parts = open_memstream(&text, &n);

	if (!parts)
		return -ENOMEM;
	write(event, parts);
	if (fclose(parts) != 0)
		return -ENOMEM;
	if (n)
		paragraph(to, label, text);
	return 0;
}

static void limit_cgroup(const struct oom_event *event, FILE *to)
{
	static const char *const names[_OOM_COUNTER_MAX] = {
		[OOM_COUNTER_MEMORY] = "memory",
		[OOM_COUNTER_MEMORY_SWAP] = "memory and swap together",
		[OOM_COUNTER_SWAP] = "swap",
		[OOM_COUNTER_KERNEL] = "kernel memory",
	};
	enum oom_counter which = OOM_COUNTER_MEMORY;
	const struct oom_limit *limit = oom_limit_hit(event, &which);
	char used[UNITS_TEXT_BYTES], most[UNITS_TEXT_BYTES], times[UNITS_TEXT_BYTES];

	fprintf(to, "the limit of the cgroup %s", event->cgroup ? event->cgroup : "(not named)");
	if (!limit)
		return;
	fprintf(to, " for %s: %s used of %s", names[which], size_text(limit->used_bytes, used),
		size_text(limit->limit_bytes, most));
	if (limit->n_refused != OOM_UNKNOWN)
		fprintf(to, ", reached %s times since it was made",
			units_format_count(limit->n_refused, times));
}

static void limit_machine(const struct oom_event *event, FILE *to)
{
	char text[UNITS_TEXT_BYTES];

	if (event->scope == OOM_SCOPE_SYSTEM)
		fputs("the memory of the whole machine", to);
	else if (event->scope == OOM_SCOPE_UNKNOWN)
		fputs("the log does not say what limit was reached", to);
	else
		fprintf(to, "the memory of NUMA node %s, to which a %s bound the request",
			event->nodes ? event->nodes : "?",
			event->scope == OOM_SCOPE_CPUSET ? "cpuset" : "memory policy");
	if (event->total_bytes != OOM_UNKNOWN)
		fprintf(to, "; %s in all", size_text(event->total_bytes, text));
	if (event->memory[OOM_FREE] != OOM_UNKNOWN)
		fprintf(to, "; %s free", size_text(event->memory[OOM_FREE], text));
	if (event->watermark_bytes != OOM_UNKNOWN)
		fprintf(to, " (the kernel keeps %s for itself)",
			size_text(event->watermark_bytes, text));
	if (event->swap_total_bytes == 0)
		fputs("; no swap", to);
	else if (event->swap_total_bytes != OOM_UNKNOWN)
		fprintf(to, "; %s swap", size_text(event->swap_total_bytes, text));
}

static void limit_write(const struct oom_event *event, FILE *to)
{
	if (event->scope == OOM_SCOPE_CGROUP)
		limit_cgroup(event, to);
	else
		limit_machine(event, to);
}

static void request_write(const struct oom_event *event, FILE *to)
{
	char size[UNITS_TEXT_BYTES];

	if (!event->invoker)
		return;
	fputs(event->invoker, to);
	if (event->invoker_pid != OOM_UNKNOWN)
		fprintf(to, " (pid %" PRIu64 ")", event->invoker_pid);
	if (event->has_order && event->order < 0) {
		fputs(" asked for a kill by SysRq", to);
		return;
	}
	fputs(" asked for", to);
	if (event->has_order)
		fprintf(to, " %s", size_text(event->page_bytes << event->order, size));
	fputs(" more", to);
	if (event->gfp)
		fprintf(to, " (%s)", event->gfp);
	fputs(", and nothing could be reclaimed", to);
}

static void victim_write(const struct oom_event *event, FILE *to)
{
	const struct oom_victim *victim = event->victims.items;
	char anon[UNITS_TEXT_BYTES], file[UNITS_TEXT_BYTES], shmem[UNITS_TEXT_BYTES],
		tables[UNITS_TEXT_BYTES];

	victim_name(to, victim);
	fprintf(to, ": %s anonymous, %s file, %s shared memory",
		size_text(victim->anon_bytes, anon), size_text(victim->file_bytes, file),
		size_text(victim->shmem_bytes, shmem));
	if (victim->page_table_bytes != OOM_UNKNOWN)
		fprintf(to, ", %s page tables", size_text(victim->page_table_bytes, tables));
	if (victim->has_score_adj)
		fprintf(to, "; oom_score_adj %d", victim->score_adj);
	for (size_t i = 1; i < event->victims.n; i++) {
		fputs(i == 1 ? "; with it " : ", ", to);
		victim_name(to, &event->victims.items[i]);
	}
}

static void memory_write(const struct oom_event *event, FILE *to)
{
	static const char *const names[_OOM_KIND_MAX] = {
		[OOM_ANON] = "anonymous",
		[OOM_FILE] = "page cache",
		[OOM_SHMEM] = "shared memory and tmpfs",
		[OOM_UNEVICTABLE] = "locked",
		[OOM_SLAB_RECLAIMABLE] = "slab (reclaimable)",
		[OOM_SLAB_UNRECLAIMABLE] = "slab (not reclaimable)",
		[OOM_PAGE_TABLES] = "page tables",
		[OOM_KERNEL_STACKS] = "kernel stacks",
		[OOM_KERNEL_OTHER] = "other kernel memory",
		[OOM_SWAP] = "swap used",
		[OOM_FREE] = "free",
	};
	const char *separator = "";
	char size[UNITS_TEXT_BYTES];

	for (int i = 0; i < _OOM_KIND_MAX; i++) {
		if (event->memory[i] == OOM_UNKNOWN)
			continue;
		fprintf(to, "%s%s %s", separator, names[i], size_text(event->memory[i], size));
		separator = ", ";
	}
}

static bool is_victim(const struct oom_event *event, uint32_t pid)
{
	vec_foreach(victim, &event->victims) {
		if (victim->pid == pid)
			return true;
	}
	return false;
}

static void tasks_write(const struct oom_event *event, FILE *to)
{
	char memory[UNITS_TEXT_BYTES], swap[UNITS_TEXT_BYTES];
	size_t n = event->tasks.n < OOM_BIGGEST ? event->tasks.n : OOM_BIGGEST;

	if (n == 0)
		return;
	fprintf(to, "  biggest     %10s %10s %6s %8s  %s\n", "MEMORY", "SWAP", "ADJ", "PID",
		"NAME");
	for (size_t i = 0; i < n; i++) {
		const struct oom_task *task = &event->tasks.items[i];

		fprintf(to, "%12s%c %10s %10s %6d %8" PRIu32 "  %s\n", "",
			is_victim(event, task->pid) ? '!' : ' ', size_text(task->rss_bytes, memory),
			size_text(task->swap_bytes, swap), task->score_adj, task->pid, task->name);
	}
	if (event->tasks.n > n)
		fprintf(to, "%*sand %zu more\n", INDENT, "", event->tasks.n - n);
}

/* IS_SAID: an event before this one has the same advice. */
static int event_write(const struct text *text, const struct oom_event *event, bool is_said)
{
	FILE *to = text->to;
	int r;

	putc('\n', to);
	text_style(text, STYLE_BOLD);
	if (event->victims.n)
		victim_name(to, event->victims.items);
	else
		fputs(event->nobody ? "nobody could be killed" : "a kill whose victim is not named",
		      to);
	if (event->victims.n > 1)
		fprintf(to, " and %zu more", event->victims.n - 1);
	if (event->time)
		fprintf(to, ", at %s", event->time);
	if (event->kernel)
		fprintf(to, ", kernel %s", event->kernel);
	text_style(text, STYLE_NONE);
	putc('\n', to);
	r = paragraph_from(to, "limit", event, limit_write);
	if (r == 0)
		r = paragraph_from(to, "request", event, request_write);
	if (r == 0 && event->victims.n)
		r = paragraph_from(to, "victim", event, victim_write);
	if (event->reason)
		paragraph(to, "why it", event->reason);
	if (event->answer)
		paragraph(to, "the cause?", event->answer);
	if (r == 0)
		r = paragraph_from(to, "memory", event, memory_write);
	tasks_write(event, to);
	if (event->panicked)
		paragraph(to, "panic",
			  "the kernel stopped instead of going on (vm.panic_on_oom, "
			  "or there was nobody left to kill)");
	if (!is_said)
		paragraphs(to, "next", event->advice.items, event->advice.n);
	paragraphs(to, "missing", event->missing.items, event->missing.n);
	return r;
}

static bool advice_is_same(const struct oom_event *a, const struct oom_event *b)
{
	if (a->advice.n != b->advice.n)
		return false;
	for (size_t i = 0; i < a->advice.n; i++) {
		if (strcmp(a->advice.items[i], b->advice.items[i]))
			return false;
	}
	return true;
}

static bool hints_say_yes(const struct oom_log *log)
{
	vec_foreach(hint, &log->hints) {
		if (hint->is_oom_kill)
			return true;
	}
	return false;
}

static void headline(const struct text *text, const struct oom_log *log, const char *name)
{
	size_t n = oom_n_victims(log);
	char count[UNITS_TEXT_BYTES];
	FILE *to = text->to;

	text_style(text, STYLE_BOLD);
	fputs("leaktrace: ", to);
	if (n)
		fprintf(to, "yes, the OOM killer killed %s process%s", units_format_count(n, count),
			n == 1 ? "" : "es");
	else if (log->events.n)
		fputs("yes, the OOM killer was at work, but no victim is named", to);
	else if (hints_say_yes(log))
		fputs("yes, the OOM killer killed, but only systemd's words for it are here", to);
	else
		fputs("no, the OOM killer killed nobody", to);
	text_style(text, STYLE_NONE);
	fprintf(to, "\n           in %s: %s line%s", name, units_format_count(log->n_lines, count),
		log->n_lines == 1 ? "" : "s");
	if (log->first_time)
		fprintf(to, ", from %s to %s", log->first_time, log->last_time);
	putc('\n', to);
}

static void hints_write(const struct oom_log *log, FILE *to)
{
	if (log->hints.n)
		fputs("\nAlso in this log\n", to);
	vec_foreach(hint, &log->hints) {
		char count[UNITS_TEXT_BYTES];

		snprintf(count, sizeof(count), "%" PRIu64 " %s", hint->n,
			 hint->n == 1 ? "line" : "lines");
		paragraph(to, count, hint->text);
		fprintf(to, "%*s%s\n", INDENT, "", hint->line);
	}
}

/* What a "no" is worth, and where to look instead. */
static void no_write(const struct oom_log *log, FILE *to)
{
	if (log->events.n || hints_say_yes(log))
		return;
	if (log->starts_late)
		paragraph(to, "but",
			  "the oldest lines of this log are gone (overwritten, or from before a "
			  "restart): an earlier kill would not be seen. \"journalctl -k -b -1\" "
			  "or /var/log/kern.log may still have them");
	paragraph(to, "so",
		  "what ended with SIGKILL (status 137) within that time was killed by another "
		  "process: a time limit, a container runtime or orchestrator, systemd, a person, "
		  "a daemon such as earlyoom. \"sudo leaktrace oom\" names the sender next time");
	paragraph(to, "or",
		  "a request for memory was refused (malloc gave NULL, std::bad_alloc, "
		  "MemoryError): that is a limit of the process (ulimit -v) or of overcommit, and "
		  "leaves nothing in the kernel's log");
}

int report_oom_text(const struct oom_log *log, const char *name,
		    const struct report_options *options, FILE *to)
{
	const struct text text = { .options = options, .to = to };
	int r = 0;

	headline(&text, log, name);
	no_write(log, to);
	for (size_t i = 0; r == 0 && i < log->events.n; i++) {
		const struct oom_event *event = &log->events.items[i];

		r = event_write(&text, event, i > 0 && advice_is_same(event, event - 1));
	}
	hints_write(log, to);
	if (r < 0)
		return r;
	return stream_flush(to);
}
