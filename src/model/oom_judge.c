// SPDX-License-Identifier: BSD-2-Clause
/*
 * From what the kernel printed to answers: why this process, and was it the cause. The kernel's
 * own rule is worked out again from its table of processes: pages of memory, swap and page tables,
 * plus oom_score_adj thousandths of what there is.
 */
#include "model/oom_judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"

/* Oom_score_adj of a process that is never killed. */
enum { ADJ_NEVER = -1000 };

void oom_say(struct oom_judge *judge, char **to, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (!text) {
		judge->failed = true;
		return;
	}
	free(*to);
	*to = text;
}

char *oom_scope_text(const struct oom_event *event)
{
	const char *nodes = event->nodes ? event->nodes : "?";

	switch (event->scope) {
	case OOM_SCOPE_CGROUP:
		return str_printf("the cgroup %s", event->cgroup ? event->cgroup : "(not named)");
	case OOM_SCOPE_CPUSET:
	case OOM_SCOPE_POLICY:
		return str_printf("NUMA node %s", nodes);
	default:
		return strdup("the machine");
	}
}

/* What the kernel counts oom_score_adj against, in pages; 0: not in the log. */
static double total_pages(const struct oom_event *event)
{
	const struct oom_limit *both = &event->limits[OOM_COUNTER_MEMORY_SWAP];
	uint64_t bytes = oom_capacity(event);

	if (bytes == OOM_UNKNOWN)
		return 0;
	if (event->scope == OOM_SCOPE_CGROUP && both->limit_bytes != OOM_UNKNOWN)
		bytes = both->limit_bytes;
	else if (event->scope != OOM_SCOPE_CGROUP && event->swap_total_bytes != OOM_UNKNOWN)
		bytes += event->swap_total_bytes;
	return (double)bytes / (double)event->page_bytes;
}

static int task_compare(const void *a, const void *b)
{
	const struct oom_task *left = a, *right = b;
	uint64_t x = oom_task_bytes(left), y = oom_task_bytes(right);

	if (x != y)
		return x < y ? 1 : -1;
	return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static void tasks_rank(struct oom_event *event)
{
	double total = total_pages(event);

	vec_foreach(task, &event->tasks) {
		double pages = (double)(oom_task_bytes(task) / event->page_bytes);

		task->badness = (int64_t)(pages + task->score_adj * total / 1000);
	}
	if (event->tasks.n)
		qsort(event->tasks.items, event->tasks.n, sizeof(*event->tasks.items),
		      task_compare);
}

static const struct oom_task *task_find(const struct oom_event *event, uint64_t pid)
{
	vec_foreach(task, &event->tasks) {
		if (task->pid == pid)
			return task;
	}
	return NULL;
}

/* The highest score but for ONE (NULL: of all). */
static const struct oom_task *task_worst(const struct oom_event *event, const struct oom_task *one)
{
	const struct oom_task *worst = NULL;

	vec_foreach(task, &event->tasks) {
		if (task == one || task->score_adj == ADJ_NEVER)
			continue;
		if (!worst || task->badness > worst->badness)
			worst = task;
	}
	return worst;
}

struct oom_alike oom_alike_of(const struct oom_event *event, const char *name)
{
	struct oom_alike alike = { .name = name };

	vec_foreach(task, &event->tasks) {
		if (strcmp(task->name, name))
			continue;
		alike.n++;
		alike.bytes += oom_task_bytes(task);
		/* Not even the sum of a forged table overflows. */
		if (alike.bytes > 1ull << 62)
			alike.bytes = 1ull << 62;
	}
	return alike;
}

/* The name whose processes hold the most together. */
static struct oom_alike alike_most(const struct oom_event *event)
{
	struct oom_alike most = { 0 };
	size_t n = event->tasks.n < 4 * OOM_BIGGEST ? event->tasks.n : 4 * OOM_BIGGEST;

	/* Sorted by size: a name that is not among the biggest would need very many processes. */
	for (size_t i = 0; i < n; i++) {
		struct oom_alike alike = oom_alike_of(event, event->tasks.items[i].name);

		if (alike.bytes > most.bytes)
			most = alike;
	}
	return most;
}

static void reason_score(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;
	const struct oom_task *task = judge->task, *next = task_worst(event, task);
	const struct oom_task *biggest = event->tasks.items;
	char *adj = NULL, *rival = NULL;

	if (task->score_adj && total_pages(event) > 0)
		adj = str_printf(", of which oom_score_adj %d makes %.0f", task->score_adj,
				 task->score_adj * total_pages(event) / 1000);
	if (next)
		rival = str_printf("; the next, %s (pid %" PRIu32 "), had %" PRId64, next->name,
				   next->pid, next->badness);
	if (next && next->badness > task->badness)
		oom_say(judge, &event->reason,
			"%s (pid %" PRIu32 ") had a higher score (%" PRId64 " pages, the victim "
			"%" PRId64 ") but was passed over: it was ending already, may not use the "
			"memory in question, or changed after the choice",
			next->name, next->pid, next->badness, task->badness);
	else if (biggest != task && biggest->score_adj < task->score_adj)
		oom_say(judge, &event->reason,
			"not the biggest, but the highest score: %" PRId64 " pages%s; %s (pid "
			"%" PRIu32 ") is bigger but has oom_score_adj %d",
			task->badness, adj ? adj : "", biggest->name, biggest->pid,
			biggest->score_adj);
	else
		oom_say(judge, &event->reason,
			"the highest score of %zu process%s: %" PRId64 " pages%s%s", event->tasks.n,
			event->tasks.n == 1 ? "" : "es", task->badness, adj ? adj : "",
			rival ? rival : "");
	free(adj);
	free(rival);
}

static void judge_reason(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;
	const struct oom_victim *victim = judge->victim;
	const char *name = event->chosen_name ? event->chosen_name : "a process";

	if (!victim)
		return;
	if (event->takes_requester)
		oom_say(judge, &event->reason,
			"vm.oom_kill_allocating_task is set: the kernel takes whoever asks for "
			"memory last, not the biggest");
	else if (event->whole_group)
		oom_say(judge, &event->reason,
			"memory.oom.group is set: with %s (pid %" PRIu32 "), which had the highest "
			"score, the kernel killed all of the cgroup",
			victim->name ? victim->name : "a process", victim->pid);
	else if (event->chosen_pid != OOM_UNKNOWN && event->chosen_pid != victim->pid)
		oom_say(judge, &event->reason,
			"the kernel chose %s (pid %" PRIu64 ") and killed its child instead, as "
			"kernels before 5.3 do",
			name, event->chosen_pid);
	else if (judge->task)
		reason_score(judge);
	else
		oom_say(judge, &event->reason,
			"the log has no table of processes to work it out from; the kernel takes "
			"the process with the most memory, swap and page tables, moved by "
			"oom_score_adj");
}

/* What the victim held that nothing but its end could free. */
static uint64_t victim_held(const struct oom_judge *judge)
{
	const struct oom_victim *victim = judge->victim;
	uint64_t swap = judge->task ? judge->task->swap_bytes : OOM_UNKNOWN;
	const uint64_t parts[] = { victim->anon_bytes, victim->shmem_bytes,
				   victim->page_table_bytes };
	uint64_t held = swap == OOM_UNKNOWN ? 0 : swap;

	if (victim->anon_bytes == OOM_UNKNOWN)
		return judge->task ? oom_task_bytes(judge->task) : OOM_UNKNOWN;
	for (int i = 0; i < 3; i++)
		held += parts[i] == OOM_UNKNOWN ? 0 : parts[i];
	return held;
}

static double share(uint64_t bytes, uint64_t of)
{
	if (bytes == OOM_UNKNOWN || of == OOM_UNKNOWN || of == 0)
		return 0;
	return (double)bytes / (double)of;
}

/* What no counter of the machine explains. */
static uint64_t hidden_bytes(const struct oom_event *event)
{
	uint64_t known = 0;

	if (event->total_bytes == OOM_UNKNOWN || event->memory[OOM_FREE] == OOM_UNKNOWN)
		return OOM_UNKNOWN;
	for (int i = 0; i < _OOM_KIND_MAX; i++) {
		if (i != OOM_SWAP && event->memory[i] != OOM_UNKNOWN)
			known += event->memory[i];
	}
	return known < event->total_bytes ? event->total_bytes - known : 0;
}

static uint64_t kernel_bytes(const struct oom_event *event)
{
	uint64_t bytes = 0;

	for (int i = OOM_SLAB_UNRECLAIMABLE; i <= OOM_KERNEL_OTHER; i++)
		bytes += event->memory[i] == OOM_UNKNOWN ? 0 : event->memory[i];
	return bytes;
}

/* Causes that have nothing to do with processes. */
static enum oom_cause cause_early(const struct oom_event *event)
{
	uint64_t unused = event->memory[OOM_FREE], total = event->total_bytes;
	bool plenty =
		unused != OOM_UNKNOWN &&
		(total == OOM_UNKNOWN ? unused >= 1 << 30 : share(unused, total) >= 0.05) &&
		(event->watermark_bytes == OOM_UNKNOWN || unused > 2 * event->watermark_bytes);

	if (event->has_order && event->order < 0)
		return OOM_CAUSE_MANUAL;
	if (event->scope != OOM_SCOPE_CGROUP && plenty)
		return event->has_order && event->order > 0 ? OOM_CAUSE_CONTIGUOUS : OOM_CAUSE_ZONE;
	return OOM_CAUSE_UNKNOWN;
}

/* All memory and used swap: what shares are shares of. */
static uint64_t demand(const struct oom_event *event)
{
	uint64_t capacity = oom_capacity(event);

	return capacity == OOM_UNKNOWN ? OOM_UNKNOWN : capacity + oom_swap_used(event);
}

static enum oom_cause cause_find(const struct oom_judge *judge)
{
	const struct oom_event *event = judge->event;
	uint64_t held = event->held_bytes, capacity = demand(event);
	struct oom_alike most = alike_most(event), own = { 0 };
	enum oom_cause early = cause_early(event);

	if (early != OOM_CAUSE_UNKNOWN)
		return early;
	if (capacity == OOM_UNKNOWN || (held == OOM_UNKNOWN && !event->tasks.n))
		return OOM_CAUSE_UNKNOWN;
	if (judge->victim && judge->victim->name)
		own = oom_alike_of(event, judge->victim->name);
	if (held != OOM_UNKNOWN && share(held, capacity) >= 0.5)
		return OOM_CAUSE_VICTIM;
	if (own.n > 1 && share(own.bytes, capacity) >= 0.5)
		return OOM_CAUSE_ALIKE;
	if (share(kernel_bytes(event), capacity) >= 0.3)
		return OOM_CAUSE_KERNEL;
	if (most.n && share(most.bytes, capacity) >= 0.4 && most.bytes > 2 * own.bytes)
		return most.n > 1 ? OOM_CAUSE_OTHERS : OOM_CAUSE_OTHER;
	if (share(event->memory[OOM_SHMEM], capacity) >= 0.3)
		return OOM_CAUSE_SHMEM;
	if (event->scope == OOM_SCOPE_SYSTEM && share(hidden_bytes(event), capacity) >= 0.3)
		return OOM_CAUSE_HIDDEN;
	if (share(event->memory[OOM_FILE], capacity) >= 0.5)
		return OOM_CAUSE_CACHE;
	if (held != OOM_UNKNOWN && share(held, capacity) >= 0.25)
		return OOM_CAUSE_VICTIM;
	return event->tasks.n || held != OOM_UNKNOWN ? OOM_CAUSE_SPREAD : OOM_CAUSE_UNKNOWN;
}

/* "63.6 MiB, 99 % of what the machine has" */
static char *part_text(uint64_t bytes, const struct oom_event *event)
{
	_cleanup_free_ char *scope = oom_scope_text(event);
	double part = share(bytes, demand(event));
	char size[UNITS_TEXT_BYTES];

	if (!scope)
		return NULL;
	units_format_bytes(bytes, size);
	/* Memory that is shared is counted in each of those who share it. */
	if (part <= 0 || part > 1.02)
		return strdup(size);
	return str_printf("%s, %.0f %% of what %s %s%s", size, 100 * part, scope,
			  event->scope == OOM_SCOPE_CGROUP ? "may use" : "has",
			  oom_swap_used(event) ? ", with the swap in use" : "");
}

static void answer_processes(struct oom_judge *judge, const char *victim)
{
	struct oom_event *event = judge->event;
	bool same = event->cause == OOM_CAUSE_ALIKE;
	struct oom_alike alike = same ? oom_alike_of(event, victim) : alike_most(event);
	_cleanup_free_ char *part = part_text(alike.bytes, event);

	if (!part)
		judge->failed = true;
	else if (same)
		oom_say(judge, &event->answer,
			"in part: it is one of %zu processes named %s, which hold %s together "
			"(memory that they share is counted in each)",
			alike.n, victim, part);
	else
		oom_say(judge, &event->answer, "no: %zu process%s named %s held more: %s", alike.n,
			alike.n == 1 ? "" : "es", alike.name, part);
}

static void answer_memory(struct oom_judge *judge)
{
	static const struct {
		enum oom_cause cause;
		const char *text;
	} texts[] = {
		{ OOM_CAUSE_SHMEM, "no: files in memory (tmpfs, shared memory) took %s" },
		{ OOM_CAUSE_KERNEL, "no: the kernel's own memory took %s" },
		{ OOM_CAUSE_CACHE, "no: the page cache took %s, and could not be written back or "
				   "dropped in time" },
		{ OOM_CAUSE_HIDDEN, "no: %s is in no counter of the log: huge pages, a balloon "
				    "driver, a graphics or network driver" },
	};
	struct oom_event *event = judge->event;
	const uint64_t bytes[_OOM_CAUSE_MAX] = {
		[OOM_CAUSE_SHMEM] = event->memory[OOM_SHMEM],
		[OOM_CAUSE_KERNEL] = kernel_bytes(event),
		[OOM_CAUSE_CACHE] = event->memory[OOM_FILE],
		[OOM_CAUSE_HIDDEN] = hidden_bytes(event),
	};
	_cleanup_free_ char *part = part_text(bytes[event->cause], event);

	if (!part)
		judge->failed = true;
	for (size_t i = 0; part && i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].cause == event->cause)
			oom_say(judge, &event->answer, texts[i].text, part);
	}
}

static void answer_place(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;
	char unused[UNITS_TEXT_BYTES], piece[UNITS_TEXT_BYTES];

	units_format_bytes(event->memory[OOM_FREE], unused);
	units_format_bytes(event->page_bytes << (event->order > 0 ? event->order : 0), piece);
	if (event->cause == OOM_CAUSE_CONTIGUOUS)
		oom_say(judge, &event->answer,
			"no: %s was free, but the kernel needed %s in one piece", unused, piece);
	else if (event->scope == OOM_SCOPE_SYSTEM)
		oom_say(judge, &event->answer,
			"no: %s was free, but not in the zone or node that this request may use",
			unused);
	else
		oom_say(judge, &event->answer,
			"no: the machine had %s free, but the request was bound to NUMA node %s, "
			"which had none left that it could use",
			unused, event->nodes ? event->nodes : "?");
}

static void answer_unknown(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;
	char held[UNITS_TEXT_BYTES];

	if (event->held_bytes == OOM_UNKNOWN)
		oom_say(judge, &event->answer,
			"cannot be told: the log does not say how memory was used");
	else
		oom_say(judge, &event->answer,
			"cannot be told: it held %s, but the log does not say of how much",
			units_format_bytes(event->held_bytes, held));
}

static void judge_answer(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;
	const char *name = judge->victim && judge->victim->name ? judge->victim->name : "?";
	_cleanup_free_ char *part = NULL;

	switch (event->cause) {
	case OOM_CAUSE_MANUAL:
		oom_say(judge, &event->answer,
			"no: somebody asked the kernel to kill the biggest process (SysRq f)");
		return;
	case OOM_CAUSE_CONTIGUOUS:
	case OOM_CAUSE_ZONE:
		answer_place(judge);
		return;
	case OOM_CAUSE_ALIKE:
	case OOM_CAUSE_OTHER:
	case OOM_CAUSE_OTHERS:
		answer_processes(judge, name);
		return;
	case OOM_CAUSE_VICTIM:
	case OOM_CAUSE_SPREAD:
		part = part_text(event->held_bytes == OOM_UNKNOWN ? 0 : event->held_bytes, event);
		if (!part)
			judge->failed = true;
		else if (event->cause == OOM_CAUSE_VICTIM)
			oom_say(judge, &event->answer, "yes: it held %s", part);
		else
			oom_say(judge, &event->answer,
				"not alone: it held %s, and no other process stands out", part);
		return;
	case OOM_CAUSE_UNKNOWN:
		answer_unknown(judge);
		return;
	default:
		answer_memory(judge);
	}
}

int oom_judge(struct oom_log *log)
{
	vec_foreach(event, &log->events) {
		struct oom_judge judge = { .event = event };

		tasks_rank(event);
		if (event->victims.n) {
			judge.victim = event->victims.items;
			judge.task = task_find(event, judge.victim->pid);
			event->held_bytes = victim_held(&judge);
		}
		event->cause = cause_find(&judge);
		judge_reason(&judge);
		judge_answer(&judge);
		oom_advise(&judge);
		if (judge.failed)
			return -ENOMEM;
	}
	return 0;
}
