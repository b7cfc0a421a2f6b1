// SPDX-License-Identifier: BSD-2-Clause
/* Address to (module, file offset), while it is known what was mapped where. */
#include "collect/image_stacks.h"

#include <errno.h>

#include "collect/image_tables.h"

/* The place of a call at PC, by what the process maps. */
static struct place call_place(const struct images *images, const struct image *image, uint64_t pc)
{
	const struct mapping *mapping =
		image->maps ? mappings_find(image->maps->mappings, pc & ~LT_PC_SIGNAL) : NULL;
	struct place place = { .offset = pc & ~LT_PC_SIGNAL,
			       .flags = pc & LT_PC_SIGNAL ? PLACE_SIGNAL : 0 };

	if (!mapping)
		return place;
	place.module = mapping->module;
	if (modules_get(images->options.modules, mapping->module)->kind != MODULE_ANON)
		place.offset += mapping->offset - mapping->start;
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

static enum stack_end stack_end_of(uint8_t end)
{
	static const enum stack_end ends[] = {
		[LT_STACK_COMPLETE] = STACK_COMPLETE,
		[LT_STACK_FRAME_POINTER] = STACK_FRAME_POINTER,
		[LT_STACK_TRUNCATED] = STACK_TRUNCATED,
		[LT_STACK_UNREADABLE] = STACK_UNREADABLE,
		[LT_STACK_UNKNOWN_CODE] = STACK_UNKNOWN_CODE,
		[LT_STACK_NO_MODULE] = STACK_UNKNOWN_CODE,
	};

	return end < sizeof(ends) / sizeof(ends[0]) ? ends[end] : STACK_UNKNOWN_CODE;
}

/* Stores the stack under its index. */
static int image_stacks_set(struct images *images, struct image *image, uint32_t index,
			    const uint64_t *pcs, size_t n_pcs, enum stack_end end)
{
	struct place places[LT_MAX_FRAMES];
	struct stack *stack;
	size_t n = 0;
	int r;

	for (; n < n_pcs; n++) {
		places[n] = call_place(images, image, pcs[n]);
		/* A frame pointer that was not one led out of all code: what follows is noise. */
		if (end == STACK_FRAME_POINTER && n > 0 && places[n].module == 0)
			break;
	}
	r = stacks_intern(images->options.stacks, places, n, end, &stack);
	if (r == 0)
		r = image_stacks_reserve(image, index);
	if (r < 0)
		return r;
	image->stacks.items[index] = stack->id;
	return 0;
}

int image_stacks_add(struct images *images, struct image *image, const struct lt_event_stack *event,
		     size_t n_bytes)
{
	uint64_t pcs[LT_MAX_FRAMES];

	if (n_bytes < sizeof(*event) || event->n > LT_MAX_FRAMES ||
	    n_bytes < sizeof(*event) + event->n * sizeof(event->pcs[0]) || event->index == 0 ||
	    event->index > LT_STACK_MAX)
		return 0;
	if (vec_push(&image->hashes, event->hash) < 0)
		return -ENOMEM;
	memcpy(pcs, event->pcs, event->n * sizeof(pcs[0]));
	return image_stacks_set(images, image, event->index, pcs, event->n,
				stack_end_of(event->end));
}

int image_stacks_add_raw(struct images *images, struct image *image,
			 const struct lt_event_raw *event, size_t n_bytes)
{
	enum lt_stack_end end = LT_STACK_UNREADABLE;
	uint64_t pcs[LT_MAX_FRAMES];
	size_t n;

	if (n_bytes < sizeof(*event) || n_bytes - sizeof(*event) < event->n_bytes ||
	    event->index == 0 || event->index > LT_STACK_MAX || !image->maps)
		return 0;
	n = images->options.unwind_raw(images->options.data, image->maps->mappings, event, pcs,
				       LT_MAX_FRAMES, &end);
	return image_stacks_set(images, image, event->index, pcs, n, stack_end_of(end));
}

int image_stacks_carry(struct images *images, struct image *image,
		       const struct lt_event_carried *event, size_t n_bytes)
{
	int r;

	if (n_bytes < sizeof(*event) || event->index == 0 || event->index > LT_STACK_MAX)
		return 0;
	r = image_stacks_reserve(image, event->index);
	if (r == 0)
		image->stacks.items[event->index] =
			images_stack(images, event->old_space, event->old_index);
	return r;
}

uint32_t image_stack(const struct image *image, uint32_t index)
{
	return index < image->stacks.n ? image->stacks.items[index] : 0;
}

uint32_t images_stack(const struct images *images, uint32_t space, uint32_t index)
{
	const struct image *image = space < LT_MAX_SPACES ? images->by_space[space] : NULL;

	return image ? image_stack(image, index) : 0;
}

/* The programs remember a stack. With other code mapped, those from before never match again. */
int image_stacks_known(struct images *images, struct image *image,
		       const struct lt_event_known *event)
{
	if (event->generation > image->known_generation) {
		images->options.known_drop(images->options.publish_data, image->known.items,
					   image->known.n);
		image->known.n = 0;
		image->known_generation = event->generation;
	}
	return vec_push(&image->known, event->key);
}

int image_stacks_table(struct images *images, const struct image *image,
		       const struct lt_event_module *event)
{
	const struct mapping *mapping =
		image->maps ? mappings_find(image->maps->mappings, event->start) : NULL;

	/* Not known (a lost record): asked for again, and unwound here meanwhile. */
	if (!mapping)
		return 0;
	return image_tables_publish(images, modules_get(images->options.modules, mapping->module),
				    &event->key);
}

int image_stacks_place(const struct images *images, const struct image *image, uint64_t address,
		       uint32_t *ret_id)
{
	struct place place = call_place(images, image, address & ~LT_PC_SIGNAL);
	struct stack *stack;
	int r = stacks_intern(images->options.stacks, &place, 1, STACK_COMPLETE, &stack);

	if (r == 0)
		*ret_id = stack->id;
	return r;
}
