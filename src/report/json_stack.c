// SPDX-License-Identifier: BSD-2-Clause
/* Stacks in JSON reports: see json_stack.h. */
#include "report/json_stack.h"

#include <errno.h>

#include "base/str.h"
#include "report/facts.h"
#include "report/json_value.h"

static json_t *json_build_id(const struct module *module)
{
	_cleanup_free_ char *hex = NULL;

	if (!module || module->build_id_bytes == 0)
		return json_null();
	hex = str_hex(module->build_id, module->build_id_bytes);
	return hex ? json_string(hex) : NULL;
}

static json_t *json_frame(const struct result *result, const struct place *place,
			  const struct frame *frame)
{
	const struct module *module = facts_module(result, place);
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "function", json_text(frame->function));
	bad |= json_object_set_new(object, "file", json_text(frame->file));
	bad |= json_object_set_new(object, "directory", json_text(frame->directory));
	bad |= json_object_set_new(object, "line", json_u64_or_null(frame->line, frame->line != 0));
	bad |= json_object_set_new(object, "module", json_text(module ? module->path : NULL));
	bad |= json_object_set_new(object, "build_id", json_build_id(module));
	bad |= json_object_set_new(object, "offset", json_hex(place->offset));
	bad |= json_object_set_new(object, "inlined", json_boolean(frame->inlined));
	bad |= json_object_set_new(object, "language", json_string("native"));
	return json_checked(object, bad);
}

/* The frames of a place, innermost first: several if functions were inlined there. */
static json_t *json_place(const struct result *result, const struct place *place)
{
	json_t *array = json_array();
	size_t n;
	const struct frame *frames = facts_frames(result, place, &n);
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= json_array_append_new(array, json_frame(result, place, &frames[i]));
	return json_checked(array, bad);
}

json_t *json_stack(const struct result *result, const struct stack *stack)
{
	json_t *array = json_array();
	int bad = 0;

	for (uint32_t i = 0; i < stack->n; i++) {
		json_t *frames = json_place(result, stacks_place(result->stacks, stack, i));

		bad |= json_array_extend(array, frames);
		json_decref(frames);
	}
	return json_checked(array, bad);
}

int json_places_init(struct json_places *places, const struct result *result)
{
	places->result = result;
	places->n = result->stacks->places.n;
	places->texts = calloc(places->n + 1, sizeof(*places->texts));
	return places->texts ? 0 : -ENOMEM;
}

void json_places_done(struct json_places *places)
{
	for (size_t i = 0; places->texts && i < places->n; i++)
		free(places->texts[i]);
	free(places->texts);
}

/* The elements of ARRAY without its brackets; NULL without memory, which json_dumps() may miss. */
static char *json_elements(json_t *array)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);
	int bad;

	if (!to)
		return NULL;
	bad = json_dumpf(array, to, JSON_COMPACT | JSON_EMBED);
	if (fclose(to) == 0 && bad == 0)
		return text;
	free(text);
	return NULL;
}

/* The frames of the place I of STACK as text; NULL without memory. */
static const char *json_places_get(struct json_places *places, const struct stack *stack,
				   uint32_t i)
{
	char **text = &places->texts[stack->places[i]];
	json_t *frames;

	if (*text)
		return *text;
	frames = json_place(places->result, stacks_place(places->result->stacks, stack, i));
	*text = frames ? json_elements(frames) : NULL;
	json_decref(frames);
	return *text;
}

int json_places_write(struct json_places *places, const struct stack *stack, FILE *to)
{
	fputc('[', to);
	for (uint32_t i = 0; i < stack->n; i++) {
		const char *frames = json_places_get(places, stack, i);

		if (!frames)
			return -ENOMEM;
		if (i)
			fputc(',', to);
		fputs(frames, to);
	}
	fputc(']', to);
	return 0;
}
