/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as .eh_frame and .eh_frame_hdr write them: in a format, relative to something. */
#ifndef LT_UNWIND_EH_POINTER_H
#define LT_UNWIND_EH_POINTER_H

#include "unwind/reader.h"

/* The encoding is a byte: the format in its low four bits, the base above, bit 7 = indirect. */
enum {
	EH_FORMAT_MASK = 0x0f,
	EH_BASE_MASK = 0x70,
	EH_INDIRECT = 0x80,
	EH_BASE_ABS = 0x00,
	EH_BASE_PC = 0x10,   /* relative to the address of the encoded bytes themselves */
	EH_BASE_DATA = 0x30, /* relative to eh_base.data_vaddr */
};

/* What relative addresses are relative to. */
struct eh_base {
	const uint8_t *at;   /* a byte of the section, at or before those that are read */
	uint64_t vaddr;	     /* where that byte is when the file is loaded */
	uint64_t data_vaddr; /* 0: not known, such addresses are a failure */
};

/* Only the number, without its base: sizes of code, and addresses that are to be skipped. */
uint64_t eh_pointer_read_format(struct reader *reader, uint8_t encoding);

/* The address. An encoding that is not supported is a failure of READER. */
uint64_t eh_pointer_read(struct reader *reader, uint8_t encoding, const struct eh_base *base);

#endif
