// SPDX-License-Identifier: BSD-2-Clause
/* The debug log: one flag per subsystem, the only process-wide state of leaktrace. */
#include "base/log.h"

#include <string.h>

static const char *const log_subsystem_names[_LOG_MAX] = {
	[LOG_LIBBPF] = "libbpf", [LOG_FEATURES] = "features", [LOG_ATTACH] = "attach",
	[LOG_EVENTS] = "events", [LOG_UNWIND] = "unwind",     [LOG_SYMBOLS] = "symbols",
};

static bool log_flags[_LOG_MAX];

static int log_enable_one(const char *name)
{
	bool all = strcmp(name, "all") == 0;
	bool found = all;

	for (int i = 0; i < _LOG_MAX; i++) {
		if (all || strcmp(name, log_subsystem_names[i]) == 0)
			found = log_flags[i] = true;
	}
	return found ? 0 : -EINVAL;
}

int log_enable(const char *list, struct diag *diag)
{
	_cleanup_free_ char *copy = strdup(list);
	char *save = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		if (log_enable_one(name) < 0) {
			diag_add(diag, -EINVAL, "--log does not know '%s'", name);
			return diag_hint(diag, "it knows: %s,all", log_names());
		}
	}
	return 0;
}

const char *log_names(void)
{
	return "libbpf,features,attach,events,unwind,symbols";
}

bool log_enabled(enum log_subsystem subsystem)
{
	return log_flags[subsystem];
}

void log_vdebug(enum log_subsystem subsystem, const char *format, va_list args)
{
	if (!log_flags[subsystem])
		return;
	fprintf(stderr, "[%s] ", log_subsystem_names[subsystem]);
	vfprintf(stderr, format, args);
	if (!*format || format[strlen(format) - 1] != '\n')
		fputc('\n', stderr);
}

void log_debug(enum log_subsystem subsystem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vdebug(subsystem, format, args);
	va_end(args);
}
