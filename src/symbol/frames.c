// SPDX-License-Identifier: BSD-2-Clause
/* Frames under construction: see frames.h. */
#include "symbol/frames.h"

#include <limits.h>

#include "base/str.h"
#include "symbol/demangle.h"

void frames_clear(struct frames *frames)
{
	vec_foreach(frame, &frames->list) {
		free((char *)frame->function);
		free((char *)frame->file);
		free((char *)frame->directory);
	}
	frames->list.n = 0;
}

void frames_done(struct frames *frames)
{
	frames_clear(frames);
	vec_done(&frames->list);
}

/* A printable copy of a path, or NULL for none; -ENOMEM. */
static int path_copy(const char *from, char **ret_path)
{
	*ret_path = NULL;
	if (!from || from[0] == '\0')
		return 0;
	*ret_path = strndup(from, PATH_MAX);
	if (!*ret_path)
		return -ENOMEM;
	str_sanitize(*ret_path);
	return 0;
}

int frames_add(struct frames *frames, const struct frame *frame)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *file = NULL;
	_cleanup_free_ char *directory = NULL;

	if (frame->function && frame->function[0] != '\0') {
		name = demangle_name(frame->function);
		if (!name)
			return -ENOMEM;
	}
	if (path_copy(frame->file, &file) < 0 || path_copy(frame->directory, &directory) < 0 ||
	    vec_reserve(&frames->list, 1) < 0)
		return -ENOMEM;
	frames->list.items[frames->list.n++] = (struct frame){
		.function = name,
		.file = file,
		.line = file ? frame->line : 0,
		.inlined = frame->inlined,
		.directory = directory,
	};
	TAKE_PTR(name);
	TAKE_PTR(file);
	TAKE_PTR(directory);
	return 0;
}
