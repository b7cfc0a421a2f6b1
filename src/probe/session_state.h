/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session is made of, for session.c, which loads it, and session_attach.c. */
#ifndef LT_PROBE_SESSION_STATE_H
#define LT_PROBE_SESSION_STATE_H

#include "base/vec.h"
#include "leaktrace/abi.h"
#include "probe/apart.h"
#include "probe/session.h"

/* It needs the types of the contract. */
#include "leaktrace.skel.h"

struct session {
	struct leaktrace_bpf *skel;
	struct features features;
	bool syscalls; /* some are looked at */
	bool threads;  /* are traced */
	uint64_t start_ns;
	VEC(int) links; /* of uprobes */
	struct apart_closing *closing;
};

struct bpf_program *session_program(const struct session *session, enum session_program program);

#endif
