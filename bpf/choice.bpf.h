/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a program that starts is to be traced, when not only children of traced ones are. */
#ifndef LT_CHOICE_BPF_H
#define LT_CHOICE_BPF_H

#include "kernel.bpf.h"
#include "leaktrace/choice_abi.h"

const volatile struct lt_choice lt_choice = {};

/* Folders above a cgroup, and hierarchies, that are looked at. */
#define LT_MAX_CGROUP_DEPTH 24
#define LT_MAX_HIERARCHIES  16

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

/* True if the cgroup is the chosen one, or below it. */
static __always_inline bool cgroup_is_chosen(struct cgroup *cgroup)
{
	for (int i = 0; cgroup && i < LT_MAX_CGROUP_DEPTH; i++) {
		struct cgroup_subsys_state *parent;

		if (BPF_CORE_READ(cgroup, kn, id) == lt_choice.cgroup)
			return true;
		parent = BPF_CORE_READ(cgroup, self.parent);
		cgroup = parent ? BPF_CORE_READ(parent, cgroup) : NULL;
	}
	return false;
}

/* In the hierarchy of version 2, or in one of version 1. */
__noinline int task_is_in_cgroup(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct css_set *set = BPF_CORE_READ(task, cgroups);

	if (cgroup_is_chosen(BPF_CORE_READ(set, dfl_cgrp)))
		return 1;
	for (unsigned i = 0; i < LT_MAX_HIERARCHIES; i++) {
		struct cgroup_subsys_state *state = NULL;

		if (i >= bpf_core_field_size(set->subsys) / sizeof(state))
			break;
		bpf_core_read(&state, sizeof(state), &set->subsys[i]);
		if (state && cgroup_is_chosen(BPF_CORE_READ(state, cgroup)))
			return 1;
	}
	return 0;
}

/* TASK is the running one, at the end of its exec. */
static __always_inline bool task_is_chosen(struct task_struct *task)
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
	if (lt_choice.cgroup && !task_is_in_cgroup())
		return false;
	return name_is_chosen(task);
}

#endif
