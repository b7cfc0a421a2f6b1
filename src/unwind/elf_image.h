/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of an ELF file that unwinding needs, copied into memory: where its code is and its
 * .eh_frame. Reads only those parts and trusts none of them. 64-bit little-endian files of
 * x86-64 and aarch64, whatever the host is.
 */
#ifndef LT_UNWIND_ELF_IMAGE_H
#define LT_UNWIND_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/vec.h"

/* Addresses in a file are computed for this page size, whatever the kernel's is. */
#define ELF_IMAGE_PAGE UINT64_C(4096)

/* An executable segment of a file. */
struct code_segment {
	uint64_t vaddr;
	uint64_t offset; /* in the file */
	uint64_t bytes;
};

struct elf_image {
	const char *name; /* for messages; the caller's */
	int fd;		  /* where to read from, the caller's; -1: memory */
	const uint8_t *memory;
	uint64_t bytes;		   /* of the file or of the memory */
	uint16_t machine;	   /* EM_X86_64 or EM_AARCH64 */
	uint64_t entry;		   /* 0: none */
	uint64_t text_lo, text_hi; /* all code is within, text_lo is the start of a page */
	VEC(struct code_segment) code;
	uint8_t *eh_frame; /* a copy; NULL: the file has none */
	uint64_t eh_frame_bytes;
	uint64_t eh_frame_vaddr;
};

/*
 * Reads from FD (a regular file), or from MEMORY if FD is -1. -ENOEXEC: not ELF, damaged, or
 * without code; -ENOTSUP: another machine; -EFBIG: too large to be handled.
 */
int elf_image_open(int fd, const void *memory, size_t memory_bytes, const char *name,
		   struct diag *diag, struct elf_image *ret_image) _must_check_;
void elf_image_close(struct elf_image *image);

#endif
