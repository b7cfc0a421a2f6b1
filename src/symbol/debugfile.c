// SPDX-License-Identifier: BSD-2-Clause
/* The search for separate debug files: see debugfile.h. */
#include "symbol/debugfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <elfutils/libdwelf.h>
#include <zlib.h>

#include "base/log.h"
#include "base/str.h"

static inline void elf_endp(Elf **elf)
{
	if (*elf)
		elf_end(*elf);
}

int debugfile_open(const char *path, struct stat *ret_stat)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret_stat) < 0)
		return -errno;
	if (S_ISDIR(ret_stat->st_mode))
		return -EISDIR;
	return S_ISREG(ret_stat->st_mode) ? TAKE_FD(fd) : -EINVAL;
}

char *debugfile_path(const char *dir, const char *name)
{
	if (name[0] == '/' || dir[0] == '\0')
		return strdup(name);
	return str_printf("%s/%s", dir, name);
}

char *debugfile_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
}

bool debugfile_is_safe(const char *dir, const char *name)
{
	_cleanup_free_ char *path = debugfile_path(dir, name);
	struct stat stat_buffer;

	return path && (stat(path, &stat_buffer) < 0 || S_ISREG(stat_buffer.st_mode));
}

/* 1: FD has the build-id BITS, 0: it has another one, -ENOENT: it has none. */
static int file_has_build_id(int fd, const unsigned char *bits, size_t n)
{
	_cleanup_(elf_endp) Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const void *found;
	ssize_t n_found = elf ? dwelf_elf_gnu_build_id(elf, &found) : -1;

	if (n_found <= 0)
		return -ENOENT;
	return (size_t)n_found == n && memcmp(found, bits, n) == 0;
}

static bool file_has_crc(int fd, GElf_Word crc)
{
	unsigned char bytes[16384];
	uLong sum = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		sum = crc32(sum, bytes, (uInt)n);
		at += n;
	}
	return n == 0 && sum == crc;
}

/* What a debug file must prove: its build-id if both have one, else its checksum. */
struct wanted {
	const unsigned char *build_id;
	size_t build_id_bytes;
	GElf_Word crc;
	bool only_build_id; /* there is no checksum */
};

/* True if the open file at PATH proves what is wanted. */
static bool wanted_check(const struct wanted *wanted, int fd, const char *path)
{
	int same = -ENOENT;

	if (wanted->build_id_bytes)
		same = file_has_build_id(fd, wanted->build_id, wanted->build_id_bytes);
	if (same == -ENOENT && !wanted->only_build_id)
		same = file_has_crc(fd, wanted->crc);
	log_debug(LOG_SYMBOLS, "%s: %s", path,
		  same > 0 ? "debug file" : "belongs to another build, not used");
	return same > 0;
}

static int wanted_open(const struct wanted *wanted, const char *dir, const char *name,
		       char **ret_path)
{
	_cleanup_free_ char *path = debugfile_path(dir, name);
	_cleanup_close_ int fd = -1;
	struct stat stat_buffer;

	if (!path)
		return -1;
	fd = debugfile_open(path, &stat_buffer);
	if (fd < 0 || !wanted_check(wanted, fd, path))
		return -1;
	*ret_path = TAKE_PTR(path);
	return TAKE_FD(fd);
}

/* The same from a server, which may send anything. */
static int wanted_fetch(struct wanted *wanted, struct debugserver *server, char **ret_path)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	if (!server || !wanted->build_id_bytes)
		return -1;
	wanted->only_build_id = true;
	fd = debugserver_fetch(server, wanted->build_id, wanted->build_id_bytes, &path);
	if (fd < 0 || !path || !wanted_check(wanted, fd, path))
		return -1;
	*ret_path = TAKE_PTR(path);
	return TAKE_FD(fd);
}

/* Next to the file, in .debug there, and in the same place below ROOT. */
static int debuglink_find(const struct wanted *wanted, const char *root, const char *file_name,
			  const char *link, char **ret_path)
{
	_cleanup_free_ char *dir = debugfile_dir(file_name);
	_cleanup_free_ char *hidden = NULL;
	_cleanup_free_ char *below_root = NULL;
	const char *dirs[4];

	if (!dir || strchr(link, '/'))
		return -1;
	hidden = str_printf("%s/.debug", dir);
	below_root = str_printf("%s/%s", root, dir);
	if (!hidden || !below_root)
		return -1;
	dirs[0] = dir[0] ? dir : "/";
	dirs[1] = hidden;
	dirs[2] = below_root;
	dirs[3] = root;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int fd = -1;

		/* A file whose link names itself has nothing to add. */
		if (i > 0 || strcmp(str_basename(file_name), link) != 0)
			fd = wanted_open(wanted, dirs[i], link, ret_path);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

/* The file that dwz moved common parts to: relative to the file that names it. */
static int altlink_find(Dwfl_Module *module, struct debugserver *server, char **ret_path)
{
	struct wanted wanted = { .only_build_id = true };
	_cleanup_free_ char *dir = NULL;
	const char *name, *main_file, *debug_file;
	const void *build_id;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
	ssize_t n = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id) : -1;
	int fd;

	if (n <= 0)
		return -1;
	dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &main_file, &debug_file);
	if (!debug_file)
		debug_file = main_file;
	dir = debugfile_dir(debug_file ? debug_file : "");
	if (!dir)
		return -1;
	wanted.build_id = build_id;
	wanted.build_id_bytes = (size_t)n;
	fd = wanted_open(&wanted, dir, name, ret_path);
	return fd >= 0 ? fd : wanted_fetch(&wanted, server, ret_path);
}

int debugfile_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **ret_name)
{
	const struct debugsearch *search = *userdata;
	struct wanted wanted = { .crc = crc };
	const unsigned char *bits;
	GElf_Addr at;
	int n, fd;

	fd = dwfl_build_id_find_debuginfo(module, userdata, name, base, file_name, link, crc,
					  ret_name);
	if (fd >= 0)
		return fd;
	if (!file_name)
		return altlink_find(module, search->server, ret_name);
	n = dwfl_module_build_id(module, &bits, &at);
	if (n > 0) {
		wanted.build_id = bits;
		wanted.build_id_bytes = (size_t)n;
	}
	fd = link ? debuglink_find(&wanted, search->root, file_name, link, ret_name) : -1;
	return fd >= 0 ? fd : wanted_fetch(&wanted, search->server, ret_name);
}
