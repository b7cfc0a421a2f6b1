/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the addresses of a stack into places in files, by what the process maps at that time. */
#ifndef LT_COLLECT_IMAGE_STACKS_H
#define LT_COLLECT_IMAGE_STACKS_H

#include "base/cleanup.h"
#include "collect/images.h"

/* Stores the stack of EVENT (N_BYTES long) under its index. Returns 0 or -ENOMEM. */
int image_stacks_add(struct images *images, struct image *image, const struct lt_event_stack *event,
		     size_t n_bytes) _must_check_;

/* The same for a stack that the program has sent as it is. */
int image_stacks_add_raw(struct images *images, struct image *image,
			 const struct lt_event_raw *event, size_t n_bytes) _must_check_;

/* A stack of the image before exec has an index in this one as well. */
int image_stacks_carry(struct images *images, struct image *image,
		       const struct lt_event_carried *event, size_t n_bytes) _must_check_;

/* A stack that the programs remember from now on: forgotten when it cannot come again. */
int image_stacks_known(struct images *images, struct image *image,
		       const struct lt_event_known *event) _must_check_;

/* The programs want the unwind table of the file that is mapped there. */
int image_stacks_table(struct images *images, const struct image *image,
		       const struct lt_event_module *event) _must_check_;

/* The place of ADDRESS, where a function begins, as the id of a stack of this place alone. */
int image_stacks_place(const struct images *images, const struct image *image, uint64_t address,
		       uint32_t *ret_id) _must_check_;

#endif
