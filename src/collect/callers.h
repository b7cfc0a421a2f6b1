/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls are made inside the C library: who called the library is who is to be named.
 */
#ifndef LT_COLLECT_CALLERS_H
#define LT_COLLECT_CALLERS_H

#include <stdint.h>

#include "base/cleanup.h"
#include "model/modules.h"
#include "model/stacks.h"

/*
 * The stack with this id without its first frames in the C library and the dynamic linker, as an
 * id in *RET_ID. A stack that leads through nothing else stays as it is. Returns 0 or -ENOMEM.
 */
int callers_of(struct stacks *stacks, const struct modules *modules, uint32_t id,
	       uint32_t *ret_id) _must_check_;

#endif
