// SPDX-License-Identifier: BSD-2-Clause
/* From the path of an exec to the files that it maps: see start.h. */
#include "cmd/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/rooted.h"
#include "base/str.h"
#include "probe/elf_file.h"

/* What the kernel reads of a script, and how many scripts it follows. */
enum { SCRIPT_BYTES = 256, MAX_SCRIPTS = 5 };

static int proc_open(pid_t pid, const char *name, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, flags | O_CLOEXEC);
}

/* The string at ADDRESS in the process; fresh memory or NULL. */
static char *path_read(pid_t pid, uint64_t address)
{
	_cleanup_close_ int fd = proc_open(pid, "mem", O_RDONLY);
	char text[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text), (off_t)address);

	return n > 0 && memchr(text, '\0', (size_t)n) ? strdup(text) : NULL;
}

/* PATH from the root of the process; fresh memory or NULL. */
static char *path_from_root(pid_t pid, const char *path)
{
	_cleanup_free_ char *root = NULL;
	char link[32], directory[PATH_MAX];
	ssize_t n;

	if (path[0] == '/')
		return strdup(path);
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
	n = readlink(link, directory, sizeof(directory));
	if (!path[0] || n <= 0 || n == (ssize_t)sizeof(directory))
		return NULL;
	directory[n] = '\0';
	root = rooted_root(pid);
	return str_printf("%s/%s", rooted_path(root, directory), path);
}

/* No link leads out of the root; nothing but a plain file is opened, and no lease makes us wait. */
static int file_open(pid_t pid, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	_cleanup_close_ int root = proc_open(pid, "root", O_PATH | O_DIRECTORY);
	_cleanup_close_ int found = -1;
	struct stat st;
	char link[32];

	if (root >= 0)
		found = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (found < 0 || fstat(found, &st) < 0 || !S_ISREG(st.st_mode))
		return -ENOENT;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", found);
	return open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static void start_file_done(struct start_file *file)
{
	closep(&file->fd);
	free(file->path);
	*file = (struct start_file){ .fd = -1 };
}

/* Opens PATH, relative to PID; takes the place of what FILE was. */
static int start_file_open(pid_t pid, const char *path, struct start_file *file)
{
	struct start_file opened = { .fd = -1, .path = path_from_root(pid, path) };

	if (opened.path)
		opened.fd = file_open(pid, opened.path);
	start_file_done(file);
	*file = opened;
	return file->fd < 0 ? -ENOENT : 0;
}

/* The interpreter that a script names; fresh memory, NULL if the file is no script. */
static char *script_interpreter(int fd)
{
	char text[SCRIPT_BYTES + 1];
	ssize_t n = pread(fd, text, SCRIPT_BYTES, 0);
	char *name = text + 2;

	if (n < 2 || text[0] != '#' || text[1] != '!')
		return NULL;
	text[n] = '\0';
	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return strdup(name);
}

static int program_find(pid_t pid, const char *path, struct start_file *program)
{
	int r = start_file_open(pid, path, program);

	for (int i = 0; r == 0 && i < MAX_SCRIPTS; i++) {
		_cleanup_free_ char *interpreter = script_interpreter(program->fd);

		if (!interpreter)
			break;
		r = start_file_open(pid, interpreter, program);
	}
	return r;
}

int start_find(pid_t pid, const char *path, struct start *ret)
{
	_cleanup_(elf_file_closep) struct elf_file *elf = NULL;
	_cleanup_free_ char *loader = NULL;
	int r;

	*ret = (struct start){ .program.fd = -1, .loader.fd = -1 };
	r = program_find(pid, path, &ret->program);
	if (r == 0)
		r = elf_file_open(ret->program.fd, &elf);
	if (r == 0)
		loader = elf_file_interpreter(elf);
	if (loader)
		r = start_file_open(pid, loader, &ret->loader);
	if (r < 0)
		start_done(ret);
	return r;
}

int start_find_at(pid_t pid, uint64_t address, struct start *ret)
{
	_cleanup_free_ char *path = path_read(pid, address);

	return path ? start_find(pid, path, ret) : -EFAULT;
}

void start_done(struct start *start)
{
	start_file_done(&start->program);
	start_file_done(&start->loader);
}
