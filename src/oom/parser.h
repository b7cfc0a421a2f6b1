/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what a kernel log says about the OOM killer, of kernels 3.10 to 6.18, whole or in parts:
 * lines may be missing, cut, doubled, or between lines of other programs. Anything may be in the
 * text, which whoever can write to the log has chosen.
 */
#ifndef LT_OOM_PARSER_H
#define LT_OOM_PARSER_H

#include "base/cleanup.h"
#include "model/oom.h"

/* Reads the N bytes of TEXT into LOG, which is empty. 0 or -ENOMEM. */
int oom_parse(const char *text, size_t n, struct oom_log *log) _must_check_;

#endif
