// SPDX-License-Identifier: BSD-2-Clause
/* Between collect/ and scan/: see scanning.h. */
#include "cmd/scanning.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/units.h"
#include "cmd/wait.h"
#include "collect/holds.h"
#include "probe/teardowns.h"
#include "scan/server.h"

struct scanning {
	struct collector *collector;
	struct result *result;
	struct holds *holds;
	struct scan_server *server;
	size_t n_wanted; /* scans that scanning_scan_all() has asked for */
	size_t n_done;	 /* all that have ended */
};

/* --- called by the thread that stops processes --- */

static void held_add(void *data, const struct held *held)
{
	struct scan_held one = { .space = held->space,
				 .pid = held->pid,
				 .exit = { .tid = held->tid, .sp = held->sp },
				 .tears_down = held->tears_down };

	memcpy(one.exit.registers, held->registers, sizeof(one.exit.registers));
	scan_server_held(data, &one);
}

static void read_held(void *data, struct scan_server *server)
{
	struct scanning *scanning = data;

	holds_read(scanning->holds, held_add, server);
}

static void let_go(void *data, uint32_t space)
{
	struct scanning *scanning = data;

	holds_release(scanning->holds, space);
}

/* --- called by the owner's thread --- */

int scanning_open(const struct config *config, struct session *session, struct collector *collector,
		  struct result *result, struct scanning **ret_scanning, struct diag *diag)
{
	_cleanup_(scanning_closep) struct scanning *scanning = calloc(1, sizeof(*scanning));
	struct session_maps maps = session_maps(session);
	struct scan_server_options options = {
		.read_held = read_held,
		.let_go = let_go,
		.data = scanning,
		.timeout_ns = config->scan_timeout_ns,
		.tag_mask = config->tag_mask,
	};
	int r;

	if (!scanning)
		return -ENOMEM;
	scanning->collector = collector;
	scanning->result = result;
	r = holds_open(maps.holds_fd, maps.spaces_fd, &scanning->holds, diag);
	if (r < 0)
		return r;
	options.held_fd = holds_fd(scanning->holds);
	r = scan_server_open(&options, &scanning->server, diag);
	if (r < 0)
		return r;
	*ret_scanning = TAKE_PTR(scanning);
	return 0;
}

void scanning_close(struct scanning *scanning)
{
	if (!scanning)
		return;
	scan_server_close(scanning->server);
	holds_close(scanning->holds);
	free(scanning);
}

int scanning_watch(struct scanning *scanning, int epoll_fd)
{
	int fd = scan_server_fd(scanning->server);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Numbers the groups of what the program has mapped. */
static int job_add_mappings(struct scan_job *job, const struct areas *areas)
{
	const struct area *area = areas_next(areas, 0);
	size_t n = 0;

	for (; area; area = areas_next(areas, area->end)) {
		if (area->owner == AREA_PROGRAM && vec_push(&job->mappings, area->group) < 0)
			return -ENOMEM;
	}
	if (job->mappings.n)
		qsort(job->mappings.items, job->mappings.n, sizeof(uint64_t), compare_u64);
	vec_foreach(group, &job->mappings) {
		if (!n || job->mappings.items[n - 1] != *group)
			job->mappings.items[n++] = *group;
	}
	job->mappings.n = n;
	return 0;
}

/* 0: it has none. */
static uint32_t job_mapping_number(const struct scan_job *job, uint64_t group)
{
	const uint64_t *found = job->mappings.n ?
					bsearch(&group, job->mappings.items, job->mappings.n,
						sizeof(*found), compare_u64) :
					NULL;

	return found ? (uint32_t)(found - job->mappings.items) + 1 : 0;
}

/* What was mapped by whom, lowest address first. */
static int job_add_owned(struct scan_job *job, const struct areas *areas)
{
	const struct area *area = areas_next(areas, 0);

	for (; area; area = areas_next(areas, area->end)) {
		struct owned owned = { area->start, area->end, OWNER_STACK, 0 };

		if (area->owner == AREA_LOADER || area->owner == AREA_BEFORE)
			continue;
		if (area->owner == AREA_ALLOCATOR)
			owned.owner = OWNER_ALLOCATOR;
		else if (area->owner == AREA_LIBRARY)
			owned.owner = OWNER_PROGRAM;
		else if (area->owner == AREA_PROGRAM)
			owned = (struct owned){ area->start, area->end, OWNER_PROGRAM,
						job_mapping_number(job, area->group) };
		if (vec_push(&job->owned, owned) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int job_fill(struct scan_job *job, struct collector_image *image)
{
	int r;

	job->blocks.n = job->blocks.cap = image->blocks.n;
	job->blocks.items = TAKE_PTR(image->blocks.items);
	/* Of an earlier time than this one nothing counts. */
	if (!job->tears_down) {
		job->kept.n = job->kept.cap = image->kept.n;
		job->kept.items = TAKE_PTR(image->kept.items);
	}
	job->older_memory = image->has_older_memory;
	/* Where the heap is older, all of it is; else who has made it grow is known. */
	job->heap_is_program = !image->has_older_memory;
	if (image->allocator) {
		job->allocator_file = strdup(image->allocator->path);
		if (!job->allocator_file)
			return -ENOMEM;
	}
	r = image->knows_mappings ? job_add_mappings(job, image->areas) : 0;
	return r < 0 ? r : job_add_owned(job, image->areas);
}

/* It tears down, and then ends. */
static bool job_is_wanted(const struct scanning *scanning, const struct collector_image *image)
{
	const char *exe = scanning->result->processes.items[image->process].exe;

	return exe && !image->has_older_memory && teardown_ends(exe);
}

/* The process is stopped: its blocks are those of this moment. */
static int job_start(struct scanning *scanning, struct scan_job *job, struct diag *diag)
{
	struct collector_image image;
	int r = collector_poll(scanning->collector, true, diag);

	if (r >= 0)
		r = collector_image(scanning->collector, job->space, &image);
	if (r > 0) {
		r = job_fill(job, &image);
		collector_image_done(&image);
		if (r == 0 && job->tears_down && !job_is_wanted(scanning, &image))
			r = -ESRCH;
		if (r == 0)
			scan_server_start(scanning->server, job);
	} else if (r == 0) {
		r = -ESRCH;
	}
	if (r < 0) {
		scanning->n_done++;
		scan_server_drop(scanning->server, job);
	}
	return r == -ESRCH ? 0 : r;
}

/* The module that a scan calls by the path of its file; 0 if it is none. */
static uint32_t module_by_path(const struct modules *modules, const char *path)
{
	vec_foreach(module, &modules->items) {
		if ((*module)->kind == MODULE_FILE && strcmp((*module)->path, path) == 0)
			return (*module)->id;
	}
	return 0;
}

static int verdicts_add_roots(struct verdicts *verdicts, struct scan_result *scan,
			      const struct modules *modules)
{
	size_t n_files = scan->roots.files.n;
	_cleanup_free_ uint32_t *files = calloc(n_files + 1, sizeof(*files));

	verdicts->roots = calloc(scan->roots.items.n + 1, sizeof(*verdicts->roots));
	if (!files || !verdicts->roots)
		return -ENOMEM;
	for (size_t i = 0; i < n_files; i++)
		files[i] = module_by_path(modules, scan->roots.files.items[i]);
	vec_foreach(root, &scan->roots.items) {
		struct root_place *place = &verdicts->roots[verdicts->n_roots++];

		*place = (struct root_place){ .kind = root->kind,
					      .tid = root->tid,
					      .address = root->start,
					      .name = root->name };
		if (root->mapping && !scan->mark.mappings[root->mapping].reached)
			place->kind = ROOT_APART;
		if (place->kind == ROOT_GLOBAL) {
			place->module = files[root->file];
			place->offset = root->offset;
		}
	}
	verdicts->n_hits = scan->mark.hits.n;
	verdicts->hits = TAKE_PTR(scan->mark.hits.items);
	return 0;
}

static int verdicts_add_mappings(struct verdicts *verdicts, const struct scan_job *job)
{
	verdicts->mappings = calloc(job->mappings.n + 1, sizeof(*verdicts->mappings));
	if (!verdicts->mappings)
		return -ENOMEM;
	vec_foreach(group, &job->mappings) {
		const struct mark_mapping *mark =
			&job->result.mark.mappings[verdicts->n_mappings + 1];

		verdicts->mappings[verdicts->n_mappings++] = (struct block_verdict){
			.address = *group,
			.class = mark->reached ? CLASS_REACHABLE : CLASS_LEAKED,
			.hit = mark->reached ? mark->hit : VERDICT_NO_HIT,
		};
	}
	return 0;
}

/* Takes them from the job; NULL without memory. */
static struct verdicts *verdicts_make(struct scan_job *job, const struct modules *modules)
{
	_cleanup_(verdicts_freep) struct verdicts *verdicts = calloc(1, sizeof(*verdicts));

	if (!verdicts)
		return NULL;
	verdicts->time_ns = clock_monotonic_ns();
	verdicts->final = job->exit.tid != 0;
	if (verdicts_add_roots(verdicts, &job->result, modules) < 0 ||
	    verdicts_add_mappings(verdicts, job) < 0)
		return NULL;
	verdicts->n = job->blocks.n;
	verdicts->items = TAKE_PTR(job->result.mark.blocks);
	return TAKE_PTR(verdicts);
}

/* Blocks from before the attach are not known: all of that memory counts as in use. */
static void note_older(const struct scanning *scanning, const struct scan_job *job)
{
	char bytes[UNITS_TEXT_BYTES];

	result_note(scanning->result,
		    "in process %d, %s of memory may hold blocks from before the attach: what it "
		    "points to counts as reachable",
		    (int)job->pid, units_format_bytes(job->result.older_bytes, bytes));
}

static void job_judge(struct scanning *scanning, struct scan_job *job, struct verdicts *verdicts)
{
	if (verdicts && job->result.older_bytes && scanning->result->mode == MODE_ATTACH)
		note_older(scanning, job);
	if (verdicts)
		collector_judge(scanning->collector, job->space, verdicts);
	else
		collector_no_verdict(scanning->collector, job->space, job->error);
}

static void job_done(struct scanning *scanning, struct scan_job *job)
{
	struct verdicts *verdicts = NULL;

	if (job->error == 0)
		verdicts = verdicts_make(job, scanning->result->modules);
	if (job->tears_down) {
		collector_keep(scanning->collector, job->space, verdicts);
		verdicts_free(verdicts);
	} else {
		job_judge(scanning, job, verdicts);
	}
	scanning->n_done++;
	scan_server_drop(scanning->server, job);
}

int scanning_step(struct scanning *scanning, struct diag *diag)
{
	struct scan_job *job;
	int r = 0;

	while (r == 0) {
		switch (scan_server_next(scanning->server, &job)) {
		case SCAN_NEXT_BLOCKS:
			r = job_start(scanning, job, diag);
			break;
		case SCAN_NEXT_DONE:
			job_done(scanning, job);
			break;
		case SCAN_NEXT_NONE:
			return 0;
		}
	}
	return r;
}

enum { SCAN_POLL_MS = 100 };

static int request_scan(void *data, uint32_t space, pid_t pid)
{
	struct scanning *scanning = data;
	int r = scan_server_request(scanning->server, space, pid);

	scanning->n_wanted += r == 0;
	return r;
}

int scanning_scan_all(struct scanning *scanning, struct diag *diag)
{
	struct pollfd fd = { .fd = scan_server_fd(scanning->server), .events = POLLIN };
	int r = collector_each_space(scanning->collector, request_scan, scanning);

	/* The server itself sees to it that each scan ends in time. */
	while (r == 0 && scanning->n_done < scanning->n_wanted) {
		poll(&fd, 1, SCAN_POLL_MS);
		r = scanning_step(scanning, diag);
	}
	return r;
}
