/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads an .eh_frame section into its two kinds of entries, CIEs and FDEs. */
#ifndef LT_UNWIND_EH_SECTION_H
#define LT_UNWIND_EH_SECTION_H

#include <stdint.h>

#include "base/vec.h"
#include "unwind/cfi.h"
#include "unwind/elf_image.h"

/* An fde.cie without a CIE: this stretch is where a program begins, nothing called it. */
#define FDE_ENTRY UINT32_MAX

/* A stretch of code, as pcs, and the place of the program for it in the section. */
struct fde {
	uint32_t begin, end;
	uint32_t code_offset, code_bytes;
	uint32_t cie; /* index in eh_section.cies, or FDE_ENTRY */
};

struct eh_section {
	const uint8_t *data;
	uint64_t bytes;
	struct eh_base base;
	const struct cfi_machine *machine;
	uint64_t text_lo, text_hi;
	VEC(struct cfi_cie) cies; /* sorted by offset */
	VEC(struct fde) fdes;	  /* sorted by begin once all are read */
	uint32_t n_bad_fdes;
};

/*
 * Reads all entries of IMAGE's .eh_frame; what cannot be read is counted and left out. -EFBIG:
 * more entries than any real file has. The section points into IMAGE.
 */
int eh_section_read(const struct elf_image *image, struct eh_section *ret_section) _must_check_;
void eh_section_done(struct eh_section *section);

#endif
