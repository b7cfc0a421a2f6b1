// SPDX-License-Identifier: BSD-2-Clause
/* What to do after an OOM kill, and what the log does not have to say about it. */
#include <inttypes.h>
#include <string.h>

#include "model/oom_judge.h"

/* The same commands for everybody who has a process to look into. */
static void advise_process(struct oom_judge *judge, const char *name)
{
	struct oom_event *event = judge->event;

	oom_add(judge, &event->advice,
		"find what %s holds and where it got it: run it as \"leaktrace -- COMMAND\", or "
		"\"sudo leaktrace -p PID\" while it grows",
		name);
	oom_add(judge, &event->advice,
		"have \"sudo leaktrace oom\" running when it happens again: it keeps the stacks "
		"that held the memory");
}

static void advise_limit(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;

	if (event->scope == OOM_SCOPE_CGROUP)
		oom_add(judge, &event->advice,
			"if it needs that much, raise the limit: memory.max or "
			"memory.limit_in_bytes, docker --memory, resources.limits.memory of a "
			"pod, MemoryMax= of a service");
	else
		oom_add(judge, &event->advice,
			"if it needs that much, run less at once (fewer parallel tests), or give "
			"the machine more memory or swap");
}

static void advise_memory(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;

	switch (event->cause) {
	case OOM_CAUSE_SHMEM:
		oom_add(judge, &event->advice,
			"look for large files in /dev/shm, /tmp and /run if they are tmpfs, for "
			"shared memory that nobody uses (ipcs -m), and for memfds");
		oom_add(judge, &event->advice,
			"in a container, tmpfs and emptyDir volumes in memory count against its "
			"limit");
		break;
	case OOM_CAUSE_KERNEL:
		oom_add(judge, &event->advice,
			"see which slab grows with slabtop; very many processes, sockets, open "
			"files or cgroups take kernel memory");
		break;
	case OOM_CAUSE_CACHE:
		oom_add(judge, &event->advice,
			"look for a slow or stuck disk or network file system; lower "
			"vm.dirty_bytes so that less is waiting to be written");
		break;
	case OOM_CAUSE_HIDDEN:
		oom_add(judge, &event->advice,
			"look at HugePages_Total in /proc/meminfo, at the balloon of a virtual "
			"machine, and at drivers (DMA buffers, graphics)");
		break;
	case OOM_CAUSE_CONTIGUOUS:
		oom_add(judge, &event->advice,
			"memory is fragmented: raise vm.min_free_kbytes, or find the driver that "
			"asks for large pieces in the log's call trace");
		break;
	case OOM_CAUSE_ZONE:
		oom_add(judge, &event->advice, "%s",
			event->scope == OOM_SCOPE_SYSTEM ?
				"the request could use only some of the memory (low memory, DMA): "
				"see the zones in the log" :
				"let the program use more NUMA nodes (numactl --preferred instead "
				"of --membind, cpuset.mems), or put less on this one");
		break;
	default:
		oom_add(judge, &event->advice,
			"if nobody did so on purpose, see who may write to "
			"/proc/sysrq-trigger");
	}
}

static void advise_cause(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;
	const char *victim =
		judge->victim && judge->victim->name ? judge->victim->name : "the victim";

	switch (event->cause) {
	case OOM_CAUSE_UNKNOWN:
		oom_add(judge, &event->advice,
			"look for the rest of the report: \"journalctl -k -b -1\", "
			"/var/log/kern.log, or dmesg on the host if this is a container");
		if (judge->victim)
			advise_process(judge, victim);
		break;
	case OOM_CAUSE_VICTIM:
	case OOM_CAUSE_ALIKE:
		advise_process(judge, victim);
		advise_limit(judge);
		break;
	case OOM_CAUSE_OTHER:
	case OOM_CAUSE_OTHERS:
		advise_process(judge, event->tasks.items[0].name);
		advise_limit(judge);
		if (event->tasks.items[0].score_adj == -1000)
			oom_add(judge, &event->advice,
				"%s is protected (oom_score_adj -1000), so that others die in its "
				"place",
				event->tasks.items[0].name);
		break;
	case OOM_CAUSE_SPREAD:
		advise_limit(judge);
		oom_add(judge, &event->advice,
			"have \"sudo leaktrace oom\" running when it happens again: it shows who "
			"grew in the last minutes");
		break;
	default:
		advise_memory(judge);
	}
}

static void advise_group(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;

	if (event->scope != OOM_SCOPE_CGROUP || !event->cgroup || !event->victim_cgroup ||
	    strcmp(event->cgroup, event->victim_cgroup) == 0)
		return;
	oom_add(judge, &event->advice,
		"the limit is not that of the victim's own cgroup, %s, but of one above it: all "
		"that runs there counts together",
		event->victim_cgroup);
}

static bool has_memory(const struct oom_event *event)
{
	for (int i = 0; i < _OOM_KIND_MAX; i++) {
		if (event->memory[i] != OOM_UNKNOWN)
			return true;
	}
	return false;
}

static void missing_add(struct oom_judge *judge)
{
	struct oom_event *event = judge->event;

	if (!event->has_head)
		oom_add(judge, &event->missing,
			"the start of the report (\"invoked oom-killer\"): the log was cut or "
			"filtered, or the kernel left it out because there were many kills in a "
			"short time");
	if (!judge->victim && !event->nobody)
		oom_add(judge, &event->missing,
			"the line that says who was killed: the log ends before it, or the kernel "
			"found a process that was ending anyway");
	if (judge->victim && judge->victim->anon_bytes == OOM_UNKNOWN)
		oom_add(judge, &event->missing,
			"what the victim had (\"Killed process ... anon-rss\")");
	if (event->tasks.n == 0)
		oom_add(judge, &event->missing,
			"the table of processes: vm.oom_dump_tasks is 0, or the log was cut or "
			"filtered");
	else if (judge->victim && !judge->task)
		oom_add(judge, &event->missing,
			"the victim's line in the table of processes: lines of it are missing");
	if (event->n_cut_tasks)
		oom_add(judge, &event->missing,
			"%" PRIu32 " damaged line%s of the table of processes", event->n_cut_tasks,
			event->n_cut_tasks == 1 ? "" : "s");
	if (!has_memory(event))
		oom_add(judge, &event->missing, "how the memory was used");
	if (event->scope == OOM_SCOPE_CGROUP && !oom_limit_hit(event, NULL))
		oom_add(judge, &event->missing, "the limit of the cgroup and how much was used");
}

void oom_advise(struct oom_judge *judge)
{
	advise_cause(judge);
	advise_group(judge);
	missing_add(judge);
}
