// SPDX-License-Identifier: BSD-2-Clause
/* What was there before: see baseline.h. */
#include "model/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/identity.h"
#include "model/result.h"

void baseline_done(struct baseline *baseline)
{
	free(baseline->file);
	vec_done(&baseline->known);
	*baseline = (struct baseline){ 0 };
}

static int hash_of(const struct result *result, const struct site_group *group, uint64_t *ret)
{
	_cleanup_free_ char *identity = identity_of(result, &group->first->key);

	if (!identity)
		return -ENOMEM;
	*ret = XXH3_64bits(identity, strlen(identity));
	return 0;
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int baseline_take(struct baseline *baseline, const char *file, const struct result *older)
{
	_cleanup_(baseline_done) struct baseline fresh = { .file = strdup(file) };
	_cleanup_(site_groups_done) struct site_groups groups = { 0 };
	int r = fresh.file ? sites_group(&older->sites, &groups) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < groups.items.n; i++) {
		uint64_t hash;

		r = hash_of(older, groups.items.items[i], &hash);
		if (r == 0)
			r = vec_push(&fresh.known, hash);
	}
	if (r < 0)
		return r;
	if (fresh.known.n)
		qsort(fresh.known.items, fresh.known.n, sizeof(*fresh.known.items), compare_hashes);
	baseline_done(baseline);
	*baseline = fresh;
	fresh = (struct baseline){ 0 };
	return 0;
}

/* Whether the call site of GROUP is in the baseline of RESULT: 1, 0 or -ENOMEM. */
static int baseline_has(const struct result *result, const struct site_group *group)
{
	const struct baseline *baseline = &result->baseline;
	uint64_t hash;
	int r = hash_of(result, group, &hash);

	if (r < 0 || !baseline->known.n)
		return r;
	return bsearch(&hash, baseline->known.items, baseline->known.n, sizeof(hash),
		       compare_hashes) != NULL;
}

int baseline_apply(struct result *result)
{
	_cleanup_(site_groups_done) struct site_groups groups = { 0 };
	int r = sites_group(&result->sites, &groups);

	for (size_t i = 0; r >= 0 && i < groups.items.n; i++) {
		r = baseline_has(result, groups.items.items[i]);
		groups.items.items[i]->in_baseline = r > 0;
	}
	if (r < 0)
		return r;
	vec_foreach(item, &result->sites.items)
		(*item)->in_baseline = site_groups_find(&groups, *item)->in_baseline;
	return 0;
}

void baseline_forget(struct baseline *baseline)
{
	baseline->n_sites = baseline->n_blocks = baseline->bytes = 0;
}

void baseline_count(struct baseline *baseline, const struct site *site)
{
	baseline->n_sites++;
	baseline->n_blocks += site->n_blocks;
	baseline->bytes += site->bytes;
}
