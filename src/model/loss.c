// SPDX-License-Identifier: BSD-2-Clause
/* Names and sentences of the losses. */
#include "model/loss.h"

static const struct {
	const char *id;
	const char *text;
} loss_table[_LOSS_MAX] = {
#define LOSS(name, id, text) [LOSS_##name] = { id, text },
#include "leaktrace/loss.def"
#undef LOSS
};

const char *loss_id(enum loss loss)
{
	return loss_table[loss].id;
}

const char *loss_text(enum loss loss)
{
	return loss_table[loss].text;
}

bool losses_any(const struct losses *losses)
{
	for (int i = 0; i < _LOSS_MAX; i++) {
		if (losses->counts[i] && i != LOSS_EVENTS_FULL && i != LOSS_FDS_UNSEEN_CLOSED)
			return true;
	}
	return false;
}

void losses_add(struct losses *to, const struct losses *more)
{
	for (int i = 0; i < _LOSS_MAX; i++)
		to->counts[i] += more->counts[i];
}
