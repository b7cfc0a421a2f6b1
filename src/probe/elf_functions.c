// SPDX-License-Identifier: BSD-2-Clause
/*
 * Looks functions up in ELF files: called for each executable and library that a target maps.
 * The file may be anything, and may change or shrink while it is read: so it is never mapped,
 * every number in it is checked against the file's size, and what is read has a limit. Knows
 * nothing about probes.
 */
#include "probe/elf_functions.h"

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

enum {
	MAX_SEGMENTS = 256,
	MAX_TABLE_BYTES = 256 << 20, /* a symbol or string table; Chromium's are a fifth of it */
	MAX_CODE_BYTES = 1 << 20,    /* of one function */
	MAX_NOTES_BYTES = 1 << 16,
	MAX_DYNAMIC_BYTES = 1 << 16,
	MAX_SONAME_BYTES = 4096,
	VERSYM_HIDDEN = 0x8000, /* in an entry of SHT_GNU_versym: not the default version */
};

struct elf_file {
	int fd;
	uint64_t n_bytes;
	Elf *elf;
	VEC(GElf_Phdr) segments;
	VEC(uint8_t *) codes; /* what the code members point to */
	char *soname;	      /* NULL until it was asked for */
};

/* How well a symbol fits a name; a higher one replaces a lower one. */
enum rank {
	RANK_NONE,
	RANK_LOCAL,
	RANK_OLD_VERSION,
	RANK_DEFAULT,
};

struct wanted {
	struct elf_function *function;
	enum rank rank;
	uint64_t offset; /* 0: absent, although there is a symbol */
	uint64_t size;
};

struct wanted_list {
	struct wanted *items; /* sorted by name */
	size_t n;
	size_t max_name; /* length of the longest */
};

struct symbol_table {
	Elf_Data *symbols;
	Elf_Data *versions; /* NULL: without versions */
	const char *names;
	size_t n_names; /* names[n_names - 1] is NUL */
};

static int read_at(int fd, uint64_t offset, void *to, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(fd, (char *)to + done, n - done, (off_t)(offset + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -ENOEXEC;
		done += (size_t)r;
	}
	return 0;
}

static bool range_is_within(uint64_t offset, uint64_t n, uint64_t limit)
{
	return offset <= limit && n <= limit - offset;
}

/*
 * Only files that a 64-bit process of this machine can run: in others the probes would read the
 * wrong registers. The extended counts (more than 65,000 sections or segments) are refused since
 * libelf would believe them and allocate as much.
 */
static int header_check(int fd)
{
	Elf64_Ehdr header;
	int r = read_at(fd, 0, &header, sizeof(header));
	int native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	if (r < 0)
		return r;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != native)
		return -ENOEXEC;
#if defined(__x86_64__)
	if (header.e_machine != EM_X86_64)
		return -ENOEXEC;
#elif defined(__aarch64__)
	if (header.e_machine != EM_AARCH64)
		return -ENOEXEC;
#endif
	if ((header.e_shnum == 0 && header.e_shoff != 0) || header.e_phnum == 0 ||
	    header.e_phnum > MAX_SEGMENTS)
		return -ENOEXEC;
	return 0;
}

static int segments_read(struct elf_file *file)
{
	size_t n;

	/* libelf counts only those that are within the file. */
	if (elf_getphdrnum(file->elf, &n) < 0 || n == 0 || n > MAX_SEGMENTS)
		return -ENOEXEC;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(file->elf, (int)i, &segment))
			return -ENOEXEC;
		if (vec_push(&file->segments, segment) < 0)
			return -ENOMEM;
	}
	return 0;
}

int elf_file_open(int fd, struct elf_file **ret_file)
{
	_cleanup_(elf_file_closep) struct elf_file *file = calloc(1, sizeof(*file));
	struct stat st;
	int r;

	if (!file)
		return -ENOMEM;
	file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (file->fd < 0 || fstat(file->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOEXEC;
	file->n_bytes = (uint64_t)st.st_size;
	r = header_check(file->fd);
	if (r < 0)
		return r;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOTSUP;
	file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF)
		return -ENOEXEC;
	r = segments_read(file);
	if (r < 0)
		return r;
	*ret_file = TAKE_PTR(file);
	return 0;
}

void elf_file_close(struct elf_file *file)
{
	elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
	vec_foreach(code, &file->codes)
		free(*code);
	vec_done(&file->codes);
	vec_done(&file->segments);
	free(file->soname);
	free(file);
}

/*
 * Where the byte at ADDRESS is in the file, and how many bytes follow it there; false if no
 * segment with these FLAGS has it.
 */
static bool address_find(const struct elf_file *file, uint64_t address, uint32_t flags,
			 uint64_t *ret_offset, uint64_t *ret_n)
{
	vec_foreach(segment, &file->segments) {
		uint64_t within = address - segment->p_vaddr;

		if (segment->p_type != PT_LOAD || (segment->p_flags & flags) != flags ||
		    address < segment->p_vaddr || within >= segment->p_filesz ||
		    !range_is_within(segment->p_offset, segment->p_filesz, file->n_bytes))
			continue;
		*ret_offset = segment->p_offset + within;
		*ret_n = segment->p_filesz - within;
		return true;
	}
	return false;
}

/* The contents of a section of this type, NULL if it is not that, damaged, or too large. */
static Elf_Data *section_data(Elf_Scn *section, uint32_t type)
{
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header) || header.sh_type != type ||
	    header.sh_size > MAX_TABLE_BYTES)
		return NULL;
	return elf_getdata(section, NULL);
}

static Elf_Scn *section_find(Elf *elf, uint32_t type, size_t link)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == type &&
		    (link == 0 || header.sh_link == link))
			return section;
	}
	return NULL;
}

/* Opens the first table of TYPE, SHT_DYNSYM or SHT_SYMTAB; false if there is none to read. */
static bool symbol_table_open(struct elf_file *file, uint32_t type, struct symbol_table *ret)
{
	Elf_Scn *section = section_find(file->elf, type, 0);
	const char *last_nul;
	GElf_Shdr header;
	Elf_Data *names;

	ret->symbols = section_data(section, type);
	if (!ret->symbols || ret->symbols->d_type != ELF_T_SYM || !ret->symbols->d_buf ||
	    !gelf_getshdr(section, &header))
		return false;
	names = section_data(elf_getscn(file->elf, header.sh_link), SHT_STRTAB);
	if (!names || !names->d_buf)
		return false;
	last_nul = memrchr(names->d_buf, '\0', names->d_size);
	if (!last_nul)
		return false;
	ret->names = names->d_buf;
	ret->n_names = (size_t)(last_nul - ret->names) + 1;
	ret->versions = section_data(section_find(file->elf, SHT_GNU_versym, elf_ndxscn(section)),
				     SHT_GNU_versym);
	if (ret->versions && (ret->versions->d_type != ELF_T_HALF || !ret->versions->d_buf))
		ret->versions = NULL;
	return true;
}

static int wanted_compare(const void *a, const void *b)
{
	const struct wanted *left = a, *right = b;

	return strcmp(left->function->name, right->function->name);
}

static int wanted_list_init(struct wanted_list *list, struct elf_function *functions, size_t n)
{
	list->items = calloc(n, sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	list->n = n;
	for (size_t i = 0; i < n; i++) {
		size_t n_name = strlen(functions[i].name);

		list->items[i].function = &functions[i];
		if (n_name > list->max_name)
			list->max_name = n_name;
	}
	qsort(list->items, n, sizeof(*list->items), wanted_compare);
	return 0;
}

static void wanted_list_done(struct wanted_list *list)
{
	free(list->items);
}

/* The first of the wanted with this name, which need not end with a NUL; NULL if none. */
static struct wanted *wanted_list_find(const struct wanted_list *list, const char *name, size_t n)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(list->items[middle].function->name, name, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* Those that begin with the name follow; the name itself is the first of them. */
	if (low == list->n || strncmp(list->items[low].function->name, name, n) != 0 ||
	    list->items[low].function->name[n] != '\0')
		return NULL;
	return &list->items[low];
}

static enum rank symbol_rank(const struct symbol_table *table, int index, const GElf_Sym *symbol)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);
	GElf_Versym version;

	if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF ||
	    (symbol->st_shndx >= SHN_LORESERVE && symbol->st_shndx != SHN_XINDEX))
		return RANK_NONE;
	if (GELF_ST_BIND(symbol->st_info) == STB_LOCAL)
		return RANK_LOCAL;
	if (!table->versions || !gelf_getversym(table->versions, index, &version))
		return RANK_DEFAULT;
	if (version == VER_NDX_LOCAL)
		return RANK_LOCAL;
	return version & VERSYM_HIDDEN ? RANK_OLD_VERSION : RANK_DEFAULT;
}

/* Lets a symbol with this rank serve the wanted ones of its name, where it is better. */
static void symbol_offer(const struct elf_file *file, const struct symbol_table *table,
			 const GElf_Sym *symbol, enum rank rank, const struct wanted_list *list)
{
	const char *name = table->names + symbol->st_name;
	uint64_t offset, n_bytes;
	struct wanted *first;
	size_t n_name = 0;

	/* The full table of a library has its versions in the names: "f@@V2" and "f@V1". */
	while (n_name <= list->max_name && name[n_name] && name[n_name] != '@')
		n_name++;
	if (n_name == 0)
		return;
	first = wanted_list_find(list, name, n_name);
	if (!first)
		return;
	if (name[n_name] == '@' && name[n_name + 1] != '@' && rank == RANK_DEFAULT)
		rank = RANK_OLD_VERSION;
	if (first->rank >= rank || !address_find(file, symbol->st_value, PF_X, &offset, &n_bytes))
		return;
	/* Callers of the name get what an IFUNC picks, never an old version beside it. */
	if (GELF_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
		offset = 0;
	for (struct wanted *wanted = first; wanted < list->items + list->n; wanted++) {
		if (strcmp(wanted->function->name, first->function->name) != 0)
			break;
		wanted->rank = rank;
		wanted->offset = offset;
		wanted->size = symbol->st_size <= n_bytes ? symbol->st_size : 0;
	}
}

/* The code of a function; NULL if it cannot be read, which only makes its probe slower. */
static const uint8_t *code_read(struct elf_file *file, uint64_t offset, uint64_t n)
{
	_cleanup_free_ uint8_t *code = NULL;

	if (n == 0 || n > MAX_CODE_BYTES)
		return NULL;
	code = malloc(n);
	if (!code || read_at(file->fd, offset, code, n) < 0 || vec_push(&file->codes, code) < 0)
		return NULL;
	return TAKE_PTR(code);
}

static void table_search(struct elf_file *file, uint32_t type, struct wanted_list *list)
{
	struct symbol_table table;
	size_t n;

	if (!symbol_table_open(file, type, &table))
		return;
	n = table.symbols->d_size / sizeof(Elf64_Sym);
	for (size_t i = 1; i < n; i++) {
		GElf_Sym symbol;
		enum rank rank;

		if (!gelf_getsym(table.symbols, (int)i, &symbol) || symbol.st_name >= table.n_names)
			continue;
		rank = symbol_rank(&table, (int)i, &symbol);
		if (rank != RANK_NONE)
			symbol_offer(file, &table, &symbol, rank, list);
	}
	for (size_t i = 0; i < list->n; i++) {
		struct wanted *wanted = &list->items[i];

		if (wanted->offset == 0 || wanted->function->offset != 0)
			continue;
		wanted->function->offset = wanted->offset;
		wanted->function->size = wanted->size;
		wanted->function->code = code_read(file, wanted->offset, wanted->size);
	}
}

size_t elf_file_functions(struct elf_file *file, bool with_symtab, struct elf_function *functions,
			  size_t n)
{
	_cleanup_(wanted_list_done) struct wanted_list list = { 0 };
	size_t n_found = 0;

	for (size_t i = 0; i < n; i++)
		functions[i] = (struct elf_function){ .name = functions[i].name };
	if (n == 0 || wanted_list_init(&list, functions, n) < 0)
		return 0;
	table_search(file, SHT_DYNSYM, &list);
	if (with_symtab)
		table_search(file, SHT_SYMTAB, &list);
	for (size_t i = 0; i < n; i++)
		n_found += functions[i].offset != 0;
	return n_found;
}

/* The build-id among the notes of one segment; 0 if there is none. */
static size_t notes_find_build_id(const uint8_t *notes, size_t n, size_t align, uint8_t *to,
				  size_t to_bytes)
{
	uint64_t at = 0;

	while (range_is_within(at, sizeof(Elf64_Nhdr), n)) {
		uint64_t name = at + sizeof(Elf64_Nhdr), text;
		Elf64_Nhdr note;

		memcpy(&note, notes + at, sizeof(note));
		text = (name + note.n_namesz + align - 1) & ~(uint64_t)(align - 1);
		if (!range_is_within(text, note.n_descsz, n))
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(notes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0 &&
		    note.n_descsz <= to_bytes) {
			memcpy(to, notes + text, note.n_descsz);
			return note.n_descsz;
		}
		at = (text + note.n_descsz + align - 1) & ~(uint64_t)(align - 1);
	}
	return 0;
}

size_t elf_file_build_id(struct elf_file *file, uint8_t *to, size_t to_bytes)
{
	vec_foreach(segment, &file->segments) {
		_cleanup_free_ uint8_t *notes = NULL;
		size_t n;

		if (segment->p_type != PT_NOTE || segment->p_filesz > MAX_NOTES_BYTES)
			continue;
		notes = malloc(segment->p_filesz + 1);
		if (!notes || read_at(file->fd, segment->p_offset, notes, segment->p_filesz) < 0)
			continue;
		n = notes_find_build_id(notes, segment->p_filesz, segment->p_align == 8 ? 8 : 4, to,
					to_bytes);
		if (n > 0)
			return n;
	}
	return 0;
}

/* The string at ADDRESS in memory; fresh memory, or NULL if it is not in the file. */
static char *string_read(const struct elf_file *file, uint64_t address)
{
	char text[MAX_SONAME_BYTES];
	uint64_t offset, n;

	if (!address_find(file, address, 0, &offset, &n))
		return NULL;
	if (n > sizeof(text))
		n = sizeof(text);
	if (read_at(file->fd, offset, text, n) < 0 || !memchr(text, '\0', n))
		return NULL;
	return strdup(text);
}

static char *soname_read(const struct elf_file *file, const GElf_Phdr *dynamic)
{
	_cleanup_free_ Elf64_Dyn *entries = NULL;
	size_t n = dynamic->p_filesz / sizeof(*entries);
	const Elf64_Dyn *strings = NULL, *name = NULL;

	if (n == 0 || dynamic->p_filesz > MAX_DYNAMIC_BYTES)
		return NULL;
	entries = calloc(n, sizeof(*entries));
	if (!entries || read_at(file->fd, dynamic->p_offset, entries, n * sizeof(*entries)) < 0)
		return NULL;
	for (size_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++) {
		if (entries[i].d_tag == DT_STRTAB)
			strings = &entries[i];
		else if (entries[i].d_tag == DT_SONAME)
			name = &entries[i];
	}
	return strings && name ? string_read(file, strings->d_un.d_ptr + name->d_un.d_val) : NULL;
}

const char *elf_file_soname(struct elf_file *file)
{
	vec_foreach(segment, &file->segments) {
		if (!file->soname && segment->p_type == PT_DYNAMIC)
			file->soname = soname_read(file, segment);
	}
	return file->soname;
}

bool elf_file_is_static(struct elf_file *file)
{
	vec_foreach(segment, &file->segments) {
		if (segment->p_type == PT_INTERP || segment->p_type == PT_DYNAMIC)
			return false;
	}
	return true;
}
