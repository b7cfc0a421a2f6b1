// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is held, by call site, in the text report: one paragraph each, in the words of its kind of
 * resource. Called by text.c.
 */
#include "report/text.h"

#include <inttypes.h>

#include "base/str.h"
#include "base/units.h"
#include "report/facts.h"

/* How people speak of a kind of resource. */
struct kind_words {
	const char *one;
	const char *many;
	const char *made; /* how it came to be at the stack that follows */
	bool has_bytes;
};

static const struct kind_words kind_words[_KIND_MAX] = {
	[KIND_MEMORY] = { "block", "blocks", "allocated", true },
	[KIND_MAPPING] = { "mapping", "mappings", "mapped", true },
	[KIND_FD] = { "file descriptor", "file descriptors", "opened", false },
	[KIND_THREAD] = { "thread", "threads", "created", false },
};

static const struct kind_words bad_close_words = {
	"close of a descriptor that was not open",
	"closes of descriptors that were not open",
	"called",
	false,
};

static const struct kind_words *group_words(const struct site_group *group)
{
	return group->class == CLASS_BAD_CLOSE ? &bad_close_words : &kind_words[group->kind];
}

/* " (+4.0 KiB, more at each report)": what was added since the last one. */
static void group_growth(const struct text *text, const struct site_group *group)
{
	uint64_t amount = (uint64_t)group->growth;
	bool shrunk = group->growth < 0;
	char number[UNITS_TEXT_BYTES];

	if (text->result->mode == MODE_RUN || text->result->n_report < 2 ||
	    group->class == CLASS_GROWTH || group->class == CLASS_PEAK)
		return;
	if (group_words(group)->has_bytes)
		units_format_bytes(shrunk ? -amount : amount, number);
	else
		units_format_count(shrunk ? -amount : amount, number);
	fputs(" (", text->to);
	if (group->growth > 0)
		text_style(text, STYLE_RED);
	fprintf(text->to, "%c%s", shrunk ? '-' : '+', number);
	if (group->grew_always)
		fputs(", more at each report", text->to);
	if (group->growth > 0)
		text_style(text, STYLE_NONE);
	fputc(')', text->to);
}

/* "in test NAME, " for what was born in one. */
static int group_test(const struct text *text, const struct site_group *group)
{
	const struct test *test = tests_get(&text->result->tests, group->test);
	_cleanup_free_ char *name = test ? facts_printable(test->name) : NULL;

	if (test && !name)
		return -ENOMEM;
	if (name)
		fprintf(text->to, "in test %s, ", name);
	return 0;
}

/* "8.0 KiB in 2 blocks", "2 file descriptors". */
void text_group_amount(const struct text *text, const struct site_group *group)
{
	const struct kind_words *words = group_words(group);
	char size[UNITS_TEXT_BYTES];

	text_style(text, STYLE_BOLD);
	if (text->result->sample_bytes && group->kind == KIND_MEMORY)
		fputs("about ", text->to);
	if (words->has_bytes)
		fputs(units_format_bytes(group->bytes, size), text->to);
	else
		text_count(text, group->n_blocks, words->one, words->many);
	text_style(text, STYLE_NONE);
	group_growth(text, group);
	if (!words->has_bytes)
		return;
	fputs(" in ", text->to);
	text_count(text, group->n_blocks, words->one, words->many);
}

static int fd_print(const struct text *text, const struct object *object)
{
	_cleanup_free_ char *target = facts_printable(object->target);
	int64_t number = (int64_t)object->address;

	if (!target)
		return -ENOMEM;
	fprintf(text->to, "  fd %" PRId64 "  %s", number, target);
	if (object->flags)
		fprintf(text->to, "  (%s)", object->flags);
	fputc('\n', text->to);
	return 0;
}

/* How many there are besides the examples. */
static void group_rest(const struct text *text, const struct site_group *group)
{
	uint64_t n_shown = group->first->n_objects;

	if (n_shown >= group->n_blocks)
		return;
	fputs("  ... and ", text->to);
	text_count(text, group->n_blocks - n_shown, "more", "more");
	fputc('\n', text->to);
}

/* Which descriptors they are: those of one of the processes, as examples. */
static int group_fds(const struct text *text, const struct site_group *group)
{
	const struct site *site = group->first;

	for (uint32_t i = 0; i < site->n_objects; i++) {
		if (site->objects[i].target && fd_print(text, &site->objects[i]) < 0)
			return -ENOMEM;
	}
	if (group->class != CLASS_BAD_CLOSE)
		group_rest(text, group);
	return 0;
}

/* "leaked", "open at exit", "from before the attach". */
static const char *group_class(const struct site_group *group)
{
	switch (group->class) {
	case CLASS_BEFORE_ATTACH:
		return " from before the attach";
	case CLASS_BAD_CLOSE:
		return "";
	case CLASS_AT_EXIT:
		return group->kind == KIND_FD ? " open at exit" : " running at exit";
	case CLASS_RETAINED:
		return " held when the test ended";
	case CLASS_PEAK:
		return group->n_processes > 1 ? " at the peaks" : " at the peak";
	case CLASS_GROWTH:
		return text_group_is_of_marks(group) ? " more at each mark" :
						       " more and more after each run";
	case CLASS_OUTSTANDING:
		return group->kind == KIND_FD	  ? " open" :
		       group->kind == KIND_THREAD ? " running" :
						    " outstanding";
	}
	return NULL;
}

void text_group_held(const struct text *text, const struct site_group *group)
{
	const char *class = group_class(group);

	text_group_amount(text, group);
	fprintf(text->to, "%s%s", class ? "" : " ", class ?: resource_class_name(group->class));
}

/* What the threads run: some of them, as examples. */
static int group_threads(const struct text *text, const struct site_group *group)
{
	const struct site *site = group->first;

	for (uint32_t i = 0; i < site->n_objects; i++) {
		const struct object *thread = &site->objects[i];
		const char *function = facts_function(text->result, thread->routine);
		_cleanup_free_ char *runs = facts_printable(function ?: "?");
		_cleanup_free_ char *name = facts_printable(thread->target ?: "?");

		if (!name || !runs)
			return -ENOMEM;
		fprintf(text->to, "  thread %" PRIu64 " (%s)", thread->address, name);
		if (function)
			fprintf(text->to, ", which runs %s", runs);
		fputc('\n', text->to);
	}
	group_rest(text, group);
	return 0;
}

/* Of anonymous memory there is nothing to tell. */
static bool mapping_is_told(const struct object *object)
{
	return object->target && !str_starts_with(object->target, "anonymous");
}

/* Which files are mapped: some of them, as examples. */
static int group_mappings(const struct text *text, const struct site *site)
{
	for (uint32_t i = 0; i < site->n_objects; i++) {
		const struct object *mapping = &site->objects[i];
		_cleanup_free_ char *target = NULL;
		char size[UNITS_TEXT_BYTES];

		if (!mapping_is_told(mapping))
			continue;
		target = facts_printable(mapping->target);
		if (!target)
			return -ENOMEM;
		fprintf(text->to, "  %s at 0x%" PRIx64 " of %s\n",
			units_format_bytes(mapping->bytes, size), mapping->address, target);
	}
	return 0;
}

/* Whether what it holds is listed one by one, before the stack. */
static bool group_is_listed(const struct site_group *group)
{
	const struct site *site = group->first;

	if (group->kind != KIND_MAPPING)
		return group->kind == KIND_FD || group->kind == KIND_THREAD;
	for (uint32_t i = 0; i < site->n_objects; i++) {
		if (mapping_is_told(&site->objects[i]))
			return true;
	}
	return false;
}

static int group_objects(const struct text *text, const struct site_group *group)
{
	switch (group->kind) {
	case KIND_FD:
		return group_fds(text, group);
	case KIND_THREAD:
		return group_threads(text, group);
	case KIND_MAPPING:
		return group_mappings(text, group->first);
	}
	return 0;
}

/* Where it comes from. Nobody could have taken a stack of what was there before. */
static int group_stack(const struct text *text, const struct site_group *group)
{
	const struct stack *stack = stacks_get(text->result->stacks, group->stack);
	bool listed = group_is_listed(group);

	if (!listed && stack->n)
		fprintf(text->to, ", %s at\n", group_words(group)->made);
	else
		fputc('\n', text->to);
	if (group_objects(text, group) < 0)
		return -ENOMEM;
	if (group->class == CLASS_BEFORE_ATTACH)
		return 0;
	if (listed && stack->n)
		fprintf(text->to, "  %s at\n", group_words(group)->made);
	return text_stack(text, stack);
}

/* ", with 33 B in 1 block that only they lead to" */
static void group_tree(const struct text *text, const struct site_group *group)
{
	if (!group->tree_blocks)
		return;
	fputs(", with ", text->to);
	text_bytes_in_blocks(text, group->tree_bytes, group->tree_blocks);
	fputs(" behind them", text->to);
}

/* "    still referenced by cache_table (cache+0x4040)" */
static int group_root(const struct text *text, const struct site_group *group)
{
	_cleanup_free_ char *root = NULL;

	if (group->class != CLASS_REACHABLE)
		return 0;
	root = facts_root(text->result, &group->first->root);
	if (!root)
		return -ENOMEM;
	fprintf(text->to, "    still referenced by %s\n", root);
	return 0;
}

int text_group(const struct text *text, const struct site_group *group)
{
	const struct result *result = text->result;
	char age[UNITS_TEXT_BYTES];

	if (text_group_is_of_marks(group))
		text_group_grown(text, group);
	else
		text_group_held(text, group);
	group_tree(text, group);
	text_growth_amounts(text, group);
	fputs(", ", text->to);
	if (group_test(text, group) < 0)
		return -ENOMEM;
	if (group->n_processes > 1) {
		fputs("in ", text->to);
		text_count(text, group->n_processes, "process", "processes");
	} else if (text_process(text, &result->processes.items[group->first->key.process]) < 0) {
		return -ENOMEM;
	}
	if (group->class != CLASS_BEFORE_ATTACH && group->class != CLASS_PEAK &&
	    !text_group_is_of_marks(group))
		fprintf(text->to, ", oldest %s",
			units_format_ns(facts_age_ns(result, group->oldest_ns), age));
	if (group_stack(text, group) < 0)
		return -ENOMEM;
	return group_root(text, group);
}

/* What is folded into one line, unless it is asked for. */
static bool group_is_folded(const struct text *text, const struct site_group *group)
{
	static const uint32_t classes = 1u << CLASS_REACHABLE | 1u << CLASS_INDIRECT |
					1u << CLASS_RETAINED | 1u << CLASS_PEAK;
	bool mapping = group->kind == KIND_MAPPING && group->class == CLASS_OUTSTANDING;

	if (group->is_excused)
		return true;
	if (group->is_leak && group->class == CLASS_RETAINED)
		return false;
	/* Where memory is traced, mappings of which nothing is known are the least of it. */
	return (classes & 1u << group->class || (mapping && text->result->scanned)) &&
	       !(text->options->show & 1u << group->class);
}

/* "4.1 KiB in 12 blocks still reachable, from 3 call sites: --show=reachable shows them" */
static void text_folded(const struct text *text, const struct site_groups *groups,
			enum resource_kind kind, enum resource_class class, const char *what)
{
	uint64_t bytes = 0, n_blocks = 0, n = 0;
	char size[UNITS_TEXT_BYTES];

	vec_foreach(item, &groups->items) {
		if ((*item)->kind != kind || (*item)->class != class || (*item)->is_excused ||
		    !group_is_folded(text, *item))
			continue;
		bytes += (*item)->bytes;
		n_blocks += (*item)->n_blocks;
		n++;
	}
	if (!n)
		return;
	fprintf(text->to, "%s in ", units_format_bytes(bytes, size));
	text_count(text, n_blocks, kind_words[kind].one, kind_words[kind].many);
	fprintf(text->to, " %s, from ", what);
	text_count(text, n, "call site", "call sites");
	fprintf(text->to, ": --show=%s shows %s\n", resource_class_name(class),
		n == 1 ? "it" : "them");
}

/* --top is about each of these lists on its own. */
enum group_list {
	LIST_HELD,
	LIST_OF_MARKS,
	LIST_PEAKS,
	_LIST_MAX,
};

/* How many groups have been asked about. */
struct shown {
	uint64_t n[_KIND_MAX][_LIST_MAX];
};

static enum group_list group_list(const struct site_group *group)
{
	if (group->class == CLASS_PEAK)
		return LIST_PEAKS;
	return text_group_is_of_marks(group) ? LIST_OF_MARKS : LIST_HELD;
}

static bool group_is_shown(const struct text *text, const struct site_group *group,
			   struct shown *shown)
{
	uint64_t top = text->options->top;
	uint64_t *n = &shown->n[group->kind][group_list(group)];

	return !group_is_folded(text, group) && ((*n)++ < top || top == 0);
}

int text_groups(const struct text *text, const struct site_groups *groups)
{
	struct shown shown = { 0 };

	vec_foreach(group, &groups->items) {
		if (!group_is_shown(text, *group, &shown))
			continue;
		fputc('\n', text->to);
		if (text_group(text, *group) < 0)
			return -ENOMEM;
	}
	return 0;
}

void text_groups_hidden(const struct text *text, const struct site_groups *groups)
{
	size_t n_below = text->result->n_sites_hidden, n_rest = 0;
	uint64_t bytes = 0;
	struct shown shown = { 0 };
	char size[UNITS_TEXT_BYTES];

	vec_foreach(group, &groups->items) {
		if (group_is_shown(text, *group, &shown) || group_is_folded(text, *group))
			continue;
		n_rest++;
		bytes += (*group)->bytes;
	}
	if (n_rest) {
		text_count(text, n_rest, "more call site", "more call sites");
		if (bytes)
			fprintf(text->to, " (%s)", units_format_bytes(bytes, size));
		fputs(" not shown: --top=0 shows all\n", text->to);
	}
	text_folded(text, groups, KIND_MEMORY, CLASS_INDIRECT, "that only lost blocks lead to");
	text_folded(text, groups, KIND_MEMORY, CLASS_REACHABLE, "still reachable");
	text_folded(text, groups, KIND_MEMORY, CLASS_RETAINED, "held when its test ended");
	text_folded(text, groups, KIND_MEMORY, CLASS_PEAK, "at the peak");
	text_folded(text, groups, KIND_MAPPING, CLASS_REACHABLE, "still reachable");
	text_folded(text, groups, KIND_MAPPING, CLASS_OUTSTANDING, "not unmapped");
	if (n_below) {
		text_count(text, n_below, "call site", "call sites");
		fputs(" not shown: below --min-bytes or --min-count\n", text->to);
	}
}
