/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which test of pytest the current process runs: pytest keeps that in the environment, as the C
 * library has it in memory. Read when the process is killed, and not before.
 */
#ifndef LT_RECORDER_ENVIRON_BPF_H
#define LT_RECORDER_ENVIRON_BPF_H

#include "state.bpf.h"

/* LT_REC_VARIABLE_NAME and "=" as words; of the last one, a half. */
static const char variable_name[24] __attribute__((aligned(8))) = LT_REC_VARIABLE_NAME "=";

static __always_inline bool is_variable(__u64 text)
{
	const __u64 *wanted = (const __u64 *)variable_name;
	__u64 words[3] = {};

	return !bpf_probe_read_user(words, LT_REC_VARIABLE_BYTES, (void *)text) &&
	       words[0] == wanted[0] && words[1] == wanted[1] && words[2] == wanted[2];
}

/* Where the variable is in the current process's memory; 0: nowhere. */
static __noinline __u64 variable_find(__u64 environ)
{
	__u64 list = 0, text;

	if (bpf_probe_read_user(&list, sizeof(list), (void *)environ) || !list)
		return 0;
	for (__u32 i = 0; i < LT_REC_MAX_VARIABLES; i++) {
		if (bpf_probe_read_user(&text, sizeof(text), (void *)(list + i * 8)) || !text)
			return 0;
		if (is_variable(text))
			return text;
	}
	return 0;
}

/* Tells which test the current process was running, if its environment does. */
static __noinline int variable_send(__u32 tgid)
{
	__u64 *environ = bpf_map_lookup_elem(&rec_environs, &tgid);
	__u64 text = environ ? variable_find(*environ) : 0;
	struct lt_rec_variable *variable;

	if (!text)
		return 0;
	variable = bpf_ringbuf_reserve(&rec_events, sizeof(*variable), 0);
	if (!variable) {
		__sync_fetch_and_add(&rec_losses.kills, 1);
		return 0;
	}
	variable->event.type = LT_REC_VARIABLE;
	variable->event.pid = tgid;
	variable->event.time_ns = bpf_ktime_get_ns();
	if (bpf_probe_read_user_str(variable->value, sizeof(variable->value),
				    (void *)(text + LT_REC_VARIABLE_BYTES)) < 0)
		variable->value[0] = '\0';
	bpf_ringbuf_submit(variable, BPF_RB_FORCE_WAKEUP);
	return 0;
}

#endif
