// SPDX-License-Identifier: BSD-2-Clause
/* Threads and mappings from before an attach: see image_before.h. */
#include "collect/image_before.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect/image_areas.h"
#include "collect/procfs.h"

struct before {
	struct image *image;
	uint64_t now_ns;
	VEC(char *) code;	/* files of which a part can be executed, sorted */
	VEC(struct area) areas; /* found */
	uint64_t file_end;	/* of the mapping before, if it was of such a file */
};

static void before_done(struct before *before)
{
	vec_foreach(path, &before->code)
		free(*path);
	vec_done(&before->code);
	vec_done(&before->areas);
}

static int before_thread(void *data, pid_t tid)
{
	const struct before *before = data;
	struct thread thread = { .tid = (uint32_t)tid, .birth_ns = before->now_ns, .before = true };

	if (tid == before->image->pid)
		return 0;
	return threads_start(&before->image->threads, &thread);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int before_code(void *data, const struct procfs_mapping *mapping)
{
	struct before *before = data;
	char *path;

	if (!mapping->executable || mapping->path[0] != '/')
		return 0;
	path = strdup(mapping->path);
	if (path && vec_push(&before->code, path) == 0)
		return 0;
	free(path);
	return -ENOMEM;
}

/* Programs and libraries, with their data; heap and first stack; what the kernel adds itself. */
static bool is_programs_own(struct before *before, const struct procfs_mapping *mapping)
{
	bool is_code = before->code.n && bsearch(&mapping->path, before->code.items, before->code.n,
						 sizeof(char *), compare_paths);
	/* Zeroed data of a file follows it without its name. */
	bool is_data = !mapping->path[0] && mapping->start == before->file_end;

	before->file_end = is_code ? mapping->end : 0;
	if (is_code || is_data)
		return false;
	return mapping->path[0] != '[' || strncmp(mapping->path, "[anon", 5) == 0;
}

static int before_mapping(void *data, const struct procfs_mapping *mapping)
{
	struct before *before = data;
	struct area area = { .start = mapping->start,
			     .end = mapping->end,
			     .birth_ns = before->now_ns,
			     .backing = mapping->path[0] == '/' ? AREA_FILE : AREA_ANONYMOUS,
			     .owner = AREA_BEFORE };

	return is_programs_own(before, mapping) ? vec_push(&before->areas, area) : 0;
}

/* The highest address first, as the list of areas is kept. */
static int before_add_areas(const struct before *before)
{
	struct image *image = before->image;
	int r = 0;

	for (size_t i = before->areas.n; i > 0 && r == 0; i--) {
		r = areas_map(image->areas, &before->areas.items[i - 1], true);
		if (r == -EINVAL)
			r = 0;
	}
	return r < 0 ? r : image_areas_name(image);
}

/* What cannot be read, since the process ends, is not listed. */
static int ignore_unreadable(int r)
{
	return r == -ENOMEM ? r : 0;
}

int image_before_add(const struct images *images, struct image *image)
{
	uint32_t kinds = images->options.result->kinds;
	_cleanup_(before_done) struct before before = { .image = image };
	struct timespec now;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	before.now_ns = (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
	if (kinds & 1u << KIND_THREAD)
		r = ignore_unreadable(procfs_threads(image->pid, before_thread, &before));
	if (r < 0 || !(kinds & 1u << KIND_MAPPING))
		return r;
	r = ignore_unreadable(procfs_areas(image->pid, before_code, &before));
	if (r < 0)
		return r;
	if (before.code.n)
		qsort(before.code.items, before.code.n, sizeof(char *), compare_paths);
	r = ignore_unreadable(procfs_areas(image->pid, before_mapping, &before));
	return r < 0 ? r : before_add_areas(&before);
}
