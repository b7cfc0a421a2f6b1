/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a recording, of which nothing is believed: the file may have been made by anybody. What
 * comes out is as sound as a result that was just traced.
 */
#ifndef LT_STORE_RECORDING_H
#define LT_STORE_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/texts.h"
#include "model/result.h"

struct recorded_setting {
	const char *name;
	uint64_t value;
};

struct recording {
	struct modules modules;
	struct stacks stacks;
	struct symbols symbols;
	struct result result;
	struct texts texts; /* what parts of the result point into */
	VEC(struct recorded_setting) settings;
	const char *leaktrace; /* the version that wrote it */
	bool complete;	       /* else leaktrace is still at work, or was killed */
	uint64_t written_unix_ns;
};

/* Whole into memory. -EINVAL, -EBADMSG, -ENOTSUP or what the system says, with the reason. */
int recording_open(const char *path, struct recording **ret_recording,
		   struct diag *diag) _must_check_;
void recording_free(struct recording *recording);
DEFINE_GUARD(struct recording, recording_free)

/* An option of the run that changes reports; FALLBACK: the recording does not know it. */
uint64_t recording_setting(const struct recording *recording, const char *name, uint64_t fallback);

#endif
