// SPDX-License-Identifier: BSD-2-Clause
/* mmap, munmap, mremap, brk, shmat, shmdt: see image_areas.h. */
#include "collect/image_areas.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "base/str.h"
#include "collect/callers.h"

/* Pages of the target: those of this machine. */
static uint64_t pages_up(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return bytes > UINT64_MAX - page ? 0 : (bytes + page - 1) & ~(page - 1);
}

/* The dynamic linker makes its calls itself. Where it is the C library as well, it is not asked. */
static bool is_loader(const struct images *images, const struct image *image, uint64_t ip)
{
	const struct mapping *mapping =
		image->maps ? mappings_find(image->maps->mappings, ip) : NULL;
	const char *path =
		mapping ? modules_get(images->options.modules, mapping->module)->path : NULL;

	return path && str_starts_with(str_basename(path), "ld-linux");
}

static enum area_owner call_owner(const struct images *images, const struct image *image,
				  const struct lt_event_mapping *call)
{
	if (call->in_allocator)
		return AREA_ALLOCATOR;
	if (is_loader(images, image, call->ip))
		return AREA_LOADER;
	/* As the C library makes them; those of coroutines can be used at once. */
	if (call->number == SYS_mmap && (call->args[3] & MAP_STACK) && call->args[2] == PROT_NONE)
		return AREA_THREAD;
	return AREA_PROGRAM;
}

static int add_area(const struct images *images, struct image *image,
		    const struct lt_event_mapping *call, uint64_t start, uint64_t bytes, bool fixed)
{
	struct area area = { .start = start,
			     .end = start + pages_up(bytes),
			     .birth_ns = call->event.time_ns,
			     .stack = call->stack,
			     .wrappers = call->number == SYS_brk ? 2 : 1,
			     .owner = call_owner(images, image, call) };

	/* A hostile size can only be a mistake of ours: the call has succeeded. */
	return area.end > area.start ? areas_map(image->areas, &area, fixed) : 0;
}

static int remove_area(struct image *image, uint64_t start, uint64_t bytes)
{
	uint64_t end = start + pages_up(bytes);

	return end > start ? areas_unmap(image->areas, start, end) : 0;
}

static int apply_mremap(const struct images *images, struct image *image,
			const struct lt_event_mapping *call)
{
	bool fixed = call->args[3] & MREMAP_FIXED;
	struct area_move move = { .from = call->args[0],
				  .from_bytes = pages_up(call->args[1]),
				  .to = call->result,
				  .to_bytes = pages_up(call->args[2]),
				  .fixed = fixed };
	int r;

	/* The old mapping stays as well: shared memory is mapped once more, or emptied. */
	if (move.from_bytes == 0 || (call->args[3] & MREMAP_DONTUNMAP))
		return add_area(images, image, call, call->result, call->args[2], fixed);
	r = areas_move(image->areas, &move);
	return r == -EINVAL ? 0 : r;
}

/* The end of the heap. Where it began is known from the first call, which only asks. */
static int apply_brk(const struct images *images, struct image *image,
		     const struct lt_event_mapping *call)
{
	uint64_t before = image->brk, now = call->result;

	image->brk = now;
	if (before && pages_up(now) > pages_up(before))
		return add_area(images, image, call, pages_up(before),
				pages_up(now) - pages_up(before), false);
	if (before && pages_up(now) < pages_up(before))
		return remove_area(image, pages_up(now), pages_up(before) - pages_up(now));
	return 0;
}

static int apply_shmat(const struct images *images, struct image *image,
		       const struct lt_event_mapping *call)
{
	uint64_t bytes = call->bytes;
	struct shmid_ds facts;

	/* Kernels without bpf_find_vma(). */
	if (!bytes && shmctl((int)call->args[0], IPC_STAT, &facts) == 0)
		bytes = facts.shm_segsz;
	return add_area(images, image, call, call->result, bytes, call->args[2] & SHM_REMAP);
}

int image_areas_apply(const struct images *images, struct image *image,
		      const struct lt_event_mapping *call, size_t n)
{
	if (n < sizeof(*call))
		return 0;
	switch (call->number) {
	case SYS_mmap:
		return add_area(images, image, call, call->result, call->args[1],
				(call->args[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == MAP_FIXED);
	case SYS_munmap:
		return remove_area(image, call->args[0], call->args[1]);
	case SYS_mremap:
		return apply_mremap(images, image, call);
	case SYS_brk:
		return apply_brk(images, image, call);
	case SYS_shmat:
		return apply_shmat(images, image, call);
	case SYS_shmdt:
		areas_detach(image->areas, call->args[0]);
		return 0;
	}
	return 0;
}

int image_areas_inherit(struct image *image, const struct image *parent)
{
	struct areas *areas = areas_copy(parent->areas);

	if (!areas)
		return -ENOMEM;
	areas_free(image->areas);
	image->areas = areas;
	image->brk = parent->brk;
	return 0;
}

struct area_fold {
	struct images *images;
	const struct image *image;
	const struct image_fold *fold;
};

/*
 * The call site of a mapping, as the id of a stack. Returns 0 if the C library has made it for
 * itself (for blocks, stacks of threads, locales), 1, or -ENOMEM.
 */
static int area_site(const struct area_fold *in, const struct area *area, uint32_t *ret_stack)
{
	struct stacks *stacks = in->images->options.stacks;
	uint32_t whole = image_stack(in->image, area->stack);
	uint32_t n = stacks_get(stacks, whole)->n;
	int r = callers_of(stacks, in->images->options.modules, whole, ret_stack);

	if (r < 0)
		return r;
	return n - stacks_get(stacks, *ret_stack)->n <= area->wrappers;
}

static int fold_area(void *data, const struct area *area, uint64_t bytes)
{
	const struct area_fold *in = data;
	struct process *process = image_process(in->images, in->image);
	struct object object = { .address = area->start, .bytes = bytes };
	struct site_key key = { .process = in->image->process,
				.kind = KIND_MAPPING,
				.class = CLASS_OUTSTANDING };
	int r;

	if (area->owner != AREA_PROGRAM || area->inherited)
		return 0;
	r = area_site(in, area, &key.stack);
	if (r <= 0)
		return r;
	process->totals.mappings++;
	process->totals.mapping_bytes += bytes;
	if (in->fold->now_ns < area->birth_ns + in->fold->older_than_ns)
		return 0;
	return sites_add(in->fold->to, &key, &object, area->birth_ns);
}

int image_areas_fold(struct images *images, const struct image *image,
		     const struct image_fold *fold)
{
	struct process *process = image_process(images, image);
	struct area_fold in = { images, image, fold };

	process->totals.mappings = process->totals.mapping_bytes = 0;
	if (process->end == END_EXEC || !(images->options.result->kinds & 1u << KIND_MAPPING))
		return 0;
	return areas_each(image->areas, fold_area, &in);
}
