/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace top": the terminal of the live view, beside the loop of attach. */
#ifndef LT_CMD_TOP_H
#define LT_CMD_TOP_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "model/result.h"

struct top;

/*
 * Takes over the terminal, whose keys wake EPOLL_FD up. Where standard output is none, or
 * one that cannot draw, each look is printed below the one before, without keys.
 */
int top_open(int epoll_fd, struct top **ret_top, struct diag *diag) _must_check_;
/* Gives the terminal back as it was. */
void top_close(struct top *top);

/* Shows a new look. */
int top_show(struct top *top, const struct result *result) _must_check_;

/* Does what keys say, and what a new size of the terminal asks for. 1: go on, 0: end, -ENOMEM. */
int top_step(struct top *top) _must_check_;

#endif
