// SPDX-License-Identifier: BSD-2-Clause
/*
 * CMake's language as far as generated files use it: NAME(ARGUMENT...), where an argument is
 * "quoted", [=[bracketed]=] or neither. Variables stay as they are written.
 */
#include "testrun/cmake_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARGUMENTS = 4096 };

static void arguments_clear(struct cmake_command *command)
{
	vec_foreach(argument, &command->arguments)
		free(*argument);
	command->arguments.n = 0;
}

void cmake_command_done(struct cmake_command *command)
{
	arguments_clear(command);
	vec_done(&command->arguments);
}

/* If "[=*[" is at AT, what ends it: "]=*]" with as many; 0: it is not. */
static size_t bracket_signs(const char *at)
{
	size_t n = at[0] == '[' ? strspn(at + 1, "=") : 0;

	return at[0] == '[' && at[n + 1] == '[' ? n + 1 : 0;
}

/* The end of the text in brackets that begins at AT with so many signs; NULL: it has none. */
static const char *bracket_end(const char *at, size_t signs)
{
	for (const char *end = strchr(at, ']'); end; end = strchr(end + 1, ']')) {
		if (strspn(end + 1, "=") == signs - 1 && end[signs] == ']')
			return end;
	}
	return NULL;
}

/* Spaces and comments. */
static const char *skip_blank(const char *at)
{
	for (;;) {
		size_t signs;

		at += strspn(at, " \t\r\n;");
		if (*at != '#')
			return at;
		signs = bracket_signs(at + 1);
		if (signs) {
			const char *end = bracket_end(at + 1 + signs + 1, signs);

			at = end ? end + signs + 1 : at + strlen(at);
		} else {
			at += strcspn(at, "\n");
		}
	}
}

static char unescaped(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

/* What is up to the quote, or to what ends an argument without quotes. */
static char *plain_read(const char **at, bool quoted)
{
	const char *from = *at;
	size_t n = 0;
	char *text, *to;

	while (from[n] && (quoted ? from[n] != '"' : !strchr(" \t\r\n;()#\"", from[n])))
		n += from[n] == '\\' && from[n + 1] ? 2 : 1;
	text = to = malloc(n + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		bool escape = from[i] == '\\' && i + 1 < n;

		/* At the end of a line in quotes it makes one line of two. */
		if (escape && quoted && from[i + 1] == '\n') {
			i++;
			continue;
		}
		*to++ = escape ? unescaped(from[++i]) : from[i];
	}
	*to = '\0';
	*at = from + n + (quoted && from[n]);
	return text;
}

/* The argument at *AT; *RET stays NULL where the text is broken. */
static int argument_read(const char **at, char **ret)
{
	size_t signs = bracket_signs(*at);

	if (signs) {
		const char *from = *at + signs + 1, *end = bracket_end(from, signs);

		if (!end)
			return 0;
		/* A line break right behind the opening is not a part of it. */
		from += from[0] == '\n';
		*ret = strndup(from, (size_t)(end - from));
		*at = end + signs + 1;
	} else {
		bool quoted = **at == '"';

		*at += quoted;
		*ret = plain_read(at, quoted);
	}
	return *ret ? 0 : -ENOMEM;
}

/* Up to the closing parenthesis. Returns as cmake_next_command(). */
static int arguments_read(const char **at, struct cmake_command *command)
{
	for (unsigned depth = 1; depth;) {
		char *argument = NULL;

		*at = skip_blank(*at);
		if (!**at || command->arguments.n >= MAX_ARGUMENTS)
			return 0;
		if (**at == '(' || **at == ')') {
			depth += **at == '(' ? 1 : -1u;
			++*at;
			continue;
		}
		if (argument_read(at, &argument) < 0)
			return -ENOMEM;
		if (!argument)
			return 0;
		if (vec_push(&command->arguments, argument) < 0) {
			free(argument);
			return -ENOMEM;
		}
	}
	return 1;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

int cmake_next_command(const char **at, struct cmake_command *command)
{
	const char *name = skip_blank(*at);
	size_t n = 0;

	arguments_clear(command);
	while (is_name(name[n]))
		n++;
	command->name[0] = '\0';
	if (n < sizeof(command->name)) {
		for (size_t i = 0; i < n; i++)
			command->name[i] = (char)tolower((unsigned char)name[i]);
		command->name[n] = '\0';
	}
	*at = skip_blank(name + n);
	if (n == 0 || **at != '(')
		return 0;
	++*at;
	return arguments_read(at, command);
}
