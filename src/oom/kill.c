// SPDX-License-Identifier: BSD-2-Clause
/* The lines that say who is killed, in the forms of all kernels. */
#include "oom/kill.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "oom/fields.h"

/* The value of KEY in "a=1,b=2,4,c=3": it ends where the next known key starts. */
static int context_copy(char **to, const char *text, const char *key)
{
	static const char *const keys[] = { ",nodemask=",  ",cpuset=",	  ",mems_allowed=",
					    ",global_oom", ",oom_memcg=", ",task_memcg=",
					    ",task=",	   ",pid=",	  ",uid=" };
	const char *from = strstr(text, key), *end;

	if (!from)
		return 0;
	from += strlen(key);
	end = from + strcspn(from, "\r");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *next = strstr(from, keys[i]);

		if (next && next < end)
			end = next;
	}
	return field_copy(to, from, (size_t)(end - from));
}

static enum oom_scope context_scope(const char *at)
{
	if (strstr(at, ",oom_memcg=") || strstr(at, "=CONSTRAINT_MEMCG"))
		return OOM_SCOPE_CGROUP;
	if (strstr(at, "=CONSTRAINT_CPUSET"))
		return OOM_SCOPE_CPUSET;
	if (strstr(at, "=CONSTRAINT_MEMORY_POLICY"))
		return OOM_SCOPE_POLICY;
	return strstr(at, "=CONSTRAINT_NONE") ? OOM_SCOPE_SYSTEM : OOM_SCOPE_UNKNOWN;
}

int oom_kill_context(struct oom_event *event, const char *at)
{
	_cleanup_free_ char *mask = NULL;
	uint64_t pid = field_number(at, ",pid=");
	int r;

	event->scope = context_scope(at);
	if (pid <= UINT32_MAX)
		event->chosen_pid = pid;
	r = context_copy(&event->cgroup, at, ",oom_memcg=");
	if (r == 0)
		r = context_copy(&event->victim_cgroup, at, ",task_memcg=");
	if (r == 0)
		r = context_copy(&event->cpuset, at, ",cpuset=");
	if (r == 0)
		r = context_copy(&event->chosen_name, at, ",task=");
	if (r == 0)
		r = context_copy(&event->nodes, at, ",mems_allowed=");
	if (r == 0)
		r = context_copy(&mask, at, ",nodemask=");
	/* The policy of the request is narrower than what the cpuset allows. */
	if (r == 0 && mask && *mask >= '0' && *mask <= '9') {
		free(event->nodes);
		event->nodes = TAKE_PTR(mask);
	}
	return r;
}

/* What stands before the colon: "Memory cgroup out of memory". */
static void scope_guess(struct oom_event *event, const char *text)
{
	if (strstr(text, "Memory cgroup out of memory"))
		event->scope = OOM_SCOPE_CGROUP;
	else if (strstr(text, "Out of memory") && event->scope == OOM_SCOPE_UNKNOWN)
		event->scope = OOM_SCOPE_SYSTEM;
	if (strstr(text, "(oom_kill_allocating_task)"))
		event->takes_requester = true;
}

/*
 * The name in brackets, which may itself have brackets: it ends at the last one before what the
 * kernel prints next.
 */
static int name_copy(char **to, const char *at)
{
	static const char *const next[] = { " total-vm:", ", UID ", " score ", ", now " };
	const char *from = strchr(at, '('), *end, *close = NULL;

	if (!from)
		return 0;
	from++;
	end = from + strlen(from);
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		const char *found = strstr(from, next[i]);

		if (found && found < end)
			end = found;
	}
	for (const char *c = from; c < end; c++) {
		if (*c == ')')
			close = c;
	}
	return field_copy(to, from, (size_t)((close ? close : end) - from));
}

int oom_kill_choice(struct oom_event *event, const char *text, const char *at)
{
	uint64_t pid = field_number(at, "Kill process ");

	scope_guess(event, text);
	if (pid > UINT32_MAX)
		return 0;
	event->chosen_pid = pid;
	return name_copy(&event->chosen_name, at);
}

static void adj_read(struct oom_victim *victim, const char *at)
{
	const char *adj = strstr(at, "oom_score_adj:");
	uint64_t value;
	bool negative;

	if (!adj)
		return;
	adj += strlen("oom_score_adj:");
	negative = *adj == '-';
	adj += negative;
	if (!field_digits(&adj, &value) || value > 1000)
		return;
	victim->has_score_adj = true;
	victim->score_adj = negative ? -(int)value : (int)value;
}

int oom_kill_victim(struct oom_event *event, const char *text, const char *at)
{
	struct oom_victim victim = {
		.uid = field_number(at, "UID:"),
		.total_vm_bytes = field_kb(at, " total-vm:"),
		.anon_bytes = field_kb(at, "anon-rss:"),
		.file_bytes = field_kb(at, "file-rss:"),
		.shmem_bytes = field_kb(at, "shmem-rss:"),
		.page_table_bytes = field_kb(at, "pgtables:"),
	};
	uint64_t pid = field_number(at, "process ");
	int r;

	scope_guess(event, text);
	if (pid > UINT32_MAX)
		return 0;
	/* What is left after reaping is not what it held. */
	if (strstr(at, ", now "))
		victim.anon_bytes = victim.file_bytes = victim.shmem_bytes = OOM_UNKNOWN;
	/* Of a group that is killed as a whole, the first one is named twice. */
	if (event->victims.n && event->victims.items[0].pid == pid)
		return 0;
	victim.pid = (uint32_t)pid;
	if (victim.uid == OOM_UNKNOWN)
		victim.uid = field_number(at, ", UID ");
	adj_read(&victim, at);
	r = name_copy(&victim.name, at);
	if (r == 0)
		r = vec_push(&event->victims, victim);
	if (r < 0)
		free(victim.name);
	return r;
}
