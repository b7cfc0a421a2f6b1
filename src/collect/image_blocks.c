// SPDX-License-Identifier: BSD-2-Clause
/* Blocks out of the table, sorted: see image_blocks.h. */
#include "collect/image_blocks.h"

#include <errno.h>
#include <stdlib.h>

struct found {
	uint64_t address;
	uint64_t bytes;
	uint32_t slot;
};

struct found_list {
	VEC(struct found) items; /* in the order of the table: older ones of an address first */
	const struct image *image;
	struct collector_image *ret;
};

static struct image_block identity(const struct table_block *block)
{
	return (struct image_block){ block->address, block->bytes, block->stack, block->birth };
}

static int compare_blocks(const void *a, const void *b)
{
	const struct image_block *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static bool is_kept(const struct image *image, const struct table_block *block)
{
	struct image_block one = identity(block), *found = NULL;

	if (image->kept.n)
		found = bsearch(&one, image->kept.items, image->kept.n, sizeof(one),
				compare_blocks);
	return found && found->bytes == one.bytes && found->stack == one.stack &&
	       found->birth == one.birth;
}

static int add_block(void *data, const struct table_block *block)
{
	struct found_list *list = data;
	struct found one = { block->address, block->bytes, block->slot };

	if (is_kept(list->image, block) && vec_push(&list->ret->kept, block->address) < 0)
		return -ENOMEM;
	return vec_push(&list->items, one);
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* Orders them by one digit of the address; those that have the same keep their order. */
static void sort_digit(const struct found *from, struct found *to, size_t n, unsigned shift)
{
	uint32_t at[DIGITS] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[from[i].address >> shift & (DIGITS - 1)]++;
	for (unsigned digit = 0; digit < DIGITS; digit++) {
		uint32_t count = at[digit];

		at[digit] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i].address >> shift & (DIGITS - 1)]++] = from[i];
}

/*
 * Sorts by address, a digit after the other from the lowest one in which any two differ: with
 * millions of blocks that takes a fraction of the time of comparing them.
 */
static int sort_blocks(struct found_list *list)
{
	struct found *items = list->items.items, *room;
	size_t n = list->items.n;
	uint64_t differ = 0;
	unsigned shift = 0;

	for (size_t i = 1; i < n; i++)
		differ |= items[i].address ^ items[0].address;
	if (!differ)
		return 0;
	if (n > UINT32_MAX)
		return -E2BIG;
	room = malloc(n * sizeof(*room));
	if (!room)
		return -ENOMEM;
	while (shift < 64 && differ >> shift) {
		if (!(differ >> shift & (DIGITS - 1))) {
			shift += DIGIT_BITS;
			continue;
		}
		shift += (unsigned)__builtin_ctzll(differ >> shift);
		sort_digit(items, room, n, shift);
		list->items.items = room;
		room = items;
		items = list->items.items;
		shift += DIGIT_BITS;
	}
	list->items.cap = n;
	free(room);
	return 0;
}

/*
 * Where blocks overlap, the release of one was not seen. Of two at the same address it is the older
 * one. Else it cannot be told from here: the one that begins first is left out. What is left out
 * gets no verdict.
 */
static void drop_overlaps(struct found_list *list)
{
	size_t n = 0;

	vec_foreach(block, &list->items) {
		struct found *last = n ? &list->items.items[n - 1] : NULL;

		if (last && last->address + (last->bytes ? last->bytes : 1) > block->address)
			n--;
		list->items.items[n++] = *block;
	}
	list->items.n = n;
}

int image_blocks(struct table *table, bool *wanted, struct image *image,
		 struct collector_image *ret)
{
	struct found_list list = { .image = image, .ret = ret };
	const struct table_visitor visitor = { .visit = add_block, .data = &list };
	int r;

	vec_done(&image->judged);
	wanted[image->space] = true;
	r = table_scan(table, wanted, TABLE_READ, &visitor);
	wanted[image->space] = false;
	if (r == 0)
		r = sort_blocks(&list);
	if (r == 0) {
		drop_overlaps(&list);
		r = vec_reserve(&ret->blocks, list.items.n);
	}
	if (r == 0)
		r = vec_reserve(&image->judged, list.items.n);
	vec_foreach(block, &list.items) {
		if (r < 0)
			break;
		ret->blocks.items[ret->blocks.n++] =
			(struct live_block){ block->address, block->bytes };
		image->judged.items[image->judged.n++] = block->slot;
	}
	vec_done(&list.items);
	return r;
}

void image_blocks_judged(struct table *table, struct image *image)
{
	uint32_t number = 0;

	vec_foreach(slot, &image->judged) {
		/* Without a note the verdict is searched for. */
		if (table_note(table, *slot, ++number) < 0)
			break;
	}
	vec_done(&image->judged);
}

struct keeping {
	const struct verdicts *verdicts;
	struct image *image;
};

static int keep_block(void *data, const struct table_block *block)
{
	struct keeping *keeping = data;
	const struct block_verdict *verdict = verdicts_find(keeping->verdicts, block->address, 0);

	/* Others may be wanted as well. */
	if (block->space != keeping->image->space || !verdict || verdict->class != CLASS_REACHABLE)
		return 0;
	return vec_push(&keeping->image->kept, identity(block));
}

void image_blocks_keep(struct table *table, bool *wanted, struct image *image,
		       const struct verdicts *verdicts)
{
	struct keeping keeping = { verdicts, image };
	const struct table_visitor visitor = { .visit = keep_block, .data = &keeping };

	vec_done(&image->kept);
	wanted[image->space] = true;
	image->not_kept = !verdicts || table_scan(table, wanted, TABLE_READ, &visitor) < 0;
	wanted[image->space] = false;
	if (image->kept.n)
		qsort(image->kept.items, image->kept.n, sizeof(struct image_block), compare_blocks);
}
