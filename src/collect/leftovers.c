// SPDX-License-Identifier: BSD-2-Clause
/* Forgetting what is of no use any more: see leftovers.h. */
#include "collect/leftovers.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "collect/image_tables.h"

enum {
	MAX_SITES = 32768, /* of ended processes; half of them stay */
	/* Fewer are no trouble: */
	MIN_STACKS = 8192,
	MIN_MODULES = 512,
};

struct cutoff {
	const struct result *result;
	uint64_t end_ns;
};

static uint64_t end_of(const struct result *result, const struct site *site)
{
	return result->processes.items[site->key.process].end_ns;
}

static bool is_recent(const void *data, const struct site *site)
{
	const struct cutoff *cutoff = data;

	return end_of(cutoff->result, site) > cutoff->end_ns;
}

/* Sites of one process go together; those of the last one to end stay. */
static void drop_sites(struct holdings *holdings)
{
	struct result *result = holdings->options.images->options.result;
	struct sites *ended = &holdings->ended;
	struct cutoff cutoff = { .result = result };
	uint64_t last_ns = 0;

	if (result->mode != MODE_SYSTEM || ended->items.n <= MAX_SITES)
		return;
	vec_foreach(site, &ended->items) {
		uint64_t end_ns = end_of(result, *site);

		last_ns = end_ns > last_ns ? end_ns : last_ns;
	}
	cutoff.end_ns = end_of(result, ended->items.items[ended->items.n / 2]);
	if (cutoff.end_ns >= last_ns)
		cutoff.end_ns = last_ns - 1;
	result->n_sites_forgotten += sites_keep(ended, is_recent, &cutoff);
}

/* The same for the peaks, which are in the order in which the processes ended. */
static void drop_peaks(struct holdings *holdings)
{
	struct result *result = holdings->options.images->options.result;
	struct peak_part *items = holdings->peaks.items.items;
	size_t n = holdings->peaks.items.n, first = n / 2;

	if (result->mode != MODE_SYSTEM || n <= MAX_SITES)
		return;
	while (first < n && items[first].process == items[first - 1].process)
		first++;
	/* All of it is of the last one. */
	if (first == n)
		return;
	memmove(items, items + first, (n - first) * sizeof(*items));
	holdings->peaks.items.n = n - first;
	result->n_sites_forgotten += first;
}

/* What is referred to; where one of the two is NULL, nobody asks. */
struct in_use {
	struct stacks *stacks;
	bool *processes; /* by place in the result */
};

static void use(const struct in_use *in_use, uint32_t process, uint32_t stack)
{
	if (in_use->stacks)
		stacks_keep(in_use->stacks, stack);
	if (in_use->processes)
		in_use->processes[process] = true;
}

static void use_of_sites(const struct in_use *in_use, const struct sites *sites)
{
	vec_foreach(site, &sites->items) {
		use(in_use, (*site)->key.process, (*site)->key.stack);
		for (uint32_t i = 0; i < (*site)->n_objects; i++)
			use(in_use, (*site)->key.process, (*site)->objects[i].routine);
	}
}

static void use_of_releases(const struct in_use *in_use, const struct releases *releases)
{
	vec_foreach(release, &releases->items)
		use(in_use, release->process, release->stack);
}

static void use_of_peaks(const struct in_use *in_use, const struct peaks *peaks)
{
	vec_foreach(part, &peaks->items)
		use(in_use, part->process, part->stack);
}

static void use_of_marks(const struct in_use *in_use, const struct marks *marks)
{
	struct mark_entry *entry, *next;

	HASH_ITER(hh, marks->entries, entry, next)
		use(in_use, entry->key.process, entry->key.stack);
}

static void use_of_images(const struct in_use *in_use, const struct images *images)
{
	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		const struct image *image = images->by_space[id];

		if (!image)
			continue;
		use(in_use, image->process, 0);
		vec_foreach(stack, &image->stacks)
			use(in_use, image->process, *stack);
		vec_foreach(thread, &image->threads.list)
			use(in_use, image->process, thread->routine);
	}
}

static void use_of_all(const struct in_use *in_use, const struct holdings *holdings)
{
	const struct images *images = holdings->options.images;
	const struct result *result = images->options.result;

	use_of_images(in_use, images);
	use_of_sites(in_use, &holdings->ended);
	use_of_sites(in_use, &holdings->last);
	use_of_sites(in_use, &result->sites);
	use_of_releases(in_use, &holdings->released);
	use_of_releases(in_use, &result->releases);
	use_of_peaks(in_use, &holdings->peaks);
	use_of_peaks(in_use, &result->peaks);
	use_of_marks(in_use, &result->marks);
}

/* Module 0 is that of no file, and stays. */
static void keep_of_maps(const struct modules *modules, const struct image_maps *maps)
{
	if (!maps)
		return;
	vec_foreach(mapping, &maps->mappings->list)
		modules_keep(modules, mapping->module);
	modules_keep(modules, maps->exe);
	modules_keep(modules, maps->allocator_module);
}

static void keep_of_roots(const struct modules *modules, const struct sites *sites)
{
	vec_foreach(site, &sites->items)
		modules_keep(modules, (*site)->root.module);
}

/*
 * Modules of which no process maps anything, and no stack leads through. What is recorded stays: a
 * recording has everything that it has named once.
 */
static void drop_modules(struct holdings *holdings)
{
	struct images *images = holdings->options.images;
	const struct images_options *options = &images->options;
	struct modules *modules = options->modules;
	struct image_pid *entry, *next;
	size_t n_gone;

	if (options->result->mode != MODE_SYSTEM || options->result->marks.is_recorded)
		return;
	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		if (images->by_space[id])
			keep_of_maps(modules, images->by_space[id]->maps);
	}
	HASH_ITER(hh, images->by_pid, entry, next)
		keep_of_maps(modules, entry->maps);
	vec_foreach(place, &options->stacks->places) {
		if (*place)
			modules_keep(modules, (*place)->place.module);
	}
	keep_of_roots(modules, &holdings->ended);
	keep_of_roots(modules, &holdings->last);
	keep_of_roots(modules, &options->result->sites);
	image_tables_drop(images);
	n_gone = modules_sweep(modules, options->module_gone, options->data);
	options->modules_gone(options->data);
	log_debug(LOG_EVENTS, "%zu modules are forgotten, %zu are in use", n_gone,
		  modules->items.n - 1);
}

static bool are_many(size_t n, size_t n_before, size_t min)
{
	return n >= min && n >= 2 * n_before;
}

/* Looking for what is referred to takes time: only when there is twice as much as was needed. */
static void drop_unused(struct holdings *holdings)
{
	struct images *images = holdings->options.images;
	struct stacks *stacks = images->options.stacks;
	const struct in_use in_use = { .stacks = stacks };
	const struct modules *modules = images->options.modules;

	if (!are_many(stacks->items.n, holdings->n_stacks, MIN_STACKS) &&
	    !are_many(modules->items.n, holdings->n_modules, MIN_MODULES))
		return;
	use_of_all(&in_use, holdings);
	stacks_sweep(stacks);
	drop_modules(holdings);
	holdings->n_stacks = stacks->items.n;
	holdings->n_modules = modules->items.n;
}

/* Without memory to find out what is in use, all stay. */
static void drop_processes(struct holdings *holdings)
{
	struct images *images = holdings->options.images;
	const struct result *result = images->options.result;
	_cleanup_free_ bool *processes = NULL;
	struct in_use in_use = { 0 };

	if (!retired_due(&images->retired, result))
		return;
	in_use.processes = processes = calloc(result->processes.n, sizeof(*processes));
	if (!processes)
		return;
	use_of_all(&in_use, holdings);
	if (retired_offer(&images->retired, result, processes) < 0)
		images->n_without_memory++;
}

void leftovers_drop(struct holdings *holdings)
{
	drop_sites(holdings);
	drop_peaks(holdings);
	drop_unused(holdings);
	drop_processes(holdings);
}
