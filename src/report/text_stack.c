// SPDX-License-Identifier: BSD-2-Clause
/*
 * A call stack in the text report: functions in one column, source lines (or what is known
 * instead) in the next, recursion folded. Called by text.c for every call site it shows.
 */
#include "report/text.h"

#include <inttypes.h>

#include "base/str.h"
#include "report/facts.h"

enum {
	INDENT = 4,
	MAX_FUNCTION_COLUMNS = 40, /* longer names push their line out, not those of the others */
	MAX_CYCLE = 6,		   /* functions of a recursion that is folded */
};

#define INLINED_TEXT "  (inlined)"

struct line {
	char *function;
	char *where;
	bool inlined;
};

struct lines {
	VEC(struct line) list;
};

static void lines_done(struct lines *lines)
{
	vec_foreach(line, &lines->list) {
		free(line->function);
		free(line->where);
	}
	vec_done(&lines->list);
}

/* "libc.so.6+0x1f0a3", or without the offset when it is the function's name already. */
static char *line_module(const struct text *text, const struct place *place, bool with_offset)
{
	const struct module *module = facts_module(text->result, place);
	_cleanup_free_ char *path = facts_printable(module ? module->path : "[unknown]");

	if (!path)
		return NULL;
	if (!with_offset)
		return strdup(str_basename(path));
	return str_printf("%s+0x%" PRIx64, str_basename(path), place->offset);
}

static int lines_add(struct lines *lines, const struct text *text, const struct place *place,
		     const struct frame *frame)
{
	_cleanup_free_ char *function = NULL, *where = NULL, *file = NULL;
	struct line line;

	function = frame->function ? facts_printable(frame->function) :
				     str_printf("0x%" PRIx64, place->offset);
	if (frame->file && frame->line) {
		file = facts_printable(frame->file);
		where = file ? str_printf("%s:%" PRIu32, file, frame->line) : NULL;
	} else {
		where = line_module(text, place, frame->function != NULL);
	}
	if (!function || !where || vec_reserve(&lines->list, 1) < 0)
		return -ENOMEM;
	line = (struct line){ .inlined = frame->inlined };
	line.function = TAKE_PTR(function);
	line.where = TAKE_PTR(where);
	return vec_push(&lines->list, line);
}

static int lines_fill(struct lines *lines, const struct text *text, const struct stack *stack)
{
	for (uint32_t i = 0; i < stack->n; i++) {
		const struct place *place = stacks_place(text->result->stacks, stack, i);
		size_t n;
		const struct frame *frames = facts_frames(text->result, place, &n);

		for (size_t k = 0; k < n; k++) {
			if (lines_add(lines, text, place, &frames[k]) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static size_t lines_function_columns(const struct lines *lines)
{
	size_t columns = 0;

	vec_foreach(line, &lines->list) {
		size_t n = text_columns(line->function);

		if (n > columns)
			columns = n;
	}
	return columns < MAX_FUNCTION_COLUMNS ? columns : MAX_FUNCTION_COLUMNS;
}

/* Where to cut PATH so that "..." and the rest fit into COLUMNS: at a slash, or not at all. */
static const char *path_cut(const char *path, size_t columns)
{
	const char *last = NULL;

	if (text_columns(path) <= columns)
		return path;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		last = slash;
		if (text_columns(slash) + strlen("...") <= columns)
			break;
	}
	return last && last - path > (ptrdiff_t)strlen("...") ? last : path;
}

static void line_print(const struct text *text, const struct line *line, size_t columns)
{
	size_t name = text_columns(line->function);
	size_t used = INDENT + (name > columns ? name : columns) + 2 +
		      (line->inlined ? strlen(INLINED_TEXT) : 0);
	const char *where = line->where;

	if (text->options->width)
		where = path_cut(where,
				 text->options->width > used ? text->options->width - used : 0);
	fprintf(text->to, "%*s", INDENT, "");
	text_padded(text, line->function, columns);
	text_style(text, STYLE_DIM);
	fprintf(text->to, "  %s%s%s", where == line->where ? "" : "...", where,
		line->inlined ? INLINED_TEXT : "");
	text_style(text, STYLE_NONE);
	fputc('\n', text->to);
}

static bool line_equal(const struct line *a, const struct line *b)
{
	return a->inlined == b->inlined && strcmp(a->function, b->function) == 0 &&
	       strcmp(a->where, b->where) == 0;
}

/* How often the N lines from I on stand there in a row. */
static size_t lines_repeat(const struct lines *lines, size_t i, size_t n)
{
	const struct line *list = lines->list.items;
	size_t n_equal = 0;

	while (i + n + n_equal < lines->list.n &&
	       line_equal(&list[i + n_equal], &list[i + n + n_equal]))
		n_equal++;
	return 1 + n_equal / n;
}

/* How many lines from I on are a recursion, and how often they are there: 1 and 1 if none is. */
static size_t lines_cycle(const struct lines *lines, size_t i, size_t *ret_repeats)
{
	for (size_t n = 1; n <= MAX_CYCLE; n++) {
		*ret_repeats = lines_repeat(lines, i, n);
		/* Else it would not be shorter, only harder to read. */
		if (*ret_repeats > 2 && n * (*ret_repeats - 1) > 2)
			return n;
	}
	*ret_repeats = 1;
	return 1;
}

int text_stack(const struct text *text, const struct stack *stack)
{
	_cleanup_(lines_done) struct lines lines = { 0 };
	const char *end = stack_end_text(stack->end);
	size_t columns;

	if (lines_fill(&lines, text, stack) < 0)
		return -ENOMEM;
	columns = lines_function_columns(&lines);
	for (size_t i = 0, n, repeats; i < lines.list.n; i += n * repeats) {
		n = lines_cycle(&lines, i, &repeats);
		for (size_t k = 0; k < n; k++)
			line_print(text, &lines.list.items[i + k], columns);
		if (repeats == 1)
			continue;
		fprintf(text->to, "%*s... ", INDENT, "");
		if (n > 1)
			fprintf(text->to, "these %zu lines ", n);
		fprintf(text->to, "%zu more times\n", repeats - 1);
	}
	if (end)
		fprintf(text->to, "%*s[%s]\n", INDENT, "", end);
	return 0;
}
