// SPDX-License-Identifier: BSD-2-Clause
/*
 * Call sites in the JSON report: see json_sites.h. Each is written as soon as it is made; what it
 * takes to write stacks is kept for each place, of which there are few.
 */
#include "report/json_sites.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#include "report/facts.h"
#include "report/json_stack.h"
#include "report/json_suppressions.h"
#include "report/json_value.h"

static json_t *json_object_of(const struct result *result, const struct site *site,
			      const struct object *from)
{
	json_t *object = json_object();
	int bad = 0;

	switch (site->key.kind) {
	case KIND_FD:
		bad |= json_object_set_new(object, "fd", json_integer((json_int_t)from->address));
		bad |= json_object_set_new(object, "target", json_text(from->target));
		bad |= json_object_set_new(object, "flags", json_text(from->flags));
		break;
	case KIND_THREAD:
		bad |= json_object_set_new(object, "tid", json_u64(from->address));
		bad |= json_object_set_new(object, "name", json_text(from->target));
		bad |= json_object_set_new(object, "start_routine",
					   json_text(facts_function(result, from->routine)));
		break;
	default:
		bad |= json_object_set_new(object, "address", json_hex(from->address));
		bad |= json_object_set_new(object, "bytes", json_u64(from->bytes));
		if (site->key.kind == KIND_MAPPING)
			bad |= json_object_set_new(object, "target", json_text(from->target));
	}
	return json_checked(object, bad);
}

static json_t *json_objects(const struct result *result, const struct site *site)
{
	json_t *array = json_array();
	int bad = 0;

	for (uint32_t i = 0; i < site->n_objects; i++)
		bad |= json_array_append_new(array,
					     json_object_of(result, site, &site->objects[i]));
	return json_checked(array, bad);
}

static json_t *json_growth(const struct site *site)
{
	json_t *array = json_array();
	int bad = 0;

	vec_foreach(amount, &site->growth)
		bad |= json_array_append_new(array, json_u64(*amount));
	return json_checked(array, bad);
}

static json_t *json_root(const struct result *result, const struct site *site)
{
	_cleanup_free_ char *root = NULL;

	if (site->root.kind == ROOT_NONE)
		return json_null();
	root = facts_root(result, &site->root);
	return root ? json_string(root) : NULL;
}

/* The members of a site before its stack. */
static json_t *json_site_head(const struct result *result, const struct site *site)
{
	const struct process *process = &result->processes.items[site->key.process];
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(resource_kind_name(site->key.kind)));
	bad |= json_object_set_new(object, "class",
				   json_text(resource_class_name(site->key.class)));
	bad |= json_object_set_new(object, "test", json_test_name(result, site->key.test));
	bad |= json_object_set_new(object, "test_index", json_test_index(site->key.test));
	bad |= json_object_set_new(object, "pid", json_u64(process->pid));
	bad |= json_object_set_new(object, "process", json_u64(site->key.process));
	bad |= json_object_set_new(object, "blocks", json_u64(site->n_blocks));
	bad |= json_object_set_new(object, "bytes", json_u64(site->bytes));
	bad |= json_object_set_new(object, "oldest_ns",
				   json_u64(facts_age_ns(result, site->oldest_ns)));
	bad |= json_object_set_new(object, "growth", json_growth(site));
	return json_checked(object, bad);
}

/* Those after it. */
static json_t *json_site_tail(const struct result *result, const struct site *site,
			      enum stack_end end)
{
	bool lost = site->key.class == CLASS_LOST, reachable = site->key.class == CLASS_REACHABLE;
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "stack_end", json_text(stack_end_name(end)));
	bad |= json_object_set_new(object, "in_baseline", json_boolean(site->in_baseline));
	bad |= json_object_set_new(object, "suppression", json_suppression_of(result, site));
	bad |= json_object_set_new(object, "root", json_root(result, site));
	bad |= json_object_set_new(object, "tree_bytes", json_u64_or_null(site->tree_bytes, lost));
	bad |= json_object_set_new(object, "tree_blocks",
				   json_u64_or_null(site->tree_blocks, lost));
	bad |= json_object_set_new(object, "interior_blocks",
				   json_u64_or_null(site->n_interior, reachable));
	bad |= json_object_set_new(object, "objects", json_objects(result, site));
	return json_checked(object, bad);
}

/* Stacks that sites have the numbers of. */
struct shared {
	uint32_t *numbers; /* by index of the stack, from 1 on; 0: it has none */
	VEC(uint32_t) ids; /* by number less 1 */
};

static void shared_done(struct shared *shared)
{
	free(shared->numbers);
	vec_done(&shared->ids);
}

static int shared_write(struct shared *shared, const struct stacks *stacks,
			const struct stack *stack, FILE *to)
{
	uint32_t *number = &shared->numbers[stacks_index(stacks, stack->id)];

	if (!*number) {
		if (vec_push(&shared->ids, stack->id) < 0)
			return -ENOMEM;
		*number = (uint32_t)shared->ids.n;
	}
	fprintf(to, "%" PRIu32, *number - 1);
	return 0;
}

/* SHARED is NULL if each site has its stack. */
static int json_site(struct json_places *places, struct shared *shared, const struct site *site,
		     FILE *to)
{
	const struct result *result = places->result;
	const struct stack *stack = stacks_get(result->stacks, site->key.stack);
	int r;

	fputc('{', to);
	r = json_write(json_site_head(result, site), JSON_EMBED, to);
	fputs(",\"stack\":", to);
	if (r == 0)
		r = shared ? shared_write(shared, result->stacks, stack, to) :
			     json_places_write(places, stack, to);
	fputc(',', to);
	if (r == 0)
		r = json_write(json_site_tail(result, site, stack->end), JSON_EMBED, to);
	fputc('}', to);
	return r;
}

static int json_stacks(struct json_places *places, const struct shared *shared, FILE *to)
{
	int r = 0;

	fputs("],\n \"stacks\":[", to);
	for (size_t i = 0; r == 0 && i < shared->ids.n; i++) {
		fputs(i ? ",\n  " : "\n  ", to);
		r = json_places_write(places,
				      stacks_get(places->result->stacks, shared->ids.items[i]), to);
	}
	return r;
}

static json_t *json_rest(int kind, int class, const struct page_rest *rest)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind",
				   json_text(resource_kind_name((enum resource_kind)kind)));
	bad |= json_object_set_new(object, "class",
				   json_text(resource_class_name((enum resource_class) class)));
	bad |= json_object_set_new(object, "call_sites", json_u64(rest->n_groups));
	bad |= json_object_set_new(object, "blocks", json_u64(rest->n_blocks));
	bad |= json_object_set_new(object, "bytes", json_u64(rest->bytes));
	return json_checked(object, bad);
}

static int json_left_out(const struct page_sites *page, FILE *to)
{
	const char *separator = "\n  ";
	int r = 0;

	fputs("],\n \"left_out\":[", to);
	for (int i = 0; r == 0 && i < _KIND_MAX * _CLASS_MAX; i++) {
		int kind = i / _CLASS_MAX, class = i % _CLASS_MAX;
		const struct page_rest *rest = &page->rest[kind][class];

		if (!rest->n_groups)
			continue;
		fputs(separator, to);
		separator = ",\n  ";
		r = json_write(json_rest(kind, class, rest), 0, to);
	}
	return r;
}

/* Each with its stack, or with SHARED with the number of it. */
static int json_list(struct json_places *places, struct shared *shared, struct site *const *list,
		     size_t n, FILE *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		fputs(i ? ",\n  " : "\n  ", to);
		r = json_site(places, shared, list[i], to);
	}
	return r;
}

int json_sites(const struct result *result, const struct page_sites *page, FILE *to)
{
	_cleanup_(json_places_done) struct json_places places = { 0 };
	_cleanup_(shared_done) struct shared shared = { 0 };
	int r = json_places_init(&places, result);

	if (r == 0 && !page)
		return json_list(&places, NULL, result->sites.items.items, result->sites.items.n,
				 to);
	shared.numbers = calloc(result->stacks->items.n + 1, sizeof(*shared.numbers));
	if (r < 0 || !shared.numbers)
		return -ENOMEM;
	r = json_list(&places, &shared, page->list.items, page->list.n, to);
	if (r == 0)
		r = json_stacks(&places, &shared, to);
	return r == 0 ? json_left_out(page, to) : r;
}
