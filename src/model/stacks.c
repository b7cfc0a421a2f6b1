// SPDX-License-Identifier: BSD-2-Clause
/* Interned call stacks: see stacks.h. */
#include "model/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int stacks_init(struct stacks *stacks)
{
	struct stack *none;

	*stacks = (struct stacks){ 0 };
	return stacks_intern(stacks, NULL, 0, STACK_NONE, &none);
}

void stacks_done(struct stacks *stacks)
{
	HASH_CLEAR(hh, stacks->by_places);
	HASH_CLEAR(hh, stacks->by_place);
	vec_foreach(stack, &stacks->items)
		free(*stack);
	vec_foreach(place, &stacks->places)
		free(*place);
	vec_done(&stacks->items);
	vec_done(&stacks->places);
	vec_done(&stacks->free_places);
}

bool stacks_has_place(const struct stacks *stacks, const struct place *place)
{
	struct stack_place *known;

	HASH_FIND(hh, stacks->by_place, place, sizeof(*place), known);
	return known;
}

int stacks_add_place(struct stacks *stacks, const struct place *place, uint32_t *ret_id)
{
	size_t n_free = stacks->free_places.n;
	struct stack_place *known;

	HASH_FIND(hh, stacks->by_place, place, sizeof(*place), known);
	if (known) {
		*ret_id = known->id;
		return 0;
	}
	known = calloc(1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	known->place = *place;
	known->id = n_free ? stacks->free_places.items[n_free - 1] : (uint32_t)stacks->places.n;
	if (vec_reserve(&stacks->places, 1) == 0)
		HASH_ADD(hh, stacks->by_place, place, sizeof(known->place), known);
	if (!table_added(known)) {
		free(known);
		return -ENOMEM;
	}
	if (n_free)
		stacks->free_places.n--;
	else
		stacks->places.n++;
	stacks->places.items[known->id] = known;
	*ret_id = known->id;
	return 0;
}

/* A stack of N places that are still to be filled in. */
static struct stack *stack_new(size_t n, enum stack_end end)
{
	/* One more than the stack has holds the end: it is part of the key. */
	struct stack *stack = calloc(1, sizeof(*stack) + (n + 1) * sizeof(stack->places[0]));

	if (!stack)
		return NULL;
	stack->n = (uint32_t)n;
	stack->end = end;
	stack->places[n] = end;
	return stack;
}

/* Takes over STACK, and frees it if it is known already. */
static int stacks_add(struct stacks *stacks, struct stack *stack, struct stack **ret_stack)
{
	_cleanup_free_ struct stack *fresh = stack;
	size_t key_bytes = ((size_t)stack->n + 1) * sizeof(stack->places[0]);

	HASH_FIND(hh, stacks->by_places, stack->places, key_bytes, *ret_stack);
	if (*ret_stack)
		return 0;
	stack->id = stacks->items.n ? stacks->items.items[stacks->items.n - 1]->id + 1 : 0;
	if (stack->id == UINT32_MAX || vec_reserve(&stacks->items, 1) < 0)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, stacks->by_places, stack->places, key_bytes, stack);
	if (!table_added(stack))
		return -ENOMEM;
	stacks->items.items[stacks->items.n++] = stack;
	*ret_stack = TAKE_PTR(fresh);
	return 0;
}

int stacks_intern_ids(struct stacks *stacks, const uint32_t *ids, size_t n, enum stack_end end,
		      struct stack **ret_stack)
{
	struct stack *stack = stack_new(n, end);

	if (!stack)
		return -ENOMEM;
	if (n)
		memcpy(stack->places, ids, n * sizeof(*ids));
	return stacks_add(stacks, stack, ret_stack);
}

int stacks_intern(struct stacks *stacks, const struct place *places, size_t n, enum stack_end end,
		  struct stack **ret_stack)
{
	_cleanup_free_ struct stack *stack = stack_new(n, end);

	if (!stack)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (stacks_add_place(stacks, &places[i], &stack->places[i]) < 0)
			return -ENOMEM;
	}
	return stacks_add(stacks, TAKE_PTR(stack), ret_stack);
}

const struct place *stacks_place(const struct stacks *stacks, const struct stack *stack, uint32_t i)
{
	return &stacks->places.items[stack->places[i]]->place;
}

size_t stacks_index(const struct stacks *stacks, uint32_t id)
{
	size_t low = 0, high = stacks->items.n;

	if (id < high && stacks->items.items[id]->id == id)
		return id;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (stacks->items.items[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < stacks->items.n && stacks->items.items[low]->id == id ? low : 0;
}

const struct stack *stacks_get(const struct stacks *stacks, uint32_t id)
{
	return stacks->items.items[stacks_index(stacks, id)];
}

void stacks_keep(struct stacks *stacks, uint32_t id)
{
	stacks->items.items[stacks_index(stacks, id)]->kept = true;
}

/* Without memory to note that its id is free, a place stays. */
static void places_sweep(struct stacks *stacks)
{
	vec_foreach(stack, &stacks->items) {
		for (uint32_t i = 0; i < (*stack)->n; i++)
			stacks->places.items[(*stack)->places[i]]->kept = true;
	}
	for (uint32_t id = 0; id < stacks->places.n; id++) {
		struct stack_place *place = stacks->places.items[id];

		if (!place)
			continue;
		if (place->kept || vec_push(&stacks->free_places, id) < 0) {
			place->kept = false;
			continue;
		}
		HASH_DEL(stacks->by_place, place);
		free(place);
		stacks->places.items[id] = NULL;
	}
}

void stacks_sweep(struct stacks *stacks)
{
	size_t n = 0, last = stacks->items.n - 1;

	for (size_t i = 0; i <= last; i++) {
		struct stack *stack = stacks->items.items[i];

		/* The last one tells which id comes next. */
		if (i == 0 || i == last || stack->kept) {
			stack->kept = false;
			stacks->items.items[n++] = stack;
			continue;
		}
		HASH_DEL(stacks->by_places, stack);
		free(stack);
	}
	stacks->items.n = n;
	places_sweep(stacks);
}

const char *stack_end_name(enum stack_end end)
{
	static const char *const names[_STACK_END_MAX] = {
		[STACK_COMPLETE] = "complete",	       [STACK_FRAME_POINTER] = "frame-pointer",
		[STACK_TRUNCATED] = "truncated",       [STACK_UNREADABLE] = "unreadable",
		[STACK_UNKNOWN_CODE] = "unknown-code", [STACK_NONE] = "none",
	};

	return names[end];
}

const char *stack_end_text(enum stack_end end)
{
	static const char *const texts[_STACK_END_MAX] = {
		[STACK_FRAME_POINTER] = "by frame pointers: only the first frame is sure",
		[STACK_TRUNCATED] = "cut: more frames than a record holds",
		[STACK_UNREADABLE] = "cut: the stack memory could not be read",
		[STACK_UNKNOWN_CODE] = "cut: entered code without unwind rules",
		[STACK_NONE] = "no stack: it could not be taken",
	};

	return texts[end];
}
