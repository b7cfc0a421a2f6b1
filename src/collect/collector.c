// SPDX-License-Identifier: BSD-2-Clause
/* From kernel maps to the model: see collector.h. */
#include "collect/collector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared.h"
#include "collect/drains.h"
#include "collect/holdings.h"
#include "collect/image_areas.h"
#include "collect/image_before.h"
#include "collect/image_blocks.h"
#include "collect/image_tables.h"
#include "collect/image_tests.h"
#include "collect/keys.h"
#include "collect/leftovers.h"
#include "collect/limits.h"
#include "collect/loads.h"
#include "collect/perf_rings.h"
#include "collect/procfs.h"
#include "collect/sampler.h"

/* How long an event may be on its way, once stamped; how much of stacks is read at a time. */
enum { SETTLE_NS = 200000, RAW_BATCH_BYTES = 1 << 20 };

struct collector {
	struct collector_options options;
	struct lt_space *spaces; /* shared with the programs */
	struct table *table;
	struct perf_rings *rings;
	struct ring_buffer *ring;
	uint64_t events_left; /* bytes that this poll may still read from the rings */
	uint64_t raws_left;
	struct images images;
	struct records records;
	struct fds fds;
	struct sampler sampler;
	struct holdings holdings;
	struct loads loads;
	struct limits limits;
	struct losses losses; /* counted here, of no process */
	struct drains drains;
};

/*
 * Threads that allocate without a pause fill a ring as fast as it is read, and what they wait
 * for (a table for the file of which they send stacks) comes only after the reading: it ends
 * with -EAGAIN when as much has been read as *LEFT allows.
 */
static int ring_read(struct collector *collector, const void *bytes, size_t n, uint64_t *left)
{
	if (records_add_event(&collector->records, bytes, n) < 0)
		collector->losses.counts[LOSS_MEMORY]++;
	*left -= n < *left ? n : *left;
	return *left ? 0 : -EAGAIN;
}

static int ring_event(void *collector, void *bytes, size_t n)
{
	return ring_read(collector, bytes, n, &((struct collector *)collector)->events_left);
}

static int ring_raw(void *collector, void *bytes, size_t n)
{
	return ring_read(collector, bytes, n, &((struct collector *)collector)->raws_left);
}

/* From now on the programs unwind through this file themselves, or not any more. */
static void module_publish(void *data, const struct lt_module_key *key,
			   const struct lt_module *table)
{
	int fd = ((struct collector *)data)->options.modules_fd;

	if (!table)
		bpf_map_delete_elem(fd, key);
	else if (bpf_map_update_elem(fd, key, table, BPF_ANY) < 0)
		log_debug(LOG_UNWIND, "a table cannot be published: %s", strerror(errno));
}

static void known_drop(void *collector, const uint64_t *keys, size_t n)
{
	keys_delete(((struct collector *)collector)->options.known_fd, keys, n);
}

static int spaces_open(struct collector *collector, struct diag *diag)
{
	size_t bytes = LT_MAX_SPACES * sizeof(struct lt_space);

	collector->spaces = shared_map(collector->options.spaces_fd, bytes);
	if (!collector->spaces)
		return diag_add(diag, -errno, "cannot map the table of processes: %s",
				strerror(errno));
	return 0;
}

static int open_holdings(struct collector *collector)
{
	struct fds_options fds = collector->options.fds;
	struct holdings_options options = {
		.images = &collector->images,
		.table = collector->table,
		.spaces = collector->spaces,
		.fds = &collector->fds,
		.start_ns = collector->options.start_ns,
		.scan = collector->options.scan,
		.older_than_ns = collector->options.older_than_ns,
		.sample_bytes = collector->options.sample_bytes,
		.peaks = collector->options.peaks,
		.releases_fd = collector->options.releases_fd,
	};

	fds.images = &collector->images;
	fds.older_than_ns = collector->options.older_than_ns;
	fds_init(&collector->fds, &fds);
	collector->sampler = (struct sampler){ .interval_ns = collector->options.sample_ns,
					       .table = collector->table,
					       .peaks = collector->options.peaks,
					       .sample_bytes = collector->options.sample_bytes };
	return holdings_init(&collector->holdings, &options);
}

int collector_open(const struct collector_options *options, struct collector **ret_collector,
		   struct diag *diag)
{
	_cleanup_(collector_closep) struct collector *collector = calloc(1, sizeof(*collector));
	int r;

	if (!collector)
		return -ENOMEM;
	collector->options = *options;
	images_init(&collector->images, &options->images);
	collector->images.options.module_publish = module_publish;
	collector->images.options.known_drop = known_drop;
	collector->images.options.publish_data = collector;
	r = spaces_open(collector, diag);
	if (r < 0)
		return r;
	r = table_open(&options->table, options->max_blocks, &collector->table, diag);
	if (r < 0)
		return r;
	r = open_holdings(collector);
	if (r < 0)
		return r;
	r = perf_rings_open(&collector->rings, diag);
	if (r < 0)
		return r;
	/* While only samples are recorded, the counts say nothing about the table. */
	collector->limits.max_blocks = options->sample_bytes ? 0 : options->max_blocks_per_process;
	collector->drains.table = collector->table;
	collector->loads =
		(struct loads){ options->seen_fd, options->starts_fd, collector->spaces,
				options->loaded,  options->starts,    options->loads_data };
	collector->ring = ring_buffer__new(options->events_fd, ring_event, collector, NULL);
	if (!collector->ring ||
	    ring_buffer__add(collector->ring, options->raws_fd, ring_raw, collector) < 0 ||
	    ring_buffer__add(collector->ring, options->loads_fd, loads_event, &collector->loads) <
		    0)
		return diag_add(diag, -errno, "cannot read the ring buffer: %s", strerror(errno));
	*ret_collector = TAKE_PTR(collector);
	return 0;
}

void collector_close(struct collector *collector)
{
	if (!collector)
		return;
	if (collector->spaces)
		munmap(collector->spaces, LT_MAX_SPACES * sizeof(struct lt_space));
	ring_buffer__free(collector->ring);
	perf_rings_close(collector->rings);
	table_close(collector->table);
	images_done(&collector->images);
	records_done(&collector->records);
	holdings_done(&collector->holdings);
	sampler_done(&collector->sampler);
	fds_done(&collector->fds);
	free(collector);
}

static int proc_set(struct collector *collector, pid_t pid, const struct lt_proc *proc,
		    uint64_t flags)
{
	uint32_t key = (uint32_t)pid;

	return bpf_map_update_elem(collector->options.procs_fd, &key, proc, flags) < 0 ? -errno : 0;
}

int collector_arm(struct collector *collector, pid_t pid)
{
	struct lt_proc proc = { .armed = 1 };
	int r = images_expect(&collector->images, pid);

	return r < 0 ? r : proc_set(collector, pid, &proc, BPF_ANY);
}

bool collector_traces(const struct collector *collector, pid_t pid)
{
	struct lt_proc proc;
	uint32_t key = (uint32_t)pid;

	return bpf_map_lookup_elem(collector->options.procs_fd, &key, &proc) == 0;
}

static void space_recycle(struct collector *collector, uint32_t id)
{
	memset(&collector->spaces[id], 0, sizeof(collector->spaces[id]));
	space_ids_give(&collector->options.space_ids, id);
}

int collector_attach(struct collector *collector, pid_t pid)
{
	struct lt_proc proc = { 0 };
	struct lt_space *space;
	struct image *image;
	int r = images_watch(&collector->images, pid);

	if (r < 0)
		return r;
	proc.space = space_ids_take(&collector->options.space_ids);
	if (!proc.space)
		return collector->losses.counts[LOSS_SPACES_FULL]++, -ENOSPC;
	space = &collector->spaces[proc.space];
	*space = (struct lt_space){ .state = LT_SPACE_LIVE,
				    .users = 1,
				    .tgid = (uint32_t)pid,
				    .ppid = (uint32_t)procfs_parent(pid),
				    .start_ns = clock_monotonic_ns() };
	r = proc_set(collector, pid, &proc, BPF_NOEXIST);
	if (r < 0)
		return space_recycle(collector, proc.space), r;
	image = images_get(&collector->images, proc.space, collector->spaces);
	if (!image ||
	    procfs_command(pid, &image_process(&collector->images, image)->command) == -ENOMEM)
		return -ENOMEM;
	/* From here on calls are recorded: what is there without a record was there before. */
	r = image_before_add(&collector->images, image);
	return r < 0 ? r : fds_attach(&collector->fds, pid, proc.space);
}

int collector_prepare(struct collector *collector, const struct module *module, uint64_t offset)
{
	return image_tables_prepare(&collector->images, module, offset);
}

int collector_watch(struct collector *collector, int epoll_fd)
{
	int fd = ring_buffer__epoll_fd(collector->ring);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return perf_rings_watch(collector->rings, epoll_fd);
}

/* Applies the records up to UNTIL_NS and keeps the others. Returns whether some were kept. */
static bool apply_until(struct collector *collector, uint64_t until_ns)
{
	struct records *records = &collector->records;
	size_t n = 0;

	records_sort(records);
	for (; n < records->items.n && records->items.items[n].time_ns <= until_ns; n++) {
		images_apply(&collector->images, &records->items.items[n], collector->spaces);
		free(records->items.items[n].payload);
	}
	records->items.n -= n;
	memmove(records->items.items, records->items.items + n,
		records->items.n * sizeof(*records->items.items));
	return records->items.n != 0;
}

/* Process events that did not fit into the ring: the facts are in the table of spaces. */
static void recover_events(struct collector *collector)
{
	for (uint32_t id = 1; id < LT_MAX_SPACES; id++) {
		const struct lt_space *space = &collector->spaces[id];
		struct image *image;

		if (space->state == LT_SPACE_FREE)
			continue;
		image = images_get(&collector->images, id, collector->spaces);
		if (image && space->state == LT_SPACE_ENDED)
			images_end(&collector->images, image, collector->spaces);
	}
}

int collector_read(struct collector *collector, bool flush, struct diag *diag)
{
	uint64_t n_lost = 0;
	int r = table_grow(collector->table, diag);

	if (r < 0 && r != -ENOMEM)
		return r;
	/* The ring first: a mapping that an event needs is then in the perf rings already. */
	collector->events_left = LT_RING_BYTES;
	collector->raws_left = flush ? LT_RAW_RING_BYTES : RAW_BATCH_BYTES;
	r = ring_buffer__consume(collector->ring);
	if (r < 0 && r != -EAGAIN)
		return diag_add(diag, r, "cannot read the ring buffer: %s", strerror(-r));
	if (perf_rings_read(collector->rings, &collector->records, &n_lost) < 0)
		collector->losses.counts[LOSS_MEMORY]++;
	collector->losses.counts[LOSS_MAPPINGS_LOST] += n_lost;
	return 0;
}

int collector_poll(struct collector *collector, bool flush, struct diag *diag)
{
	uint64_t until_ns = flush ? UINT64_MAX : clock_monotonic_ns() - SETTLE_NS;
	int r = collector_read(collector, flush, diag);

	if (r < 0)
		return r;
	r = apply_until(collector, until_ns);
	if (flush)
		recover_events(collector);
	collector->losses.counts[LOSS_MEMORY] += collector->images.n_without_memory;
	collector->images.n_without_memory = 0;
	limits_step(&collector->limits, &collector->images, collector->spaces);
	return r;
}

/* Gives the space back, with its stacks out of the kernel's table. */
static void space_free(struct collector *collector, struct image *image)
{
	uint32_t id = image->space;

	keys_delete(collector->options.stacks_fd, image->hashes.items, image->hashes.n);
	keys_delete(collector->options.known_fd, image->known.items, image->known.n);
	bpf_map_delete_elem(collector->options.spaces_code_fd, &id);
	images_drop(&collector->images, image);
	space_recycle(collector, id);
}

int collector_drain(struct collector *collector, bool force)
{
	struct images *images = &collector->images;
	uint64_t begin_ns = clock_monotonic_ns();
	int r;

	if (!images->n_ended || !(force || drains_due(&collector->drains, images, begin_ns)))
		return 0;
	r = holdings_drain(&collector->holdings);
	if (r < 0)
		return r;
	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		if (collector->holdings.wanted[id])
			space_free(collector, images->by_space[id]);
	}
	leftovers_drop(&collector->holdings);
	drains_over(&collector->drains, images, begin_ns);
	return 0;
}

int collector_image(struct collector *collector, uint32_t space, struct collector_image *ret)
{
	struct images *images = &collector->images;
	struct image *image = space < LT_MAX_SPACES ? images->by_space[space] : NULL;
	const struct result *result = collector->options.images.result;
	int r;

	*ret = (struct collector_image){ 0 };
	if (!image || image->ended)
		return 0;
	memset(collector->holdings.wanted, 0, LT_MAX_SPACES * sizeof(*collector->holdings.wanted));
	r = image_blocks(collector->table, collector->holdings.wanted, image, ret);
	if (r == 0)
		r = image_areas_settle(images, image);
	if (r < 0)
		return collector_image_done(ret), r;
	ret->areas = image->areas;
	ret->knows_mappings = result->kinds & 1u << KIND_MAPPING;
	ret->process = image->process;
	ret->has_older_memory = result->mode != MODE_RUN ||
				result->processes.items[image->process].inherited_command;
	if (image->maps->allocator)
		ret->allocator = modules_get(collector->options.images.modules,
					     image->maps->allocator_module);
	return 1;
}

void collector_judge(struct collector *collector, uint32_t space, struct verdicts *verdicts)
{
	struct image *image = space < LT_MAX_SPACES ? collector->images.by_space[space] : NULL;

	if (!image || image->not_kept) {
		verdicts_free(verdicts);
		collector_no_verdict(collector, space, -EIO);
		return;
	}
	verdicts_free(image->verdicts);
	image->verdicts = verdicts;
	image_blocks_judged(collector->table, image);
	image_process(&collector->images, image)->unjudged = NULL;
	image_process(&collector->images, image)->totals.judged = true;
}

void collector_keep(struct collector *collector, uint32_t space, const struct verdicts *verdicts)
{
	struct image *image = space < LT_MAX_SPACES ? collector->images.by_space[space] : NULL;

	if (image)
		image_blocks_keep(collector->table, collector->holdings.wanted, image, verdicts);
}

void collector_no_verdict(struct collector *collector, uint32_t space, int error)
{
	struct image *image = space < LT_MAX_SPACES ? collector->images.by_space[space] : NULL;

	if (image) {
		vec_done(&image->judged);
		image_process(&collector->images, image)->unjudged = verdicts_missing(error);
	}
}

int collector_each_space(const struct collector *collector,
			 int (*visit)(void *data, uint32_t space, pid_t pid), void *data)
{
	int r = 0;

	for (uint32_t id = 0; id < LT_MAX_SPACES && r == 0; id++) {
		const struct image *image = collector->images.by_space[id];

		if (image && !image->ended)
			r = visit(data, id, image->pid);
	}
	return r;
}

int collector_sample(struct collector *collector, int ms)
{
	return sampler_step(&collector->sampler, &collector->images, ms);
}

size_t collector_n_live(const struct collector *collector)
{
	return collector->images.n_live;
}

void collector_each_live(const struct collector *collector,
			 void (*visit)(void *data, const struct process *process), void *data)
{
	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		const struct image *image = collector->images.by_space[id];

		if (image && !image->ended)
			visit(data, image_process(&collector->images, image));
	}
}

static void result_total(struct collector *collector, struct result *result)
{
	struct losses *losses = &result->losses;

	result->totals = (struct totals){ 0 };
	*losses = collector->losses;
	for (int i = 0; i < LT_LOSS_COUNT; i++)
		losses->counts[i] += collector->spaces[0].losses[i];
	vec_foreach(process, &result->processes) {
		totals_add(&result->totals, &process->totals);
		losses_add(losses, &process->losses);
	}
}

static int report_make(struct collector *collector, uint64_t now_ns, bool keep)
{
	struct result *result = collector->options.images.result;
	int r = holdings_report(&collector->holdings, result, now_ns, keep);

	if (r < 0)
		return r;
	result->now_ns = now_ns;
	result_total(collector, result);
	if (result->releases_apart)
		releases_count(result);
	else
		image_tests_releases(&collector->images, collector->options.releases_fd);
	result_count_tests(result);
	return 0;
}

int collector_report(struct collector *collector, uint64_t now_ns)
{
	return report_make(collector, now_ns, true);
}

int collector_look(struct collector *collector, uint64_t now_ns)
{
	return report_make(collector, now_ns, false);
}
