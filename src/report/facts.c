// SPDX-License-Identifier: BSD-2-Clause
/* Derived facts that the formats share: see facts.h. */
#include "report/facts.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

char *facts_printable(const char *foreign)
{
	char *copy = strdup(foreign);

	if (copy)
		str_sanitize(copy);
	return copy;
}

const struct frame *facts_frames(const struct result *result, const struct place *place,
				 size_t *ret_n)
{
	static const struct frame unknown;
	const struct symbol *symbol = NULL;

	if (result->symbols)
		symbol = symbols_find(result->symbols, place);
	if (!symbol || symbol->n_frames == 0) {
		*ret_n = 1;
		return &unknown;
	}
	*ret_n = symbol->n_frames;
	return symbol->frames;
}

const struct module *facts_module(const struct result *result, const struct place *place)
{
	const struct module *module = modules_get(result->modules, place->module);

	return module->kind == MODULE_NONE ? NULL : module;
}

const char *facts_function(const struct result *result, uint32_t stack)
{
	const struct stack *places = stacks_get(result->stacks, stack);
	const struct frame *frames;
	size_t n;

	if (places->n == 0)
		return NULL;
	frames = facts_frames(result, stacks_place(result->stacks, places, 0), &n);
	return frames[n - 1].function;
}

uint64_t facts_age_ns(const struct result *result, uint64_t then_ns)
{
	return then_ns < result->now_ns ? result->now_ns - then_ns : 0;
}

char *facts_frame_name(const struct result *result, const struct place *place,
		       const struct frame *frame)
{
	const struct module *module = facts_module(result, place);
	_cleanup_free_ char *path = NULL;

	if (frame->function)
		return facts_printable(frame->function);
	path = facts_printable(module ? module->path : "[unknown]");
	return path ? str_printf("%s+0x%" PRIx64, str_basename(path), place->offset) : NULL;
}

char *facts_where(const struct result *result, uint32_t stack)
{
	const struct stack *places = stacks_get(result->stacks, stack);
	_cleanup_free_ char *name = NULL, *file = NULL;
	const struct place *place;
	const struct frame *frames;
	size_t n;

	if (places->n == 0)
		return strdup("stack not known");
	place = stacks_place(result->stacks, places, 0);
	frames = facts_frames(result, place, &n);
	name = facts_frame_name(result, place, &frames[0]);
	if (!name || !frames[0].file || !frames[0].line)
		return TAKE_PTR(name);
	file = facts_printable(frames[0].file);
	return file ? str_printf("%s %s:%" PRIu32, name, file, frames[0].line) : NULL;
}

const char *facts_in_tree(const struct frame *frame, const char *tree)
{
	const char *file = frame->file;
	size_t n = tree ? strlen(tree) : 0;

	if (!file || !frame->line)
		return NULL;
	/* A relative name is what the compiler was given, mostly from the top of the project. */
	if (*file != '/')
		return str_starts_with(file, "../") ? NULL : file;
	if (!n || !str_starts_with(file, tree) || file[n] != '/')
		return NULL;
	return file + n + 1;
}

/* The words of a command with blanks between them. */
static char *command_text(char *const *command)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	if (!to)
		return NULL;
	for (char *const *word = command; *word; word++)
		fprintf(to, "%s%s", word == command ? "" : " ", *word);
	if (ferror(to) | fclose(to)) {
		free(text);
		return NULL;
	}
	str_sanitize(text);
	return text;
}

char *facts_what(const struct result *result)
{
	const struct process *process = result->processes.items;
	_cleanup_free_ char *name = NULL;

	if (result->command)
		return command_text(result->command);
	if (result->mode == MODE_SYSTEM)
		return strdup("all processes");
	if (result->processes.n != 1)
		return str_printf("%zu processes", facts_n_processes(result));
	name = facts_printable(process_name(process));
	return name ? str_printf("pid %" PRIu32 " (%s)", process->pid, name) : NULL;
}

size_t facts_n_processes(const struct result *result)
{
	size_t n = 0;

	vec_foreach(process, &result->processes)
		n += process->end == END_EXEC ? 0 : process->n_merged ?: 1;
	/* Between an exec and the first sign of the new image there may be none. */
	return n || result->processes.n == 0 ? n : 1;
}

int facts_exit_status(const struct result *result, const struct report_options *options)
{
	bool failed = result->leaks || (options->strict && result->verdict == VERDICT_INCOMPLETE);

	return result->exit_status == 0 && failed ? options->error_exitcode : result->exit_status;
}

/* A global: by name where its symbol is known, else by its place in the file. */
static char *root_global(const struct result *result, const struct root_place *root)
{
	const struct place place = { .module = root->module,
				     .flags = PLACE_DATA,
				     .offset = root->offset };
	const struct symbol *symbol = symbols_find(result->symbols, &place);
	const struct module *module = facts_module(result, &place);
	_cleanup_free_ char *path = facts_printable(module ? module->path : "?");
	_cleanup_free_ char *name = NULL;

	if (!path)
		return NULL;
	if (!root->module)
		return str_printf("global data at 0x%" PRIx64, root->address);
	if (!symbol || !symbol->frames[0].function)
		return str_printf("global data of %s+0x%" PRIx64, str_basename(path), root->offset);
	name = facts_printable(symbol->frames[0].function);
	return name ? str_printf("%s (%s+0x%" PRIx64 ")", name, str_basename(path), root->offset) :
		      NULL;
}

char *facts_root(const struct result *result, const struct root_place *root)
{
	switch (root->kind) {
	case ROOT_GLOBAL:
		return root_global(result, root);
	case ROOT_STACK:
		return str_printf("the stack of thread %" PRIi32, root->tid);
	case ROOT_REGISTER:
		return str_printf("register %s of thread %" PRIi32, root->name, root->tid);
	case ROOT_THREAD:
		return str_printf("data of thread %" PRIi32, root->tid);
	case ROOT_MAPPING:
		return str_printf("mapped memory at 0x%" PRIx64, root->address);
	case ROOT_APART:
		return str_printf("mapped memory at 0x%" PRIx64 ", to which nothing leads",
				  root->address);
	case ROOT_TEARDOWN:
		return str_printf("something that the program released only to end");
	case ROOT_UNKNOWN:
		return str_printf("older memory at 0x%" PRIx64, root->address);
	default:
		return str_printf("nothing");
	}
}
