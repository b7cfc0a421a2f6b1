// SPDX-License-Identifier: BSD-2-Clause
/* Sentences for the user, collected by the stages and printed by cmd/. */
#include "base/diag.h"

#include <stdarg.h>

static void diag_line_done(struct diag_line *line)
{
	free(line->text);
	free(line->hint);
}

void diag_done(struct diag *diag)
{
	vec_foreach(line, &diag->lines)
		diag_line_done(line);
	vec_done(&diag->lines);
}

int diag_add(struct diag *diag, int code, const char *format, ...)
{
	struct diag_line line = { .code = code };
	va_list args;
	int n;

	if (!diag)
		return code;
	va_start(args, format);
	n = vasprintf(&line.text, format, args);
	va_end(args);
	if (n < 0)
		return code;
	if (vec_push(&diag->lines, line) < 0)
		free(line.text);
	return code;
}

int diag_hint(struct diag *diag, const char *format, ...)
{
	struct diag_line *line;
	va_list args;

	if (!diag || !diag->lines.n)
		return 0;
	line = &diag->lines.items[diag->lines.n - 1];
	free(line->hint);
	va_start(args, format);
	if (vasprintf(&line->hint, format, args) < 0)
		line->hint = NULL;
	va_end(args);
	return line->code;
}

void diag_move(struct diag *to, struct diag *from)
{
	vec_foreach(line, &from->lines) {
		if (vec_push(&to->lines, *line) < 0)
			diag_line_done(line);
	}
	from->lines.n = 0;
}

void diag_print(struct diag *diag, FILE *to)
{
	vec_foreach(line, &diag->lines) {
		fprintf(to, "leaktrace: %s\n", line->text);
		if (line->hint)
			fprintf(to, "           %s\n", line->hint);
		diag_line_done(line);
	}
	diag->lines.n = 0;
}
