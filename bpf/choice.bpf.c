// SPDX-License-Identifier: GPL-2.0
/* Which cgroups a process is in, of those that user space chose: see choice.bpf.h. */
#include "choice.bpf.h"

const volatile struct lt_choice lt_choice = {};

/* Folders above a cgroup, and hierarchies, that are looked at. */
#define LT_MAX_CGROUP_DEPTH 24
#define LT_MAX_HIERARCHIES  16

/* True if the cgroup is the chosen one, or below it. */
static __always_inline bool cgroup_is_chosen(struct cgroup *cgroup)
{
	if ((__u32)BPF_CORE_READ(cgroup, root, hierarchy_id) != lt_choice.hierarchy)
		return false;
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
__attribute__((noinline)) int task_is_in_cgroup(void)
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
