/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an image holds by call site, added up at each look at its blocks, so that the look with the
 * most bytes can be kept: an array by index of the stack, so that a block costs one addition.
 */
#ifndef LT_COLLECT_IMAGE_PEAK_H
#define LT_COLLECT_IMAGE_PEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/estimate.h"
#include "model/peaks.h"

struct image;
struct images;

struct image_amounts {
	VEC(struct estimate) by_stack; /* its index within the space */
	struct estimate all;
};

struct image_peak {
	struct image_amounts now;  /* being added up */
	struct image_amounts most; /* at the look with the most bytes */
	uint64_t looked_ns;	   /* the last look; 0: there was none */
	bool is_partial;	   /* there was no memory for some of what is being added up */
};

void image_peak_done(struct image_peak *peak);

/* A look at IMAGE begins; each of its blocks is added; then it ends, as one of TIME_NS. */
void image_peak_begin(struct image *image);
void image_peak_add(struct image *image, uint32_t stack, const struct estimate *estimate);
void image_peak_end(struct images *images, struct image *image, uint64_t time_ns);

/* IMAGE has ended, and what it held at its end is not known. */
void image_peak_miss(const struct images *images, const struct image *image);

/* Adds what call sites held at the peak of IMAGE. Returns 0 or -ENOMEM. */
int image_peak_fold(const struct image *image, struct peaks *to) _must_check_;

#endif
