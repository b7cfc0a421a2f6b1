/* SPDX-License-Identifier: BSD-2-Clause */
/* What an address space maps: counted references, as an image and a pid share it. */
#ifndef LT_COLLECT_IMAGE_MAPS_H
#define LT_COLLECT_IMAGE_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "leaktrace/abi.h"
#include "model/mappings.h"

struct images;
struct image_module;

/* What an address space maps; shared by its image and by the pid that is still running in it. */
struct image_maps {
	unsigned n_users;
	struct mappings *mappings;
	uint32_t exe;	       /* module of the program, 0: not known */
	const char *allocator; /* name of the first allocator seen, or NULL */
	const char *missing;   /* why there is none in the program; NULL: it has one */
	const char *hides;     /* what of its objects no allocator gives; NULL: nothing known */
	uint32_t allocator_module;
	bool served;	 /* a traced process has them: probes and tables are made for its files */
	bool has_loader; /* it runs nothing new before lt_space.loaded_ns is set */
	bool loader_is_late; /* but it was there before it was probed: who knows */
	uint64_t n_late;     /* see image_maps_n_late() */
	uint64_t n_unsure;   /* so many more if it never waits after UNSURE_NS */
	uint64_t unsure_ns;
};

/* Empty; NULL without memory. */
struct image_maps *image_maps_new(void);

/* What a forked child starts with; NULL without memory. */
struct image_maps *image_maps_copy(const struct image_maps *maps);

/* NULL is allowed. */
struct image_maps *image_maps_ref(struct image_maps *maps);
void image_maps_unref(struct image_maps *maps);

/* A file that was mapped at TIME_NS got its probes later; not while a process is attached to. */
void image_maps_note_late(const struct images *images, struct image_maps *maps,
			  const struct image_module *module, uint64_t time_ns,
			  const struct lt_space *spaces);

/*
 * Files whose functions were probed only after they could be called, in a space with this
 * loaded_ns.
 */
uint64_t image_maps_n_late(const struct image_maps *maps, uint64_t loaded_ns);

#endif
