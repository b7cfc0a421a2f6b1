// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of the flight recorder's samples: see flight_stacks.h. */
#include "collect/flight_stacks.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "collect/procfs.h"

/* A process that maps and unmaps all the time is not read all the time. */
#define READ_AGAIN_NS (200ull * 1000000)

struct reading {
	const struct flight_options *options;
	struct mappings *mappings;
	pid_t pid;
};

static int reading_module(struct reading *reading, const struct procfs_mapping *from,
			  struct module **ret_module)
{
	_cleanup_free_ char *anon = NULL;

	if (from->path[0] == '/')
		return modules_intern(reading->options->modules, MODULE_FILE, from->path, NULL, 0,
				      ret_module);
	if (strcmp(from->path, "[vdso]") == 0)
		return modules_intern(reading->options->modules, MODULE_VDSO, "[vdso]", NULL, 0,
				      ret_module);
	anon = str_printf("[anon:%d]", (int)reading->pid);
	return anon ? modules_intern(reading->options->modules, MODULE_ANON, anon, NULL, 0,
				     ret_module) :
		      -ENOMEM;
}

static int reading_add(void *data, const struct procfs_mapping *from)
{
	struct reading *reading = data;
	struct mapping mapping = { .start = from->start, .end = from->end, .offset = from->offset };
	struct module *module;
	int r = reading_module(reading, from, &module);

	if (r < 0)
		return r;
	mapping.module = module->id;
	if (module->kind == MODULE_FILE)
		reading->options->module_mapped(reading->options->data, module, reading->pid);
	return mappings_add(reading->mappings, &mapping);
}

/* Keeps the old mappings when the process is gone already. */
static void maps_read(const struct flight_options *options, struct flight_maps *maps, pid_t pid,
		      uint64_t now_ns)
{
	struct reading reading = { options, mappings_new(), pid };

	maps->read_ns = now_ns;
	if (!reading.mappings)
		return;
	if (procfs_mappings(pid, reading_add, &reading) < 0 || reading.mappings->list.n == 0) {
		mappings_unref(reading.mappings);
		return;
	}
	if (maps->mappings)
		mappings_unref(maps->mappings);
	maps->mappings = reading.mappings;
}

static struct place place_of(const struct flight_options *options, const struct mappings *mappings,
			     uint64_t pc)
{
	struct place place = { .offset = pc & ~LT_PC_SIGNAL,
			       .flags = pc & LT_PC_SIGNAL ? PLACE_SIGNAL : 0 };
	const struct mapping *mapping = mappings_find(mappings, place.offset);

	if (!mapping)
		return place;
	place.module = mapping->module;
	if (modules_get(options->modules, mapping->module)->kind != MODULE_ANON)
		place.offset += mapping->offset - mapping->start;
	return place;
}

/* Unwinds; returns whether all of it was in what is mapped. */
static bool unwind(const struct flight_options *options, const struct flight_maps *maps,
		   const struct lt_rec_sample *sample, uint32_t *ret_stack)
{
	enum lt_stack_end end = LT_STACK_UNREADABLE;
	struct place places[LT_MAX_FRAMES];
	uint64_t pcs[LT_MAX_FRAMES];
	struct stack *stack;
	bool known = true;
	enum stack_end how;
	size_t n = options->unwind_raw(options->data, maps->mappings, &sample->raw, pcs,
				       LT_MAX_FRAMES, &end);

	for (size_t i = 0; i < n; i++) {
		places[i] = place_of(options, maps->mappings, pcs[i]);
		known &= places[i].module != 0;
	}
	how = end == LT_STACK_COMPLETE	    ? STACK_COMPLETE :
	      end == LT_STACK_FRAME_POINTER ? STACK_FRAME_POINTER :
	      end == LT_STACK_TRUNCATED	    ? STACK_TRUNCATED :
	      end == LT_STACK_UNREADABLE    ? STACK_UNREADABLE :
					      STACK_UNKNOWN_CODE;
	*ret_stack = 0;
	if (n && stacks_intern(options->stacks, places, n, how, &stack) == 0)
		*ret_stack = stack->id;
	return known && n > 0;
}

/* Is the code that runs in none of the mappings? Then something has been mapped since. */
static bool is_news(const struct flight_maps *maps, const struct lt_rec_sample *sample)
{
	return !maps->mappings || !mappings_find(maps->mappings, sample->raw.regs.ip);
}

void flight_stacks_prepare(const struct flight_options *options, struct flight_maps *maps,
			   const struct lt_rec_sample *sample)
{
	if (is_news(maps, sample) || sample->event.type != LT_REC_GROWTH)
		maps_read(options, maps, (pid_t)sample->event.pid, sample->event.time_ns);
}

uint32_t flight_stacks_get(const struct flight_options *options, struct flight_maps *maps,
			   const struct lt_rec_sample *sample, size_t n_bytes)
{
	uint64_t now_ns = sample->event.time_ns;
	pid_t pid = (pid_t)sample->event.pid;
	uint32_t stack = 0;

	if (n_bytes < sizeof(*sample) || n_bytes - sizeof(*sample) < sample->raw.n_bytes)
		return 0;
	if (!maps->mappings)
		maps_read(options, maps, pid, now_ns);
	if (!maps->mappings || unwind(options, maps, sample, &stack) ||
	    now_ns < maps->read_ns + READ_AGAIN_NS)
		return stack;
	/* dlopen, or an exec that has gone on since. */
	maps_read(options, maps, pid, now_ns);
	unwind(options, maps, sample, &stack);
	return stack;
}

void flight_maps_done(struct flight_maps *maps)
{
	if (maps->mappings)
		mappings_unref(maps->mappings);
	maps->mappings = NULL;
}
