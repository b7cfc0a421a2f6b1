// SPDX-License-Identifier: BSD-2-Clause
/*
 * Real files with random bytes changed in their headers and unwind information, compiled again
 * and again under the sanitizers. Whatever comes of it must be in order and within its bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <glob.h>
#include <time.h>

#include "base/str.h"
#include "unwind/eh_frame.h"

enum {
	N_ROUNDS = 4000,
	MAX_CHANGES = 16,
	MAX_SECONDS = 5, /* for one file; on a slow machine there are fewer rounds */
	MAX_FILE_BYTES = 8 << 20,
};

/* A part of a file that is worth changing. */
struct part {
	size_t offset, n;
};

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* The headers, .eh_frame_hdr and .eh_frame of an unchanged file. */
static void find_parts(const char *file, size_t n_file, struct part parts[3])
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)(const void *)file;
	const Elf64_Phdr *phdrs = (const Elf64_Phdr *)(const void *)(file + ehdr->e_phoff);
	struct elf_image image;

	parts[0] = (struct part){ 0, sizeof(*ehdr) + ehdr->e_phnum * sizeof(*phdrs) };
	parts[1] = parts[2] = parts[0];
	for (size_t i = 0; i < ehdr->e_phnum; i++) {
		if (phdrs[i].p_type == PT_GNU_EH_FRAME)
			parts[1] = (struct part){ phdrs[i].p_offset, 12 };
	}
	assert_int_equal(elf_image_open(-1, file, n_file, "image", NULL, &image), 0);
	for (size_t i = 0; i < ehdr->e_phnum; i++) {
		if (phdrs[i].p_type == PT_LOAD && image.eh_frame_vaddr >= phdrs[i].p_vaddr &&
		    image.eh_frame_vaddr - phdrs[i].p_vaddr < phdrs[i].p_filesz)
			parts[2] = (struct part){ phdrs[i].p_offset + image.eh_frame_vaddr -
							  phdrs[i].p_vaddr,
						  image.eh_frame_bytes };
	}
	elf_image_close(&image);
	assert_true(parts[1].offset != parts[0].offset && parts[2].offset != parts[0].offset);
}

static void check_frame(const struct eh_frame *frame, const struct unwind_rules *rules)
{
	size_t n = eh_frame_n_granules(frame);
	_cleanup_free_ struct lt_unwind_granule *granules = NULL;

	assert_true(frame->rows.n && frame->rows.items[0].pc == 0);
	assert_true(frame->text_hi > frame->text_lo);
	for (size_t i = 0; i < frame->rows.n; i++) {
		const struct lt_unwind_row *row = &frame->rows.items[i];

		if (row->rule >= rules->items.n || (i && row->pc <= row[-1].pc) ||
		    row->pc >= frame->text_hi - frame->text_lo)
			fail_msg("row %zu of %zu is out of order", i, frame->rows.n);
	}
	if (n > 1 << 20) /* a changed header can claim 4 GiB of code */
		return;
	granules = calloc(n, sizeof(*granules));
	assert_non_null(granules);
	eh_frame_write_granules(frame, 0, granules);
	for (size_t i = 0; i < n; i++) {
		if (granules[i].first_row >= granules[i].next_first_row ||
		    granules[i].next_first_row - granules[i].first_row > 257 ||
		    granules[i].next_first_row > frame->rows.n)
			fail_msg("granule %zu of %zu is out of bounds", i, n);
	}
}

/* Changes the file in some places; the places and what was there go to UNDO. */
static unsigned change(char *file, const struct part parts[3], uint64_t *seed,
		       size_t places[MAX_CHANGES], char undo[MAX_CHANGES])
{
	static const char telling[] = { 0, 1, 2, 4, 8, 0x7f, (char)0x80, (char)0xff };
	unsigned n = 1 + (unsigned)(random_next(seed) % MAX_CHANGES);
	/* Mostly .eh_frame: most changes of a header just make the file useless. */
	unsigned which = (unsigned)(random_next(seed) % 16);
	const struct part *part = &parts[which < 2 ? which : 2];

	for (unsigned i = 0; i < n; i++) {
		places[i] = part->offset + random_next(seed) % part->n;
		undo[i] = file[places[i]];
		file[places[i]] = random_next(seed) & 1 ? telling[random_next(seed) & 7]
							: (char)random_next(seed);
	}
	return n;
}

static void test_file(void **state)
{
	_cleanup_free_ char *file = NULL;
	struct unwind_rules rules;
	struct part parts[3];
	uint64_t seed = 88172645463325252u;
	unsigned n_rounds = 0, n_compiled = 0;
	time_t end = time(NULL) + MAX_SECONDS;
	size_t n_file;
	glob_t found;

	if (glob(*state, 0, NULL, &found)) {
		print_message("no file %s on this machine\n", (const char *)*state);
		skip();
	}
	assert_int_equal(str_read_file(found.gl_pathv[0], MAX_FILE_BYTES, &file, &n_file), 0);
	globfree(&found);
	find_parts(file, n_file, parts);
	assert_int_equal(unwind_rules_init(&rules), 0);
	for (; n_rounds < N_ROUNDS && time(NULL) < end; n_rounds++) {
		struct eh_frame frame;
		size_t places[MAX_CHANGES];
		char undo[MAX_CHANGES];
		unsigned n = change(file, parts, &seed, places, undo);

		if (eh_frame_compile_memory(file, n_file, "file", &rules, NULL, &frame) == 0) {
			check_frame(&frame, &rules);
			eh_frame_done(&frame);
			n_compiled++;
		}
		while (n--)
			file[places[n]] = undo[n];
	}
	print_message("%u rounds, %u compiled, %zu rules\n", n_rounds, n_compiled, rules.items.n);
	assert_true(n_compiled > n_rounds / 2);
	unwind_rules_done(&rules);
}

#define MUTATE(test_name, pattern)                                                                 \
	{                                                                                          \
		.name = test_name, .test_func = test_file, .initial_state = (void *)(pattern)      \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MUTATE("ld.so", "/lib/*-linux-gnu/ld-linux-*.so.*"),
		MUTATE("libgcc_s", "/lib/*-linux-gnu/libgcc_s.so.1"),
		MUTATE("libc", "/lib/*-linux-gnu/libc.so.6"),
		MUTATE("aarch64 ld.so", "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
