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
	}
	frames->list.n = 0;
}

void frames_done(struct frames *frames)
{
	frames_clear(frames);
	vec_done(&frames->list);
}

int frames_add(struct frames *frames, const char *function, const char *file, uint32_t line,
	       bool inlined)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *path = NULL;

	if (function && function[0] != '\0') {
		name = demangle_name(function);
		if (!name)
			return -ENOMEM;
	}
	if (file && file[0] != '\0') {
		path = strndup(file, PATH_MAX);
		if (!path)
			return -ENOMEM;
		str_sanitize(path);
	}
	if (vec_reserve(&frames->list, 1) < 0)
		return -ENOMEM;
	frames->list.items[frames->list.n++] = (struct frame){
		.function = TAKE_PTR(name),
		.file = TAKE_PTR(path),
		.line = file ? line : 0,
		.inlined = inlined,
	};
	return 0;
}
