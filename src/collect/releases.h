/* SPDX-License-Identifier: BSD-2-Clause */
/* What was released after its test, as the kernel's half has told it apart. */
#ifndef LT_COLLECT_RELEASES_H
#define LT_COLLECT_RELEASES_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "collect/images.h"
#include "model/releases.h"

/*
 * Reads from the map RELEASES_FD the entries of the spaces for which WANTED[space] is true, appends
 * them to TO and, if REMOVE, takes them out. Returns 0 or -ENOMEM.
 */
int releases_read(const struct images *images, int releases_fd, const bool *wanted, bool remove,
		  struct releases *to) _must_check_;

#endif
