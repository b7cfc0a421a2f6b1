// SPDX-License-Identifier: BSD-2-Clause
/* Process images, from events in the order of time: see images.h. */
#include "collect/images.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "collect/image_areas.h"
#include "collect/image_fds.h"
#include "collect/image_maps.h"
#include "collect/image_stacks.h"
#include "collect/image_tables.h"
#include "collect/image_tests.h"
#include "collect/image_threads.h"
#include "collect/procfs.h"

void images_init(struct images *images, const struct images_options *options)
{
	*images = (struct images){ .options = *options };
}

static void image_free(struct image *image)
{
	if (!image)
		return;
	image_maps_unref(image->maps);
	areas_free(image->areas);
	verdicts_free(image->verdicts);
	vec_done(&image->judged);
	image_peak_done(&image->peak);
	vec_done(&image->kept);
	threads_done(&image->threads);
	vec_foreach(name, &image->names)
		free(*name);
	vec_done(&image->names);
	vec_done(&image->stacks);
	vec_done(&image->hashes);
	vec_done(&image->known);
	image_fds_clear(image);
	vec_done(&image->fds);
	free(image);
}

static void pid_drop(struct images *images, struct image_pid *entry)
{
	HASH_DEL(images->by_pid, entry);
	image_maps_unref(entry->maps);
	free(entry);
}

void images_done(struct images *images)
{
	struct image_pid *entry, *next;

	for (size_t i = 0; i < LT_MAX_SPACES; i++)
		image_free(images->by_space[i]);
	HASH_ITER(hh, images->by_pid, entry, next)
		pid_drop(images, entry);
	image_tables_done(images);
	retired_done(&images->retired);
}

static struct image_pid *pid_find(const struct images *images, pid_t pid)
{
	struct image_pid *entry;

	HASH_FIND(hh, images->by_pid, &pid, sizeof(pid), entry);
	return entry;
}

/* Sets what PID maps; takes over MAPS. */
static int pid_set(struct images *images, pid_t pid, struct image_maps *maps)
{
	struct image_pid *entry = pid_find(images, pid);

	if (!maps)
		return -ENOMEM;
	if (entry) {
		image_maps_unref(entry->maps);
		entry->maps = maps;
		return 0;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->pid = pid;
		entry->maps = maps;
		HASH_ADD(hh, images->by_pid, pid, sizeof(entry->pid), entry);
		if (table_added(entry))
			return 0;
		free(entry);
	}
	image_maps_unref(maps);
	return -ENOMEM;
}

static enum module_kind path_kind(const char *path)
{
	if (strcmp(path, "[vdso]") == 0)
		return MODULE_VDSO;
	return path[0] == '/' ? MODULE_FILE : MODULE_ANON;
}

/*
 * Generated code is in no file: the module names the process, which may have written down what it
 * is. A forked child inherits its parent's mappings with the parent's module, whose notes are right
 * for both.
 */
static int record_module(struct images *images, const struct record *record,
			 struct module **ret_module)
{
	const char *path = record->payload;
	enum module_kind kind = path_kind(path);
	char anonymous[32];

	if (kind == MODULE_ANON) {
		snprintf(anonymous, sizeof(anonymous), "[anon:%u]", record->pid);
		path = anonymous;
	}
	return modules_intern(images->options.modules, kind, path, record->build_id,
			      record->build_id_bytes, ret_module);
}

/* A traced process has mapped the file: probes, and the table for its stacks. */
static int mapping_serve(struct images *images, struct image_maps *maps,
			 const struct mapping *mapping, pid_t pid, uint64_t time_ns,
			 const struct lt_space *spaces)
{
	struct module *module = modules_get(images->options.modules, mapping->module);
	struct image_module known;

	if (module->kind != MODULE_FILE)
		return 0;
	known = images->options.module_mapped(images->options.data, module, pid);
	/* Where there are two, the C library's has been replaced by the other. */
	if (known.allocator && (!maps->allocator || strcmp(maps->allocator, "glibc") == 0)) {
		maps->allocator = known.allocator;
		maps->allocator_module = module->id;
	}
	if (module->id == maps->exe)
		maps->missing = known.missing;
	maps->hides = known.hides ? known.hides : maps->hides;
	maps->has_loader |= known.loader;
	if (spaces && known.probed_ns > time_ns)
		image_maps_note_late(images, maps, &known, time_ns, spaces);
	return image_tables_prepare(images, module, mapping->offset);
}

/* What the image mapped before it was known that it is traced: at its exec. */
static int maps_serve(struct images *images, const struct image *image,
		      const struct lt_space *spaces)
{
	struct image_maps *maps = image->maps;
	int r = 0;

	if (maps->served)
		return 0;
	maps->served = true;
	vec_foreach(mapping, &maps->mappings->list) {
		int served = mapping_serve(images, maps, mapping, image->pid,
					   spaces[image->space].start_ns, spaces);

		r = served < 0 ? served : r;
	}
	return r;
}

static int maps_add(struct images *images, struct image_maps *maps, const struct record *record,
		    const struct lt_space *spaces)
{
	struct mapping mapping = { .start = record->start,
				   .end = record->end,
				   .offset = record->offset };
	struct module *module;
	int r = record_module(images, record, &module);

	if (r < 0)
		return r;
	mapping.module = module->id;
	r = mappings_add(maps->mappings, &mapping);
	if (r < 0)
		return r;
	/* The program itself is what the kernel maps first. */
	if (!maps->exe && module->kind == MODULE_FILE)
		maps->exe = module->id;
	if (!maps->served)
		return 0;
	return mapping_serve(images, maps, &mapping, (pid_t)record->pid, record->time_ns, spaces);
}

int images_expect(struct images *images, pid_t pid)
{
	return pid_set(images, pid, image_maps_new());
}

struct watch {
	struct images *images;
	struct image_maps *maps;
	pid_t pid;
};

static int watch_mapping(void *data, const struct procfs_mapping *mapping)
{
	struct watch *watch = data;
	struct record record = { .kind = RECORD_MAP,
				 .pid = (uint32_t)watch->pid,
				 .start = mapping->start,
				 .end = mapping->end,
				 .offset = mapping->offset,
				 .payload = (void *)mapping->path };

	return maps_add(watch->images, watch->maps, &record, NULL);
}

int images_watch(struct images *images, pid_t pid)
{
	struct watch watch = { images, image_maps_new(), pid };
	int r;

	if (!watch.maps)
		return -ENOMEM;
	watch.maps->served = true;
	r = procfs_mappings(pid, watch_mapping, &watch);
	if (r < 0) {
		image_maps_unref(watch.maps);
		return r;
	}
	return pid_set(images, pid, watch.maps);
}

struct process *image_process(const struct images *images, const struct image *image)
{
	return &images->options.result->processes.items[image->process];
}

/* Takes exe from the mappings, once they are known. */
static void image_name(const struct images *images, const struct image *image)
{
	struct process *process = image_process(images, image);

	if (!process->exe && image->maps && image->maps->exe)
		process->exe = strdup(modules_get(images->options.modules, image->maps->exe)->path);
}

struct image *images_get(struct images *images, uint32_t space, const struct lt_space *spaces)
{
	const struct lt_space *facts = &spaces[space];
	struct process process = { .pid = facts->tgid,
				   .ppid = facts->ppid,
				   .epoch = facts->base_epoch,
				   .start_ns = facts->start_ns };
	struct image_pid *entry;
	struct image *image = images->by_space[space];

	if (image)
		return image;
	if (facts->state == LT_SPACE_FREE)
		return NULL;
	image = calloc(1, sizeof(*image));
	if (image)
		image->areas = areas_new();
	if (!image || !image->areas ||
	    retired_place(&images->retired, images->options.result, &process, &image->process)) {
		image_free(image);
		images->n_without_memory++;
		return NULL;
	}
	image->space = space;
	image->pid = (pid_t)facts->tgid;
	entry = pid_find(images, image->pid);
	image->maps = entry ? image_maps_ref(entry->maps) : image_maps_new();
	images->by_space[space] = image;
	if (image->maps && maps_serve(images, image, spaces) < 0)
		images->n_without_memory++;
	images->n_live++;
	image_name(images, image);
	return image;
}

/* A forked process has its parent's program, arguments and memory until it calls exec. */
static int apply_fork(struct images *images, struct image *image, const struct lt_space *spaces)
{
	uint32_t parent_space = spaces[image->space].parent_space;
	struct image *parent = parent_space < LT_MAX_SPACES ? images->by_space[parent_space] : NULL;
	struct process *process = image_process(images, image);

	process->inherited_command = true;
	if (!parent)
		return 0;
	process->command = strv_copy(image_process(images, parent)->command);
	return image_areas_inherit(image, parent);
}

static int apply_exec(struct images *images, struct image *image,
		      const struct lt_event_process *event, size_t n)
{
	struct process *process = image_process(images, image);

	if (n < sizeof(*event) + event->n_args)
		return 0;
	strv_free(process->command);
	process->command = NULL;
	process->inherited_command = false;
	/* The whole of a long argv is in procfs, if the process is still there to ask. */
	if (event->n_args < event->args_bytes && procfs_command(image->pid, &process->command) == 0)
		return 0;
	process->command_cut = event->n_args < event->args_bytes;
	return procfs_split_args(event->args, event->n_args, &process->command);
}

void image_count(const struct images *images, const struct image *image,
		 const struct lt_space *spaces)
{
	const struct lt_space *facts = &spaces[image->space];
	struct process *process = image_process(images, image);
	struct totals *totals = &process->totals;

	totals->allocations = totals->frees = totals->unknown_frees = 0;
	for (int i = 0; i < LT_SHARDS; i++) {
		totals->allocations += facts->counts[i].allocations;
		totals->frees += facts->counts[i].frees;
		totals->unknown_frees += facts->counts[i].unknown_frees;
	}
	for (int i = 0; i < LT_LOSS_COUNT; i++)
		process->losses.counts[i] = facts->losses[i];
	process->n_untraced = facts->n_untraced;
	if (!image->maps)
		return;
	process->losses.counts[LOSS_LATE_ATTACH] = image_maps_n_late(image->maps, facts->loaded_ns);
	process->allocator = image->maps->allocator;
	image_name(images, image);
	process->silent = NULL;
	if (images->options.result->kinds & 1u << KIND_MEMORY && !process->allocator &&
	    !process->totals.allocations)
		process->silent = image->maps->missing ? image->maps->missing :
							 "its program could not be read";
	process->hides = process->silent ? NULL : image->maps->hides;
}

const struct verdicts *image_verdicts(const struct image *image)
{
	return image->ended && image->verdicts && !image->verdicts->final ? NULL : image->verdicts;
}

static int tell_tests(const struct images *images, const struct image *image)
{
	return images->options.test_process(images->options.test_data, image->process);
}

void images_end(struct images *images, struct image *image, const struct lt_space *spaces)
{
	const struct lt_space *facts = &spaces[image->space];
	struct process *process = image_process(images, image);

	if (image->ended)
		return;
	image->ended = true;
	images->n_live--;
	images->n_ended++;
	process->end_ns = facts->end_ns;
	process->end = facts->end == LT_END_EXEC ? END_EXEC : END_EXIT;
	process->wait_status = facts->wait_status;
	process->peak_rss_bytes = facts->peak_rss_pages * (uint64_t)sysconf(_SC_PAGESIZE);
	image_count(images, image, spaces);
	process->has_tests = facts->runner || facts->signals || facts->base_epoch;
	images->n_ended_blocks += process->totals.allocations - process->totals.frees;
	if (tell_tests(images, image) < 0)
		images->n_without_memory++;
	log_debug(LOG_EVENTS, "space %u ended: pid %d %s", image->space, (int)image->pid,
		  process_name(process));
}

void images_drop(struct images *images, struct image *image)
{
	struct image_pid *entry = pid_find(images, image->pid);

	/* A process that ended by exec goes on under the same pid with other mappings. */
	if (entry && entry->maps == image->maps)
		pid_drop(images, entry);
	images->by_space[image->space] = NULL;
	images->n_ended--;
	image_free(image);
}

static void apply_event(struct images *images, const struct lt_event *event, size_t n,
			const struct lt_space *spaces)
{
	bool known = n >= sizeof(*event) && event->space != 0 && event->space < LT_MAX_SPACES;
	struct image *image = known ? images_get(images, event->space, spaces) : NULL;
	int r = 0;

	if (!image)
		return;
	switch (event->type) {
	case LT_EVENT_FORK:
		r = apply_fork(images, image, spaces);
		break;
	case LT_EVENT_EXEC:
		if (n >= sizeof(struct lt_event_process))
			r = apply_exec(images, image, (const void *)event, n);
		if (r == 0)
			r = tell_tests(images, image);
		break;
	case LT_EVENT_END:
		images_end(images, image, spaces);
		break;
	case LT_EVENT_STACK:
		r = image_stacks_add(images, image, (const void *)event, n);
		break;
	case LT_EVENT_RAW:
		r = image_stacks_add_raw(images, image, (const void *)event, n);
		break;
	case LT_EVENT_KNOWN:
		if (n >= sizeof(struct lt_event_known))
			r = image_stacks_known(images, image, (const void *)event);
		break;
	case LT_EVENT_MAPPING:
		r = image_areas_apply(images, image, (const void *)event, n);
		break;
	case LT_EVENT_FD:
		r = image_fds_add(image, (const void *)event, n);
		break;
	case LT_EVENT_CARRIED:
		r = image_stacks_carry(images, image, (const void *)event, n);
		break;
	case LT_EVENT_TEST:
		r = image_tests_apply(images, image, (const void *)event, n);
		break;
	case LT_EVENT_THREAD:
		r = image_threads_apply(images, image, (const void *)event, n);
		break;
	case LT_EVENT_MODULE:
		if (n >= sizeof(struct lt_event_module))
			r = image_stacks_table(images, image, (const void *)event);
		break;
	}
	if (r < 0)
		images->n_without_memory++;
}

static int apply_map(struct images *images, const struct record *record,
		     const struct lt_space *spaces)
{
	struct image_pid *entry = pid_find(images, (pid_t)record->pid);

	return entry ? maps_add(images, entry->maps, record, spaces) : 0;
}

static int apply_perf_fork(struct images *images, const struct record *record)
{
	struct image_pid *parent = pid_find(images, (pid_t)record->parent);

	if (!parent || !parent->maps->served || !images->options.follow)
		return 0;
	return pid_set(images, (pid_t)record->pid, image_maps_copy(parent->maps));
}

void images_apply(struct images *images, const struct record *record, const struct lt_space *spaces)
{
	struct image_pid *entry;
	int r = 0;

	switch (record->kind) {
	case RECORD_EVENT:
		apply_event(images, record->payload, record->payload_bytes, spaces);
		return;
	case RECORD_MAP:
		r = apply_map(images, record, spaces);
		break;
	case RECORD_EXEC_MAPS:
		if (images->options.every || pid_find(images, (pid_t)record->pid))
			r = pid_set(images, (pid_t)record->pid, image_maps_new());
		break;
	case RECORD_FORK:
		r = apply_perf_fork(images, record);
		break;
	case RECORD_GONE:
		entry = pid_find(images, (pid_t)record->pid);
		/*
		 * This is the end of the first thread. While an image uses the mappings, others of
		 * the process may run on: then images_drop() forgets it.
		 */
		if (entry && entry->maps->n_users == 1)
			pid_drop(images, entry);
		break;
	}
	if (r < 0)
		images->n_without_memory++;
}
