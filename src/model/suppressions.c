// SPDX-License-Identifier: BSD-2-Clause
/* What the user does not want to fail on: see suppressions.h. */
#include "model/suppressions.h"

#include <string.h>

#include "base/str.h"
#include "model/result.h"

static const struct {
	const char *prefix;
	enum resource_kind kind;
} prefixes[] = {
	{ "leak:", KIND_MEMORY },
	{ "mapping:", KIND_MAPPING },
	{ "fd:", KIND_FD },
	{ "thread:", KIND_THREAD },
};

void suppressions_done(struct suppressions *suppressions)
{
	vec_foreach(suppression, &suppressions->list) {
		free(suppression->text);
		free(suppression->where);
	}
	vec_done(&suppressions->list);
}

int suppressions_add(struct suppressions *suppressions, char *line, const char *where,
		     struct diag *diag)
{
	struct suppression suppression = { 0 };
	const char *pattern = NULL;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]) && !pattern; i++) {
		if (!str_starts_with(line, prefixes[i].prefix))
			continue;
		pattern = line + strlen(prefixes[i].prefix);
		suppression.kind = prefixes[i].kind;
	}
	if (!pattern || !*pattern) {
		str_sanitize(line);
		diag_add(diag, -EINVAL, "%s: '%.60s' is no suppression", where, line);
		return diag_hint(diag, "write leak:, mapping:, fd: or thread: and a part of the "
				       "name of a function, a source file or a module");
	}
	if (vec_reserve(&suppressions->list, 1) < 0)
		return -ENOMEM;
	suppression.text = strdup(line);
	suppression.where = strdup(where);
	if (!suppression.text || !suppression.where) {
		free(suppression.text);
		free(suppression.where);
		return -ENOMEM;
	}
	return vec_push(&suppressions->list, suppression);
}

int suppressions_add_own(struct suppressions *suppressions, const char *line, const char *where,
			 struct diag *diag)
{
	_cleanup_free_ char *copy = NULL;

	vec_foreach(suppression, &suppressions->list) {
		if (strcmp(suppression->text, line) == 0)
			return 0;
	}
	copy = strdup(line);
	return copy ? suppressions_add(suppressions, copy, where, diag) : -ENOMEM;
}

int suppressions_parse(struct suppressions *suppressions, const char *name, const char *text,
		       size_t n, struct diag *diag)
{
	_cleanup_free_ char *copy = NULL;
	char *rest;
	unsigned number = 0;
	int r = 0;

	if (memchr(text, '\0', n))
		return diag_add(diag, -EINVAL, "%s is not a text file: it has a NUL byte", name);
	rest = copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (char *line; r == 0 && (line = strsep(&rest, "\n"));) {
		_cleanup_free_ char *where = str_printf("%s:%u", name, ++number);

		if (!where)
			return -ENOMEM;
		str_sanitize(where);
		line = str_trim(line);
		if (*line && *line != '#')
			r = suppressions_add(suppressions, line, where, diag);
	}
	return r;
}

bool suppression_matches(const char *pattern, const char *text)
{
	bool at_start = *pattern == '^';
	size_t n = strlen(pattern += at_start);
	bool at_end = n && pattern[n - 1] == '$';
	const char *end = pattern + n - at_end;
	/* Where the last "*" stands, and what it has swallowed; one is before the pattern. */
	const char *star = at_start ? NULL : pattern, *swallowed = text;

	while (*text || pattern < end) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			swallowed = text;
		} else if (pattern < end && *text && *pattern == *text) {
			pattern++;
			text++;
		} else if (pattern == end && !at_end) {
			return true;
		} else if (star && *text) {
			pattern = star;
			text = ++swallowed;
		} else {
			return false;
		}
	}
	return true;
}

static const char *suppression_pattern(const struct suppression *suppression)
{
	return strchr(suppression->text, ':') + 1;
}

static bool place_matches(const char *pattern, const struct result *result,
			  const struct place *place)
{
	const struct symbol *symbol = symbols_find(result->symbols, place);
	const struct module *module = modules_get(result->modules, place->module);

	if (module->kind != MODULE_NONE && suppression_matches(pattern, module->path))
		return true;
	for (uint32_t i = 0; symbol && i < symbol->n_frames; i++) {
		const struct frame *frame = &symbol->frames[i];

		if ((frame->function && suppression_matches(pattern, frame->function)) ||
		    (frame->file && suppression_matches(pattern, frame->file)))
			return true;
	}
	return false;
}

/* The number of a suppression, once it was looked for. */
struct found {
	uint32_t number; /* 0: none */
	bool known;
};

/*
 * What was found for each place and each stack, by kind: many stacks go through the same places,
 * and the same stack is in many processes.
 */
struct finder {
	const struct result *result;
	struct found *places[_KIND_MAX]; /* by id */
	struct found *stacks[_KIND_MAX]; /* by stacks_index() */
};

static int finder_init(struct finder *finder, const struct result *result)
{
	const struct stacks *stacks = result->stacks;
	int bad = 0;

	*finder = (struct finder){ .result = result };
	for (int kind = 0; kind < _KIND_MAX; kind++) {
		finder->places[kind] = calloc(stacks->places.n + 1, sizeof(struct found));
		finder->stacks[kind] = calloc(stacks->items.n, sizeof(struct found));
		bad |= !finder->places[kind] || !finder->stacks[kind];
	}
	return bad ? -ENOMEM : 0;
}

static void finder_done(struct finder *finder)
{
	for (int kind = 0; kind < _KIND_MAX; kind++) {
		free(finder->places[kind]);
		free(finder->stacks[kind]);
	}
}

/* The number of the first suppression for this kind that the place matches. */
static uint32_t finder_place(struct finder *finder, uint8_t kind, uint32_t id)
{
	const struct result *result = finder->result;
	const struct place *place = &result->stacks->places.items[id]->place;
	struct found *found = &finder->places[kind][id];

	for (size_t i = 0; !found->known && i < result->suppressions.list.n; i++) {
		const struct suppression *suppression = &result->suppressions.list.items[i];

		if (suppression->kind != kind ||
		    !place_matches(suppression_pattern(suppression), result, place))
			continue;
		found->number = (uint32_t)i + 1;
		break;
	}
	found->known = true;
	return found->number;
}

/* That of a call site. */
static uint32_t finder_site(struct finder *finder, const struct site_key *key)
{
	const struct stacks *stacks = finder->result->stacks;
	size_t index = stacks_index(stacks, key->stack);
	const struct stack *stack = stacks->items.items[index];
	struct found *found = &finder->stacks[key->kind][index];

	for (uint32_t i = 0; !found->known && i < stack->n; i++) {
		uint32_t number = finder_place(finder, key->kind, stack->places[i]);

		if (number && (!found->number || number < found->number))
			found->number = number;
	}
	found->known = true;
	return found->number;
}

/* What is known of each process. */
struct roots {
	bool lost;	      /* it has lost memory that is not suppressed */
	uint32_t suppression; /* of memory that is lost, 0: none */
};

/*
 * What only lost blocks lead to goes with them: it is suppressed if all lost blocks of the process
 * are.
 */
static int apply_to_indirect(struct result *result)
{
	_cleanup_free_ struct roots *roots = calloc(result->processes.n + 1, sizeof(*roots));

	if (!roots)
		return -ENOMEM;
	vec_foreach(item, &result->sites.items) {
		const struct site *site = *item;

		if (site->key.kind != KIND_MEMORY || site->key.class != CLASS_LOST)
			continue;
		if (site->suppression)
			roots[site->key.process].suppression = site->suppression;
		else
			roots[site->key.process].lost = true;
	}
	vec_foreach(item, &result->sites.items) {
		struct site *site = *item;
		const struct roots *of = &roots[site->key.process];

		if (site->key.class == CLASS_INDIRECT && !site->suppression && !of->lost)
			site->suppression = of->suppression;
	}
	return 0;
}

int suppressions_apply(struct result *result)
{
	_cleanup_(finder_done) struct finder finder;

	if (finder_init(&finder, result) < 0)
		return -ENOMEM;
	vec_foreach(item, &result->sites.items)
		(*item)->suppression = finder_site(&finder, &(*item)->key);
	return apply_to_indirect(result);
}

void suppressions_forget(struct suppressions *suppressions)
{
	vec_foreach(suppression, &suppressions->list)
		suppression->n_sites = suppression->n_blocks = suppression->bytes = 0;
}

void suppressions_count(struct suppressions *suppressions, const struct site *site)
{
	struct suppression *suppression = &suppressions->list.items[site->suppression - 1];

	suppression->n_sites++;
	suppression->n_blocks += site->n_blocks;
	suppression->bytes += site->bytes;
}
