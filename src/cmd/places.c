// SPDX-License-Identifier: BSD-2-Clause
/* Which places of a result have no symbol yet: see places.h. */
#include "cmd/places.h"

#include <stdlib.h>

void places_done(struct places *places)
{
	vec_done(&places->list);
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	if (x->flags != y->flags)
		return x->flags < y->flags ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* One place more, unless it is known. The frame of a signal is in no function. */
static int places_add(struct places *places, struct symbols *symbols, const struct place *place)
{
	const struct frame signal = { .function = "<signal handler called>" };

	if (symbols_find(symbols, place))
		return 0;
	if (place->flags & PLACE_SIGNAL)
		return symbols_add(symbols, place, &signal, 1);
	return vec_push(&places->list, *place);
}

/* The variable that keeps a block. */
static int places_add_root(struct places *places, struct symbols *symbols,
			   const struct root_place *root)
{
	const struct place place = { .module = root->module,
				     .flags = PLACE_DATA,
				     .offset = root->offset };

	return root->kind == ROOT_GLOBAL && root->module ? places_add(places, symbols, &place) : 0;
}

static int places_add_stack(struct places *places, struct symbols *symbols,
			    const struct stacks *stacks, uint32_t id)
{
	const struct stack *stack = stacks_get(stacks, id);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < stack->n; i++)
		r = places_add(places, symbols, stacks_place(stacks, stack, i));
	return r;
}

/* Every place that is not resolved yet, sorted, each once. */
static int places_add_site(struct places *places, struct symbols *symbols,
			   const struct stacks *stacks, const struct site *site)
{
	int r = places_add_stack(places, symbols, stacks, site->key.stack);

	for (uint32_t i = 0; r == 0 && i < site->n_objects; i++)
		r = places_add_stack(places, symbols, stacks, site->objects[i].routine);
	return r < 0 ? r : places_add_root(places, symbols, &site->root);
}

static int places_add_largest(struct places *places, struct symbols *symbols,
			      const struct result *result, size_t top)
{
	struct site_groups groups;
	int r = sites_group(&result->sites, &groups);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < groups.items.n && i < top; i++)
		r = places_add_site(places, symbols, result->stacks, groups.items.items[i]->first);
	site_groups_done(&groups);
	return r;
}

static int places_add_marks(struct places *places, struct symbols *symbols,
			    const struct result *result)
{
	struct mark_entry *entry, *next;
	int r = 0;

	HASH_ITER(hh, result->marks.entries, entry, next) {
		if (r == 0)
			r = places_add_stack(places, symbols, result->stacks, entry->key.stack);
	}
	return r;
}

int places_collect(const struct result *result, size_t top, struct symbols *symbols,
		   struct places *places)
{
	int r = top ? places_add_largest(places, symbols, result, top) : 0;
	size_t n = 0;

	for (size_t i = 0; r == 0 && !top && i < result->sites.items.n; i++)
		r = places_add_site(places, symbols, result->stacks, result->sites.items.items[i]);
	if (r == 0 && !top && result->marks.is_recorded)
		r = places_add_marks(places, symbols, result);
	if (r < 0)
		return r;
	if (!places->list.n)
		return 0;
	qsort(places->list.items, places->list.n, sizeof(*places->list.items), compare_places);
	for (size_t i = 1; i < places->list.n; i++) {
		if (compare_places(&places->list.items[n], &places->list.items[i]) != 0)
			places->list.items[++n] = places->list.items[i];
	}
	places->list.n = n + 1;
	return 0;
}
