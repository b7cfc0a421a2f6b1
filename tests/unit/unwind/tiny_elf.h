/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds ELF files of a few hundred bytes whose .eh_frame says what a test wants. Their code is
 * at TINY_TEXT and has no bytes in the file, as nothing reads it.
 */
#ifndef LT_TEST_UNWIND_TINY_ELF_H
#define LT_TEST_UNWIND_TINY_ELF_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

enum {
	TINY_TEXT = 0x10000,
	TINY_TEXT_BYTES = 0x8000,
	TINY_DATA = 0x100000, /* address of the first byte of the file */
	TINY_HDR_AT = 0x200,
	TINY_EH_FRAME_AT = 0x220,
	TINY_MAX_BYTES = 0x4000,
};

enum tiny_flags {
	TINY_NO_HDR = 1,      /* no PT_GNU_EH_FRAME */
	TINY_NO_SECTIONS = 2, /* no section headers */
	TINY_AARCH64 = 4,
};

struct tiny {
	uint8_t data[TINY_MAX_BYTES];
	size_t n;
	size_t entry_at; /* of the CIE or FDE that is being written */
	size_t cie_at;	 /* of the last CIE */
	unsigned flags;
};

static inline void tiny_u8(struct tiny *tiny, uint8_t byte)
{
	if (tiny->n < sizeof(tiny->data))
		tiny->data[tiny->n++] = byte;
}

static inline void tiny_fixed(struct tiny *tiny, uint64_t value, unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i++)
		tiny_u8(tiny, (uint8_t)(value >> (8 * i)));
}

static inline void tiny_bytes(struct tiny *tiny, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tiny_u8(tiny, ((const uint8_t *)bytes)[i]);
}

/* Begins a file; entries follow. */
static inline void tiny_begin(struct tiny *tiny, unsigned flags)
{
	memset(tiny, 0, sizeof(*tiny));
	tiny->flags = flags;
	tiny->n = TINY_EH_FRAME_AT;
}

/* Ends the entry: pads it as compilers do and fills in its length. */
static inline void tiny_entry_end(struct tiny *tiny)
{
	uint32_t n_bytes;

	while ((tiny->n - tiny->entry_at) % 8 != 4)
		tiny_u8(tiny, 0);
	n_bytes = (uint32_t)(tiny->n - tiny->entry_at - 4);
	memcpy(tiny->data + tiny->entry_at, &n_bytes, 4);
}

/* The head of a CIE up to its augmentation data, which follows with its length. */
static inline void tiny_cie_begin(struct tiny *tiny, uint8_t version, const char *augmentation)
{
	tiny->entry_at = tiny->cie_at = tiny->n;
	tiny_fixed(tiny, 0, 8);
	tiny_u8(tiny, version);
	tiny_bytes(tiny, augmentation, strlen(augmentation) + 1);
	if (version == 4)
		tiny_fixed(tiny, 8, 2); /* sizes of addresses and of segments */
	tiny_u8(tiny, tiny->flags & TINY_AARCH64 ? 4 : 1);
	tiny_u8(tiny, 0x78); /* -8 */
	tiny_u8(tiny, tiny->flags & TINY_AARCH64 ? 30 : 16);
}

/* The usual CIE: "zR", addresses of ENCODING, and CFA and return address as after a call. */
static inline void tiny_cie(struct tiny *tiny, const char *augmentation, uint8_t encoding)
{
	static const uint8_t x86[] = { 0x0c, 7, 8, 0x90, 1 }, aarch64[] = { 0x0c, 31, 0 };

	tiny_cie_begin(tiny, 1, augmentation);
	tiny_u8(tiny, 1);
	tiny_u8(tiny, encoding);
	if (tiny->flags & TINY_AARCH64)
		tiny_bytes(tiny, aarch64, sizeof(aarch64));
	else
		tiny_bytes(tiny, x86, sizeof(x86));
	tiny_entry_end(tiny);
}

/* The head of an FDE up to its addresses. */
static inline void tiny_fde_begin(struct tiny *tiny)
{
	tiny->entry_at = tiny->n;
	tiny_fixed(tiny, 0, 4);
	tiny_fixed(tiny, tiny->n - tiny->cie_at, 4);
}

/* An FDE for N_CODE bytes at pc BEGIN, for a CIE whose encoding is 0x1b. */
static inline void tiny_fde(struct tiny *tiny, uint32_t begin, uint32_t n_code,
			    const void *program, size_t n_program)
{
	tiny_fde_begin(tiny);
	tiny_fixed(tiny, TINY_TEXT + begin - (TINY_DATA + tiny->n), 4);
	tiny_fixed(tiny, n_code, 4);
	tiny_u8(tiny, 0);
	tiny_bytes(tiny, program, n_program);
	tiny_entry_end(tiny);
}

static inline size_t tiny_write_phdrs(const struct tiny *tiny, Elf64_Phdr phdrs[3])
{
	phdrs[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x5000 };
	phdrs[0].p_vaddr = TINY_TEXT;
	phdrs[0].p_filesz = phdrs[0].p_memsz = TINY_TEXT_BYTES;
	phdrs[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = TINY_DATA };
	phdrs[1].p_filesz = phdrs[1].p_memsz = tiny->n;
	phdrs[2] = (Elf64_Phdr){ .p_type = PT_GNU_EH_FRAME, .p_offset = TINY_HDR_AT };
	phdrs[2].p_vaddr = TINY_DATA + TINY_HDR_AT;
	phdrs[2].p_filesz = phdrs[2].p_memsz = 8;
	return tiny->flags & TINY_NO_HDR ? 2 : 3;
}

/* Sections: none, .eh_frame, the names. Returns how many. */
static inline size_t tiny_write_shdrs(struct tiny *tiny, size_t n_eh_frame)
{
	Elf64_Shdr shdrs[3] = { { 0 } };
	size_t names_at = tiny->n;

	if (tiny->flags & TINY_NO_SECTIONS)
		return 0;
	tiny_bytes(tiny, "\0.eh_frame", 11);
	while (tiny->n % 8)
		tiny_u8(tiny, 0);
	shdrs[1].sh_name = 1;
	shdrs[1].sh_type = SHT_PROGBITS;
	shdrs[1].sh_flags = SHF_ALLOC;
	shdrs[1].sh_addr = TINY_DATA + TINY_EH_FRAME_AT;
	shdrs[1].sh_offset = TINY_EH_FRAME_AT;
	shdrs[1].sh_size = n_eh_frame;
	shdrs[2].sh_type = SHT_STRTAB;
	shdrs[2].sh_offset = names_at;
	shdrs[2].sh_size = 11;
	tiny_bytes(tiny, shdrs, sizeof(shdrs));
	return 3;
}

/* Ends the file. ENTRY is the pc of its first instruction, or -1. */
static inline void tiny_end(struct tiny *tiny, int64_t entry)
{
	Elf64_Ehdr ehdr = { .e_type = ET_DYN, .e_phoff = sizeof(ehdr), .e_ehsize = sizeof(ehdr) };
	Elf64_Phdr phdrs[3];
	/* Version 1; .eh_frame is relative to the field, in 4 bytes; no table. */
	uint8_t hdr[8] = { 1, 0x1b, 0xff, 0xff };
	uint32_t distance = TINY_EH_FRAME_AT - (TINY_HDR_AT + 4);
	size_t n_eh_frame;

	tiny_fixed(tiny, 0, 4);
	n_eh_frame = tiny->n - TINY_EH_FRAME_AT;
	memcpy(hdr + 4, &distance, 4);
	memcpy(tiny->data + TINY_HDR_AT, hdr, sizeof(hdr));
	ehdr.e_shnum = (uint16_t)tiny_write_shdrs(tiny, n_eh_frame);
	ehdr.e_phnum = (uint16_t)tiny_write_phdrs(tiny, phdrs);
	memcpy(ehdr.e_ident, ELFMAG, SELFMAG);
	ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	ehdr.e_version = EV_CURRENT;
	ehdr.e_machine = tiny->flags & TINY_AARCH64 ? EM_AARCH64 : EM_X86_64;
	ehdr.e_entry = entry < 0 ? 0 : (uint64_t)(TINY_TEXT + entry);
	ehdr.e_phentsize = sizeof(Elf64_Phdr);
	ehdr.e_shentsize = sizeof(Elf64_Shdr);
	if (ehdr.e_shnum) {
		ehdr.e_shoff = tiny->n - ehdr.e_shnum * sizeof(Elf64_Shdr);
		ehdr.e_shstrndx = 2;
	}
	memcpy(tiny->data, &ehdr, sizeof(ehdr));
	memcpy(tiny->data + sizeof(ehdr), phdrs, sizeof(phdrs));
}

#endif
