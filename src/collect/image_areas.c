// SPDX-License-Identifier: BSD-2-Clause
/* mmap, munmap, mremap, brk, shmat, shmdt: see image_areas.h. */
#include "collect/image_areas.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "base/str.h"
#include "collect/callers.h"
#include "collect/procfs.h"

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
	if (call->when == LT_MAPPING_IN_ALLOCATOR)
		return AREA_ALLOCATOR;
	if (is_loader(images, image, call->ip))
		return AREA_LOADER;
	/* As the C library makes them; those of coroutines can be used at once. */
	if (call->number == SYS_mmap && (call->args[3] & MAP_STACK) && call->args[2] == PROT_NONE)
		return AREA_THREAD;
	/* A child of fork() begins with its parent's blocks. */
	if ((call->number == SYS_mmap || call->number == SYS_brk) &&
	    call->when == LT_MAPPING_FIRST && images->options.result->mode == MODE_RUN &&
	    !image_process(images, image)->inherited_command)
		return AREA_FIRST;
	return AREA_PROGRAM;
}

static enum area_backing call_backing(const struct lt_event_mapping *call)
{
	if (call->number == SYS_brk)
		return AREA_HEAP;
	if (call->number == SYS_shmat)
		return AREA_SEGMENT;
	/* mremap() of shared memory, which may be anything. */
	if (call->number != SYS_mmap)
		return AREA_FILE;
	if (!(call->args[3] & MAP_ANONYMOUS))
		return AREA_FILE;
	return call->args[3] & MAP_PRIVATE ? AREA_ANONYMOUS : AREA_SHARED;
}

static int add_area(const struct images *images, struct image *image,
		    const struct lt_event_mapping *call, uint64_t start, uint64_t bytes, bool fixed)
{
	struct area area = { .start = start,
			     .end = start + pages_up(bytes),
			     .birth_ns = call->event.time_ns,
			     .stack = call->stack,
			     .epoch = call->epoch,
			     .group = call->number == SYS_brk ? AREA_HEAP_GROUP : 0,
			     .backing = call_backing(call),
			     .name = call->number == SYS_shmat ? (uint32_t)call->args[0] : 0,
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

/* The call site of a mapping: its stack without the C library's part. */
static int area_site(struct images *images, const struct image *image, const struct area *area,
		     uint32_t *ret_stack)
{
	return callers_of(images->options.stacks, images->options.modules,
			  image_stack(image, area->stack), ret_stack);
}

/*
 * An allocator that is not the C library's may map memory before it is called for the first time,
 * and then not inside of any call: as a rule nobody else maps anything so early.
 */
static void settle_first(struct image *image)
{
	const char *name = image->maps->allocator;
	bool is_c_library = !name || strcmp(name, "glibc") == 0 || strcmp(name, "musl") == 0;

	vec_foreach(area, &image->areas->list) {
		if (area->owner == AREA_FIRST)
			area->owner = is_c_library ? AREA_PROGRAM : AREA_ALLOCATOR;
	}
}

/*
 * The C library makes mappings for itself (for blocks, stacks of threads, locales): then there is
 * more of it between the program and the call than a wrapper.
 */
static int settle_owners(struct images *images, const struct image *image)
{
	const struct stacks *stacks = images->options.stacks;
	int r = 0;

	vec_foreach(area, &image->areas->list) {
		uint32_t site = 0, n = stacks_get(stacks, image_stack(image, area->stack))->n;

		if (area->owner != AREA_PROGRAM)
			continue;
		r = area_site(images, image, area, &site);
		if (r < 0)
			return r;
		if (n - stacks_get(stacks, site)->n > area->wrappers)
			area->owner = AREA_LIBRARY;
	}
	return r;
}

static int settle_name(void *data, const struct procfs_mapping *mapping)
{
	struct image *image = data;
	char *copy;

	if (mapping->path[0] != '/')
		return 0;
	if (vec_reserve(&image->names, 1) < 0)
		return -ENOMEM;
	if (!areas_name(image->areas, mapping->start, mapping->end, (uint32_t)image->names.n + 1))
		return 0;
	copy = strdup(mapping->path);
	if (!copy)
		return -ENOMEM;
	return vec_push(&image->names, copy);
}

int image_areas_name(struct image *image)
{
	int r = procfs_areas(image->pid, settle_name, image);

	/* That it cannot be read, since the process has just ended, loses no more than names. */
	return r == -ENOMEM ? r : 0;
}

int image_areas_settle(struct images *images, struct image *image)
{
	int r;

	settle_first(image);
	if (!(images->options.result->kinds & 1u << KIND_MAPPING))
		return 0;
	r = settle_owners(images, image);
	if (r < 0 || image->ended || !areas_want_names(image->areas, AREA_PROGRAM))
		return r;
	return image_areas_name(image);
}

/* "anonymous memory", "/var/cache/index (deleted)"; NULL if it is not known. */
static char *area_target(const struct image *image, const struct area *area)
{
	const char *name = NULL;

	if (area->backing == AREA_FILE && area->name && area->name <= image->names.n)
		name = image->names.items[area->name - 1];
	switch (area->backing) {
	case AREA_ANONYMOUS:
		return strdup("anonymous memory");
	case AREA_SHARED:
		return strdup("shared anonymous memory");
	case AREA_HEAP:
		return strdup("the heap");
	case AREA_SEGMENT:
		return str_printf("System V segment %" PRIu32, area->name);
	}
	/* As the kernel calls it, without the directory that it is in for itself. */
	return name ? strdup(str_starts_with(name, "/memfd:") ? name + 1 : name) : NULL;
}

static enum resource_class area_class(const struct area *area, const struct block_verdict *verdict)
{
	if (area->owner == AREA_BEFORE)
		return CLASS_BEFORE_ATTACH;
	return verdict ? verdict->class : CLASS_OUTSTANDING;
}

static int fold_area(void *data, const struct area *area, uint64_t bytes)
{
	const struct area_fold *in = data;
	struct process *process = image_process(in->images, in->image);
	_cleanup_free_ char *target = NULL;
	struct object object = { .address = area->start, .bytes = bytes };
	struct site_key key = { .process = in->image->process,
				.kind = KIND_MAPPING,
				.test = tests_number(&in->images->options.result->tests,
						     area->epoch) };
	const struct verdicts *verdicts = image_verdicts(in->image);
	const struct block_verdict *verdict;
	int r;

	if ((area->owner != AREA_PROGRAM && area->owner != AREA_BEFORE) || area->inherited)
		return 0;
	r = area_site(in->images, in->image, area, &key.stack);
	if (r < 0)
		return r;
	verdict = verdicts_find_mapping(verdicts, area->group, area->birth_ns);
	key.class = area_class(area, verdict);
	if (key.class != CLASS_BEFORE_ATTACH)
		totals_add_mappings(&process->totals, 1, bytes, key.class == CLASS_LEAKED,
				    key.class == CLASS_REACHABLE);
	if (in->fold->now_ns < area->birth_ns + in->fold->older_than_ns)
		return 0;
	object.target = target = area_target(in->image, area);
	r = sites_add(in->fold->to, &key, &object, area->birth_ns);
	if (r == 0 && verdict)
		site_add_verdict(sites_find(in->fold->to, &key), verdicts, verdict);
	return r;
}

int image_areas_fold(struct images *images, struct image *image, const struct image_fold *fold)
{
	struct process *process = image_process(images, image);
	struct area_fold in = { images, image, fold };
	int r;

	totals_forget_mappings(&process->totals);
	if (process->end == END_EXEC || !(images->options.result->kinds & 1u << KIND_MAPPING))
		return 0;
	r = image_areas_settle(images, image);
	return r < 0 ? r : areas_each(image->areas, fold_area, &in);
}
