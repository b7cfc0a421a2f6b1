// SPDX-License-Identifier: BSD-2-Clause
/* Encoded addresses of exception handling sections: see eh_pointer.h. */
#include "unwind/eh_pointer.h"

uint64_t eh_pointer_read_format(struct reader *reader, uint8_t encoding)
{
	switch (encoding & EH_FORMAT_MASK) {
	case 0x0: /* absptr: both machines have addresses of 8 bytes */
	case 0x4:
	case 0xc:
		return reader_fixed(reader, 8);
	case 0x1:
		return reader_uleb(reader);
	case 0x2:
		return reader_fixed(reader, 2);
	case 0x3:
		return reader_fixed(reader, 4);
	case 0x9:
		return (uint64_t)reader_sleb(reader);
	case 0xa:
		return (uint64_t)reader_signed(reader, 2);
	case 0xb:
		return (uint64_t)reader_signed(reader, 4);
	}
	reader_fail(reader);
	return 0;
}

uint64_t eh_pointer_read(struct reader *reader, uint8_t encoding, const struct eh_base *base)
{
	uint64_t here = base->vaddr + (uint64_t)(reader->at - base->at);
	uint64_t value;

	if (encoding & EH_INDIRECT) {
		reader_fail(reader);
		return 0;
	}
	value = eh_pointer_read_format(reader, encoding);
	switch (encoding & EH_BASE_MASK) {
	case EH_BASE_ABS:
		return value;
	case EH_BASE_PC:
		return value + here;
	case EH_BASE_DATA:
		if (base->data_vaddr)
			return value + base->data_vaddr;
		break;
	}
	reader_fail(reader);
	return 0;
}
