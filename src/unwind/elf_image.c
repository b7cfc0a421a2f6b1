// SPDX-License-Identifier: BSD-2-Clause
/*
 * Finds the code and the .eh_frame of an ELF file: see elf_image.h. Files without section
 * headers are served too, as .eh_frame is found through its PT_GNU_EH_FRAME header first.
 */
#include "unwind/elf_image.h"

#include <sys/stat.h>

#include "unwind/eh_pointer.h"

enum { ELF_MAX_PHDRS = 4096 };

#define ELF_MAX_EH_FRAME_BYTES (UINT64_C(128) << 20)

/* Copies from OFFSET of the file; -ENOEXEC when that is not all inside the file. */
static int image_read(const struct elf_image *image, uint64_t offset, void *to, uint64_t n_bytes)
{
	uint64_t done = 0;

	if (offset > image->bytes || n_bytes > image->bytes - offset)
		return -ENOEXEC;
	if (image->fd < 0) {
		if (n_bytes)
			memcpy(to, image->memory + offset, n_bytes);
		return 0;
	}
	while (done < n_bytes) {
		ssize_t n =
			pread(image->fd, (char *)to + done, n_bytes - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENOEXEC; /* cut short since its size was taken */
		done += (uint64_t)n;
	}
	return 0;
}

/* Reads a table of N headers of ITEM_BYTES each into fresh memory. */
static int image_read_table(const struct elf_image *image, uint64_t offset, size_t n,
			    size_t item_bytes, void **ret_table)
{
	_cleanup_free_ void *table = malloc(n * item_bytes);
	int r;

	if (!table)
		return -ENOMEM;
	r = image_read(image, offset, table, n * item_bytes);
	if (r < 0)
		return r;
	*ret_table = TAKE_PTR(table);
	return 0;
}

static int image_check_header(struct elf_image *image, struct diag *diag, Elf64_Ehdr *ehdr)
{
	int r = image_read(image, 0, ehdr, sizeof(*ehdr));

	if (r < 0 || memcmp(ehdr->e_ident, ELFMAG, SELFMAG))
		return diag_add(diag, r < 0 && r != -ENOEXEC ? r : -ENOEXEC,
				"%s is not an ELF file", image->name);
	if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_ident[EI_DATA] != ELFDATA2LSB ||
	    (ehdr->e_machine != EM_X86_64 && ehdr->e_machine != EM_AARCH64))
		return diag_add(diag, -ENOTSUP, "%s is not for x86-64 or aarch64", image->name);
	if (!ehdr->e_phnum || ehdr->e_phentsize != sizeof(Elf64_Phdr) ||
	    ehdr->e_phnum > ELF_MAX_PHDRS)
		return diag_add(diag, -ENOEXEC, "%s has no usable program headers", image->name);
	image->machine = ehdr->e_machine;
	image->entry = ehdr->e_entry;
	return 0;
}

static int image_add_code(struct elf_image *image, const Elf64_Phdr *phdr)
{
	struct code_segment segment = {
		.vaddr = phdr->p_vaddr,
		.offset = phdr->p_offset,
		.bytes = phdr->p_filesz,
	};
	uint64_t lo = phdr->p_vaddr & ~(ELF_IMAGE_PAGE - 1), hi;

	if (__builtin_add_overflow(phdr->p_vaddr, phdr->p_memsz, &hi))
		return -ENOEXEC;
	if (!image->code.n || lo < image->text_lo)
		image->text_lo = lo;
	if (hi > image->text_hi)
		image->text_hi = hi;
	return vec_push(&image->code, segment);
}

static int image_find_code(struct elf_image *image, const Elf64_Phdr *phdrs, size_t n,
			   struct diag *diag)
{
	for (size_t i = 0; i < n; i++) {
		int r = 0;

		if (phdrs[i].p_type == PT_LOAD && (phdrs[i].p_flags & PF_X) && phdrs[i].p_memsz)
			r = image_add_code(image, &phdrs[i]);
		if (r < 0)
			return diag_add(diag, r, "%s has a damaged program header", image->name);
	}
	if (!image->code.n)
		return diag_add(diag, -ENOEXEC, "%s has no executable segment", image->name);
	if (image->text_hi - image->text_lo > UINT32_MAX)
		return diag_add(diag, -EFBIG, "the code of %s spans more than 4 GiB", image->name);
	return 0;
}

/* The segment whose bytes in the file hold VADDR, or NULL. */
static const Elf64_Phdr *phdrs_find(const Elf64_Phdr *phdrs, size_t n, uint64_t vaddr)
{
	for (size_t i = 0; i < n; i++) {
		if (phdrs[i].p_type == PT_LOAD && vaddr >= phdrs[i].p_vaddr &&
		    vaddr - phdrs[i].p_vaddr < phdrs[i].p_filesz)
			return &phdrs[i];
	}
	return NULL;
}

/* The address of .eh_frame as PT_GNU_EH_FRAME gives it; false: there is no usable one. */
static bool image_eh_frame_vaddr(const struct elf_image *image, const Elf64_Phdr *phdrs, size_t n,
				 uint64_t *ret_vaddr)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t hdr[4 + 8] = { 0 };
		size_t n_bytes = phdrs[i].p_filesz < sizeof(hdr) ? phdrs[i].p_filesz : sizeof(hdr);
		struct reader reader = { .at = hdr + 4, .end = hdr + n_bytes };
		struct eh_base base = { .at = hdr, .vaddr = phdrs[i].p_vaddr };

		if (phdrs[i].p_type != PT_GNU_EH_FRAME || n_bytes < 4 ||
		    image_read(image, phdrs[i].p_offset, hdr, n_bytes) < 0 || hdr[0] != 1)
			continue;
		base.data_vaddr = phdrs[i].p_vaddr;
		*ret_vaddr = eh_pointer_read(&reader, hdr[1], &base);
		if (!reader.failed)
			return true;
	}
	return false;
}

/* Takes a copy of N_BYTES at OFFSET as the .eh_frame at VADDR. */
static int image_load_eh_frame(struct elf_image *image, uint64_t offset, uint64_t n_bytes,
			       uint64_t vaddr)
{
	void *copy;
	int r;

	if (!n_bytes)
		return 0;
	if (n_bytes > ELF_MAX_EH_FRAME_BYTES)
		return -EFBIG;
	r = image_read_table(image, offset, 1, n_bytes, &copy);
	if (r < 0)
		return r;
	image->eh_frame = copy;
	image->eh_frame_bytes = n_bytes;
	image->eh_frame_vaddr = vaddr;
	return 0;
}

static bool section_is_loaded(const Elf64_Shdr *shdr)
{
	return (shdr->sh_flags & SHF_ALLOC) && !(shdr->sh_flags & SHF_COMPRESSED) &&
	       (shdr->sh_type == SHT_PROGBITS || shdr->sh_type == SHT_X86_64_UNWIND);
}

static bool section_is_named(const struct elf_image *image, const Elf64_Shdr *strings,
			     const Elf64_Shdr *shdr, const char *name)
{
	char found[16] = "";
	size_t n = strlen(name) + 1;
	uint64_t offset;

	if (n > sizeof(found) || shdr->sh_name >= strings->sh_size ||
	    __builtin_add_overflow(strings->sh_offset, shdr->sh_name, &offset))
		return false;
	return image_read(image, offset, found, n) == 0 && !memcmp(found, name, n);
}

/*
 * The section of .eh_frame: the one at *VADDR, or, if VADDR is NULL, the one of that name.
 * Returns 1 when it was found. Section headers are optional, so a damaged table is not an error.
 */
static int image_find_section(const struct elf_image *image, const Elf64_Ehdr *ehdr,
			      const uint64_t *vaddr, Elf64_Shdr *ret_shdr)
{
	_cleanup_free_ Elf64_Shdr *shdrs = NULL;
	int r;

	if (!ehdr->e_shoff || !ehdr->e_shnum || ehdr->e_shentsize != sizeof(*shdrs) ||
	    ehdr->e_shstrndx >= ehdr->e_shnum)
		return 0;
	r = image_read_table(image, ehdr->e_shoff, ehdr->e_shnum, sizeof(*shdrs), (void **)&shdrs);
	if (r < 0)
		return r == -ENOEXEC ? 0 : r;
	for (size_t i = 0; i < ehdr->e_shnum; i++) {
		if (!section_is_loaded(&shdrs[i]))
			continue;
		if (vaddr ? shdrs[i].sh_addr != *vaddr || !shdrs[i].sh_size :
			    !section_is_named(image, &shdrs[ehdr->e_shstrndx], &shdrs[i],
					      ".eh_frame"))
			continue;
		*ret_shdr = shdrs[i];
		return 1;
	}
	return 0;
}

/* Finds and copies .eh_frame; that there is none is no error. */
static int image_find_eh_frame(struct elf_image *image, const Elf64_Ehdr *ehdr,
			       const Elf64_Phdr *phdrs)
{
	const Elf64_Phdr *load;
	Elf64_Shdr shdr;
	uint64_t vaddr, inside;
	int r;

	if (!image_eh_frame_vaddr(image, phdrs, ehdr->e_phnum, &vaddr)) {
		r = image_find_section(image, ehdr, NULL, &shdr);
		if (r <= 0)
			return r;
		return image_load_eh_frame(image, shdr.sh_offset, shdr.sh_size, shdr.sh_addr);
	}
	load = phdrs_find(phdrs, ehdr->e_phnum, vaddr);
	if (!load)
		return 0;
	/* Its length is in no program header: it ends with its section, or with its segment. */
	inside = vaddr - load->p_vaddr;
	if (inside > UINT64_MAX - load->p_offset)
		return -ENOEXEC;
	r = image_find_section(image, ehdr, &vaddr, &shdr);
	if (r < 0)
		return r;
	if (r == 0 || shdr.sh_size > load->p_filesz - inside)
		shdr.sh_size = load->p_filesz - inside;
	return image_load_eh_frame(image, load->p_offset + inside, shdr.sh_size, vaddr);
}

static int image_open_source(struct elf_image *image, struct diag *diag)
{
	struct stat st;

	if (image->fd < 0)
		return 0;
	if (fstat(image->fd, &st) < 0)
		return diag_add(diag, -errno, "cannot read %s: %s", image->name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return diag_add(diag, -ENOEXEC, "%s is not a regular file", image->name);
	image->bytes = (uint64_t)st.st_size;
	return 0;
}

static int image_parse(struct elf_image *image, struct diag *diag)
{
	_cleanup_free_ Elf64_Phdr *phdrs = NULL;
	Elf64_Ehdr ehdr;
	int r;

	r = image_open_source(image, diag);
	if (r < 0)
		return r;
	r = image_check_header(image, diag, &ehdr);
	if (r < 0)
		return r;
	r = image_read_table(image, ehdr.e_phoff, ehdr.e_phnum, sizeof(*phdrs), (void **)&phdrs);
	if (r < 0)
		return diag_add(diag, r, "cannot read the program headers of %s: %s", image->name,
				strerror(-r));
	r = image_find_code(image, phdrs, ehdr.e_phnum, diag);
	if (r < 0)
		return r;
	r = image_find_eh_frame(image, &ehdr, phdrs);
	if (r < 0)
		return diag_add(diag, r, "cannot read the unwind information of %s: %s",
				image->name, strerror(-r));
	return 0;
}

int elf_image_open(int fd, const void *memory, size_t memory_bytes, const char *name,
		   struct diag *diag, struct elf_image *ret_image)
{
	struct elf_image image = { .name = name, .fd = fd, .memory = memory };
	int r;

	image.bytes = memory_bytes;
	r = image_parse(&image, diag);
	if (r < 0) {
		elf_image_close(&image);
		return r;
	}
	*ret_image = image;
	return 0;
}

void elf_image_close(struct elf_image *image)
{
	vec_done(&image->code);
	free(image->eh_frame);
	image->eh_frame = NULL;
}
