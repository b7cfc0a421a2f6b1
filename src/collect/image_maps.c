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

/* The space of the image that has them, NULL if there is none any more. */
static const struct lt_space *maps_space(const struct images *images, const struct image_maps *maps,
					 const struct lt_space *spaces)
{
	for (uint32_t i = 0; i < LT_MAX_SPACES; i++) {
		const struct image *image = images->by_space[i];

		if (image && image->maps == maps)
			return &spaces[i];
	}
	return NULL;
}

void image_maps_note_late(const struct images *images, struct image_maps *maps,
			  const struct image_module *module, uint64_t time_ns,
			  const struct lt_space *spaces)
{
	const struct lt_space *space = maps_space(images, maps, spaces);
	uint64_t loaded_ns = space ? __atomic_load_n(&space->loaded_ns, __ATOMIC_ACQUIRE) : 0;

	/* It has waited for the probes; or it was attached to later. */
	if (loaded_ns > module->probed_ns || (space && time_ns < space->start_ns))
		return;
	maps->loader_is_late |= module->loader;
	if (!module->attached)
		return;
	if (loaded_ns > time_ns || !space) {
		maps->n_late++;
		return;
	}
	maps->n_unsure++;
	if (maps->unsure_ns < module->probed_ns)
		maps->unsure_ns = module->probed_ns;
}

uint64_t image_maps_n_late(const struct image_maps *maps, uint64_t loaded_ns)
{
	/* With a loader that was probed in time, it has not run since. */
	bool has_waited =
		loaded_ns > maps->unsure_ns || (maps->has_loader && !maps->loader_is_late);

	return maps->n_late + (has_waited ? 0 : maps->n_unsure);
}
