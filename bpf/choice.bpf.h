/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a program that starts is to be traced, when not only children of traced ones are. */
#ifndef LT_CHOICE_BPF_H
#define LT_CHOICE_BPF_H

#include "kernel.bpf.h"
#include "leaktrace/choice_abi.h"

extern const volatile struct lt_choice lt_choice;

static __always_inline bool glob_matches(const volatile struct lt_glob *glob, const char *name)
{
	__u64 states = glob->starts;

	for (int i = 0; i < LT_MAX_COMM - 1; i++) {
		__u8 character = name[i];

		if (!character)
			break;
		states = lt_glob_step(glob, states, character);
	}
	return states & glob->accepts;
}

static __always_inline bool name_is_chosen(struct task_struct *task)
{
	char name[LT_MAX_COMM] = {};

	bpf_probe_read_kernel(name, sizeof(name), task->comm);
	if (lt_choice.include.starts && !glob_matches(&lt_choice.include, name))
		return false;
	return !lt_choice.exclude.starts || !glob_matches(&lt_choice.exclude, name);
}

/* Whether the running process is in the chosen cgroup. */
int task_is_in_cgroup(void);

/* What does not depend on the program that TASK, the running one, executes. */
static __always_inline bool task_is_candidate(struct task_struct *task)
{
	if (!lt_choice.wanted || (__u32)task->tgid == lt_choice.self)
		return false;
	if (lt_choice.has_uid && task->cred->uid.val != lt_choice.uid)
		return false;
	if (lt_choice.mount_ns &&
	    BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) != lt_choice.mount_ns)
		return false;
	if (lt_choice.pid_ns &&
	    BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum) != lt_choice.pid_ns)
		return false;
	return !lt_choice.cgroup || task_is_in_cgroup();
}

/* TASK is the running one, at the end of its exec. */
static __always_inline bool task_is_chosen(struct task_struct *task)
{
	return task_is_candidate(task) && name_is_chosen(task);
}

#endif
