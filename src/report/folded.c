// SPDX-License-Identifier: BSD-2-Clause
/*
 * Folded stacks, as flamegraph.pl, inferno and speedscope read them: a line per call site of memory
 * or mappings, the outermost function first, with the bytes at its end. In front of the functions
 * are the program, the test if there is one, and what became of the memory. What was held at peaks,
 * which other lines may have too, has a tower of its own.
 */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/stream.h"
#include "report/facts.h"

/* One frame; a semicolon would be the end of it. Takes over NAME, which may be NULL. */
static int folded_frame(FILE *to, char *name)
{
	_cleanup_free_ char *own = name;

	if (!own)
		return -ENOMEM;
	for (const char *s = own; *s; s++)
		fputc(*s == ';' ? ':' : *s, to);
	return 0;
}

/* The frames of a stack are innermost first, those of a place too. */
static int folded_stack(const struct result *result, const struct stack *stack, FILE *to)
{
	for (uint32_t i = stack->n; i-- > 0;) {
		const struct place *place = stacks_place(result->stacks, stack, i);
		size_t n;
		const struct frame *frames = facts_frames(result, place, &n);

		while (n-- > 0) {
			fputc(';', to);
			if (folded_frame(to, facts_frame_name(result, place, &frames[n])) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int folded_site(const struct result *result, const struct site *site, FILE *to)
{
	const struct process *process = &result->processes.items[site->key.process];
	const struct test *test = tests_get(&result->tests, site->key.test);

	if (folded_frame(to, facts_printable(process_name(process))) < 0)
		return -ENOMEM;
	if (test) {
		fputs(";test ", to);
		if (folded_frame(to, facts_printable(test->name)) < 0)
			return -ENOMEM;
	}
	fprintf(to, ";%s %s", resource_kind_name(site->key.kind),
		resource_class_name(site->key.class));
	if (folded_stack(result, stacks_get(result->stacks, site->key.stack), to) < 0)
		return -ENOMEM;
	fprintf(to, " %" PRIu64 "\n", site->bytes);
	return 0;
}

int report_folded(const struct result *result, const struct report_options *options, FILE *to)
{
	(void)options;
	vec_foreach(site, &result->sites.items) {
		const struct site_key *key = &(*site)->key;

		if (resource_kind_has_bytes(key->kind) &&
		    (resource_class_is_held(key->class) || key->class == CLASS_PEAK) &&
		    folded_site(result, *site, to) < 0)
			return -ENOMEM;
	}
	return stream_flush(to);
}
