/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways to lose data, from include/leaktrace/loss.def, and how often each happened. */
#ifndef LT_MODEL_LOSS_H
#define LT_MODEL_LOSS_H

#include <stdbool.h>
#include <stdint.h>

enum loss {
#define LOSS(name, id, text) LOSS_##name,
#include "leaktrace/loss.def"
#undef LOSS
	_LOSS_MAX,
};

struct losses {
	uint64_t counts[_LOSS_MAX];
};

/* "blocks-full": the name in JSON. */
const char *loss_id(enum loss loss);

/* A sentence without its count: "allocations were not recorded because ...". */
const char *loss_text(enum loss loss);

/* True if anything was lost that can change a number: a late event changes none. */
bool losses_any(const struct losses *losses);

void losses_add(struct losses *to, const struct losses *more);

#endif
