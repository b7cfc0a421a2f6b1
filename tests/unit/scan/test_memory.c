// SPDX-License-Identifier: BSD-2-Clause
/* Reading memory: every word of every piece once, in order, but for pages that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan/memory.h"
#include "scan/populated.h"

enum { PAGE = 4096 };

struct reading {
	const struct memory_piece *pieces;
	size_t n, next;
	uint64_t n_words, n_wrong, last;
	int stop_after;
};

static int next_piece(void *data, struct memory_piece *ret)
{
	struct reading *reading = data;

	if (reading->next == reading->n)
		return 0;
	*ret = reading->pieces[reading->next++];
	return 1;
}

/* Each word of the memory is its own address. */
static int visit(void *data, uint32_t id, uint64_t address, const uint64_t *words, size_t n)
{
	struct reading *reading = data;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = address + i * sizeof(*words);

		reading->n_wrong += words[i] != at || at <= reading->last ||
				    at < reading->pieces[id].start || at >= reading->pieces[id].end;
		reading->last = at;
	}
	reading->n_words += n;
	return reading->stop_after && !--reading->stop_after ? -E2BIG : 0;
}

static int read_pieces(struct reading *reading, pid_t pid, uint64_t *ret_unreadable)
{
	struct memory_reader reader = { .pid = pid,
					.deadline_ns = UINT64_MAX,
					.next = next_piece,
					.visit = visit,
					.data = reading };
	int r = memory_read(&reader);

	*ret_unreadable = reader.n_unreadable_pages;
	return r;
}

static uint64_t map(size_t pages)
{
	uint64_t *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return (uint64_t)(uintptr_t)at;
}

static void fill(uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at += sizeof(at))
		*(uint64_t *)(uintptr_t)at = at;
}

static void test_pieces(void **state)
{
	uint64_t start = map(600), unreadable;
	/* Of all sizes, with edges that are not words, and one of more than a portion. */
	const struct memory_piece pieces[] = {
		{ start + 1, start + 25, 0 },
		{ start + 32, start + 32, 1 },
		{ start + 35, start + 39, 2 },
		{ start + 48, start + 3 * PAGE + 7, 3 },
		{ start + 4 * PAGE, start + 590 * PAGE, 4 },
	};
	struct reading reading = { .pieces = pieces, .n = 5 };

	(void)state;
	fill(start, start + 600 * PAGE);
	assert_int_equal(read_pieces(&reading, getpid(), &unreadable), 0);
	assert_int_equal(reading.n_wrong, 0);
	assert_int_equal(reading.n_words, 2 + (3 * PAGE - 48) / 8 + 586 * PAGE / 8);
	assert_int_equal(unreadable, 0);
	munmap((void *)(uintptr_t)start, 600 * PAGE);
}

static void test_many_small_pieces(void **state)
{
	enum { N = 5000 };
	static struct memory_piece pieces[N];
	uint64_t start = map(100), unreadable;
	struct reading reading = { .pieces = pieces, .n = N };

	(void)state;
	fill(start, start + 100 * PAGE);
	for (uint32_t i = 0; i < N; i++)
		pieces[i] = (struct memory_piece){ start + i * 64, start + i * 64 + 16, i };
	assert_int_equal(read_pieces(&reading, getpid(), &unreadable), 0);
	assert_int_equal(reading.n_wrong, 0);
	assert_int_equal(reading.n_words, 2 * N);
	munmap((void *)(uintptr_t)start, 100 * PAGE);
}

static void test_unreadable(void **state)
{
	uint64_t start = map(40), unreadable;
	const struct memory_piece pieces[] = {
		{ start, start + 20 * PAGE, 0 },
		{ start + 20 * PAGE, start + 40 * PAGE, 1 },
	};
	struct reading reading = { .pieces = pieces, .n = 2 };

	(void)state;
	fill(start, start + 40 * PAGE);
	munmap((void *)(uintptr_t)(start + 3 * PAGE), PAGE);
	munmap((void *)(uintptr_t)(start + 30 * PAGE), 2 * PAGE);
	assert_int_equal(read_pieces(&reading, getpid(), &unreadable), 0);
	assert_int_equal(reading.n_wrong, 0);
	assert_int_equal(reading.n_words, 37 * PAGE / 8);
	assert_int_equal(unreadable, 3);
	munmap((void *)(uintptr_t)start, 40 * PAGE);
}

/* 1 GiB of addresses, of which a few pages have been touched, at its edges too. */
static void test_sparse(void **state)
{
	const size_t pages = 1 << 18;
	const size_t touched[] = { 0, 1, 2047, 2048, 70000, pages - 1 };
	uint64_t start = map(pages), unreadable;
	const struct memory_piece piece = { start + 8, start + pages * PAGE - 8, 0 };
	struct reading reading = { .pieces = &piece, .n = 1 };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		fill(start + touched[i] * PAGE, start + (touched[i] + 1) * PAGE);
	assert_int_equal(read_pieces(&reading, getpid(), &unreadable), 0);
	assert_int_equal(reading.n_wrong, 0);
	assert_int_equal(reading.n_words, 6 * PAGE / 8 - 2);
	munmap((void *)(uintptr_t)start, pages * PAGE);
}

/* As a sanitizer does it: more addresses than could be listed one page after the other. */
static void test_reserved(void **state)
{
	const size_t pages = 1ull << 30; /* 4 TiB */
	const size_t touched[] = { 3, (1 << 29) - 1, 1 << 29, pages - 1 };
	struct populated populated;
	struct reading reading = { .n = 1 };
	struct memory_piece piece = { .id = 0 };
	uint64_t unreadable, at;

	(void)state;
	piece.start = map(pages);
	piece.end = piece.start + pages * PAGE;
	reading.pieces = &piece;
	assert_int_equal(populated_open(&populated, getpid(), false), 0);
	at = piece.start;
	assert_int_equal(populated_next(&populated, &at, piece.start + PAGE), 0);
	populated_close(&populated);
	if (populated.lists_only) {
		munmap((void *)(uintptr_t)piece.start, pages * PAGE);
		print_message("this kernel has no PAGEMAP_SCAN\n");
		skip();
	}
	for (size_t i = 0; i < 4; i++)
		fill(piece.start + touched[i] * PAGE, piece.start + (touched[i] + 1) * PAGE);
	assert_int_equal(read_pieces(&reading, getpid(), &unreadable), 0);
	assert_int_equal(reading.n_wrong, 0);
	assert_int_equal(reading.n_words, 4 * PAGE / 8);
	munmap((void *)(uintptr_t)piece.start, pages * PAGE);
}

/* Both ways to ask find the same pages, also where there are more runs than one call can tell. */
static void test_runs(void **state)
{
	enum { N = 3 * POPULATED_RUNS };
	uint64_t start = map(2 * N + 10);

	(void)state;
	for (size_t i = 0; i < N; i++)
		fill(start + 2 * i * PAGE, start + (2 * i + 1) * PAGE);
	fill(start + (2 * N - 1) * PAGE, start + (2 * N + 3) * PAGE);
	for (int lists_only = 0; lists_only < 2; lists_only++) {
		uint64_t at = start + 100, end = start + (2 * N + 9) * PAGE + 5;
		uint64_t n_pages = 0, last = 0;
		struct populated populated;

		assert_int_equal(populated_open(&populated, getpid(), lists_only), 0);
		while (at < end) {
			assert_int_equal(populated_next(&populated, &at, end), 0);
			assert_true(populated.n <= POPULATED_RUNS);
			for (size_t i = 0; i < populated.n; i++) {
				assert_true(populated.runs[i].start >= last);
				last = populated.runs[i].end;
				n_pages += (last - populated.runs[i].start) / PAGE;
			}
		}
		populated_close(&populated);
		assert_int_equal(n_pages, N + 4);
		assert_int_equal(last, start + (2 * N + 3) * PAGE);
	}
	munmap((void *)(uintptr_t)start, (2 * N + 10) * PAGE);
}

static void test_ends(void **state)
{
	uint64_t start = map(4), unreadable;
	const struct memory_piece pieces[] = { { start, start + PAGE, 0 },
					       { start + PAGE, start + 2 * PAGE, 1 } };
	struct reading reading = { .pieces = pieces, .n = 2, .stop_after = 1 };
	struct memory_reader late = {
		.pid = getpid(), .next = next_piece, .visit = visit, .data = &reading
	};
	pid_t gone = fork();

	(void)state;
	fill(start, start + 4 * PAGE);
	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	assert_int_equal(read_pieces(&reading, getpid(), &unreadable), -E2BIG);
	reading = (struct reading){ .pieces = pieces, .n = 2 };
	assert_int_equal(memory_read(&late), -ETIME);
	reading = (struct reading){ .pieces = pieces, .n = 2 };
	assert_int_equal(read_pieces(&reading, gone, &unreadable), -ESRCH);
	munmap((void *)(uintptr_t)start, 4 * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),	   cmocka_unit_test(test_many_small_pieces),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_reserved),   cmocka_unit_test(test_runs),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
