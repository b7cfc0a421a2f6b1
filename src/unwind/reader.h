/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads numbers from bytes that somebody else wrote. Reading past the end sets "failed" and
 * gives 0, and so does all reading after it: a caller checks once, at the end of a group.
 */
#ifndef LT_UNWIND_READER_H
#define LT_UNWIND_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline size_t reader_left(const struct reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static inline void reader_fail(struct reader *reader)
{
	reader->at = reader->end;
	reader->failed = true;
}

static inline void reader_skip(struct reader *reader, uint64_t n_bytes)
{
	if (n_bytes > reader_left(reader))
		reader_fail(reader);
	else
		reader->at += n_bytes;
}

/* The next N_BYTES as a reader of their own. */
static inline struct reader reader_slice(struct reader *reader, uint64_t n_bytes)
{
	struct reader slice = { .at = reader->at };

	reader_skip(reader, n_bytes);
	slice.failed = reader->failed;
	if (slice.failed)
		slice.at = reader->at;
	slice.end = reader->at;
	return slice;
}

static inline uint8_t reader_u8(struct reader *reader)
{
	if (reader->at == reader->end) {
		reader->failed = true;
		return 0;
	}
	return *reader->at++;
}

/* A little-endian number of N_BYTES, 1 to 8. */
static inline uint64_t reader_fixed(struct reader *reader, unsigned n_bytes)
{
	uint64_t value = 0;

	if (reader_left(reader) < n_bytes) {
		reader_fail(reader);
		return 0;
	}
	for (unsigned i = 0; i < n_bytes; i++)
		value |= (uint64_t)reader->at[i] << (8 * i);
	reader->at += n_bytes;
	return value;
}

/* The same, signed. */
static inline int64_t reader_signed(struct reader *reader, unsigned n_bytes)
{
	unsigned shift = 64 - 8 * n_bytes;

	return (int64_t)(reader_fixed(reader, n_bytes) << shift) >> shift;
}

/* Seven bits per byte; a number that does not fit into 64 bits is a failure. */
static inline uint64_t reader_uleb(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_u8(reader);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return reader->failed ? 0 : value;
	}
	reader_fail(reader);
	return 0;
}

static inline int64_t reader_sleb(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_u8(reader);

		if (shift == 63 && byte != 0 && byte != 0x7f)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			if (shift < 57 && (byte & 0x40))
				value |= ~UINT64_C(0) << (shift + 7);
			return reader->failed ? 0 : (int64_t)value;
		}
	}
	reader_fail(reader);
	return 0;
}

#endif
