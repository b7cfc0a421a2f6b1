// SPDX-License-Identifier: BSD-2-Clause
/* Folding of blocks by call site: see sites.h. */
#include "model/sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sites_init(struct sites *sites)
{
	*sites = (struct sites){ 0 };
}

static void object_done(struct object *object)
{
	free(object->target);
	free(object->flags);
}

/* Room for one more: 1, 2, 4 or 8. */
static int site_reserve_object(struct site *site)
{
	uint32_t n = site->n_objects;
	struct object *grown;

	if (n & (n - 1))
		return 0;
	grown = realloc(site->objects, (n ? 2 * n : 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	site->objects = grown;
	return 0;
}

/* Adds a copy of the object to the examples, if they are not enough yet. */
static int site_add_object(struct site *site, const struct object *object)
{
	struct object copy = *object;

	if (site->n_objects == SITE_MAX_OBJECTS)
		return 0;
	if (site_reserve_object(site) < 0)
		return -ENOMEM;
	copy.target = object->target ? strdup(object->target) : NULL;
	copy.flags = object->flags ? strdup(object->flags) : NULL;
	if ((object->target && !copy.target) || (object->flags && !copy.flags)) {
		object_done(&copy);
		return -ENOMEM;
	}
	site->objects[site->n_objects++] = copy;
	return 0;
}

static void site_free(struct site *site)
{
	for (uint32_t i = 0; i < site->n_objects; i++)
		object_done(&site->objects[i]);
	free(site->objects);
	vec_done(&site->growth);
	free(site);
}

void sites_done(struct sites *sites)
{
	HASH_CLEAR(hh, sites->by_key);
	vec_foreach(site, &sites->items)
		site_free(*site);
	vec_done(&sites->items);
}

struct site *sites_find(const struct sites *sites, const struct site_key *key)
{
	struct site *site = sites->last;

	/* Blocks come one after the other from the same place. */
	if (site && memcmp(&site->key, key, sizeof(*key)) == 0)
		return site;
	HASH_FIND(hh, sites->by_key, key, sizeof(*key), site);
	return site;
}

static struct site *sites_get(struct sites *sites, const struct site_key *key)
{
	struct site *site = sites_find(sites, key);

	if (site) {
		sites->last = site;
		return site;
	}
	site = calloc(1, sizeof(*site));
	if (!site)
		return NULL;
	site->key = *key;
	site->oldest_ns = UINT64_MAX;
	HASH_ADD(hh, sites->by_key, key, sizeof(site->key), site);
	if (!table_added(site) || vec_push(&sites->items, site) < 0) {
		if (table_added(site))
			HASH_DEL(sites->by_key, site);
		free(site);
		return NULL;
	}
	sites->last = site;
	return site;
}

int sites_add(struct sites *sites, const struct site_key *key, const struct object *object,
	      uint64_t birth_ns)
{
	const struct estimate itself = { 1, object->bytes };

	return sites_add_estimate(sites, key, object, &itself, birth_ns);
}

int sites_add_estimate(struct sites *sites, const struct site_key *key, const struct object *object,
		       const struct estimate *estimate, uint64_t birth_ns)
{
	struct site *site = sites_get(sites, key);

	if (!site || site_add_object(site, object) < 0)
		return -ENOMEM;
	site->n_blocks += estimate->n_blocks;
	site->bytes += estimate->bytes;
	if (birth_ns < site->oldest_ns)
		site->oldest_ns = birth_ns;
	site->n_births += !site->n_births || birth_ns != site->newest_ns;
	site->newest_ns = birth_ns;
	return 0;
}

int sites_add_amount(struct sites *sites, const struct site_key *key, uint64_t n_blocks,
		     uint64_t bytes, uint64_t birth_ns)
{
	struct site *site = sites_get(sites, key);

	if (!site)
		return -ENOMEM;
	site->n_blocks += n_blocks;
	site->bytes += bytes;
	if (birth_ns < site->oldest_ns)
		site->oldest_ns = birth_ns;
	return 0;
}

void site_add_verdict(struct site *site, const struct verdicts *verdicts,
		      const struct block_verdict *verdict)
{
	site->tree_bytes += verdict->tree_bytes;
	site->tree_blocks += verdict->tree_blocks;
	site->n_interior += verdict->class == CLASS_REACHABLE && verdict->interior_only;
	if (site->root.kind == ROOT_NONE)
		site->root = verdicts_root(verdicts, verdict->hit);
}

int sites_merge(struct sites *sites, const struct site *more)
{
	struct site *site = sites_get(sites, &more->key);

	if (!site)
		return -ENOMEM;
	for (uint32_t i = 0; i < more->n_objects; i++) {
		if (site_add_object(site, &more->objects[i]) < 0)
			return -ENOMEM;
	}
	site->n_blocks += more->n_blocks;
	site->bytes += more->bytes;
	if (more->oldest_ns < site->oldest_ns)
		site->oldest_ns = more->oldest_ns;
	site->tree_bytes += more->tree_bytes;
	site->tree_blocks += more->tree_blocks;
	site->n_interior += more->n_interior;
	if (site->root.kind == ROOT_NONE)
		site->root = more->root;
	return 0;
}

uint64_t site_amount(const struct site *site)
{
	return resource_kind_has_bytes(site->key.kind) ? site->bytes : site->n_blocks;
}

int site_inherit_growth(struct site *site, const struct site *earlier)
{
	size_t n = earlier->growth.n;
	size_t n_dropped = n >= SITE_MAX_GROWTH ? n - SITE_MAX_GROWTH + 1 : 0;

	for (size_t i = n_dropped; i < n; i++) {
		if (vec_push(&site->growth, earlier->growth.items[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

size_t sites_keep(struct sites *sites, bool (*keep)(const void *data, const struct site *site),
		  const void *data)
{
	size_t n_kept = 0, n_before = sites->items.n;

	sites->last = NULL;
	vec_foreach(item, &sites->items) {
		struct site *site = *item;

		if (keep(data, site)) {
			sites->items.items[n_kept++] = site;
			continue;
		}
		HASH_DEL(sites->by_key, site);
		site_free(site);
	}
	sites->items.n = n_kept;
	return n_before - n_kept;
}

struct least {
	uint64_t bytes;
	uint64_t count;
};

static bool is_enough(const void *data, const struct site *site)
{
	const struct least *least = data;

	return (site->bytes >= least->bytes || !resource_kind_has_bytes(site->key.kind)) &&
	       site->n_blocks >= least->count;
}

size_t sites_filter(struct sites *sites, uint64_t min_bytes, uint64_t min_count)
{
	const struct least least = { min_bytes, min_count };

	return sites_keep(sites, is_enough, &least);
}

/* Since the last report; of CLASS_GROWTH, in all. */
static int64_t site_growth(const struct site *site)
{
	const uint64_t *items = site->growth.items;
	size_t n = site->growth.n;

	if (n < 2)
		return 0;
	return (int64_t)(items[n - 1] - items[site->key.class == CLASS_GROWTH ? 0 : n - 2]);
}

bool site_grew_always(const struct site *site)
{
	const uint64_t *items = site->growth.items;

	for (size_t i = 1; i < site->growth.n; i++) {
		if (items[i] <= items[i - 1])
			return false;
	}
	return site->growth.n > 2;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* What matters most comes first: leaks, what may be some, what hangs on them, what is none. */
static int class_rank(const struct site_group *group)
{
	static const uint8_t ranks[_CLASS_MAX] = {
		[CLASS_LOST] = 0,	   [CLASS_LEAKED] = 0,	  [CLASS_OUTSTANDING] = 1,
		[CLASS_RETAINED] = 1,	   [CLASS_GROWTH] = 1,	  [CLASS_INDIRECT] = 2,
		[CLASS_BAD_CLOSE] = 2,	   [CLASS_REACHABLE] = 3, [CLASS_AT_EXIT] = 3,
		[CLASS_BEFORE_ATTACH] = 4, [CLASS_PEAK] = 5,
	};

	return ranks[group->class];
}

static int compare_groups(const void *a, const void *b)
{
	const struct site_group *x = *(struct site_group *const *)a;
	const struct site_group *y = *(struct site_group *const *)b;
	int order = compare_u64(x->kind, y->kind);

	if (order == 0)
		order = class_rank(x) - class_rank(y);
	if (order == 0 && x->class == CLASS_GROWTH && y->class == CLASS_GROWTH)
		order = y->grew_always - x->grew_always ?:
				(y->growth > x->growth) - (y->growth < x->growth);
	if (order == 0)
		order = compare_u64(y->bytes + y->tree_bytes, x->bytes + x->tree_bytes);
	if (order == 0)
		order = compare_u64(y->n_blocks, x->n_blocks);
	if (order == 0)
		order = compare_u64(x->stack, y->stack);
	return order ? order : compare_u64(x->test, y->test);
}

/* Which of two belongs to a group that comes first; 0: it is the same. */
static int compare_group_keys(const struct site_key *x, const struct site_key *y)
{
	int order = compare_u64(x->kind, y->kind);

	if (order == 0)
		order = compare_u64(x->class, y->class);
	if (order == 0)
		order = compare_u64(x->stack, y->stack);
	return order ? order : compare_u64(x->test, y->test);
}

/* Sites of one group lie together. */
static int compare_sites(const void *a, const void *b)
{
	const struct site_key *x = &(*(struct site *const *)a)->key;
	const struct site_key *y = &(*(struct site *const *)b)->key;
	int order = compare_group_keys(x, y);

	return order ? order : compare_u64(x->process, y->process);
}

static bool same_group(const struct site *a, const struct site *b)
{
	return compare_group_keys(&a->key, &b->key) == 0;
}

static void group_add(struct site_group *group, const struct site *site)
{
	if (!group->first) {
		group->kind = site->key.kind;
		group->class = site->key.class;
		group->stack = site->key.stack;
		group->test = site->key.test;
		group->oldest_ns = UINT64_MAX;
		group->is_excused = true;
	}
	group->n_blocks += site->n_blocks;
	group->bytes += site->bytes;
	group->growth = (int64_t)((uint64_t)group->growth + (uint64_t)site_growth(site));
	group->grew_always |= site_grew_always(site);
	group->n_processes++;
	group->tree_bytes += site->tree_bytes;
	group->tree_blocks += site->tree_blocks;
	group->is_leak |= site->is_leak;
	group->is_excused &= site->suppression || site->in_baseline;
	group->in_baseline |= site->in_baseline;
	if (site->oldest_ns < group->oldest_ns)
		group->oldest_ns = site->oldest_ns;
	if (!group->first || site->bytes > group->first->bytes)
		group->first = site;
}

/* Makes the groups of N sites, above 0, that are sorted. */
static int groups_fill(struct site_groups *groups, struct site *const *sites, size_t n)
{
	size_t n_groups = 1, at = 0;

	for (size_t i = 1; i < n; i++)
		n_groups += !same_group(sites[i - 1], sites[i]);
	groups->all = calloc(n_groups, sizeof(*groups->all));
	if (!groups->all || vec_reserve(&groups->items, n_groups) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		at += i && !same_group(sites[i - 1], sites[i]);
		group_add(&groups->all[at], sites[i]);
	}
	while (groups->items.n < n_groups) {
		groups->items.items[groups->items.n] = &groups->all[groups->items.n];
		groups->items.n++;
	}
	qsort(groups->items.items, n_groups, sizeof(*groups->items.items), compare_groups);
	return 0;
}

int sites_group(const struct sites *sites, struct site_groups *ret_groups)
{
	_cleanup_(site_groups_done) struct site_groups groups = { 0 };
	_cleanup_free_ struct site **sorted = NULL;
	size_t n = sites->items.n;

	if (n) {
		sorted = malloc(n * sizeof(*sorted));
		if (!sorted)
			return -ENOMEM;
		memcpy(sorted, sites->items.items, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), compare_sites);
		if (groups_fill(&groups, sorted, n) < 0)
			return -ENOMEM;
	}
	*ret_groups = groups;
	groups = (struct site_groups){ 0 };
	return 0;
}

static int compare_with_group(const void *key, const void *group)
{
	return compare_group_keys(key, &((const struct site_group *)group)->first->key);
}

struct site_group *site_groups_find(const struct site_groups *groups, const struct site *site)
{
	return bsearch(&site->key, groups->all, groups->items.n, sizeof(*groups->all),
		       compare_with_group);
}

void site_groups_done(struct site_groups *groups)
{
	vec_done(&groups->items);
	free(groups->all);
}

static const char *const kind_names[_KIND_MAX] = {
	[KIND_MEMORY] = "memory",
	[KIND_MAPPING] = "mapping",
	[KIND_FD] = "fd",
	[KIND_THREAD] = "thread",
};

const char *resource_kind_name(enum resource_kind kind)
{
	return kind_names[kind];
}

static const char *const class_names[_CLASS_MAX] = {
	[CLASS_OUTSTANDING] = "outstanding",
	[CLASS_LOST] = "lost",
	[CLASS_INDIRECT] = "indirect",
	[CLASS_REACHABLE] = "reachable",
	[CLASS_RETAINED] = "retained",
	[CLASS_LEAKED] = "leaked",
	[CLASS_AT_EXIT] = "at-exit",
	[CLASS_BEFORE_ATTACH] = "before-attach",
	[CLASS_BAD_CLOSE] = "bad-close",
	[CLASS_GROWTH] = "growth",
	[CLASS_PEAK] = "peak",
};

const char *resource_class_name(enum resource_class class)
{
	return class_names[class];
}

int resource_kind_parse(const char *name)
{
	for (int i = 0; i < _KIND_MAX; i++) {
		if (strcmp(name, kind_names[i]) == 0)
			return i;
	}
	return -EINVAL;
}

int resource_class_parse(const char *name)
{
	for (int i = 0; i < _CLASS_MAX; i++) {
		if (strcmp(name, class_names[i]) == 0)
			return i;
	}
	return -EINVAL;
}
