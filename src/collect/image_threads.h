/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads of an image: from events to the table of its threads, and from there to sites. */
#ifndef LT_COLLECT_IMAGE_THREADS_H
#define LT_COLLECT_IMAGE_THREADS_H

#include <stddef.h>

#include "collect/images.h"
#include "leaktrace/thread_abi.h"
#include "model/sites.h"

/* Applies an event of N bytes. Returns 0 or -ENOMEM. */
int image_threads_apply(struct images *images, struct image *image,
			const struct lt_event_thread *event, size_t n) _must_check_;

/* Adds the threads that nobody has released to the sites, and to the totals of the process. */
int image_threads_fold(struct images *images, const struct image *image,
		       const struct image_fold *fold) _must_check_;

#endif
