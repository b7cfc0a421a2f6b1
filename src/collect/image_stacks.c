// SPDX-License-Identifier: BSD-2-Clause
/* Address to (module, file offset), while it is known what was mapped where. */
#include "collect/image_stacks.h"

#include <errno.h>

/*
 * The place of the call that returns to PC: one byte before it, so that it belongs to the call
 * instruction and its source line.
 */
static struct place call_place(const struct images *images, const struct image *image, uint64_t pc)
{
	const struct mapping *mapping =
		image->maps ? mappings_find(image->maps->mappings, pc - 1) : NULL;
	struct place place = { .offset = pc - 1 };

	if (!mapping)
		return place;
	place.module = mapping->module;
	if (modules_get(images->options.modules, mapping->module)->kind != MODULE_ANON)
		place.offset = pc - 1 - mapping->start + mapping->offset;
	return place;
}

/* Makes room for INDEX, filled with 0. */
static int image_stacks_reserve(struct image *image, uint32_t index)
{
	if (index < image->stacks.n)
		return 0;
	if (vec_reserve(&image->stacks, index + 1 - image->stacks.n) < 0)
		return -ENOMEM;
	while (image->stacks.n <= index)
		image->stacks.items[image->stacks.n++] = 0;
	return 0;
}

int image_stacks_add(struct images *images, struct image *image,
		     const struct lt_event_stack *event, size_t n_bytes)
{
	struct place places[LT_MAX_FRAMES];
	enum stack_end end = event->end == LT_STACK_TRUNCATED ? STACK_TRUNCATED :
								STACK_FRAME_POINTER;
	struct stack *stack;
	size_t n = 0;
	int r;

	if (n_bytes < sizeof(*event) || event->n > LT_MAX_FRAMES ||
	    n_bytes < sizeof(*event) + event->n * sizeof(event->pcs[0]) ||
	    event->index > LT_STACK_MAX)
		return 0;
	for (; n < event->n; n++) {
		places[n] = call_place(images, image, event->pcs[n]);
		/* A frame pointer that was not one led out of all code: what follows is noise. */
		if (n > 0 && places[n].module == 0) {
			end = STACK_FRAME_POINTER;
			break;
		}
	}
	r = stacks_intern(images->options.stacks, places, n, end, &stack);
	if (r == 0)
		r = image_stacks_reserve(image, event->index);
	if (r == 0)
		r = vec_push(&image->hashes, event->hash);
	if (r < 0)
		return r;
	image->stacks.items[event->index] = stack->id;
	return 0;
}
