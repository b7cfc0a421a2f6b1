// SPDX-License-Identifier: BSD-2-Clause
/* Lines that tell how else a process ended, see hints.h. */
#include "oom/hints.h"

#include <errno.h>
#include <string.h>

#include "oom/fields.h"

static const struct {
	const char *words[2]; /* both must be in the line */
	const char *text;
	bool is_oom_kill;
} hint_table[] = {
	{ { "systemd-oomd", "Killed " },
	  "systemd-oomd, a daemon, killed all processes of a cgroup because of memory pressure: "
	  "that is not the kernel's OOM killer",
	  false },
	{ { "earlyoom", "sending SIG" },
	  "earlyoom, a daemon, ended a process because little memory was left: that is not the "
	  "kernel's OOM killer",
	  false },
	{ { "eviction manager", "pods" },
	  "Kubernetes ended a pod to get memory of the node back: that is not the kernel's OOM "
	  "killer",
	  false },
	{ { "oom-kill", "Failed with result" },
	  "systemd says that the OOM killer ended a service",
	  true },
	{ { "killed by the OOM killer", "" },
	  "systemd says that the OOM killer ended a process",
	  true },
	{ { "kernel OOM killer killed", "" },
	  "systemd says that the OOM killer ended some processes",
	  true },
	{ { "page allocation failure", "order:" },
	  "a request of the kernel for memory was refused; nobody is killed for that",
	  false },
	{ { "code=killed, status=9/KILL", "" },
	  "systemd saw a service end by SIGKILL; this line alone does not say who sent it",
	  false },
	{ { "segfault at ", " ip " },
	  "a process crashed (SIGSEGV); that has nothing to do with the amount of memory",
	  false },
	{ { "Cannot allocate memory", "" },
	  "a request for memory was refused with an error (a limit of the process or of "
	  "overcommit); nobody is killed for that",
	  false },
};

/* The hint of this kind, which may be a new one; NULL: out of memory. */
static struct oom_hint *hint_get(struct oom_log *log, const char *text, bool is_oom_kill)
{
	vec_foreach(hint, &log->hints) {
		if (hint->text == text)
			return hint;
	}
	if (vec_push(&log->hints, (struct oom_hint){ .text = text, .is_oom_kill = is_oom_kill }) <
	    0)
		return NULL;
	return &log->hints.items[log->hints.n - 1];
}

int oom_hints_read(struct oom_log *log, const char *line)
{
	for (size_t i = 0; i < sizeof(hint_table) / sizeof(hint_table[0]); i++) {
		struct oom_hint *hint;

		if (!strstr(line, hint_table[i].words[0]) || !strstr(line, hint_table[i].words[1]))
			continue;
		hint = hint_get(log, hint_table[i].text, hint_table[i].is_oom_kill);
		if (!hint)
			return -ENOMEM;
		hint->n++;
		return field_copy(&hint->line, line, strcspn(line, "\r"));
	}
	return 0;
}
