/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing array of any type: struct { T *items; size_t n, cap; }. Growth is by half, so that
 * appending is cheap and a large array wastes little. Running out of memory is -ENOMEM and
 * leaves the array as it was.
 */
#ifndef LT_BASE_VEC_H
#define LT_BASE_VEC_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t n;                                                                          \
		size_t cap;                                                                        \
	}

static inline int vec_reserve_bytes(void **items, size_t *cap, size_t want, size_t item_bytes)
{
	size_t new_cap = *cap + *cap / 2;
	void *grown;

	if (want <= *cap)
		return 0;
	if (new_cap < want)
		new_cap = want;
	if (new_cap < 8)
		new_cap = 8;
	if (new_cap > SIZE_MAX / item_bytes)
		return -ENOMEM;
	grown = realloc(*items, new_cap * item_bytes);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*cap = new_cap;
	return 0;
}

/* Makes room for n_more items; 0 or -ENOMEM. */
#define vec_reserve(v, n_more)                                                                     \
	vec_reserve_bytes((void **)&(v)->items, &(v)->cap, (v)->n + (n_more), sizeof(*(v)->items))

/* Appends a copy of VALUE; 0 or -ENOMEM. */
#define vec_push(v, ...)                                                                           \
	__extension__({                                                                            \
		int push_r_ = vec_reserve(v, 1);                                                   \
		if (push_r_ == 0)                                                                  \
			(v)->items[(v)->n++] = (__VA_ARGS__);                                      \
		push_r_;                                                                           \
	})

#define vec_foreach(item, v)                                                                       \
	for (__typeof__(*(v)->items) *item = (v)->items; item && item < (v)->items + (v)->n; item++)

/* Frees the array, not what its items point to. */
#define vec_done(v)                                                                                \
	do {                                                                                       \
		free((v)->items);                                                                  \
		(v)->items = NULL;                                                                 \
		(v)->n = (v)->cap = 0;                                                             \
	} while (0)

#endif
