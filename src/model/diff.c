// SPDX-License-Identifier: BSD-2-Clause
/* Comparing two results: see diff.h. */
#include "model/diff.h"

#include <errno.h>
#include <string.h>

#include "model/identity.h"

const char *diff_change_name(enum diff_change change)
{
	static const char *const names[_DIFF_MAX] = {
		[DIFF_NEW] = "new",   [DIFF_GROWN] = "grown", [DIFF_SHRUNK] = "shrunk",
		[DIFF_GONE] = "gone", [DIFF_SAME] = "same",
	};

	return names[change];
}

static struct diff_site *diff_get(struct diff *diff, const char *identity)
{
	const XXH128_hash_t key = XXH3_128bits(identity, strlen(identity));
	struct diff_site *site;

	HASH_FIND(hh, diff->by_key, &key, sizeof(key), site);
	if (site)
		return site;
	site = calloc(1, sizeof(*site));
	if (!site)
		return NULL;
	site->key = key;
	if (vec_reserve(&diff->items, 1) < 0) {
		free(site);
		return NULL;
	}
	HASH_ADD(hh, diff->by_key, key, sizeof(site->key), site);
	if (!table_added(site)) {
		free(site);
		return NULL;
	}
	diff->items.items[diff->items.n++] = site;
	return site;
}

static int diff_add(struct diff *diff, const struct result *result,
		    const struct site_groups *groups)
{
	vec_foreach(item, &groups->items) {
		const struct site_group *group = *item;
		_cleanup_free_ char *identity = identity_of(result, &group->first->key);
		struct diff_site *site = identity ? diff_get(diff, identity) : NULL;
		struct diff_amount *amount;
		bool is_first;

		if (!site)
			return -ENOMEM;
		amount = result == diff->now ? &site->now : &site->before;
		is_first = !amount->n_blocks;
		amount->bytes += group->bytes;
		amount->n_blocks += group->n_blocks;
		if (is_first) {
			site->group = *group;
			site->is_leak = false;
		}
		site->is_leak |= group->is_leak;
	}
	return 0;
}

int64_t diff_site_delta(const struct diff_site *site)
{
	if (resource_kind_has_bytes(site->group.kind))
		return (int64_t)(site->now.bytes - site->before.bytes);
	return (int64_t)(site->now.n_blocks - site->before.n_blocks);
}

static void diff_judge(struct diff *diff, struct diff_site *site)
{
	int64_t delta = diff_site_delta(site);
	const struct diff_amount *shown = site->now.n_blocks ? &site->now : &site->before;

	site->change = !site->before.n_blocks ? DIFF_NEW :
		       !site->now.n_blocks    ? DIFF_GONE :
		       delta > 0	      ? DIFF_GROWN :
		       delta < 0	      ? DIFF_SHRUNK :
						DIFF_SAME;
	site->group.bytes = shown->bytes;
	site->group.n_blocks = shown->n_blocks;
	diff->n[site->change]++;
	diff->leaks |= site->change == DIFF_NEW && site->is_leak;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static uint64_t magnitude(const struct diff_site *site)
{
	int64_t delta = diff_site_delta(site);

	return delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta;
}

/* Leaks first; what has bytes before what is counted. The key ends the doubt. */
static int compare_sites(const void *a, const void *b)
{
	const struct diff_site *x = *(struct diff_site *const *)a;
	const struct diff_site *y = *(struct diff_site *const *)b;
	int order = compare(x->change, y->change);

	if (order == 0)
		order = compare(y->is_leak, x->is_leak);
	if (order == 0)
		order = compare(x->group.kind, y->group.kind);
	if (order == 0 && magnitude(x) != magnitude(y))
		order = magnitude(x) < magnitude(y) ? 1 : -1;
	return order ? order : XXH128_cmp(&x->key, &y->key);
}

int diff_make(const struct result *before, const struct result *now, struct diff *ret_diff)
{
	struct diff diff = { .before = before, .now = now };
	int r = sites_group(&before->sites, &diff.before_groups);

	if (r == 0)
		r = sites_group(&now->sites, &diff.now_groups);
	if (r == 0)
		r = diff_add(&diff, before, &diff.before_groups);
	if (r == 0)
		r = diff_add(&diff, now, &diff.now_groups);
	vec_foreach(item, &diff.items)
		diff_judge(&diff, *item);
	if (diff.items.n)
		qsort(diff.items.items, diff.items.n, sizeof(*diff.items.items), compare_sites);
	*ret_diff = diff;
	if (r < 0)
		diff_done(ret_diff);
	return r;
}

void diff_done(struct diff *diff)
{
	HASH_CLEAR(hh, diff->by_key);
	vec_foreach(site, &diff->items)
		free(*site);
	vec_done(&diff->items);
	site_groups_done(&diff->before_groups);
	site_groups_done(&diff->now_groups);
}
