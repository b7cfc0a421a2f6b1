// SPDX-License-Identifier: BSD-2-Clause
/* Reading /proc/PID: see procfs.h. */
#include "collect/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/rooted.h"
#include "base/str.h"

/* More than the kernel lets an argv or a list of mappings grow to. */
enum { MAX_FILE_BYTES = 64 << 20 };

static int procfs_read(pid_t pid, const char *name, char **ret_text, size_t *ret_n)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return str_read_file(path, MAX_FILE_BYTES, ret_text, ret_n);
}

/* The fields of /proc/PID/stat after the name, which may hold anything: state, ppid, ... */
static char *stat_fields(char *text)
{
	char *end = strrchr(text, ')');

	return end && end[1] == ' ' ? end + 2 : NULL;
}

/* The process that a thread belongs to, 0 if it cannot be told. */
static pid_t procfs_process_of(pid_t tid)
{
	_cleanup_free_ char *text = NULL;
	char *line;
	int pid = 0;

	if (procfs_read(tid, "status", &text, NULL) < 0)
		return 0;
	line = strstr(text, "\nTgid:");
	return line && sscanf(line, "\nTgid: %d", &pid) == 1 ? pid : 0;
}

enum { KERNEL_THREAD_FLAG = 0x00200000 }; /* PF_KTHREAD */

int procfs_check(pid_t pid, struct diag *diag)
{
	_cleanup_free_ char *text = NULL;
	unsigned flags = 0;
	char *fields;
	char state = 0;
	long n_threads = 0;
	int r = procfs_read(pid, "stat", &text, NULL);

	if (r == -ENOENT || r == -ESRCH)
		return diag_add(diag, -ESRCH, "there is no process %d", (int)pid);
	fields = r == 0 ? stat_fields(text) : NULL;
	if (!fields || sscanf(fields,
			      "%c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			      "%ld",
			      &state, &flags, &n_threads) != 3)
		return diag_add(diag, r < 0 ? r : -EIO, "cannot read /proc/%d/stat", (int)pid);
	if (state == 'Z' && n_threads > 1)
		return diag_add(diag, -ENOTSUP,
				"the first thread of process %d has ended, and with it what /proc "
				"says of the process: it can only be traced from its start",
				(int)pid);
	if (state == 'Z' || state == 'X')
		return diag_add(
			diag, -ESRCH,
			"process %d has ended (a zombie that its parent has not waited for)",
			(int)pid);
	if (flags & KERNEL_THREAD_FLAG)
		return diag_add(diag, -EINVAL,
				"process %d is a kernel thread; it has no C library to trace",
				(int)pid);
	if (procfs_process_of(pid) != pid)
		return diag_add(diag, -EINVAL, "%d is a thread of process %d; name the process",
				(int)pid, (int)procfs_process_of(pid));
	return 0;
}

int procfs_split_args(const char *bytes, size_t n, char ***ret_argv)
{
	VEC(char *) argv = { 0 };
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < n) {
		size_t length = strnlen(bytes + at, n - at);
		char *arg = strndup(bytes + at, length);

		r = arg ? vec_push(&argv, arg) : -ENOMEM;
		if (r < 0)
			free(arg);
		at += length + 1;
	}
	if (r == 0)
		r = vec_push(&argv, NULL);
	if (r < 0) {
		vec_foreach(arg, &argv)
			free(*arg);
		vec_done(&argv);
		return r;
	}
	*ret_argv = argv.items;
	return 0;
}

int procfs_command(pid_t pid, char ***ret_argv)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	int r = procfs_read(pid, "cmdline", &text, &n);

	if (r < 0)
		return r;
	if (n == 0)
		return -ENODATA;
	return procfs_split_args(text, n, ret_argv);
}

int procfs_environment(pid_t pid, char **ret_text, size_t *ret_n)
{
	return procfs_read(pid, "environ", ret_text, ret_n);
}

char *procfs_exe(pid_t pid)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return strdup(path);
}

void procfs_thread_name(pid_t pid, pid_t tid, char name[16])
{
	_cleanup_free_ char *text = NULL;
	char file[48];

	snprintf(file, sizeof(file), "task/%d/comm", (int)tid);
	if (procfs_read(pid, file, &text, NULL) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(name, 16, "%s", text);
}

pid_t procfs_parent(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	char *fields;
	int parent = 0;

	if (procfs_read(pid, "stat", &text, NULL) < 0)
		return 0;
	fields = stat_fields(text);
	if (!fields || sscanf(fields, "%*c %d", &parent) != 1)
		return 0;
	return parent;
}

uint64_t procfs_peak_rss_bytes(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	uint64_t kib = 0;
	char *line;

	if (procfs_read(pid, "status", &text, NULL) < 0)
		return 0;
	line = strstr(text, "\nVmHWM:");
	if (!line || sscanf(line, "\nVmHWM: %" SCNu64, &kib) != 1)
		return 0;
	return kib * 1024;
}

struct mapping_walk {
	int (*visit)(void *data, const struct procfs_mapping *mapping);
	void *data;
	bool code; /* only what can be executed, with names for what has no file */
	const char *root;
};

static int mapping_line(const struct mapping_walk *walk, char *line)
{
	struct procfs_mapping mapping;
	char perms[5] = "";
	int at_path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &mapping.start,
		   &mapping.end, perms, &mapping.offset, &at_path) != 4)
		return 0;
	mapping.executable = perms[2] == 'x';
	mapping.path = rooted_path(walk->root, at_path ? line + at_path : "");
	if (walk->code && !mapping.executable)
		return 0;
	if (walk->code && mapping.path[0] != '/' && strcmp(mapping.path, "[vdso]") != 0)
		mapping.path = "[anon]";
	return walk->visit(walk->data, &mapping);
}

static int mappings_walk(pid_t pid, struct mapping_walk *walk)
{
	_cleanup_free_ char *text = NULL, *root = rooted_root(pid);
	char *save = NULL;
	int r = procfs_read(pid, "maps", &text, NULL);

	if (r < 0)
		return r;
	walk->root = root;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		r = mapping_line(walk, line);
		if (r < 0)
			return r;
	}
	return 0;
}

int procfs_mappings(pid_t pid, int (*visit)(void *data, const struct procfs_mapping *mapping),
		    void *data)
{
	struct mapping_walk walk = { .visit = visit, .data = data, .code = true };

	return mappings_walk(pid, &walk);
}

int procfs_areas(pid_t pid, int (*visit)(void *data, const struct procfs_mapping *mapping),
		 void *data)
{
	struct mapping_walk walk = { .visit = visit, .data = data };

	return mappings_walk(pid, &walk);
}

int procfs_threads(pid_t pid, int (*visit)(void *data, pid_t tid), void *data)
{
	struct dirent *entry;
	char path[64];
	int r = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir))) {
		pid_t tid = (pid_t)atoi(entry->d_name);

		if (tid > 0)
			r = visit(data, tid);
	}
	closedir(dir);
	return r < 0 ? r : 0;
}
