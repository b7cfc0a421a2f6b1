/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets a file of bpf/ be compiled as normal C: takes the place of bpf/kernel.bpf.h (by its
 * include guard) and of the kernel's maps. The maps are as large as bpf/maps.bpf.h says, so
 * "full" happens where it does in the kernel. To be included by one test file, before bpf/.
 */
#ifndef LT_TESTS_BPF_SHIM_H
#define LT_TESTS_BPF_SHIM_H

#define LT_KERNEL_BPF_H

#include <errno.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

#define SEC(name)
#define __uint(name, val)  int(*name)[val]
#define __type(name, val)  __typeof__(val) *name
#define __array(name, val) __typeof__(val) *name[]
#define barrier_var(var)   __asm__ volatile("" : "+r"(var))
#define LT_RETURN_SP_DELTA 8
#define SHIM_CAPACITY(map) (sizeof(*(map).max_entries) / sizeof(int))
#define SHIM_N_EVENT_TYPES 16

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#undef __noinline
#define __noinline __attribute__((noinline))

/* libbpf has functions of the same names for user space; these are the programs'. */
#define bpf_map_lookup_elem shim_map_lookup
#define bpf_map_update_elem shim_map_update
#define bpf_map_delete_elem shim_map_delete
#define bpf_ringbuf_output  shim_ringbuf_output
#define bpf_ringbuf_query   shim_ringbuf_query
#define bpf_ktime_get_ns    shim_ktime_ns

static inline void *shim_map_lookup(const void *map, const void *key);
static inline long shim_map_update(const void *map, const void *key, const void *value,
				   __u64 flags);
static inline long shim_map_delete(const void *map, const void *key);
static inline long shim_ringbuf_output(const void *ring, const void *data, __u64 n, __u64 flags);
static inline __u64 shim_ringbuf_query(const void *ring, __u64 what);
static inline __u64 shim_ktime_ns(void);

#include "../../../bpf/maps.bpf.h"

struct lt_spaces_map lt_spaces;
struct lt_levels_map lt_levels;
struct lt_overflow_map lt_overflow;
struct lt_events_map lt_events;
volatile __u32 lt_level_used;
volatile __u32 lt_level_ready;
volatile __u32 lt_level_wanted;
volatile __u32 lt_overflow_used;

struct shim_overflow {
	struct lt_overflow_key key;
	struct lt_block value;
	struct shim_overflow *next_dead;
	UT_hash_handle hh;
};

struct shim_level {
	struct lt_bucket *buckets; /* NULL: user space has not made it */
	bool owned;
};

static struct {
	struct lt_space *spaces;
	struct shim_level levels[LT_LEVELS];
	pthread_mutex_t lock; /* of the overflow */
	struct shim_overflow *overflow;
	/* The kernel frees a deleted value when no program can hold it; here that is at the end. */
	struct shim_overflow *dead;
	bool ring_full;
	__u64 n_events[SHIM_N_EVENT_TYPES]; /* by type */
	__u64 now_ns;
} shim = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* A use of a map that the kernel's verifier would have refused. */
static inline void shim_fail(const char *what)
{
	fprintf(stderr, "bpf_shim: %s\n", what);
	abort();
}

static inline size_t shim_level_buckets(__u32 level)
{
	return (size_t)LT_LEVEL0_BUCKETS << level;
}

/* Makes a level as user space does; BUCKETS NULL: in memory of its own. */
static inline void shim_level_set(__u32 level, struct lt_bucket *buckets)
{
	shim.levels[level].owned = !buckets;
	if (!buckets)
		buckets = calloc(shim_level_buckets(level), sizeof(*buckets));
	if (!buckets)
		shim_fail("no memory");
	shim.levels[level].buckets = buckets;
}

static inline void shim_done(void)
{
	struct shim_overflow *entry, *next;

	HASH_ITER(hh, shim.overflow, entry, next) {
		HASH_DEL(shim.overflow, entry);
		free(entry);
	}
	for (entry = shim.dead; entry; entry = next) {
		next = entry->next_dead;
		free(entry);
	}
	shim.dead = NULL;
	for (int i = 0; i < LT_LEVELS; i++) {
		if (shim.levels[i].owned)
			free(shim.levels[i].buckets);
		shim.levels[i] = (struct shim_level){ 0 };
	}
	free(shim.spaces);
	shim.spaces = NULL;
}

/* Empty maps and N_LEVELS levels, of which the first is in use. */
static inline void shim_init(__u32 n_levels)
{
	shim_done();
	shim.spaces = calloc(SHIM_CAPACITY(lt_spaces), sizeof(*shim.spaces));
	if (!shim.spaces)
		shim_fail("no memory");
	for (__u32 i = 0; i < n_levels; i++)
		shim_level_set(i, NULL);
	lt_level_used = lt_level_wanted = lt_overflow_used = 0;
	lt_level_ready = n_levels ? n_levels - 1 : 0;
	shim.ring_full = false;
	memset(shim.n_events, 0, sizeof(shim.n_events));
}

/* The entry for KEY, which includes its padding, as in the kernel. Needs the lock. */
static inline struct shim_overflow *shim_overflow_find(const struct lt_overflow_key *key)
{
	struct shim_overflow *entry;

	HASH_FIND(hh, shim.overflow, key, sizeof(*key), entry);
	return entry;
}

static inline void *shim_overflow_lookup(const void *key)
{
	struct shim_overflow *entry;

	pthread_mutex_lock(&shim.lock);
	entry = shim_overflow_find(key);
	pthread_mutex_unlock(&shim.lock);
	return entry ? &entry->value : NULL;
}

static inline long shim_overflow_update(const void *key, const struct lt_block *value, __u64 flags)
{
	struct shim_overflow *entry = shim_overflow_find(key);

	if (entry && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!entry && flags == BPF_EXIST)
		return -ENOENT;
	if (entry) {
		entry->value = *value;
		return 0;
	}
	if (HASH_COUNT(shim.overflow) >= SHIM_CAPACITY(lt_overflow))
		return -E2BIG;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	memcpy(&entry->key, key, sizeof(entry->key));
	entry->value = *value;
	HASH_ADD(hh, shim.overflow, key, sizeof(entry->key), entry);
	return 0;
}

static inline void *shim_map_lookup(const void *map, const void *key)
{
	__u32 index = *(const __u32 *)key;

	if (map == &lt_overflow)
		return shim_overflow_lookup(key);
	if (map == &lt_spaces)
		return index < SHIM_CAPACITY(lt_spaces) ? &shim.spaces[index] : NULL;
	if (map == &lt_levels) {
		if (index >= SHIM_CAPACITY(lt_levels) || !shim.levels[index].buckets)
			return NULL;
		return &shim.levels[index];
	}
	for (__u32 i = 0; i < LT_LEVELS; i++) {
		if (map == &shim.levels[i])
			return index < shim_level_buckets(i) ? &shim.levels[i].buckets[index] :
							       NULL;
	}
	shim_fail("a lookup in a map that is not there");
	return NULL;
}

static inline long shim_map_update(const void *map, const void *key, const void *value, __u64 flags)
{
	long r;

	if (map != &lt_overflow)
		shim_fail("an update of a map that is not there");
	pthread_mutex_lock(&shim.lock);
	r = shim_overflow_update(key, value, flags);
	pthread_mutex_unlock(&shim.lock);
	return r;
}

static inline long shim_map_delete(const void *map, const void *key)
{
	struct shim_overflow *entry;

	if (map != &lt_overflow)
		shim_fail("a delete from a map that is not there");
	pthread_mutex_lock(&shim.lock);
	entry = shim_overflow_find(key);
	if (entry) {
		HASH_DEL(shim.overflow, entry);
		entry->next_dead = shim.dead;
		shim.dead = entry;
	}
	pthread_mutex_unlock(&shim.lock);
	return entry ? 0 : -ENOENT;
}

/* Nothing waits in the ring. */
static inline __u64 shim_ringbuf_query(const void *ring, __u64 what)
{
	(void)ring;
	(void)what;
	return 0;
}

static inline long shim_ringbuf_output(const void *ring, const void *data, __u64 n, __u64 flags)
{
	const struct lt_event *event = data;

	if (ring != &lt_events || n < sizeof(*event) || flags != BPF_RB_FORCE_WAKEUP ||
	    event->type >= SHIM_N_EVENT_TYPES)
		shim_fail("not an event");
	if (shim.ring_full)
		return -EAGAIN;
	__sync_fetch_and_add(&shim.n_events[event->type], 1);
	return 0;
}

static inline __u64 shim_ktime_ns(void)
{
	return __sync_add_and_fetch(&shim.now_ns, 1);
}

/* Counted so far in all spaces. */
static inline __u64 shim_losses(enum lt_loss which)
{
	__u64 n = 0;

	for (size_t i = 0; i < SHIM_CAPACITY(lt_spaces); i++)
		n += shim.spaces[i].losses[which];
	return n;
}

static inline size_t shim_n_overflow(void)
{
	return HASH_COUNT(shim.overflow);
}

#endif
