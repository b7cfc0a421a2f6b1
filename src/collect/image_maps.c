// SPDX-License-Identifier: BSD-2-Clause
/* What an address space maps, for its image and for the pid that runs in it: see image_maps.h. */
#include "collect/image_maps.h"

#include <stdlib.h>

#include "collect/images.h"

struct image_maps *image_maps_new(void)
{
	struct image_maps *maps = calloc(1, sizeof(*maps));

	if (!maps)
		return NULL;
	maps->n_users = 1;
	maps->mappings = mappings_new();
	if (!maps->mappings) {
		free(maps);
		return NULL;
	}
	return maps;
}

struct image_maps *image_maps_ref(struct image_maps *maps)
{
	if (maps)
		maps->n_users++;
	return maps;
}

void image_maps_unref(struct image_maps *maps)
{
	if (!maps || --maps->n_users)
		return;
	mappings_unref(maps->mappings);
	free(maps);
}

struct image_maps *image_maps_copy(const struct image_maps *maps)
{
	struct image_maps *copy = image_maps_new();
	struct mappings *mappings = copy ? mappings_copy(maps->mappings) : NULL;

	if (!mappings)
		return image_maps_unref(copy), NULL;
	mappings_unref(copy->mappings);
	copy->mappings = mappings;
	copy->exe = maps->exe;
	copy->allocator = maps->allocator;
	copy->missing = maps->missing;
	copy->hides = maps->hides;
	copy->allocator_module = maps->allocator_module;
	copy->served = maps->served;
	copy->has_loader = maps->has_loader;
	return copy;
}

/* Has the loader let the process run what it mapped at TIME_NS? True if nobody can tell. */
static bool have_run(const struct images *images, const struct image_maps *maps, uint64_t time_ns,
		     const struct lt_space *spaces)
{
	for (uint32_t i = 0; i < LT_MAX_SPACES; i++) {
		const struct image *image = images->by_space[i];

		if (image && image->maps == maps)
			return __atomic_load_n(&spaces[i].loaded_ns, __ATOMIC_ACQUIRE) > time_ns;
	}
	return true;
}

void image_maps_note_late(const struct images *images, struct image_maps *maps, bool is_program,
			  uint64_t time_ns, const struct lt_space *spaces)
{
	bool has_run = have_run(images, maps, time_ns, spaces);

	/* The kernel maps the program first, and then its loader, before any of it runs. */
	if (is_program && !maps->has_loader) {
		maps->program_is_late = true;
		maps->program_has_run = has_run;
	} else if (has_run || !maps->has_loader) {
		maps->n_late++;
	}
}

uint64_t image_maps_n_late(const struct image_maps *maps)
{
	bool program = maps->program_is_late && (maps->program_has_run || !maps->has_loader);

	return maps->n_late + program;
}
