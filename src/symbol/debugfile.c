// SPDX-License-Identifier: BSD-2-Clause
/* The search for separate debug files: see debugfile.h. */
#include "symbol/debugfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <elfutils/libdwelf.h>

#include "base/debuglink.h"
#include "base/log.h"
#include "base/str.h"

static inline void elf_endp(Elf **elf)
{
	if (*elf)
		elf_end(*elf);
}

char *debugfile_path(const char *dir, const char *name)
{
	if (name[0] == '/' || dir[0] == '\0')
		return strdup(name);
	return str_printf("%s/%s", dir, name);
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

/* What a debug file must prove: its build-id if both have one, else its checksum. */
struct wanted {
	const unsigned char *build_id;
	size_t build_id_bytes;
	GElf_Word crc;
	bool only_build_id; /* there is no checksum */
};

/* True if the open file at PATH proves what is wanted. */
static bool wanted_check(void *data, int fd, const char *path)
{
	const struct wanted *wanted = data;
	int same = -ENOENT;

	if (wanted->build_id_bytes)
		same = file_has_build_id(fd, wanted->build_id, wanted->build_id_bytes);
	if (same == -ENOENT && !wanted->only_build_id)
		same = debuglink_has_crc(fd, wanted->crc);
	log_debug(LOG_SYMBOLS, "%s: %s", path,
		  same > 0 ? "debug file" : "belongs to another build, not used");
	return same > 0;
}

/* From a server, which may send anything. */
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

/* Opens what is right on this machine, else on the server; LINK and WANTED say what that is. */
static int wanted_find(struct debuglink *link, struct wanted *wanted,
		       const struct debugsearch *search, char **ret_path)
{
	int fd;

	link->root = "";
	link->folder = search->root;
	link->build_id = wanted->build_id;
	link->n_build_id = wanted->build_id_bytes;
	link->check = wanted_check;
	link->data = wanted;
	fd = debuglink_open(link, ret_path);
	return fd >= 0 ? fd : wanted_fetch(wanted, search->server, ret_path);
}

/* The file that dwz moved common parts to: relative to the file that names it, or by build-id. */
static int altlink_find(Dwfl_Module *module, const struct debugsearch *search, char **ret_path)
{
	struct wanted wanted = { .only_build_id = true };
	struct debuglink link = { 0 };
	_cleanup_free_ char *dir = NULL, *path = NULL;
	_cleanup_close_ int fd = -1;
	const char *name, *main_file, *debug_file;
	struct stat st;
	const void *build_id;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
	ssize_t n = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id) : -1;

	if (n <= 0)
		return -1;
	dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &main_file, &debug_file);
	if (!debug_file)
		debug_file = main_file;
	dir = debuglink_dir(debug_file ? debug_file : "");
	path = dir ? debugfile_path(dir, name) : NULL;
	if (!path)
		return -1;
	wanted.build_id = build_id;
	wanted.build_id_bytes = (size_t)n;
	fd = debuglink_open_file(path, &st);
	if (fd < 0 || !wanted_check(&wanted, fd, path))
		return wanted_find(&link, &wanted, search, ret_path);
	*ret_path = TAKE_PTR(path);
	return TAKE_FD(fd);
}

int debugfile_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **ret_name)
{
	const struct debugsearch *search = *userdata;
	struct wanted wanted = { .crc = crc, .only_build_id = !link };
	struct debuglink debuglink = { .file_name = file_name, .name = link };
	const unsigned char *bits;
	GElf_Addr at;
	int n;

	(void)name;
	(void)base;
	if (!file_name)
		return altlink_find(module, search, ret_name);
	n = dwfl_module_build_id(module, &bits, &at);
	if (n > 0) {
		wanted.build_id = bits;
		wanted.build_id_bytes = (size_t)n;
	}
	return wanted_find(&debuglink, &wanted, search, ret_name);
}
