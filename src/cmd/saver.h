/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the recording of a run (--output), with the rights of the user who wants it. */
#ifndef LT_CMD_SAVER_H
#define LT_CMD_SAVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/result.h"

struct saver;

/* *RET_SAVER is NULL if no recording is wanted. CALL is called often while it is written to. */
int saver_open(const struct config *config, void (*call)(void *data), void *data,
	       struct saver **ret_saver, struct diag *diag) _must_check_;
void saver_close(struct saver *saver);
DEFINE_GUARD(struct saver, saver_close)

/*
 * When the recording is to be brought up to date, as CLOCK_MONOTONIC: about once a second, and
 * seldom enough that it takes one part in twenty of the time; UINT64_MAX: never again.
 */
uint64_t saver_next_ns(const struct saver *saver);

/* As store_sync(). BEGIN_NS: when the work for it began. What fails is told by saver_finish(). */
void saver_sync(struct saver *saver, const struct result *result, uint64_t begin_ns);

/* As store_finish(). -EIO and others, with a sentence, if the recording is not whole. */
int saver_finish(struct saver *saver, const struct result *result, struct diag *diag) _must_check_;

#endif
