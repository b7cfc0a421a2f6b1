// SPDX-License-Identifier: BSD-2-Clause
/*
 * Demangling with libiberty. Names come from foreign files, and a short mangled name can stand
 * for an endless text (each substitution may double it): so the text is taken piece by piece, and
 * the demangler is left by a long jump once there is enough. It holds no memory at that point:
 * the callback interfaces keep everything on the stack.
 */
#include "symbol/demangle.h"

#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "base/str.h"

/* Far beyond what libiberty's recursion limit lets through; saves it the look at longer ones. */
enum { MANGLED_MAX_BYTES = 4096 };

static const char ellipsis[] = "...";

struct demangle_text {
	jmp_buf full;
	size_t n;
	char text[DEMANGLE_MAX_BYTES + 1];
};

static void demangle_append(const char *piece, size_t n, void *arg)
{
	struct demangle_text *to = arg;
	size_t room = DEMANGLE_MAX_BYTES - to->n;

	if (n == 0)
		return; /* and PIECE may be NULL */
	memcpy(to->text + to->n, piece, n < room ? n : room);
	to->n += n < room ? n : room;
	if (n > room)
		longjmp(to->full, 1);
}

static void demangle_shorten(char text[DEMANGLE_MAX_BYTES + 1])
{
	memcpy(text + DEMANGLE_MAX_BYTES - (sizeof(ellipsis) - 1), ellipsis, sizeof(ellipsis));
}

/* Fills TO->text; false if NAME is not mangled or too long to be sure of. */
static bool demangle_into(const char *name, struct demangle_text *to)
{
	if (setjmp(to->full)) {
		demangle_shorten(to->text);
		return true;
	}
	to->n = 0;
	/* Rust first: its older scheme is a valid C++ name with a hash at the end. */
	if (!rust_demangle_callback(name, DMGL_PARAMS, demangle_append, to)) {
		to->n = 0;
		if (!cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_RET_DROP, demangle_append,
						to))
			return false;
	}
	to->text[to->n] = '\0';
	return to->n > 0;
}

bool demangle_is_mangled(const char *name)
{
	return str_starts_with(name, "_Z") || str_starts_with(name, "_R");
}

char *demangle_name(const char *name)
{
	struct demangle_text text;
	char *copy;

	if (demangle_is_mangled(name) && strnlen(name, MANGLED_MAX_BYTES) < MANGLED_MAX_BYTES &&
	    demangle_into(name, &text)) {
		copy = strdup(text.text);
	} else {
		copy = strndup(name, DEMANGLE_MAX_BYTES);
		if (copy && name[strnlen(name, DEMANGLE_MAX_BYTES)] != '\0')
			demangle_shorten(copy);
	}
	if (copy)
		str_sanitize(copy);
	return copy;
}
