/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the places of a whole result, file by file. */
#ifndef LT_CMD_SYMBOLIZE_H
#define LT_CMD_SYMBOLIZE_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/progress.h"
#include "model/result.h"
#include "symbol/symbolizer.h"

struct symbolize {
	struct symbolizer *symbolizer;
	struct progress *progress; /* told how far it is */
	/* The open file of MODULE, or -1 to open it by its path; false: its places get no names. */
	bool (*file)(void *data, const struct module *module, int *ret_fd);
	void *data;
};

/* As files_symbolize(). */
int symbolize_result(const struct symbolize *symbolize, const struct result *result, size_t top,
		     struct symbols *symbols, struct diag *diag) _must_check_;

#endif
