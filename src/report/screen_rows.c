// SPDX-License-Identifier: BSD-2-Clause
/* The rows of the live view, copied from a result: see screen.h. */
#include "report/screen.h"

#include "base/str.h"
#include "report/facts.h"

static void row_done(struct screen_row *row)
{
	free(row->name);
	free(row->words);
}

static void rows_clear(struct screen *screen)
{
	for (int view = 0; view < _VIEW_MAX; view++) {
		vec_foreach(row, &screen->rows[view])
			row_done(row);
		screen->rows[view].n = 0;
	}
}

void screen_done(struct screen *screen)
{
	rows_clear(screen);
	for (int view = 0; view < _VIEW_MAX; view++)
		vec_done(&screen->rows[view]);
	vec_foreach(line, &screen->lines)
		free(line->text);
	vec_done(&screen->lines);
}

/* "cache_insert cache.c:88", "libfoo.so+0x12", printable. */
static char *frame_name(const struct result *result, const struct place *place,
			const struct frame *frame)
{
	const struct module *module = facts_module(result, place);
	_cleanup_free_ char *name = NULL;

	if (!frame->function)
		name = str_printf("%s+0x%llx",
				  module && module->path ? str_basename(module->path) : "?",
				  (unsigned long long)place->offset);
	else if (frame->file && frame->line)
		name = str_printf("%s %s:%u", frame->function, str_basename(frame->file),
				  frame->line);
	else
		name = str_printf("%s %s", frame->function,
				  module && module->path ? str_basename(module->path) : "");
	return name ? facts_printable(name) : NULL;
}

/* "fd 7 /tmp/x", "thread 12 worker", in a line. */
static void write_object(const struct result *result, const struct site *site,
			 const struct object *object, FILE *to)
{
	const char *what = object->target;
	_cleanup_free_ char *printable = NULL;

	if (site->key.kind == KIND_THREAD && !what)
		what = facts_function(result, object->routine);
	printable = what ? facts_printable(what) : NULL;
	fprintf(to, "%s %llu %s\n", resource_kind_name(site->key.kind),
		(unsigned long long)object->address, printable ? printable : "");
}

/* The functions of a stack, innermost first, then descriptors or threads: a line each. */
static char *site_words(const struct result *result, const struct stack *stack,
			const struct site *site)
{
	_cleanup_free_ char *text = NULL;
	size_t n_text = 0;
	FILE *to = open_memstream(&text, &n_text);

	if (!to)
		return NULL;
	for (uint32_t i = 0; i < stack->n; i++) {
		const struct place *place = stacks_place(result->stacks, stack, i);
		size_t n;
		const struct frame *frames = facts_frames(result, place, &n);

		for (size_t k = 0; k < n; k++) {
			_cleanup_free_ char *name = frame_name(result, place, &frames[k]);

			if (name)
				fprintf(to, "%s\n", name);
		}
	}
	for (uint32_t i = 0; i < site->n_objects; i++) {
		if (site->key.kind == KIND_FD || site->key.kind == KIND_THREAD)
			write_object(result, site, &site->objects[i], to);
	}
	return fclose(to) == 0 ? TAKE_PTR(text) : NULL;
}

/* What stands for a site: its first frame, or what it is where there is no stack. */
static char *site_name(const char *words, const struct stack *stack, unsigned kind)
{
	if (stack->n)
		return strndup(words, strcspn(words, "\n"));
	return str_printf("%s without a stack", resource_kind_name((enum resource_kind)kind));
}

static int take_sites(struct screen *screen, const struct result *result)
{
	_cleanup_(site_groups_done) struct site_groups groups = { 0 };

	if (sites_group(&result->sites, &groups) < 0)
		return -ENOMEM;
	vec_foreach(item, &groups.items) {
		const struct site_group *group = *item;
		const struct stack *stack = stacks_get(result->stacks, group->stack);
		bool bytes = resource_kind_has_bytes(group->kind);
		struct screen_row row = {
			.words = site_words(result, stack, group->first),
			.held = bytes ? group->bytes : group->n_blocks,
			.growth = group->growth,
			.count = group->n_blocks,
			.age_ns = facts_age_ns(result, group->oldest_ns),
			.id = group->stack,
			.kind = group->kind,
			.class = group->class,
		};

		row.name = row.words ? site_name(row.words, stack, row.kind) : NULL;
		if (!row.name || vec_push(&screen->rows[VIEW_SITES], row) < 0) {
			row_done(&row);
			return -ENOMEM;
		}
	}
	return 0;
}

/* What it held at the look before, so that growth is known: the rows are those of then. */
static uint64_t held_before(const struct screen_row *rows, size_t n, uint32_t pid, uint64_t now)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].id == pid)
			return rows[i].held;
	}
	return now;
}

static int take_processes(struct screen *screen, const struct result *result)
{
	/* The new rows are behind the old ones, which go at the end. */
	size_t n_before = screen->rows[VIEW_PROCESSES].n, n;

	vec_foreach(process, &result->processes) {
		const struct totals *totals = &process->totals;
		const struct screen_row *old = screen->rows[VIEW_PROCESSES].items;
		uint64_t held = totals->outstanding_bytes;
		struct screen_row row = {
			.held = held,
			.growth = (int64_t)(held - held_before(old, n_before, process->pid, held)),
			.count = totals->outstanding_blocks,
			.age_ns = facts_age_ns(result, process->start_ns),
			.id = process->pid,
			.fds = totals->fds,
			.threads = totals->threads,
		};

		if (process->end != END_RUNNING)
			continue;
		row.name = facts_printable(process_name(process));
		if (!row.name || vec_push(&screen->rows[VIEW_PROCESSES], row) < 0) {
			row_done(&row);
			return -ENOMEM;
		}
	}
	n = screen->rows[VIEW_PROCESSES].n - n_before;
	for (size_t i = 0; i < n_before; i++)
		row_done(&screen->rows[VIEW_PROCESSES].items[i]);
	if (n_before && n)
		memmove(screen->rows[VIEW_PROCESSES].items,
			screen->rows[VIEW_PROCESSES].items + n_before,
			n * sizeof(struct screen_row));
	screen->rows[VIEW_PROCESSES].n = n;
	return 0;
}

int screen_take(struct screen *screen, const struct result *result)
{
	int r;

	if (screen->paused)
		return 0;
	screen->totals = result->totals;
	vec_foreach(row, &screen->rows[VIEW_SITES])
		row_done(row);
	screen->rows[VIEW_SITES].n = 0;
	r = take_processes(screen, result);
	return r < 0 ? r : take_sites(screen, result);
}
