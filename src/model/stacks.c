// SPDX-License-Identifier: BSD-2-Clause
/* Interned call stacks: see stacks.h. */
#include "model/stacks.h"

int stacks_init(struct stacks *stacks)
{
	struct stack *none;

	*stacks = (struct stacks){ 0 };
	return stacks_intern(stacks, NULL, 0, STACK_NONE, &none);
}

void stacks_done(struct stacks *stacks)
{
	HASH_CLEAR(hh, stacks->by_places);
	vec_foreach(stack, &stacks->items)
		free(*stack);
	vec_done(&stacks->items);
}

int stacks_intern(struct stacks *stacks, const struct place *places, size_t n, enum stack_end end,
		  struct stack **ret_stack)
{
	/* One place more than the stack has holds the end: it is part of the key. */
	size_t key_bytes = (n + 1) * sizeof(*places);
	_cleanup_free_ struct stack *stack = calloc(1, sizeof(*stack) + key_bytes);

	if (!stack)
		return -ENOMEM;
	if (n)
		memcpy(stack->places, places, n * sizeof(*places));
	stack->places[n].offset = end;
	HASH_FIND(hh, stacks->by_places, stack->places, key_bytes, *ret_stack);
	if (*ret_stack)
		return 0;

	stack->n = (uint32_t)n;
	stack->end = end;
	stack->id = (uint32_t)stacks->items.n;
	if (vec_reserve(&stacks->items, 1) < 0)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, stacks->by_places, stack->places, key_bytes, stack);
	if (!table_added(stack))
		return -ENOMEM;
	stacks->items.items[stacks->items.n++] = stack;
	*ret_stack = TAKE_PTR(stack);
	return 0;
}

const struct stack *stacks_get(const struct stacks *stacks, uint32_t id)
{
	return stacks->items.items[id < stacks->items.n ? id : 0];
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
