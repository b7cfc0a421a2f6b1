/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors that are open in a process, kept as they were told. */
#ifndef LT_COLLECT_IMAGE_FDS_H
#define LT_COLLECT_IMAGE_FDS_H

#include <stddef.h>

#include "collect/images.h"

/* Adds a descriptor that is open; EVENT has N bytes. Returns 0 or -ENOMEM. */
int image_fds_add(struct image *image, const struct lt_event_fd *event, size_t n) _must_check_;
void image_fds_clear(struct image *image);

#endif
