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
	PORTION_SPANS = 1024, /* the kernel's limit for one call: UIO_MAXIOV */
	PORTION_PIECES = 32768,
	/* So little between two pieces is read as well: to begin anew takes the kernel longer. */
	SPAN_MAX_GAP = 1024,
	PAGE_BYTES = 4096,
	WORD = sizeof(uint64_t),
	SPARSE_BYTES = 4 << 20,
};

struct piece {
	uint64_t start;
	size_t bytes;
	size_t at; /* its first word in the portion */
	uint32_t id;
};

/* What one call reads: spans of memory one behind the other, with pieces in them. */
struct portion {
	struct memory_reader *reader;
	uint64_t *words;
	size_t n_words;
	size_t n_spans, n_pieces;
	struct iovec spans[PORTION_SPANS];
	struct piece pieces[PORTION_PIECES];
};

static bool deadline_passed(const struct memory_reader *reader)
{
	return clock_monotonic_ns() >= reader->deadline_ns;
}

/* One page at a time, passing over what cannot be read: a guard page, a file that was cut. */
static int piece_read_pages(struct memory_reader *reader, const struct piece *piece)
{
	uint64_t at = piece->start, end = at + piece->bytes;
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
			r = reader->visit(reader->data, piece->id, at, words, (size_t)n / WORD);
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
	size_t n_read;
	ssize_t n;
	int r = 0;

	if (!portion->n_pieces)
		return 0;
	if (deadline_passed(reader))
		return -ETIME;
	/* The call ends where something cannot be read. */
	n = process_vm_readv(reader->pid, &local, 1, portion->spans, portion->n_spans, 0);
	if (n < 0 && errno == ESRCH)
		return -ESRCH;
	n_read = n > 0 ? (size_t)n : 0;
	for (size_t i = 0; i < portion->n_pieces && r >= 0; i++) {
		const struct piece *piece = &portion->pieces[i];

		if (piece->at * WORD + piece->bytes <= n_read)
			r = reader->visit(reader->data, piece->id, piece->start,
					  portion->words + piece->at, piece->bytes / WORD);
		else
			r = piece_read_pages(reader, piece);
	}
	portion->n_spans = portion->n_pieces = portion->n_words = 0;
	return r < 0 ? r : 0;
}

/* How many words the portion has between its last span and AT, if that span can go on there. */
static bool span_reaches(const struct portion *portion, uint64_t at, size_t *ret_words)
{
	const struct iovec *last;
	uint64_t end;

	if (!portion->n_spans)
		return false;
	last = &portion->spans[portion->n_spans - 1];
	end = (uint64_t)(uintptr_t)last->iov_base + last->iov_len;
	*ret_words = (at - end) / WORD;
	return at - end <= SPAN_MAX_GAP && portion->n_words + *ret_words < PORTION_BYTES / WORD;
}

/* Adds [AT, END), in parts if it is longer than a portion. */
static int portion_add(struct portion *portion, uint32_t id, uint64_t at, uint64_t end)
{
	int r = 0;

	while (at < end && r == 0) {
		size_t gap = 0, room, bytes;

		if (!span_reaches(portion, at, &gap)) {
			portion->spans[portion->n_spans++] =
				(struct iovec){ (void *)(uintptr_t)at, 0 };
			gap = 0;
		}
		portion->n_words += gap;
		room = PORTION_BYTES - portion->n_words * WORD;
		bytes = end - at < room ? end - at : room;
		portion->spans[portion->n_spans - 1].iov_len += gap * WORD + bytes;
		portion->pieces[portion->n_pieces++] =
			(struct piece){ at, bytes, portion->n_words, id };
		portion->n_words += bytes / WORD;
		at += bytes;
		if (portion->n_spans == PORTION_SPANS || portion->n_pieces == PORTION_PIECES ||
		    portion->n_words == PORTION_BYTES / WORD)
			r = portion_flush(portion);
	}
	return r;
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
