// SPDX-License-Identifier: BSD-2-Clause
/*
 * ELF files as probes need them: which part is code, which build-id and name the file has. The
 * file may be anything, and may change or shrink while it is read: so it is never mapped,
 * every number in it is checked against the file's size, and what is read has a limit.
 */
#include "probe/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_SEGMENTS = 256,
	MAX_NOTES_BYTES = 1 << 16,
	MAX_DYNAMIC_BYTES = 1 << 16,
	MAX_SONAME_BYTES = 4096,
	MAX_STARTS = 1 << 23,
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
int elf_file_check_header(const Elf64_Ehdr *header)
{
	int native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != native)
		return -ENOEXEC;
#if defined(__x86_64__)
	if (header->e_machine != EM_X86_64)
		return -ENOEXEC;
#elif defined(__aarch64__)
	if (header->e_machine != EM_AARCH64)
		return -ENOEXEC;
#endif
	if ((header->e_shnum == 0 && header->e_shoff != 0) || header->e_phnum == 0 ||
	    header->e_phnum > MAX_SEGMENTS)
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
	Elf64_Ehdr header;
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
	r = read_at(file->fd, 0, &header, sizeof(header));
	if (r == 0)
		r = elf_file_check_header(&header);
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

int elf_file_set_path(struct elf_file *file, const char *root, const char *path)
{
	free(file->root);
	free(file->path);
	file->root = strdup(root);
	file->path = strdup(path);
	return file->root && file->path ? 0 : -ENOMEM;
}

void elf_file_close(struct elf_file *file)
{
	if (file->debug_file)
		elf_file_close(file->debug_file);
	elf_end(file->packed_elf);
	free(file->packed);
	free(file->root);
	free(file->path);
	elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
	vec_foreach(code, &file->codes)
		free(*code);
	vec_done(&file->codes);
	vec_done(&file->starts);
	vec_done(&file->segments);
	free(file->soname);
	free(file);
}

bool elf_file_offset(const struct elf_file *file, uint64_t address, uint32_t flags,
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

static Elf_Scn *section_named(Elf *elf, const char *wanted)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		const char *name = gelf_getshdr(section, &header) ?
					   elf_strptr(elf, names, header.sh_name) :
					   NULL;

		if (name && strcmp(name, wanted) == 0)
			return section;
	}
	return NULL;
}

const Elf_Data *elf_file_section(struct elf_file *file, const char *name, size_t max_bytes)
{
	Elf_Scn *section = section_named(file->elf, name);
	const Elf_Data *data;
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS ||
	    header.sh_size > max_bytes)
		return NULL;
	data = elf_rawdata(section, NULL);
	return data && data->d_buf ? data : NULL;
}

size_t elf_file_build_id(struct elf_file *file, uint8_t *to, size_t to_bytes)
{
	const Elf_Data *section;

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
	/* The segments of a debug file may be those of the file that it was made from. */
	section = elf_file_section(file, ".note.gnu.build-id", MAX_NOTES_BYTES);
	return section ? notes_find_build_id(section->d_buf, section->d_size, 4, to, to_bytes) : 0;
}

/* The string at ADDRESS in memory; fresh memory, or NULL if it is not in the file. */
static char *string_read(const struct elf_file *file, uint64_t address)
{
	char text[MAX_SONAME_BYTES];
	uint64_t offset, n;

	if (!elf_file_offset(file, address, 0, &offset, &n))
		return NULL;
	if (n > sizeof(text))
		n = sizeof(text);
	if (read_at(file->fd, offset, text, n) < 0 || !memchr(text, '\0', n))
		return NULL;
	return strdup(text);
}

/* The dynamic section: fresh memory, *RET_N entries; NULL if it cannot be read. */
static Elf64_Dyn *dynamic_read(const struct elf_file *file, const GElf_Phdr *dynamic, size_t *ret_n)
{
	_cleanup_free_ Elf64_Dyn *entries = NULL;
	size_t n = dynamic->p_filesz / sizeof(*entries);

	if (n == 0 || dynamic->p_filesz > MAX_DYNAMIC_BYTES)
		return NULL;
	entries = calloc(n, sizeof(*entries));
	if (!entries || read_at(file->fd, dynamic->p_offset, entries, n * sizeof(*entries)) < 0)
		return NULL;
	*ret_n = 0;
	while (*ret_n < n && entries[*ret_n].d_tag != DT_NULL)
		++*ret_n;
	return TAKE_PTR(entries);
}

static char *soname_read(const struct elf_file *file, const GElf_Phdr *dynamic)
{
	size_t n = 0;
	_cleanup_free_ Elf64_Dyn *entries = dynamic_read(file, dynamic, &n);
	const Elf64_Dyn *strings = NULL, *name = NULL;

	for (size_t i = 0; entries && i < n; i++) {
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

/* The segment of code that has the byte at OFFSET of the file, NULL if none has. */
static const GElf_Phdr *code_segment(const struct elf_file *file, uint64_t offset)
{
	vec_foreach(segment, &file->segments) {
		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) &&
		    offset >= segment->p_offset && offset - segment->p_offset < segment->p_filesz &&
		    range_is_within(segment->p_offset, segment->p_filesz, file->n_bytes))
			return segment;
	}
	return NULL;
}

bool elf_file_address(const struct elf_file *file, uint64_t offset, uint64_t *ret_address)
{
	const GElf_Phdr *segment = code_segment(file, offset);

	if (segment)
		*ret_address = offset - segment->p_offset + segment->p_vaddr;
	return segment;
}

size_t elf_file_code(const struct elf_file *file, uint64_t offset, uint8_t *to, size_t n)
{
	const GElf_Phdr *segment = code_segment(file, offset);
	uint64_t max = segment ? segment->p_filesz - (offset - segment->p_offset) : 0;

	if (n > max)
		n = max;
	return n && read_at(file->fd, offset, to, n) < 0 ? 0 : n;
}

/* The head of .eh_frame_hdr in the one form that linkers make; a table of pairs follows. */
struct eh_frame_header {
	uint8_t version;
	uint8_t pointer_encoding; /* pcrel, sdata4 */
	uint8_t count_encoding;	  /* udata4 */
	uint8_t table_encoding;	  /* datarel, sdata4 */
	int32_t pointer;
	uint32_t n;
};

struct eh_frame_pair {
	int32_t start; /* of a function, from the header on; sorted */
	int32_t entry;
};

static int starts_read(struct elf_file *file, const GElf_Phdr *segment)
{
	static const uint8_t wanted[] = { 1, 0x1b, 0x03, 0x3b };
	_cleanup_free_ struct eh_frame_pair *pairs = NULL;
	struct eh_frame_header header;

	if (read_at(file->fd, segment->p_offset, &header, sizeof(header)) < 0 ||
	    memcmp(&header, wanted, sizeof(wanted)) != 0 || header.n > MAX_STARTS ||
	    header.n * sizeof(*pairs) + sizeof(header) > segment->p_filesz)
		return -ENOEXEC;
	pairs = calloc(header.n ? header.n : 1, sizeof(*pairs));
	if (!pairs || vec_reserve(&file->starts, header.n) < 0)
		return -ENOMEM;
	if (read_at(file->fd, segment->p_offset + sizeof(header), pairs,
		    header.n * sizeof(*pairs)) < 0)
		return -ENOEXEC;
	for (uint32_t i = 0; i < header.n; i++) {
		uint64_t offset, n;

		if (elf_file_offset(file, segment->p_vaddr + (uint64_t)(int64_t)pairs[i].start,
				    PF_X, &offset, &n))
			file->starts.items[file->starts.n++] = offset;
	}
	return 0;
}

static int compare_starts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

size_t elf_file_starts(struct elf_file *file, const uint64_t **ret_offsets)
{
	vec_foreach(segment, &file->segments) {
		if (segment->p_type == PT_GNU_EH_FRAME && !file->starts_read) {
			file->starts_read = true;
			if (starts_read(file, segment) == 0 && file->starts.n)
				qsort(file->starts.items, file->starts.n,
				      sizeof(*file->starts.items), compare_starts);
		}
	}
	*ret_offsets = file->starts.items;
	return file->starts.n;
}

bool elf_file_starts_function(struct elf_file *file, uint64_t offset)
{
	const uint64_t *starts;
	size_t n = elf_file_starts(file, &starts);

	return n && bsearch(&offset, starts, n, sizeof(offset), compare_starts);
}

char *elf_file_interpreter(const struct elf_file *file)
{
	vec_foreach(segment, &file->segments) {
		_cleanup_free_ char *path = NULL;

		if (segment->p_type != PT_INTERP || segment->p_filesz > PATH_MAX)
			continue;
		path = calloc(1, segment->p_filesz + 1);
		if (path && read_at(file->fd, segment->p_offset, path, segment->p_filesz) == 0)
			return TAKE_PTR(path);
	}
	return NULL;
}

/* A program that relocates itself: it says that it is a program, and needs no library. */
static bool dynamic_is_static_pie(const struct elf_file *file, const GElf_Phdr *dynamic)
{
	size_t n = 0;
	_cleanup_free_ Elf64_Dyn *entries = dynamic_read(file, dynamic, &n);
	bool is_program = false;

	for (size_t i = 0; entries && i < n; i++) {
		if (entries[i].d_tag == DT_NEEDED)
			return false;
		if (entries[i].d_tag == DT_FLAGS_1 && entries[i].d_un.d_val & DF_1_PIE)
			is_program = true;
	}
	return is_program;
}

bool elf_file_is_static(struct elf_file *file)
{
	vec_foreach(segment, &file->segments) {
		if (segment->p_type == PT_INTERP ||
		    (segment->p_type == PT_DYNAMIC && !dynamic_is_static_pie(file, segment)))
			return false;
	}
	return true;
}
