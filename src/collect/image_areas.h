/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the mapping calls of a process mean for the areas of its image. Part of images.c: called
 * for each such call in the order of time.
 */
#ifndef LT_COLLECT_IMAGE_AREAS_H
#define LT_COLLECT_IMAGE_AREAS_H

#include <stddef.h>

#include "collect/images.h"
#include "leaktrace/mapping_abi.h"

/* Applies a call whose event is N bytes long. Returns 0 or -ENOMEM. */
int image_areas_apply(const struct images *images, struct image *image,
		      const struct lt_event_mapping *call, size_t n) _must_check_;

/* The image is a child that PARENT has forked: it begins with all that this one has mapped. */
int image_areas_inherit(struct image *image, const struct image *parent) _must_check_;

/*
 * Tells what the program has mapped from what the C library has mapped for itself, by the stacks,
 * and learns the names of files while the process lives. Returns 0 or -ENOMEM.
 */
int image_areas_settle(struct images *images, struct image *image) _must_check_;

/* Learns the names of files that the image has mapped, from procfs. Returns 0 or -ENOMEM. */
int image_areas_name(struct image *image) _must_check_;

/*
 * Adds what the program itself has mapped, and not unmapped, to the sites and to the totals of the
 * process. Returns 0 or -ENOMEM.
 */
int image_areas_fold(struct images *images, struct image *image,
		     const struct image_fold *fold) _must_check_;

#endif
