// SPDX-License-Identifier: BSD-2-Clause
/* Derived facts that the formats share: see facts.h. */
#include "report/facts.h"

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

uint64_t facts_age_ns(const struct result *result, uint64_t then_ns)
{
	return then_ns < result->now_ns ? result->now_ns - then_ns : 0;
}

size_t facts_n_processes(const struct result *result)
{
	size_t n = 0;

	vec_foreach(process, &result->processes)
		n += process->end != END_EXEC;
	/* Between an exec and the first sign of the new image there may be none. */
	return n || result->processes.n == 0 ? n : 1;
}

int facts_exit_status(const struct result *result, const struct report_options *options)
{
	bool failed = result->leaks || (options->strict && result->verdict == VERDICT_INCOMPLETE);

	return result->exit_status == 0 && failed ? options->error_exitcode : result->exit_status;
}
