// SPDX-License-Identifier: BSD-2-Clause
/* Probes before a program runs: see early.h. */
#include "cmd/early.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/mapped.h"
#include "cmd/start.h"
#include "collect/procfs.h"

static struct file_probe probe_path(struct files *files, const char *path, struct diag *diag)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return (struct file_probe){ 0 };
	return files_probe_fd(files, fd, path, 0, 0, diag);
}

static void probe_pattern(struct files *files, const char *pattern, struct diag *diag)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		probe_path(files, found.gl_pathv[i], diag);
	globfree(&found);
}

char *early_libc(void)
{
	Dl_info info;

	return dladdr((void *)(uintptr_t)fopen, &info) ? realpath(info.dli_fname, NULL) : NULL;
}

/* Probes the loader, and a program that does not wait in one. Returns whether it does. */
static bool start_probe(struct files *files, const struct start *start, pid_t pid,
			struct diag *diag)
{
	const struct start_file *program = &start->program, *loader = &start->loader;

	if (loader->fd >= 0 && files_probe_fd(files, loader->fd, loader->path, pid, 0, diag).loader)
		return true;
	files_probe_fd(files, program->fd, program->path, pid, 0, diag);
	return false;
}

int early_probe_system(struct files *files, const char *program, struct diag *diag)
{
	_cleanup_free_ char *real = early_libc();
	size_t n_before = diag->lines.n;
	struct start start;

	if (!real)
		return diag_add(diag, -ENOENT, "cannot find this machine's C library");
	probe_path(files, real, diag);
	/*
	 * Programs that load another allocator wait until it has its probes: see early_hold(). A C
	 * library that is the loader itself must have them before.
	 */
	probe_pattern(files, "/lib/ld-musl-*.so.1", diag);
	if (program)
		probe_path(files, program, diag);
	if (program && start_find(getpid(), program, &start) == 0) {
		start_probe(files, &start, 0, diag);
		start_done(&start);
	}
	return diag->lines.n > n_before ? diag->lines.items[n_before].code : 0;
}

/* Which loader leaktrace's own program asks for is what most others ask for. */
static const char *loader_path(void)
{
#if defined(__x86_64__)
	return "/lib64/ld-linux-x86-64.so.2";
#else
	return "/lib/ld-linux-aarch64.so.1";
#endif
}

void early_hold(struct files *files, struct diag *diag)
{
	size_t n_before = diag->lines.n;

	files_hold_starts(files);
	if (!probe_path(files, loader_path(), diag).loader && diag->lines.n > n_before)
		diag_hint(diag, "the first tests of a program may be missed, and the first calls "
				"of an allocator of its own");
}

struct process_probe {
	const struct early *early;
	pid_t pid;
};

static int probe_mapping(void *data, const struct procfs_mapping *mapping)
{
	struct process_probe *probe = data;
	_cleanup_close_ int fd = -1;

	if (mapping->path[0] != '/')
		return 0;
	fd = mapped_file_open(probe->pid, mapping->path);
	if (fd >= 0)
		files_probe_fd(probe->early->files, fd, mapping->path, probe->pid, 0,
			       probe->early->late);
	return 0;
}

void early_loaded(void *early, pid_t pid)
{
	struct process_probe probe = { early, pid };

	if (procfs_mappings(pid, probe_mapping, &probe) < 0)
		log_debug(LOG_ATTACH, "what process %d has mapped cannot be read", (int)pid);
}

bool early_starts(void *data, pid_t pid, uint64_t path)
{
	const struct early *early = data;
	struct start start;
	bool waits;

	/* What is not there is looked for again and again, in one folder after the other. */
	if (start_find_at(pid, path, &start) < 0)
		return true;
	waits = start_probe(early->files, &start, pid, early->late);
	start_done(&start);
	return waits;
}
