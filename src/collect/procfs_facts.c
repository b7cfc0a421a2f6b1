// SPDX-License-Identifier: BSD-2-Clause
/* Reading /proc and cgroup folders: see procfs_facts.h. All of it may be gone at any moment. */
#include "collect/procfs_facts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/str.h"

enum { MAX_FILE_BYTES = 4 << 20 };

static int read_file(pid_t pid, const char *name, char **ret_text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return str_read_file(path, MAX_FILE_BYTES, ret_text, NULL);
}

/* A kernel thread runs no file. */
static bool has_program(pid_t pid)
{
	char path[64], target[1];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return readlink(path, target, sizeof(target)) > 0;
}

int procfs_pids(struct procfs_pids *ret)
{
	struct procfs_pids pids = { 0 };
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir))) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		if (pid > 0 && has_program(pid))
			r = vec_push(&pids.list, pid);
	}
	closedir(dir);
	if (r < 0) {
		vec_done(&pids.list);
		return r;
	}
	*ret = pids;
	return 0;
}

bool procfs_name(pid_t pid, char to[PROCFS_NAME_BYTES])
{
	_cleanup_free_ char *text = NULL;
	size_t n;

	if (read_file(pid, "comm", &text) < 0)
		return false;
	n = strcspn(text, "\n");
	if (n > PROCFS_NAME_BYTES - 1)
		n = PROCFS_NAME_BYTES - 1;
	memcpy(to, text, n);
	to[n] = '\0';
	return true;
}

bool procfs_uid(pid_t pid, uid_t *ret_uid)
{
	_cleanup_free_ char *text = NULL;
	char *line;

	if (read_file(pid, "status", &text) < 0)
		return false;
	line = strstr(text, "\nUid:");
	return line && sscanf(line, "\nUid: %u", ret_uid) == 1;
}

uint32_t procfs_namespace(pid_t pid, const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return stat(path, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

bool procfs_cgroup_has(pid_t pid, const char *text)
{
	_cleanup_free_ char *lines = NULL;

	return read_file(pid, "cgroup", &lines) == 0 && strstr(lines, text);
}

/* True if OPTIONS, words with commas between, have the word of N bytes. */
static bool options_have(const char *options, const char *word, size_t n)
{
	while (*options) {
		size_t n_option = strcspn(options, ",\n");

		if (n_option == n && strncmp(options, word, n) == 0)
			return true;
		options += n_option + (options[n_option] != '\0');
	}
	return false;
}

/* The number in the line "NUMBER:CONTROLLERS:PATH" of /proc/self/cgroup that fits OPTIONS. */
static int hierarchy_of_options(const char *options)
{
	_cleanup_free_ char *lines = NULL;
	int r = read_file(getpid(), "cgroup", &lines);

	if (r < 0)
		return r;
	for (char *line = lines; line; line = strchr(line, '\n')) {
		char *word;
		long number;

		line += *line == '\n';
		number = strtol(line, &word, 10);
		if (*word != ':' || !options_have(options, word + 1, strcspn(word + 1, ",:")))
			continue;
		return str_starts_with(word + 1, "name=") ? -ENOTSUP : (int)number;
	}
	return -ENOENT;
}

int procfs_cgroup_hierarchy(dev_t device)
{
	_cleanup_free_ char *lines = NULL;
	_cleanup_free_ char *wanted = str_printf(" %u:%u ", major(device), minor(device));
	int r = wanted ? read_file(getpid(), "mountinfo", &lines) : -ENOMEM;
	char *next;

	if (r < 0)
		return r;
	for (char *line = strtok_r(lines, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
		char *type = strstr(line, " - ");
		char *options = strrchr(line, ' ');

		if (!type || !strstr(line, wanted) || strstr(line, wanted) > type)
			continue;
		if (str_starts_with(type, " - cgroup2 "))
			return 0;
		if (str_starts_with(type, " - cgroup "))
			return hierarchy_of_options(options + 1);
	}
	return -ENOENT;
}

static int folder_pids(const char *folder, struct procfs_pids *pids)
{
	_cleanup_free_ char *path = str_printf("%s/cgroup.procs", folder);
	_cleanup_fclose_ FILE *file = path ? fopen(path, "re") : NULL;
	int pid, r = 0;

	while (r == 0 && file && fscanf(file, "%d", &pid) == 1)
		r = vec_push(&pids->list, pid);
	return r;
}

int procfs_cgroup_pids(const char *path, struct procfs_pids *ret)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOSTAT | FTS_XDEV, NULL);
	struct procfs_pids pids = { 0 };
	FTSENT *entry;
	int r = 0;

	if (!fts)
		return -errno;
	while (r == 0 && (entry = fts_read(fts))) {
		if (entry->fts_info == FTS_D)
			r = folder_pids(entry->fts_accpath, &pids);
	}
	fts_close(fts);
	if (r < 0) {
		vec_done(&pids.list);
		return r;
	}
	*ret = pids;
	return 0;
}
