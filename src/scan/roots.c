// SPDX-License-Identifier: BSD-2-Clause
/* From /proc/PID/maps, threads and what is known of mappings to roots: see roots.h. */
#include "scan/roots.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rooted.h"
#include "base/str.h"

enum {
	RED_ZONE_BYTES = 128, /* below the stack pointer, of functions that call no other */
	/* In a static program, thread-local data of the first thread lies in the heap. */
	THREAD_DATA_BELOW = 65536,
	THREAD_DATA_ABOVE = 4096,
	/* What glibc keeps at the top of a thread's stack: its struct pthread, about. */
	THREAD_DESCRIPTOR = 2560,
};

/* A line of /proc/PID/maps. */
struct area {
	uint64_t start, end, offset;
	bool shared;
	bool is_bss;	  /* perhaps: named after the file that it follows */
	const char *path; /* "" for anonymous memory */
};

struct finding {
	struct roots *roots;
	const struct roots_request *request;
	const char *root;      /* see base/rooted.h */
	const char *allocator; /* path of the file whose data is about allocation; NULL: none */
	uint32_t mapping;      /* that the memory in hand is part of, see struct owned */
	size_t n_passed;       /* of what is owned: it ends below the mapping in hand */
};

static int add_root(struct finding *finding, const struct root *root)
{
	struct root copy = *root;

	copy.mapping = finding->mapping;
	return vec_push(&finding->roots->items, copy);
}

/* The number of the file, added if it is new; files come one after the other in the maps. */
static int file_number(struct roots *roots, const char *path, uint32_t *ret)
{
	char *copy;

	if (!roots->files.n || strcmp(roots->files.items[roots->files.n - 1], path) != 0) {
		copy = strdup(path);
		if (!copy || vec_push(&roots->files, copy) < 0) {
			free(copy);
			return -ENOMEM;
		}
	}
	*ret = (uint32_t)roots->files.n - 1;
	return 0;
}

/* The stack pointer of THREAD, as far as it matters. */
static uint64_t thread_sp(const struct finding *finding, const struct freeze_thread *thread)
{
	const struct exit_thread *exit = &finding->request->exit;

	return exit->tid == thread->tid && exit->sp ? exit->sp : thread->sp - RED_ZONE_BYTES;
}

/* The thread whose stack is in use furthest down in [START, END), or NULL. */
static const struct freeze_thread *thread_on(const struct finding *finding, uint64_t start,
					     uint64_t end)
{
	const struct freeze_thread *found = NULL;

	vec_foreach(thread, &finding->request->freeze->threads) {
		uint64_t sp = thread_sp(finding, thread);

		if (thread->stopped && sp >= start && sp < end &&
		    (!found || sp < thread_sp(finding, found)))
			found = thread;
	}
	return found;
}

/* The thread whose thread-local data is in [START, END), or NULL. */
static const struct freeze_thread *thread_with_data_in(const struct finding *finding,
						       uint64_t start, uint64_t end)
{
	vec_foreach(thread, &finding->request->freeze->threads) {
		if (thread->stopped && thread->thread_pointer >= start &&
		    thread->thread_pointer < end)
			return thread;
	}
	return NULL;
}

/*
 * Where the kernel has put arguments and environment, which are needed to the end, at the top of
 * the first stack; 0 if that is not known. A thread that has ended does not know it any more.
 */
static uint64_t find_first_frame(const struct freeze *freeze)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[1024];
	const char *end = NULL;
	uint64_t start = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)freeze->pid,
		 (int)freeze_living(freeze));
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file))
		end = strrchr(line, ')');
	/* Field 28 of proc(5), startstack; the third one follows the name. */
	for (int field = 2; end && field < 28; field++)
		end = strchr(end + 1, ' ');
	return end && sscanf(end, " %" SCNu64, &start) == 1 ? start : 0;
}

/* The first thread may have ended before the others. */
static bool first_thread_lives(const struct freeze *freeze)
{
	vec_foreach(thread, &freeze->threads) {
		if (thread->tid == freeze->pid)
			return thread->stopped;
	}
	return false;
}

/* Allocator's memory: scanned through its live blocks alone, if all of them are known. */
static int add_allocator(struct finding *finding, const struct area *area)
{
	const struct freeze_thread *thread;
	struct root root = { .start = area->start, .end = area->end };

	if (finding->request->older_memory) {
		root.kind = ROOT_UNKNOWN;
		finding->roots->older_bytes += area->end - area->start;
		return add_root(finding, &root);
	}
	thread = thread_with_data_in(finding, area->start, area->end);
	if (!thread)
		return 0;
	root.kind = ROOT_THREAD;
	root.tid = thread->tid;
	if (root.start + THREAD_DATA_BELOW < thread->thread_pointer)
		root.start = thread->thread_pointer - THREAD_DATA_BELOW;
	if (root.end > thread->thread_pointer + THREAD_DATA_ABOVE)
		root.end = thread->thread_pointer + THREAD_DATA_ABOVE;
	return add_root(finding, &root);
}

/*
 * A stack: from the stack pointer up. Where no thread is on it now, it may still be needed, by a
 * thread that runs a signal handler on another one; of a thread that has ended it is not, apart
 * from the C library's descriptor at its top, which leads to its thread-local storage.
 */
static int add_stack(struct finding *finding, const struct area *area,
		     const struct freeze_thread *on)
{
	struct root root = { .start = area->start, .end = area->end, .kind = ROOT_STACK };
	const struct freeze_thread *owner =
		on ? on : thread_with_data_in(finding, area->start, area->end);

	if (!owner && strcmp(area->path, "[stack]") != 0) {
		/* What the C library keeps for the thread until it is joined, and after. */
		if (area->end - area->start > THREAD_DESCRIPTOR)
			root.start = area->end - THREAD_DESCRIPTOR;
		root.kind = ROOT_THREAD;
		return add_root(finding, &root);
	}
	root.tid = owner ? owner->tid : finding->request->freeze->pid;
	if (on) {
		root.start = thread_sp(finding, on);
	} else if (!owner && !first_thread_lives(finding->request->freeze)) {
		uint64_t first = find_first_frame(finding->request->freeze);

		if (first >= root.start && first < root.end)
			root.start = first;
	}
	return add_root(finding, &root);
}

/* Shared memory: files that are in no file system. */
static bool is_memory(const char *path)
{
	static const char *const memory[] = { "/dev/shm/", "/dev/zero", "/SYSV", "/memfd:" };

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++) {
		if (str_starts_with(path, memory[i]))
			return true;
	}
	return false;
}

static int add_program(struct finding *finding, const struct area *area)
{
	const char *allocator = finding->allocator;
	struct root root = {
		.start = area->start, .end = area->end, .kind = ROOT_MAPPING, .offset = area->offset
	};
	int r;

	if (*area->path == '/' && !is_memory(area->path)) {
		root.kind = ROOT_GLOBAL;
		root.blocks_only = str_starts_with(str_basename(area->path), "ld-linux");
		root.starts_only = allocator && strcmp(area->path, allocator) == 0;
		r = file_number(finding->roots, area->path, &root.file);
		if (r < 0)
			return r;
	} else if (thread_with_data_in(finding, area->start, area->end)) {
		root.kind = ROOT_THREAD;
		root.tid = thread_with_data_in(finding, area->start, area->end)->tid;
	}
	return add_root(finding, &root);
}

/* A part of a mapping of which the owner is known. */
static int add_part(struct finding *finding, const struct area *area, enum owner owner)
{
	const struct freeze_thread *on;

	/* A stack in it is in a live block, to which the stack pointer leads. */
	if (owner == OWNER_ALLOCATOR ||
	    (strcmp(area->path, "[heap]") == 0 && !finding->request->heap_is_program))
		return add_allocator(finding, area);
	on = thread_on(finding, area->start, area->end);
	if (on || owner == OWNER_STACK || strcmp(area->path, "[stack]") == 0)
		return add_stack(finding, area, on);
	return add_program(finding, area);
}

/*
 * Memory of files that are shared holds no pointers that mean something to this process, unless
 * it is in no file system. Reading the memory of devices may do anything.
 */
static bool area_counts(const struct area *area)
{
	if (str_starts_with(area->path, "[v"))
		return false;
	return is_memory(area->path) ||
	       (!str_starts_with(area->path, "/dev/") && !(area->shared && *area->path == '/'));
}

/* Divides a mapping among its owners. */
static int add_area(struct finding *finding, const struct area *area)
{
	const struct owned_list *list = &finding->request->owned;
	struct area part = *area;
	int r = 0;

	while (finding->n_passed < list->n && list->items[finding->n_passed].end <= area->start)
		finding->n_passed++;
	for (size_t i = finding->n_passed; i < list->n && part.start < area->end && r == 0; i++) {
		const struct owned *owned = &list->items[i];

		if (owned->start >= area->end)
			break;
		if (owned->start > part.start) {
			part.end = owned->start;
			r = add_part(finding, &part, OWNER_PROGRAM);
			part.offset += part.end - part.start;
			part.start = part.end;
		}
		part.end = owned->end < area->end ? owned->end : area->end;
		if (owned->owner == OWNER_PROGRAM && area->is_bss)
			part.path = "";
		finding->mapping = owned->mapping;
		if (r == 0)
			r = add_part(finding, &part, owned->owner);
		finding->mapping = 0;
		part.path = area->path;
		part.offset += part.end - part.start;
		part.start = part.end;
	}
	part.end = area->end;
	if (r == 0 && part.start < part.end)
		r = add_part(finding, &part, OWNER_PROGRAM);
	return r;
}

/* False for a line that is not about memory that can be read and written. */
static bool area_parse(char *line, const char *root, struct area *ret)
{
	char mode[5] = "";
	int at = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &ret->start,
		   &ret->end, mode, &ret->offset, &at) < 4 ||
	    ret->start >= ret->end)
		return false;
	ret->path = rooted_path(root, at ? line + at : "");
	ret->shared = mode[3] == 's';
	return mode[0] == 'r' && mode[1] == 'w' && area_counts(ret);
}

/*
 * The zeroed data of a file follows it in memory, without its name: it is still the file's.
 * Returns whether AREA was such.
 */
static void area_name_bss(struct area *area, const struct area *before, const char *name)
{
	if (*area->path || before->end != area->start || *name != '/')
		return;
	area->path = name;
	area->is_bss = true;
	area->offset = before->offset + (before->end - before->start);
}

static int add_areas(struct finding *finding, FILE *maps)
{
	_cleanup_free_ char *line = NULL, *name = strdup("");
	struct area before = { 0 };
	size_t bytes = 0;
	int r = 0;

	while (r == 0 && name && getline(&line, &bytes, maps) > 0) {
		struct area area = { 0 };
		bool counts = area_parse(line, finding->root, &area);

		if (counts)
			area_name_bss(&area, &before, name);
		if (counts)
			r = add_area(finding, &area);
		if (area.path && area.path != name) {
			free(name);
			name = strdup(area.path);
		}
		before = area;
	}
	return name ? r : -ENOMEM;
}

static int add_registers(struct finding *finding, const struct freeze_thread *thread)
{
	const struct exit_thread *exit = &finding->request->exit;
	bool exits = exit->tid == thread->tid && exit->sp;
	unsigned n = exits ? EXIT_REGISTERS : thread->n_registers;
	struct root sp = { .kind = ROOT_REGISTER,
			   .tid = thread->tid,
			   .name = "sp",
			   .value = exits ? exit->sp : thread->sp };
	int r = add_root(finding, &sp);

	for (unsigned i = 0; i < n && r == 0; i++) {
		struct root root = { .kind = ROOT_REGISTER,
				     .tid = thread->tid,
				     .name = freeze_register_name(i),
				     .value = exits ? exit->registers[i] : thread->registers[i] };

		r = add_root(finding, &root);
	}
	return r;
}

/* What was reachable until the program released what led to it. */
static int add_kept(struct finding *finding)
{
	const struct roots_request *request = finding->request;
	int r = 0;

	for (size_t i = 0; r == 0 && i < request->n_kept; i++)
		r = add_root(finding,
			     &(struct root){ .kind = ROOT_TEARDOWN, .value = request->kept[i] });
	return r;
}

/* Whether PATH is the program itself: a static one, whose own data is in the same file. */
static bool is_program(const struct freeze *freeze, const char *root, const char *path)
{
	char link[32], program[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)freeze_living(freeze));
	n = readlink(link, program, sizeof(program) - 1);
	if (n <= 0)
		return false;
	program[n] = '\0';
	return strcmp(rooted_path(root, program), path) == 0;
}

int roots_find(struct roots *roots, const struct roots_request *request)
{
	struct finding finding = { .roots = roots,
				   .request = request,
				   .allocator = request->allocator_file };
	_cleanup_free_ char *root = rooted_root(freeze_living(request->freeze));
	_cleanup_fclose_ FILE *maps = NULL;
	char path[32];
	int r = 0;

	*roots = (struct roots){ 0 };
	finding.root = root;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)freeze_living(request->freeze));
	maps = fopen(path, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	if (finding.allocator && is_program(request->freeze, root, finding.allocator))
		finding.allocator = NULL;
	vec_foreach(thread, &request->freeze->threads) {
		if (r == 0 && thread->stopped)
			r = add_registers(&finding, thread);
	}
	if (r == 0)
		r = add_kept(&finding);
	return r < 0 ? r : add_areas(&finding, maps);
}

void roots_done(struct roots *roots)
{
	vec_foreach(file, &roots->files)
		free(*file);
	vec_done(&roots->files);
	vec_done(&roots->items);
}
