// SPDX-License-Identifier: BSD-2-Clause
/* ELF files: see binary.h. */
#include "symbol/binary.h"

#include <string.h>

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>

#include "base/debuglink.h"
#include "base/log.h"
#include "base/str.h"
#include "symbol/debugfile.h"
#include "symbol/debuginfo.h"
#include "symbol/symtab.h"

/* Far above the few that a linker writes. */
enum { BINARY_MAX_SEGMENTS = 4096 };

/* Longer symbols exist, but no demangler takes them. */
enum { BINARY_MAX_SYMBOL = 4096 };

struct segment {
	uint64_t offset;
	uint64_t bytes;
	uint64_t address;
	bool code; /* else data, which goes on in memory where the file ends */
};

struct binary {
	Dwfl_Callbacks callbacks;
	char *debug_root;
	struct debugsearch search;
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;
	GElf_Addr bias;
	VEC(struct segment) segments; /* executable and writable ones */
	bool loaded;
	struct symtab symtab;
	char *debug_dir;
	bool has_debuginfo;
	Dwarf_Addr debug_bias; /* what the DWARF's addresses are lower by */
	struct debuginfo debuginfo;
};

static int binary_read_segments(struct binary *binary)
{
	size_t n;

	if (elf_getphdrnum(binary->elf, &n) != 0)
		return -ENOEXEC;
	for (size_t i = 0; i < n && i < BINARY_MAX_SEGMENTS; i++) {
		struct segment segment;
		GElf_Phdr header;

		if (!gelf_getphdr(binary->elf, (int)i, &header) || header.p_type != PT_LOAD ||
		    !(header.p_flags & (PF_X | PF_W)))
			continue;
		segment.offset = header.p_offset;
		segment.address = header.p_vaddr;
		segment.code = header.p_flags & PF_X;
		segment.bytes = segment.code ? header.p_filesz : header.p_memsz;
		if (vec_push(&binary->segments, segment) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* libelf also takes archives and compressed files; here only what the kernel could have mapped. */
static int binary_check_header(int fd)
{
	GElf_Half type;
	unsigned char header[EI_NIDENT + sizeof(type)];

	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    memcmp(header, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	memcpy(&type, header + EI_NIDENT, sizeof(type));
	return type == ET_EXEC || type == ET_DYN ? 0 : -ENOEXEC;
}

int binary_open(int fd, const char *path, const char *debug_root, struct binary **ret_binary)
{
	_cleanup_(binary_closep) struct binary *binary = NULL;
	_cleanup_close_ int own_fd = fd;
	void **userdata;
	int r = binary_check_header(own_fd);

	if (r < 0)
		return r;
	binary = calloc(1, sizeof(*binary));
	if (!binary)
		return -ENOMEM;
	binary->debug_root = strdup(debug_root);
	if (!binary->debug_root)
		return -ENOMEM;
	binary->search.root = binary->debug_root;
	binary->callbacks.find_debuginfo = debugfile_find;
	binary->callbacks.section_address = dwfl_offline_section_address;
	binary->callbacks.debuginfo_path = &binary->debug_root;
	binary->dwfl = dwfl_begin(&binary->callbacks);
	if (!binary->dwfl)
		return -ENOMEM;
	binary->module = dwfl_report_elf(binary->dwfl, "", path, own_fd, 0, true);
	if (!binary->module)
		return -ENOEXEC;
	TAKE_FD(own_fd);
	dwfl_module_info(binary->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = &binary->search;
	if (dwfl_report_end(binary->dwfl, NULL, NULL) != 0)
		return -ENOEXEC;
	binary->elf = dwfl_module_getelf(binary->module, &binary->bias);
	if (!binary->elf)
		return -ENOEXEC;
	r = binary_read_segments(binary);
	if (r < 0)
		return r;
	*ret_binary = TAKE_PTR(binary);
	return 0;
}

void binary_close(struct binary *binary)
{
	if (binary->has_debuginfo)
		debuginfo_done(&binary->debuginfo);
	if (binary->loaded)
		symtab_done(&binary->symtab);
	if (binary->dwfl)
		dwfl_end(binary->dwfl);
	vec_done(&binary->segments);
	free(binary->debug_dir);
	free(binary->debug_root);
	free(binary);
}

void binary_use_server(struct binary *binary, struct debugserver *server)
{
	binary->search.server = server;
}

bool binary_has_build_id(struct binary *binary, const uint8_t *build_id, size_t n)
{
	const void *found;
	ssize_t n_found = dwelf_elf_gnu_build_id(binary->elf, &found);

	/* A module keeps no more than its first bytes. */
	return n_found >= 0 && (size_t)n_found >= n && memcmp(found, build_id, n) == 0;
}

/*
 * False if the DWARF refers to a supplementary file that is a pipe or so: libdw would open it
 * when a DIE refers to it.
 */
static bool dwarf_is_safe(Dwarf *dwarf, const char *dir)
{
	const char *name;
	const void *build_id;

	return dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id) <= 0 ||
	       debugfile_is_safe(dir, name);
}

static int binary_load_debuginfo(struct binary *binary)
{
	_cleanup_(ranges_done) struct ranges code = { 0 };
	const char *main_file = NULL, *debug_file = NULL;
	Dwarf_Addr bias = 0;
	Dwarf *dwarf = dwfl_module_getdwarf(binary->module, &bias);

	if (!dwarf)
		return 0;
	dwfl_module_info(binary->module, NULL, NULL, NULL, NULL, NULL, &main_file, &debug_file);
	if (!debug_file)
		debug_file = main_file ? main_file : "";
	binary->debug_dir = debuglink_dir(debug_file);
	if (!binary->debug_dir)
		return -ENOMEM;
	if (!dwarf_is_safe(dwarf, binary->debug_dir))
		return 0;
	vec_foreach(segment, &binary->segments) {
		uint64_t start = segment->address + binary->bias - bias;

		if (segment->code && ranges_add(&code, start, start + segment->bytes, 0, 0) < 0)
			return -ENOMEM;
	}
	ranges_sort(&code);
	binary->has_debuginfo = true;
	binary->debug_bias = bias;
	log_debug(LOG_SYMBOLS, "%s: DWARF from %s", main_file ? main_file : "?", debug_file);
	return debuginfo_init(&binary->debuginfo, dwarf, binary->debug_dir, &code);
}

static int binary_load(struct binary *binary)
{
	int r;

	if (binary->loaded)
		return 0;
	binary->loaded = true;
	r = symtab_init(&binary->symtab, binary->module);
	return r < 0 ? r : binary_load_debuginfo(binary);
}

static bool binary_find_address(const struct binary *binary, uint64_t offset, bool code,
				GElf_Addr *ret)
{
	vec_foreach(segment, &binary->segments) {
		if (segment->code == code && offset >= segment->offset &&
		    offset - segment->offset < segment->bytes) {
			*ret = segment->address + (offset - segment->offset) + binary->bias;
			return true;
		}
	}
	return false;
}

int binary_find_unit(struct binary *binary, uint64_t offset, size_t *ret_unit)
{
	GElf_Addr address;
	int r = binary_load(binary);

	if (r < 0)
		return r;
	*ret_unit = SIZE_MAX;
	if (binary->has_debuginfo && binary_find_address(binary, offset, true, &address))
		*ret_unit = debuginfo_find_unit(&binary->debuginfo, address - binary->debug_bias);
	return 0;
}

int binary_add_frames(struct binary *binary, uint64_t offset, struct frames *frames)
{
	char name[BINARY_MAX_SYMBOL];
	char *symbol;
	GElf_Addr address;
	int r;

	if (!binary_find_address(binary, offset, true, &address))
		return 0;
	r = binary_load(binary);
	if (r < 0)
		return r;
	symbol = symtab_find(&binary->symtab, address, name, sizeof(name));
	if (binary->has_debuginfo) {
		size_t n_before = frames->list.n;

		r = debuginfo_add_frames(&binary->debuginfo, address - binary->debug_bias, symbol,
					 frames);
		if (r < 0 || frames->list.n > n_before)
			return r;
	}
	return symbol ? frames_add(frames, &(struct frame){ .function = symbol }) : 0;
}

int binary_add_data(struct binary *binary, uint64_t offset, struct frames *frames)
{
	GElf_Addr address;
	GElf_Off within = 0;
	GElf_Sym symbol;
	const char *name = NULL;
	_cleanup_free_ char *text = NULL;

	if (binary_find_address(binary, offset, false, &address))
		name = dwfl_module_addrinfo(binary->module, address, &within, &symbol, NULL, NULL,
					    NULL);
	/* A symbol that ends before the address only happens to be the last one before it. */
	if (!name || (symbol.st_size && within >= symbol.st_size))
		return 0;
	if (!within)
		return frames_add(frames, &(struct frame){ .function = name });
	text = str_printf("%s+%llu", name, (unsigned long long)within);
	return text ? frames_add(frames, &(struct frame){ .function = text }) : -ENOMEM;
}

void binary_rest(struct binary *binary)
{
	if (binary->has_debuginfo)
		debuginfo_rest(&binary->debuginfo);
}
