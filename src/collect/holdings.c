// SPDX-License-Identifier: BSD-2-Clause
/* Blocks folded into call sites: see holdings.h. */
#include "collect/holdings.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "collect/image_areas.h"
#include "collect/image_threads.h"
#include "collect/procfs.h"
#include "collect/releases.h"

int holdings_init(struct holdings *holdings, const struct holdings_options *options)
{
	*holdings = (struct holdings){ .options = *options };
	sites_init(&holdings->ended);
	sites_init(&holdings->last);
	holdings->wanted = calloc(LT_MAX_SPACES, sizeof(*holdings->wanted));
	return holdings->wanted ? 0 : -ENOMEM;
}

void holdings_done(struct holdings *holdings)
{
	sites_done(&holdings->ended);
	sites_done(&holdings->last);
	releases_done(&holdings->released);
	peaks_done(&holdings->peaks);
	free(holdings->wanted);
}

/* What a report has counted of a process that lived then is counted again. */
static void forget_blocks(struct process *process)
{
	totals_forget_blocks(&process->totals);
	process->losses.counts[LOSS_DUPLICATE_BLOCKS] = 0;
	process->losses.counts[LOSS_MEMORY] = 0;
}

static void count_block(struct totals *totals, uint8_t class, const struct estimate *estimate)
{
	totals->outstanding_blocks += estimate->n_blocks;
	totals->outstanding_bytes += estimate->bytes;
	if (class == CLASS_LOST || class == CLASS_INDIRECT) {
		totals->lost_blocks += estimate->n_blocks;
		totals->lost_bytes += estimate->bytes;
	} else if (class == CLASS_REACHABLE) {
		totals->reachable_blocks += estimate->n_blocks;
		totals->reachable_bytes += estimate->bytes;
	}
}

/* Whether no other block of the table is at its address. At the end of a process a scan knows. */
static bool is_newest(const struct holdings *holdings, const struct table_block *block,
		      const struct verdicts *verdicts, const struct block_verdict *verdict)
{
	if (verdict && verdicts->final && block->note &&
	    verdict == &verdicts->items[block->note - 1])
		return true;
	return !table_is_shadowed(holdings->options.table, block);
}

static int add_block(struct holdings *holdings, struct sites *to, const struct table_block *block,
		     uint64_t now_ns)
{
	struct image *image = holdings->options.images->by_space[block->space];
	struct process *process = image_process(holdings->options.images, image);
	uint64_t birth_ns = holdings->options.start_ns + ((uint64_t)block->birth << LT_BIRTH_SHIFT);
	struct site_key key = {
		.process = image->process,
		.stack = image_stack(image, block->stack),
		.kind = KIND_MEMORY,
		.class = CLASS_OUTSTANDING,
		.test = tests_number(&holdings->options.images->options.result->tests, block->epoch)
	};
	struct object object = { .address = block->address, .bytes = block->bytes };
	struct estimate estimate =
		estimate_of(holdings->options.sample_bytes, block->address, block->bytes);
	const struct verdicts *verdicts = image_verdicts(image);
	const struct block_verdict *verdict =
		verdicts_get(verdicts, block->note, block->address, birth_ns);

	/* Allocators are probed for mappings as well: their own are not the program's. */
	if (!(holdings->options.images->options.result->kinds & 1u << KIND_MEMORY))
		return 0;
	/* What an image held when it called exec is gone with it: nobody can release it. */
	if (process->end == END_EXEC)
		return 0;
	if (!is_newest(holdings, block, verdicts, verdict)) {
		process->losses.counts[LOSS_DUPLICATE_BLOCKS]++;
		return 0;
	}
	if (holdings->options.peaks)
		image_peak_add(image, block->stack, &estimate);
	if (verdict)
		key.class = verdict->class;
	count_block(&process->totals, key.class, &estimate);
	if (now_ns < birth_ns + holdings->options.older_than_ns)
		return 0;
	if (sites_add_estimate(to, &key, &object, &estimate, birth_ns) < 0)
		process->losses.counts[LOSS_MEMORY]++;
	else if (verdict)
		site_add_verdict(sites_find(to, &key), verdicts, verdict);
	return 0;
}

static void block_comes(void *data, uint32_t space, uint32_t note)
{
	const struct holdings *holdings = data;
	const struct image *image =
		space < LT_MAX_SPACES ? holdings->options.images->by_space[space] : NULL;

	if (image && image->verdicts && note <= image->verdicts->n)
		__builtin_prefetch(&image->verdicts->items[note - 1]);
}

/* The looks at the wanted images, of which blocks are added next, begin. */
static void looks_begin(const struct holdings *holdings)
{
	for (uint32_t id = 0; id < LT_MAX_SPACES && holdings->options.peaks; id++) {
		if (holdings->wanted[id])
			image_peak_begin(holdings->options.images->by_space[id]);
	}
}

/* They end, and the peaks go to TO. NOW_NS is 0 for ended images: their end counts. */
static int looks_end(const struct holdings *holdings, struct peaks *to, uint64_t now_ns)
{
	struct images *images = holdings->options.images;
	int r = 0;

	for (uint32_t id = 0; r == 0 && id < LT_MAX_SPACES && holdings->options.peaks; id++) {
		struct image *image = images->by_space[id];
		const struct process *process;

		if (!holdings->wanted[id])
			continue;
		process = image_process(images, image);
		/* Its blocks were not added up: see add_block(). */
		if (process->end == END_EXEC)
			image_peak_miss(images, image);
		else
			image_peak_end(images, image, now_ns ?: process->end_ns);
		r = image_peak_fold(image, to);
	}
	return r;
}

static int drain_block(void *data, const struct table_block *block)
{
	struct holdings *holdings = data;
	struct image *image = holdings->options.images->by_space[block->space];

	return add_block(holdings, &holdings->ended, block,
			 image_process(holdings->options.images, image)->end_ns);
}

/* Adds what the wanted images hold besides blocks. NOW_NS is 0 for ended ones: their end counts. */
static int fold_images(struct holdings *holdings, struct sites *to, uint64_t now_ns)
{
	struct images *images = holdings->options.images;
	int r = 0;

	for (uint32_t id = 0; r == 0 && id < LT_MAX_SPACES; id++) {
		struct image *image = images->by_space[id];
		struct image_fold fold = { .to = to,
					   .now_ns = now_ns,
					   .older_than_ns = holdings->options.older_than_ns };

		if (!holdings->wanted[id])
			continue;
		if (!now_ns)
			fold.now_ns = image_process(images, image)->end_ns;
		r = image_threads_fold(images, image, &fold);
		if (r == 0)
			r = image_areas_fold(images, image, &fold);
	}
	return r;
}

int holdings_drain(struct holdings *holdings)
{
	const struct images *images = holdings->options.images;
	const struct table_visitor visitor = { drain_block, block_comes, holdings };
	int r;

	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		const struct image *image = images->by_space[id];

		holdings->wanted[id] = image && image->ended;
		if (holdings->wanted[id])
			forget_blocks(image_process(images, image));
	}
	looks_begin(holdings);
	r = fold_images(holdings, &holdings->ended, 0);
	if (r == 0)
		r = table_scan(holdings->options.table, holdings->wanted,
			       TABLE_REMOVE | TABLE_SHADOWS, &visitor);
	if (r == 0)
		r = looks_end(holdings, &holdings->peaks, 0);
	if (r == 0 && images->options.result->releases_apart)
		r = releases_read(images, holdings->options.releases_fd, holdings->wanted, true,
				  &holdings->released);
	return r < 0 ? r : fds_drain(holdings->options.fds, holdings->wanted, &holdings->ended);
}

static int snapshot_block(void *data, const struct table_block *block)
{
	struct holdings *holdings = data;

	return add_block(holdings, holdings->snapshot, block, holdings->now_ns);
}

/* Counts of living processes are taken afresh at each report. */
static void snapshot_begin(struct holdings *holdings)
{
	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		struct image *image = holdings->options.images->by_space[id];
		struct process *process;

		holdings->wanted[id] = image && !image->ended;
		if (!holdings->wanted[id])
			continue;
		image_count(holdings->options.images, image, holdings->options.spaces);
		process = image_process(holdings->options.images, image);
		forget_blocks(process);
		process->peak_rss_bytes = procfs_peak_rss_bytes(image->pid);
	}
	looks_begin(holdings);
}

/* Hands the sizes at earlier reports on to the new sites, and adds today's. */
static int snapshot_growth(struct holdings *holdings, struct sites *now, bool first)
{
	int r = 0;

	vec_foreach(item, &now->items) {
		struct site *site = *item;
		const struct site *old = sites_find(&holdings->last, &site->key);

		if (old)
			r = site_inherit_growth(site, old);
		else if (!first)
			r = vec_push(&site->growth, 0);
		if (r == 0)
			r = vec_push(&site->growth, site_amount(site));
		if (r < 0)
			return r;
	}
	return 0;
}

/* For the next report. */
static int keep_growth(struct holdings *holdings, const struct sites *now)
{
	struct sites last;
	int r = 0;

	sites_init(&last);
	vec_foreach(item, &now->items) {
		const struct site *site = *item;

		r = sites_merge(&last, site);
		if (r == 0)
			r = site_inherit_growth(sites_find(&last, &site->key), site);
		if (r < 0)
			break;
	}
	sites_done(&holdings->last);
	holdings->last = last;
	return r;
}

/* Says of a process that has ended why what it held was not looked at. */
static void note_unjudged(const struct holdings *holdings, struct process *process)
{
	struct totals *totals = &process->totals;

	if (!holdings->options.scan || process->end != END_EXIT || totals->judged)
		return;
	if (!totals->outstanding_blocks && !totals->mappings) {
		totals->judged = true;
	} else if (WIFSIGNALED(process->wait_status)) {
		process->unjudged = "it was killed";
	} else {
		if (!process->unjudged)
			process->unjudged = "it did not end by calling _exit()";
		/* Of mappings alone, nothing is said to be leaked. */
		process->losses.counts[LOSS_UNJUDGED] = totals->outstanding_blocks != 0;
	}
}

/* Late releases of ended processes, and of living ones up to now. */
static int report_releases(struct holdings *holdings, struct result *result)
{
	result->releases.items.n = 0;
	vec_foreach(release, &holdings->released.items) {
		if (vec_push(&result->releases.items, *release) < 0)
			return -ENOMEM;
	}
	return releases_read(holdings->options.images, holdings->options.releases_fd,
			     holdings->wanted, false, &result->releases);
}

/* What ended processes held at their peaks, and the living ones up to now. */
static int report_peaks(const struct holdings *holdings, struct result *result, uint64_t now_ns)
{
	result->peaks.items.n = 0;
	vec_foreach(part, &holdings->peaks.items) {
		if (vec_push(&result->peaks.items, *part) < 0)
			return -ENOMEM;
	}
	return looks_end(holdings, &result->peaks, now_ns);
}

int holdings_report(struct holdings *holdings, struct result *result, uint64_t now_ns, bool keep)
{
	const struct table_visitor visitor = { snapshot_block, block_comes, holdings };
	struct sites fresh;
	int r = 0;

	sites_init(&fresh);
	vec_foreach(site, &holdings->ended.items) {
		if (r == 0)
			r = sites_merge(&fresh, *site);
	}
	vec_foreach(process, &result->processes)
		note_unjudged(holdings, process);
	snapshot_begin(holdings);
	holdings->now_ns = now_ns;
	holdings->snapshot = &fresh;
	if (r == 0)
		r = fold_images(holdings, &fresh, now_ns);
	if (r == 0)
		r = table_scan(holdings->options.table, holdings->wanted, TABLE_SHADOWS, &visitor);
	if (r == 0)
		r = report_peaks(holdings, result, now_ns);
	if (r == 0)
		r = fds_report(holdings->options.fds, holdings->wanted, &fresh, now_ns);
	if (r == 0 && result->releases_apart)
		r = report_releases(holdings, result);
	if (r == 0 && result->mode != MODE_RUN)
		r = snapshot_growth(holdings, &fresh, result->n_report <= 1);
	if (r == 0 && result->mode != MODE_RUN && keep)
		r = keep_growth(holdings, &fresh);
	if (r < 0) {
		sites_done(&fresh);
		return r;
	}
	sites_done(&result->sites);
	result->sites = fresh;
	return 0;
}
