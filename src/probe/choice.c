// SPDX-License-Identifier: BSD-2-Clause
/* Patterns of names become states and transitions: see struct lt_glob. */
#include "probe/choice.h"

#include <errno.h>
#include <string.h>

enum { MAX_ELEMENTS = 63 };

/* The next element of a pattern: sets the characters it stands for; where it ends, or NULL. */
static const char *element_parse(const char *text, bool characters[256])
{
	bool negated = false;

	memset(characters, 0, 256);
	if (*text == '\\' && text[1])
		text++;
	else if (*text == '?')
		return memset(characters, 1, 256), text + 1;
	if (*text != '[')
		return characters[(uint8_t)*text] = true, text + 1;
	text++;
	if (*text == '!' || *text == '^') {
		negated = true;
		text++;
	}
	do {
		uint8_t first = (uint8_t)*text, last = first;

		if (!*text || *text == ',')
			return NULL;
		if (text[1] == '-' && text[2] && text[2] != ']') {
			last = (uint8_t)text[2];
			text += 2;
		}
		for (unsigned c = first; c <= last; c++)
			characters[c] = true;
		text++;
	} while (*text != ']');
	for (unsigned c = 0; c < 256; c++)
		characters[c] ^= negated;
	return text + 1;
}

/* One pattern, up to a comma or the end, from state *BIT on. NULL if it is wrong or too long. */
static const char *pattern_parse(const char *text, struct lt_glob *glob, unsigned *bit)
{
	glob->starts |= 1ull << *bit;
	while (*text && *text != ',') {
		bool characters[256];

		if (*text == '*') {
			glob->stars |= 1ull << *bit;
			text++;
			continue;
		}
		text = element_parse(text, characters);
		if (!text || *bit >= MAX_ELEMENTS)
			return NULL;
		for (unsigned c = 0; c < 256; c++)
			glob->elements[c] |= (uint64_t)characters[c] << *bit;
		(*bit)++;
	}
	glob->accepts |= 1ull << *bit;
	return text;
}

static int glob_compile(const char *option, const char *text, struct lt_glob *glob,
			struct diag *diag)
{
	unsigned bit = 0;

	while (text && *text) {
		if (bit > MAX_ELEMENTS || !(text = pattern_parse(text, glob, &bit)))
			return diag_add(diag, -EINVAL,
					"%s: a '[' is not closed, or the patterns have more than "
					"%d characters together",
					option, (int)MAX_ELEMENTS);
		/* The last state of a pattern leads nowhere: the next begins with its own. */
		bit++;
		text += *text == ',';
	}
	return 0;
}

int choice_compile(const struct choice_request *request, struct lt_choice *ret, struct diag *diag)
{
	int r;

	*ret = (struct lt_choice){ .wanted = 1,
				   .self = (uint32_t)request->self,
				   .has_uid = request->has_uid,
				   .uid = request->uid,
				   .mount_ns = request->mount_ns,
				   .pid_ns = request->pid_ns,
				   .cgroup = request->cgroup,
				   .hierarchy = request->hierarchy };
	r = glob_compile("--comm", request->include, &ret->include, diag);
	return r < 0 ? r : glob_compile("--exclude", request->exclude, &ret->exclude, diag);
}

static bool glob_matches(const struct lt_glob *glob, const char *name)
{
	uint64_t states = glob->starts;

	for (int i = 0; i < LT_MAX_COMM - 1 && name[i]; i++)
		states = lt_glob_step(glob, states, (uint8_t)name[i]);
	return states & glob->accepts;
}

bool choice_name_matches(const struct lt_choice *choice, const char *name)
{
	if (choice->include.starts && !glob_matches(&choice->include, name))
		return false;
	return !choice->exclude.starts || !glob_matches(&choice->exclude, name);
}
