// SPDX-License-Identifier: BSD-2-Clause
/* What tests retained: see releases.h. */
#include "model/releases.h"

#include <errno.h>

#include "model/result.h"

void releases_done(struct releases *releases)
{
	vec_done(&releases->items);
}

void releases_count(struct result *result)
{
	vec_foreach(test, &result->tests.items)
		test->retracted_bytes = test->retracted_blocks = 0;
	vec_foreach(release, &result->releases.items) {
		struct test *test = tests_get(&result->tests, release->test);

		if (!test)
			continue;
		test->retracted_bytes += release->bytes;
		test->retracted_blocks += release->n_blocks;
	}
}

/* Adds to the site of the class RETAINED; what was born in no test is none of it. */
static int retained_add(struct result *result, const struct release *held)
{
	struct site_key key = { .process = held->process,
				.stack = held->stack,
				.kind = KIND_MEMORY,
				.class = CLASS_RETAINED,
				.test = held->test };
	const struct test *test = tests_get(&result->tests, held->test);

	if (!test)
		return 0;
	return sites_add_amount(&result->sites, &key, held->n_blocks, held->bytes, test->begin_ns);
}

int releases_add_sites(struct result *result)
{
	size_t n = result->sites.items.n;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct site *site = result->sites.items.items[i];
		const struct release held = { .process = site->key.process,
					      .stack = site->key.stack,
					      .test = site->key.test,
					      .bytes = site->bytes,
					      .n_blocks = site->n_blocks };

		if (site->key.kind == KIND_MEMORY)
			r = retained_add(result, &held);
	}
	vec_foreach(release, &result->releases.items) {
		if (r == 0)
			r = retained_add(result, release);
	}
	return r;
}
