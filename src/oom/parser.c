// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lines to events. The kernel reports one OOM kill at a time (it holds a lock), so that lines of
 * two reports are never mixed: an event begins where something appears that the current one
 * has already. Lines are found by their words wherever they stand.
 */
#include "oom/parser.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "oom/counters.h"
#include "oom/fields.h"
#include "oom/finish.h"
#include "oom/hints.h"
#include "oom/kill.h"
#include "oom/line.h"
#include "oom/table.h"

/* The reaper comes within seconds: so many victims and events later it is another process. */
enum { REAPED_AFTER = 1000 };

struct parser {
	struct oom_log *log;
	struct oom_event event;
	struct oom_counters counters;
	struct oom_table table;
	struct oom_line line;
	bool open;	  /* EVENT is being filled */
	bool has_context; /* the "oom-kill:" line of EVENT has been read */
	bool in_stats;	  /* lines of "Memory cgroup stats for" follow */
};

static int event_open(struct parser *parser)
{
	oom_event_init(&parser->event);
	oom_counters_init(&parser->counters);
	parser->table.n = 0;
	parser->open = true;
	parser->has_context = parser->in_stats = false;
	if (parser->line.time[0])
		return field_copy(&parser->event.time, parser->line.time,
				  strlen(parser->line.time));
	return 0;
}

/* The event is complete; what only looks like a line of a table is none. */
static int event_close(struct parser *parser)
{
	struct oom_event *event = &parser->event;
	int r;

	if (!parser->open)
		return 0;
	parser->open = false;
	if (!event->has_head && !event->has_table && !parser->has_context && !event->cgroup &&
	    event->victims.n == 0 && !event->nobody && event->chosen_pid == OOM_UNKNOWN) {
		oom_event_done(event);
		return 0;
	}
	r = oom_finish(event, &parser->table, &parser->counters);
	if (r < 0) {
		oom_event_done(event);
		return r;
	}
	r = vec_push(&parser->log->events, *event);
	if (r < 0)
		oom_event_done(event);
	return r;
}

/* Goes on with the current event, or with a new one if there is none or it is over (OVER). */
static int event_continue(struct parser *parser, bool over)
{
	int r = parser->open && over ? event_close(parser) : 0;

	return r < 0 || parser->open ? r : event_open(parser);
}

/* "python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0" */
static int read_head(struct parser *parser, const char *text, const char *at)
{
	int r = event_continue(parser, true);
	const char *gfp = strstr(at, "gfp_mask="), *order = strstr(at, "order=");
	uint64_t value;

	if (r < 0)
		return r;
	parser->event.has_head = true;
	r = field_copy(&parser->event.invoker, text, (size_t)(at - text));
	if (r == 0 && gfp) {
		size_t n = strcspn(gfp + 9, ", ");

		r = field_copy(&parser->event.gfp, gfp + 9, n);
	}
	if (!order)
		return r;
	order += strlen("order=");
	parser->event.has_order = true;
	if (order[0] == '-')
		parser->event.order = -1;
	else if (field_digits(&order, &value) && value < 32)
		parser->event.order = (int)value;
	else
		parser->event.has_order = false;
	return r;
}

/* "CPU: 1 UID: 0 PID: 8713 Comm: python3 Not tainted 6.18.44 #1": who asked, and the kernel. */
static int read_cpu(struct parser *parser, const char *text, const char *at)
{
	struct oom_event *event = &parser->event;
	const char *word = strstr(at, "ainted");

	if (!parser->open || !event->has_head || event->kernel || event->victims.n)
		return 0;
	event->invoker_pid = field_number(text, "PID: ");
	if (event->invoker_pid == OOM_UNKNOWN)
		event->invoker_pid = field_number(text, "Pid: ");
	if (event->invoker_pid > UINT32_MAX)
		event->invoker_pid = OOM_UNKNOWN;
	while (word && *word) {
		size_t n = strcspn(word, " ");
		const char *digit = word;

		/* After the letters of the taint: the first word that looks like "6.1". */
		while (isdigit((unsigned char)*digit))
			digit++;
		if (digit > word && *digit == '.')
			return field_copy(&event->kernel, word, n);
		word += n;
		word += strspn(word, " ");
	}
	return 0;
}

/* "Task in /a/b killed as a result of limit of /a": kernels before 5.0. */
static int read_limit(struct parser *parser, const char *text, const char *at)
{
	static const char words[] = " killed as a result of limit of ";
	const char *middle = strstr(at, words);
	int r;

	if (!middle)
		return 0;
	r = event_continue(parser, parser->event.victims.n > 0);
	if (r < 0)
		return r;
	(void)text;
	at += strlen("Task in ");
	middle = strstr(at, words);
	if (!middle)
		return 0;
	parser->event.scope = OOM_SCOPE_CGROUP;
	r = field_copy(&parser->event.victim_cgroup, at, (size_t)(middle - at));
	middle += strlen(words);
	return r < 0 ? r : field_copy(&parser->event.cgroup, middle, strcspn(middle, " \r"));
}

/* "memory: usage 65536kB, limit 65536kB, failcnt 49552" */
static int read_usage(struct parser *parser, const char *text, const char *at)
{
	static const struct {
		const char *name;
		enum oom_counter counter;
	} names[] = {
		{ "memory+swap:", OOM_COUNTER_MEMORY_SWAP },
		{ "memory:", OOM_COUNTER_MEMORY },
		{ "swap:", OOM_COUNTER_SWAP },
		{ "kmem:", OOM_COUNTER_KERNEL },
	};
	int r = event_continue(parser, parser->event.victims.n > 0);

	(void)at;
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct oom_limit *limit = &parser->event.limits[names[i].counter];

		if (!str_starts_with(text, names[i].name))
			continue;
		limit->used_bytes = field_kb(text, ": usage ");
		limit->limit_bytes = field_kb(text, "limit ");
		limit->n_refused = field_number(text, "failcnt ");
		return 0;
	}
	return 0;
}

/* "Memory cgroup stats for /a: cache:4KB ...", or the counters in lines of their own below it. */
static int read_stats(struct parser *parser, const char *text, const char *at)
{
	const char *colon = strchr(at, ':');
	int r = event_continue(parser, parser->event.victims.n > 0);

	(void)text;
	if (r < 0)
		return r;
	at += strlen("Memory cgroup stats for ");
	parser->in_stats = true;
	parser->event.scope = OOM_SCOPE_CGROUP;
	if (!parser->event.cgroup && *at == '/')
		r = field_copy(&parser->event.cgroup, at, strcspn(at, ": "));
	if (r == 0 && colon)
		oom_counters_cgroup(&parser->counters, colon + 1);
	return r;
}

static int read_table(struct parser *parser, const char *text, const char *at)
{
	struct oom_table table;
	int r;

	(void)at;
	if (!oom_table_head(text, &table))
		return 0;
	r = event_continue(parser, parser->event.victims.n > 0);
	if (r < 0)
		return r;
	parser->table = table;
	parser->event.has_table = true;
	parser->in_stats = false;
	return 0;
}

/* "oom-kill:constraint=...,task=python3,pid=8713,uid=0": since 5.0. */
static int read_context(struct parser *parser, const char *text, const char *at)
{
	int r = event_continue(parser, parser->has_context || parser->event.victims.n > 0);

	(void)text;
	if (r < 0)
		return r;
	parser->has_context = true;
	parser->in_stats = false;
	return oom_kill_context(&parser->event, at);
}

/* "Out of memory: Kill process 7 (a) score 17 or sacrifice child": before 5.3. */
static int read_choice(struct parser *parser, const char *text, const char *at)
{
	int r = event_continue(parser, parser->event.victims.n > 0);

	return r < 0 ? r : oom_kill_choice(&parser->event, text, at);
}

static int read_kill(struct parser *parser, const char *text, const char *at)
{
	int r;

	/* The killer stops at one, unless the whole cgroup goes. */
	r = event_continue(parser, parser->event.victims.n > 0 && !parser->event.whole_group);
	parser->in_stats = false;
	return r < 0 ? r : oom_kill_victim(&parser->event, text, at);
}

static int read_group(struct parser *parser, const char *text, const char *at)
{
	int r = event_continue(parser, false);

	(void)text;
	(void)at;
	parser->event.whole_group = true;
	return r;
}

/* Whether PID is among the last *LEFT victims of EVENT, which it takes off. */
static bool event_has_victim(const struct oom_event *event, uint64_t pid, size_t *left)
{
	for (size_t i = event->victims.n; i > 0 && *left > 0; i--, (*left)--) {
		if (event->victims.items[i - 1].pid == pid)
			return true;
	}
	return false;
}

/* A process whose memory was taken away and of which no other line is left. */
static int read_reaped(struct parser *parser, const char *text, const char *at)
{
	const struct oom_log *log = parser->log;
	uint64_t pid = field_number(at, "reaped process ");
	size_t left = REAPED_AFTER;

	if (pid > UINT32_MAX || (parser->open && event_has_victim(&parser->event, pid, &left)))
		return 0;
	for (size_t i = log->events.n; i > 0 && left > 0; i--) {
		if (event_has_victim(&log->events.items[i - 1], pid, &left))
			return 0;
		left -= left > 0;
	}
	return read_kill(parser, text, strstr(at, "process ") - 7);
}

static int read_nobody(struct parser *parser, const char *text, const char *at)
{
	int r = event_continue(parser, parser->event.victims.n > 0);

	(void)at;
	parser->event.nobody = true;
	if (r == 0 && parser->event.scope == OOM_SCOPE_UNKNOWN)
		parser->event.scope = strstr(text, "cgroup") ? OOM_SCOPE_CGROUP : OOM_SCOPE_SYSTEM;
	return r;
}

static int read_panic(struct parser *parser, const char *text, const char *at)
{
	(void)text;
	if (parser->open && (strstr(at, "memory") || strstr(at, "oom")))
		parser->event.panicked = true;
	return 0;
}

/* What makes a line one of an OOM report, and who reads it. Longer words first. */
static const struct rule {
	const char *words;
	int (*read)(struct parser *parser, const char *text, const char *at);
} rules[] = {
	{ " invoked oom-killer:", read_head },
	{ "oom-kill:constraint=", read_context },
	{ "are going to be killed due to memory.oom.group", read_group },
	{ "oom_reaper: reaped process ", read_reaped },
	{ "Killed process ", read_kill },
	{ "Kill process ", read_choice },
	{ "no killable processes", read_nobody },
	{ "Kernel panic - not syncing", read_panic },
	{ "Task in /", read_limit },
	{ ": usage ", read_usage },
	{ "Memory cgroup stats for ", read_stats },
	{ " total_vm ", read_table },
	{ " Comm: ", read_cpu },
	{ ", comm: ", read_cpu },
};

static int read_row(struct parser *parser, const char *text, bool *ret_is_row)
{
	struct oom_task task = { 0 };
	bool cut;
	int r = oom_table_row(&parser->table, text, &task, &cut);

	*ret_is_row = r > 0;
	if (r <= 0) {
		/* Only what stands in a table can be a damaged line of it. */
		if (r == 0 && cut && parser->open && parser->event.has_table &&
		    !parser->event.victims.n && !parser->has_context)
			parser->event.n_cut_tasks++;
		return r;
	}
	r = event_continue(parser, parser->event.victims.n > 0);
	if (r == 0)
		r = vec_push(&parser->event.tasks, task);
	if (r < 0)
		free(task.name);
	return r;
}

/* Counters, which mean something only between the head of a report and its end. */
static void read_counters(struct parser *parser, const char *text)
{
	if (!parser->open || parser->event.victims.n)
		return;
	if (parser->in_stats && oom_counters_cgroup(&parser->counters, text))
		return;
	if (str_starts_with(text, "Total swap"))
		parser->event.swap_total_bytes = field_kb(text, "=");
	oom_counters_machine(&parser->counters, text);
}

static int read_line(struct parser *parser, const char *raw)
{
	const char *text;
	bool is_row;
	int r;

	oom_line_split(raw, &parser->line);
	text = parser->line.text;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const char *at = strstr(text, rules[i].words);

		if (at)
			return rules[i].read(parser, text, at);
	}
	r = read_row(parser, text, &is_row);
	if (r < 0 || is_row)
		return r;
	read_counters(parser, text);
	return oom_hints_read(parser->log, raw);
}

static int times_note(struct oom_log *log, const struct oom_line *line)
{
	int r = 0;

	if (!line->time[0])
		return 0;
	if (!log->first_time)
		r = field_copy(&log->first_time, line->time, strlen(line->time));
	return r < 0 ? r : field_copy(&log->last_time, line->time, strlen(line->time));
}

/*
 * The N bytes of TEXT, ended by a NUL. Lines end also where /dev/kmsg writes \x0a for a line feed;
 * a NUL in a text file is damage, and ends nothing.
 */
static void lines_copy(char *to, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (n - i >= 4 && memcmp(text + i, "\\x0a", 4) == 0) {
			*to++ = '\n';
			i += 3;
		} else {
			*to++ = text[i] ? text[i] : '?';
		}
	}
	*to = '\0';
}

int oom_parse(const char *text, size_t n, struct oom_log *log)
{
	_cleanup_free_ char *copy = malloc(n + 1);
	struct parser parser = { .log = log };
	char *next;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	lines_copy(copy, text, n);
	for (char *line = copy; r == 0 && *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		line[length] = '\0';
		log->n_lines++;
		r = read_line(&parser, line);
		if (r == 0)
			r = times_note(log, &parser.line);
	}
	if (r < 0 && parser.open)
		oom_event_done(&parser.event);
	return r < 0 ? r : event_close(&parser);
}
