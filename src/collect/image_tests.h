/* SPDX-License-Identifier: BSD-2-Clause */
/* Events about tests: checked, and handed to whoever knows the frameworks. */
#ifndef LT_COLLECT_IMAGE_TESTS_H
#define LT_COLLECT_IMAGE_TESTS_H

#include <stddef.h>

#include "collect/images.h"

/* Passes one on. Damaged ones are dropped. Returns 0 or -ENOMEM. */
int image_tests_apply(struct images *images, const struct image *image,
		      const struct lt_event_test *event, size_t n_bytes) _must_check_;

/* Reads from the map RELEASES_FD what was released after its test. */
void image_tests_releases(const struct images *images, int releases_fd);

#endif
