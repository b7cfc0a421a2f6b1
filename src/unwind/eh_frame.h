/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles the .eh_frame section of a file into the sorted rows that the unwinder in the kernel
 * searches. The file is hostile: whatever it holds costs bounded time and memory, and what
 * makes no sense becomes LT_UNWIND_RULE_NONE for the code that it is about.
 */
#ifndef LT_UNWIND_EH_FRAME_H
#define LT_UNWIND_EH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/vec.h"
#include "leaktrace/unwind_abi.h"
#include "unwind/elf_image.h"
#include "unwind/rules.h"

struct eh_frame {
	/*
	 * False: the file describes no function at all; its one row says LT_UNWIND_RULE_FP for
	 * all of its code.
	 */
	bool has_cfi;
	uint16_t machine;		/* EM_X86_64 or EM_AARCH64 */
	uint64_t text_lo, text_hi;	/* addresses in the file; pc = address - text_lo */
	VEC(struct lt_unwind_row) rows; /* sorted by pc; the first has pc 0 */
	VEC(struct code_segment) code;
	uint32_t n_fdes;	/* functions, or parts of such, that the file describes */
	uint32_t n_bad_fdes;	/* of those, the ones that could not be read */
	uint32_t n_unsupported; /* stretches of code whose rule cannot be expressed */
};

/*
 * Compiles the file behind FD, which stays the caller's. NAME is for messages. -ENOEXEC: not an
 * ELF file, damaged, or without code; -ENOTSUP: another machine; -EFBIG: beyond a limit.
 */
int eh_frame_compile_fd(int fd, const char *name, struct unwind_rules *rules, struct diag *diag,
			struct eh_frame *ret_frame) _must_check_;

/* The same for an ELF file in memory, for instance the vdso. */
int eh_frame_compile_memory(const void *memory, size_t bytes, const char *name,
			    struct unwind_rules *rules, struct diag *diag,
			    struct eh_frame *ret_frame) _must_check_;

void eh_frame_done(struct eh_frame *frame);

/*
 * What to subtract from an address in a mapping that begins at START and at OFFSET of the file,
 * to get a pc. -ENOENT: there is no code at that offset.
 */
int eh_frame_bias(const struct eh_frame *frame, uint64_t start, uint64_t offset,
		  uint64_t *ret_bias) _must_check_;

/* How many granules the code spans. */
size_t eh_frame_n_granules(const struct eh_frame *frame);

/*
 * Writes all of them to TO, in order. FIRST_ROW is the index that rows[0] has, or will have, in
 * the array that the granules point into.
 */
void eh_frame_write_granules(const struct eh_frame *frame, uint32_t first_row,
			     struct lt_unwind_granule *to);

#endif
