// SPDX-License-Identifier: BSD-2-Clause
/*
 * Full symbol tables: in the file, packed into it, or in its debug file. All three may be
 * anything, so packed data may not unpack to more than a symbol table can need, and a debug file
 * must prove that it belongs to this build.
 */
#include "probe/elf_symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "base/debuglink.h"
#include "base/log.h"

enum {
	MAX_PACKED_BYTES = 16 << 20,
	MAX_UNPACKED_BYTES = 64 << 20,
	MAX_UNPACKING_BYTES = 96 << 20, /* memory of liblzma: its strongest level takes 65 MiB */
	MAX_LINK_BYTES = 4096,
	FIRST_BYTES = 1 << 16,
	MAX_BUILD_ID_BYTES = 64,
};

static bool has_symtab(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
			return true;
	}
	return false;
}

/* Lets STREAM write more into *BYTES, which has *N. */
static bool unpacked_grow(lzma_stream *stream, char **bytes, size_t *n)
{
	size_t n_done = stream->total_out, n_new = *n ? *n * 2 : FIRST_BYTES;
	char *new = n_new <= MAX_UNPACKED_BYTES ? realloc(*bytes, n_new) : NULL;

	if (!new)
		return false;
	*bytes = new;
	*n = n_new;
	stream->next_out = (uint8_t *)new + n_done;
	stream->avail_out = n_new - n_done;
	return true;
}

/* Fresh memory with what PACKED, in the format of xz, unpacks to; NULL if it is damaged. */
static char *unpack(const Elf_Data *packed, size_t *ret_n)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	_cleanup_free_ char *bytes = NULL;
	lzma_ret r = lzma_stream_decoder(&stream, MAX_UNPACKING_BYTES, 0);
	size_t n = 0;

	stream.next_in = packed->d_buf;
	stream.avail_in = packed->d_size;
	while (r == LZMA_OK && (stream.avail_out || unpacked_grow(&stream, &bytes, &n)))
		r = lzma_code(&stream, LZMA_FINISH);
	*ret_n = stream.total_out;
	lzma_end(&stream);
	return r == LZMA_STREAM_END ? TAKE_PTR(bytes) : NULL;
}

/* Fedora leaves the symbols that are not exported in the file, packed. */
static void packed_open(struct elf_file *file)
{
	const Elf_Data *packed = elf_file_section(file, ".gnu_debugdata", MAX_PACKED_BYTES);
	Elf64_Ehdr header;
	size_t n = 0;

	file->packed = packed ? unpack(packed, &n) : NULL;
	if (!file->packed || n < sizeof(header))
		return;
	memcpy(&header, file->packed, sizeof(header));
	if (elf_file_check_header(&header) == 0)
		file->packed_elf = elf_memory(file->packed, n);
}

/* What a debug file must prove: its build-id if both have one, else its checksum. */
struct wanted {
	uint8_t build_id[MAX_BUILD_ID_BYTES];
	size_t n_build_id;
	const uint32_t *crc; /* NULL: not known */
	struct elf_file *found;
};

static bool wanted_check(void *data, int fd, const char *path)
{
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	struct wanted *wanted = data;
	uint8_t build_id[MAX_BUILD_ID_BYTES];
	size_t n;
	bool same;

	if (elf_file_open(fd, &file) < 0)
		return false;
	n = elf_file_build_id(file, build_id, sizeof(build_id));
	if (n && wanted->n_build_id)
		same = n == wanted->n_build_id && memcmp(build_id, wanted->build_id, n) == 0;
	else
		same = wanted->crc && debuglink_has_crc(fd, *wanted->crc);
	log_debug(LOG_ATTACH, "%s: %s", path,
		  same ? "symbols" : "belongs to another build, not used");
	if (same)
		wanted->found = TAKE_PTR(file);
	return same;
}

/* The name in .gnu_debuglink, NULL if there is none; the checksum stands behind it, aligned. */
static const char *link_name(struct elf_file *file, uint32_t *ret_crc)
{
	const Elf_Data *data = elf_file_section(file, ".gnu_debuglink", MAX_LINK_BYTES);
	const char *name = data ? data->d_buf : NULL;
	const char *end = name ? memchr(name, '\0', data->d_size) : NULL;
	size_t at = end ? ((size_t)(end - name) + sizeof(*ret_crc)) & ~(sizeof(*ret_crc) - 1) : 0;

	if (!end || end == name || at + sizeof(*ret_crc) > data->d_size)
		return NULL;
	memcpy(ret_crc, name + at, sizeof(*ret_crc));
	return name;
}

/* First as the program sees it, which may be in a container, then on this machine. */
static void debug_file_open(struct elf_file *file)
{
	struct wanted wanted = { 0 };
	struct debuglink link = { .root = file->root,
				  .folder = DEBUGLINK_FOLDER,
				  .file_name = file->path,
				  .build_id = wanted.build_id,
				  .check = wanted_check,
				  .data = &wanted };
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	uint32_t crc;

	if (!file->root || !file->path)
		return;
	link.name = link_name(file, &crc);
	wanted.crc = link.name ? &crc : NULL;
	wanted.n_build_id = elf_file_build_id(file, wanted.build_id, sizeof(wanted.build_id));
	link.n_build_id = wanted.n_build_id;
	fd = debuglink_open(&link, &path);
	if (fd < 0 && *file->root) {
		link.root = "";
		link.name = NULL;
		fd = debuglink_open(&link, &path);
	}
	file->debug_file = wanted.found;
}

Elf *elf_file_symbols(struct elf_file *file)
{
	if (has_symtab(file->elf))
		return file->elf;
	if (!file->symbols_sought) {
		file->symbols_sought = true;
		packed_open(file);
		if (!file->packed_elf || !has_symtab(file->packed_elf))
			debug_file_open(file);
	}
	if (file->debug_file)
		return file->debug_file->elf;
	return file->packed_elf;
}
