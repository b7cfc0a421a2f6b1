/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has from before the attach: threads and mappings, as procfs lists them. Nobody saw
 * how they were made, so they have no stack and are of no account; but they are listed.
 */
#ifndef LT_COLLECT_IMAGE_BEFORE_H
#define LT_COLLECT_IMAGE_BEFORE_H

#include "collect/images.h"

/*
 * Adds the threads and mappings that the image's process has now. What its events are told of from
 * the attach on takes their place. Returns 0 or -ENOMEM.
 */
int image_before_add(const struct images *images, struct image *image) _must_check_;

#endif
