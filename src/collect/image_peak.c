// SPDX-License-Identifier: BSD-2-Clause
/* The look at which an image held most: see image_peak.h. */
#include "collect/image_peak.h"

#include "collect/images.h"

void image_peak_done(struct image_peak *peak)
{
	vec_done(&peak->now.by_stack);
	vec_done(&peak->most.by_stack);
}

void image_peak_begin(struct image *image)
{
	struct image_peak *peak = &image->peak;

	peak->now.by_stack.n = 0;
	peak->now.all = (struct estimate){ 0 };
	peak->is_partial = false;
}

/* Makes room for the stack with this index, and for those before it. */
static int amounts_reserve(struct image_amounts *amounts, uint32_t stack)
{
	size_t n = amounts->by_stack.n;

	if (stack < n)
		return 0;
	if (vec_reserve(&amounts->by_stack, stack + 1 - n) < 0)
		return -ENOMEM;
	memset(amounts->by_stack.items + n, 0, (stack + 1 - n) * sizeof(*amounts->by_stack.items));
	amounts->by_stack.n = stack + 1;
	return 0;
}

void image_peak_add(struct image *image, uint32_t stack, const struct estimate *estimate)
{
	struct image_amounts *now = &image->peak.now;
	struct estimate *amount;

	if (amounts_reserve(now, stack) < 0) {
		image->peak.is_partial = true;
		return;
	}
	amount = &now->by_stack.items[stack];
	amount->n_blocks += estimate->n_blocks;
	amount->bytes += estimate->bytes;
	now->all.n_blocks += estimate->n_blocks;
	now->all.bytes += estimate->bytes;
}

/* Since when nobody has looked at the image. */
static uint64_t unseen_since(const struct images *images, const struct image *image)
{
	return image->peak.looked_ns ?: image_process(images, image)->start_ns;
}

void image_peak_end(struct images *images, struct image *image, uint64_t time_ns)
{
	struct process_peak *of = &image_process(images, image)->peak;
	struct image_peak *peak = &image->peak;
	struct image_amounts more = peak->now;

	/* As if nobody had looked. */
	if (peak->is_partial) {
		images->n_without_memory++;
		return;
	}
	if (process_peak_look(of, unseen_since(images, image), time_ns, more.all.bytes,
			      more.all.n_blocks)) {
		peak->now = peak->most;
		peak->most = more;
	}
	peak->looked_ns = time_ns;
}

void image_peak_miss(const struct images *images, const struct image *image)
{
	struct process *process = image_process(images, image);

	process_peak_wait(&process->peak, unseen_since(images, image), process->end_ns);
}

int image_peak_fold(const struct image *image, struct peaks *to)
{
	const struct image_amounts *most = &image->peak.most;

	for (uint32_t stack = 0; stack < most->by_stack.n; stack++) {
		const struct estimate *amount = &most->by_stack.items[stack];
		struct peak_part part = { .process = image->process,
					  .stack = image_stack(image, stack),
					  .bytes = amount->bytes,
					  .n_blocks = amount->n_blocks };

		if (amount->n_blocks && vec_push(&to->items, part) < 0)
			return -ENOMEM;
	}
	return 0;
}
