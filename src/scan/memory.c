// SPDX-License-Identifier: BSD-2-Clause
/* process_vm_readv() in large portions: see memory.h. */
#include "scan/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "scan/populated.h"

enum {
	PORTION_BYTES = 1 << 20,
	PORTION_PIECES = 1024, /* the kernel's limit for one call: UIO_MAXIOV */
	PAGE_BYTES = 4096,
	WORD = sizeof(uint64_t),
	SPARSE_BYTES = 4 << 20,
};

/* What one call reads: pieces one behind the other in the buffer. */
struct portion {
	struct memory_reader *reader;
	uint64_t *words;
	size_t n_words;
	size_t n;
	struct iovec remote[PORTION_PIECES];
	uint32_t ids[PORTION_PIECES];
};

static bool deadline_passed(const struct memory_reader *reader)
{
	return clock_monotonic_ns() >= reader->deadline_ns;
}

/* One page at a time, passing over what cannot be read: a guard page, a file that was cut. */
static int portion_read_pages(struct portion *portion, size_t i)
{
	struct memory_reader *reader = portion->reader;
	uint64_t at = (uint64_t)(uintptr_t)portion->remote[i].iov_base;
	uint64_t end = at + portion->remote[i].iov_len;
	int r = 0;

	while (at < end && r >= 0) {
		uint64_t next =
			(at | (PAGE_BYTES - 1)) + 1 < end ? (at | (PAGE_BYTES - 1)) + 1 : end;
		uint64_t words[PAGE_BYTES / WORD];
		struct iovec local = { words, next - at };
		struct iovec remote = { (void *)(uintptr_t)at, next - at };
		ssize_t n = process_vm_readv(reader->pid, &local, 1, &remote, 1, 0);

		if (n < 0 && errno == ESRCH)
			return -ESRCH;
		if (n == (ssize_t)(next - at))
			r = reader->visit(reader->data, portion->ids[i], at, words,
					  (size_t)n / WORD);
		else
			reader->n_unreadable_pages++;
		at = next;
	}
	return r < 0 ? r : 0;
}

/* Reads the pieces collected so far and hands them on. */
static int portion_flush(struct portion *portion)
{
	struct memory_reader *reader = portion->reader;
	struct iovec local = { portion->words, portion->n_words * WORD };
	uint64_t *words = portion->words;
	ssize_t left;
	int r = 0;

	if (!portion->n)
		return 0;
	if (deadline_passed(reader))
		return -ETIME;
	left = process_vm_readv(reader->pid, &local, 1, portion->remote, portion->n, 0);
	if (left < 0 && errno == ESRCH)
		return -ESRCH;
	for (size_t i = 0; i < portion->n && r >= 0; i++) {
		size_t bytes = portion->remote[i].iov_len;

		/* The call ends in front of the first piece that it cannot read. */
		if (left >= (ssize_t)bytes)
			r = reader->visit(reader->data, portion->ids[i],
					  (uint64_t)(uintptr_t)portion->remote[i].iov_base, words,
					  bytes / WORD);
		else
			r = portion_read_pages(portion, i);
		left = left >= (ssize_t)bytes ? left - (ssize_t)bytes : 0;
		words += bytes / WORD;
	}
	portion->n = portion->n_words = 0;
	return r < 0 ? r : 0;
}

/* Adds what is populated of [AT, END), in parts if it is longer than a portion. */
static int portion_add(struct portion *portion, uint32_t id, uint64_t at, uint64_t end)
{
	while (at < end) {
		size_t room = PORTION_BYTES - portion->n_words * WORD;
		size_t bytes = end - at < room ? end - at : room;

		portion->remote[portion->n] = (struct iovec){ (void *)(uintptr_t)at, bytes };
		portion->ids[portion->n++] = id;
		portion->n_words += bytes / WORD;
		at += bytes;
		if (portion->n == PORTION_PIECES || portion->n_words == PORTION_BYTES / WORD) {
			int r = portion_flush(portion);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/*
 * Large pieces are often reserved and hardly used: pages that were never touched hold nothing,
 * and reading them would take time and make page tables.
 */
static int sparse_add(struct portion *portion, uint32_t id, uint64_t at, uint64_t end)
{
	_cleanup_(populated_close) struct populated populated;
	uint64_t next = at;
	int r = 0;

	if (populated_open(&populated, portion->reader->pid, false) < 0)
		return portion_add(portion, id, at, end);
	while (next < end && r == 0) {
		r = deadline_passed(portion->reader) ? -ETIME : 0;
		if (r == 0)
			r = populated_next(&populated, &next, end);
		for (size_t i = 0; r == 0 && i < populated.n; i++) {
			const struct populated_run *run = &populated.runs[i];

			r = portion_add(portion, id, run->start > at ? run->start : at,
					run->end < end ? run->end : end);
		}
	}
	return r;
}

static int piece_add(struct portion *portion, const struct memory_piece *piece)
{
	uint64_t at = (piece->start + WORD - 1) & ~(uint64_t)(WORD - 1);
	uint64_t end = piece->end & ~(uint64_t)(WORD - 1);

	if (at >= end)
		return 0;
	if (end - at < SPARSE_BYTES)
		return portion_add(portion, piece->id, at, end);
	return sparse_add(portion, piece->id, at, end);
}

int memory_read(struct memory_reader *reader)
{
	_cleanup_free_ struct portion *portion = calloc(1, sizeof(*portion));
	_cleanup_free_ uint64_t *words = malloc(PORTION_BYTES);
	struct memory_piece piece;
	int r = 0;

	if (!portion || !words)
		return -ENOMEM;
	portion->reader = reader;
	portion->words = words;
	while (r >= 0 && reader->next(reader->data, &piece))
		r = piece_add(portion, &piece);
	return r < 0 ? r : portion_flush(portion);
}
