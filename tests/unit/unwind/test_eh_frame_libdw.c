// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compiles real files, of both machines, and compares the result with libdw's opinion: over all
 * stretches of code that libdw knows, over the gaps between them, and at random addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <sys/auxv.h>
#include <time.h>

#include "unwind/oracle.h"

enum {
	N_RANDOM = 20000,
	MAX_STRETCHES = 1500000, /* a bound for the walk, above that of any file used here */
	PADDING = 15,		 /* a gap that small may have the rule of what is before it */
};

/* What was compared in one file. */
struct tally {
	uint64_t n_stretches;
	uint64_t n_unsupported; /* of those, neither side has a rule for */
	uint64_t n_gap_bytes;
	double compile_ms;
};

static size_t row_find(const struct eh_frame *frame, uint64_t pc)
{
	size_t lo = 0, hi = frame->rows.n;

	assert_true(hi > 0 && frame->rows.items[0].pc == 0);
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (frame->rows.items[mid].pc <= pc)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static struct lt_unwind_rule rule_at(const struct eh_frame *frame,
				     const struct unwind_rules *rules, uint64_t vaddr)
{
	uint32_t id = frame->rows.items[row_find(frame, vaddr - frame->text_lo)].rule;

	assert_true(id < rules->items.n);
	return rules->items.items[id];
}

static void check_same(const struct lt_unwind_rule *ours, const struct lt_unwind_rule *theirs,
		       const char *name, uint64_t vaddr)
{
	if (!memcmp(ours, theirs, sizeof(*ours)))
		return;
	fail_msg("%s at %#lx: kind %d cfa %d%+d fp %d/%d%+d ra %d%+d bx %+d post %d, not kind %d "
		 "cfa %d%+d fp %d/%d%+d ra %d%+d bx %+d post %d",
		 name, (unsigned long)vaddr, ours->kind, ours->cfa_reg, ours->cfa_off,
		 ours->fp_kind, ours->fp_reg, ours->fp_off, ours->ra_kind, ours->ra_off,
		 ours->bx_off, ours->post, theirs->kind, theirs->cfa_reg, theirs->cfa_off,
		 theirs->fp_kind, theirs->fp_reg, theirs->fp_off, theirs->ra_kind, theirs->ra_off,
		 theirs->bx_off, theirs->post);
}

/* Code that libdw knows nothing about: no rule, or what may stand in for one. */
static void check_gap(const struct eh_frame *frame, const struct unwind_rules *rules,
		      const struct oracle *oracle, const char *name, uint64_t vaddr)
{
	struct lt_unwind_rule ours = rule_at(frame, rules, vaddr), theirs;
	uint64_t begin, end;

	if (ours.kind == LT_UNWIND_NONE || ours.kind == LT_UNWIND_END)
		return;
	for (unsigned i = 1; i <= PADDING && vaddr - i >= frame->text_lo; i++) {
		if (oracle_ask(oracle, vaddr - i, &theirs, &begin, &end)) {
			check_same(&ours, &theirs, name, vaddr);
			return;
		}
	}
	fail_msg("%s at %#lx: a rule where there should be none", name, (unsigned long)vaddr);
}

/* Every stretch that libdw gives must have that one rule from its first byte to its last. */
static void check_walk(const struct eh_frame *frame, const struct unwind_rules *rules,
		       const struct oracle *oracle, const char *name, struct tally *tally)
{
	uint64_t at = frame->text_lo, n_gap = 0;

	while (at < frame->text_hi && tally->n_stretches < MAX_STRETCHES) {
		struct lt_unwind_rule theirs, ours = rule_at(frame, rules, at);
		uint64_t begin, end;

		if (!oracle_ask(oracle, at, &theirs, &begin, &end)) {
			check_gap(frame, rules, oracle, name, at);
			/* Some files have megabytes of data between their functions. */
			n_gap += n_gap < 4096 ? 1 : 61;
			at += n_gap < 4096 ? 1 : 61;
			continue;
		}
		tally->n_gap_bytes += n_gap;
		n_gap = 0;
		check_same(&ours, &theirs, name, at);
		assert_true(begin <= at && at < end);
		if (end > frame->text_hi)
			end = frame->text_hi;
		if (row_find(frame, at - frame->text_lo) !=
		    row_find(frame, end - 1 - frame->text_lo))
			fail_msg("%s: the rule changes between %#lx and %#lx", name,
				 (unsigned long)at, (unsigned long)end);
		tally->n_unsupported += theirs.kind == LT_UNWIND_NONE;
		tally->n_stretches++;
		at = end;
	}
	tally->n_gap_bytes += n_gap;
	assert_true(at >= frame->text_hi);
}

static void check_random(const struct eh_frame *frame, const struct unwind_rules *rules,
			 const struct oracle *oracle, const char *name)
{
	uint64_t n_text = frame->text_hi - frame->text_lo, seed = 88172645463325252u;

	for (unsigned i = 0; i < N_RANDOM; i++) {
		struct lt_unwind_rule theirs, ours;
		uint64_t vaddr, begin, end;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		vaddr = frame->text_lo + seed % n_text;
		ours = rule_at(frame, rules, vaddr);
		if (oracle_ask(oracle, vaddr, &theirs, &begin, &end))
			check_same(&ours, &theirs, name, vaddr);
		else
			check_gap(frame, rules, oracle, name, vaddr);
	}
}

/* Rows ascend, neighbours differ, and the granules lead to the same row as a plain search. */
static void check_shape(const struct eh_frame *frame)
{
	_cleanup_free_ struct lt_unwind_granule *granules = NULL;
	size_t n = eh_frame_n_granules(frame);

	granules = calloc(n, sizeof(*granules));
	assert_non_null(granules);
	eh_frame_write_granules(frame, 7, granules);
	assert_int_equal(frame->rows.items[0].pc, 0);
	for (size_t i = 0; i < frame->rows.n; i++) {
		const struct lt_unwind_row *row = &frame->rows.items[i];
		const struct lt_unwind_granule *granule;

		if (i && (row->pc <= row[-1].pc || row->rule == row[-1].rule))
			fail_msg("row %zu does not follow from the one before it", i);
		assert_true(row->pc < frame->text_hi - frame->text_lo);
		granule = &granules[row->pc >> LT_UNWIND_GRANULE_SHIFT];
		if (granule->first_row > i + 7 || granule->next_first_row <= i + 7)
			fail_msg("row %zu is not in its granule", i);
	}
	for (size_t i = 0; i < n; i++) {
		size_t first = row_find(frame, (uint64_t)i << LT_UNWIND_GRANULE_SHIFT);

		if (granules[i].first_row != first + 7 ||
		    granules[i].next_first_row - granules[i].first_row > 257)
			fail_msg("granule %zu begins with the wrong row", i);
	}
}

static double clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void check_frame(const struct eh_frame *frame, const struct unwind_rules *rules,
			const struct oracle *oracle, const char *name, struct tally *tally)
{
	assert_true(frame->has_cfi);
	assert_int_equal(frame->n_bad_fdes, 0);
	check_shape(frame);
	check_walk(frame, rules, oracle, name, tally);
	check_random(frame, rules, oracle, name);
	print_message("%s: %zu rows, %u functions, %.1f ms; %lu stretches compared, %lu of them "
		      "unsupported, %lu bytes not described\n",
		      name, frame->rows.n, frame->n_fdes, tally->compile_ms,
		      (unsigned long)tally->n_stretches, (unsigned long)tally->n_unsupported,
		      (unsigned long)tally->n_gap_bytes);
	/* Hand-written functions have rules that cannot be expressed; nothing else has. */
	assert_true(tally->n_stretches > 0);
	assert_true(tally->n_unsupported <= 8 + tally->n_stretches / 50);
}

static void check_file(const char *path, struct unwind_rules *rules)
{
	struct eh_frame frame;
	struct oracle oracle;
	struct tally tally = { 0 };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	double before;

	assert_true(fd >= 0);
	before = clock_ms();
	assert_int_equal(eh_frame_compile_fd(fd, path, rules, NULL, &frame), 0);
	tally.compile_ms = clock_ms() - before;
	assert_true(oracle_open(&oracle, elf_begin(fd, ELF_C_READ_MMAP, NULL)));
	check_frame(&frame, rules, &oracle, path, &tally);
	oracle_close(&oracle);
	eh_frame_done(&frame);
}

/* Checks the first file that matches; one that is not installed is a skip. */
static void check_pattern(const char *pattern)
{
	struct unwind_rules rules;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) || !found.gl_pathc) {
		print_message("no file %s on this machine: not compared\n", pattern);
		skip();
	}
	assert_int_equal(unwind_rules_init(&rules), 0);
	check_file(found.gl_pathv[0], &rules);
	assert_int_equal(rules.n_refused, 0);
	unwind_rules_done(&rules);
	globfree(&found);
}

static void test_pattern(void **state)
{
	check_pattern(*state);
}

/* The rules are shared: files compiled one after the other must not disturb each other. */
static void test_shared_rules(void **state)
{
	struct unwind_rules rules;
	size_t n_rules;

	(void)state;
	assert_int_equal(unwind_rules_init(&rules), 0);
	check_file("/proc/self/exe", &rules);
	n_rules = rules.items.n;
	check_file("/proc/self/exe", &rules);
	assert_int_equal(rules.items.n, n_rules);
	unwind_rules_done(&rules);
}

/* How many bytes the kernel's page of code has, from the list of mappings; 0: there is none. */
static size_t vdso_bytes(void)
{
	_cleanup_fclose_ FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (strstr(line, "[vdso]") && sscanf(line, "%lx-%lx", &start, &end) == 2 &&
		    start == getauxval(AT_SYSINFO_EHDR))
			return end - start;
	}
	return 0;
}

static void test_vdso(void **state)
{
	_cleanup_free_ char *copy = NULL;
	size_t n = vdso_bytes();
	struct unwind_rules rules;
	struct eh_frame frame;
	struct oracle oracle;
	struct tally tally = { 0 };

	(void)state;
	if (!n) {
		print_message("this process has no vdso\n");
		skip();
	}
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, (const void *)getauxval(AT_SYSINFO_EHDR), n);
	assert_int_equal(unwind_rules_init(&rules), 0);
	tally.compile_ms = -clock_ms();
	assert_int_equal(eh_frame_compile_memory(copy, n, "[vdso]", &rules, NULL, &frame), 0);
	tally.compile_ms += clock_ms();
	assert_true(oracle_open(&oracle, elf_memory(copy, n)));
	check_frame(&frame, &rules, &oracle, "[vdso]", &tally);
	oracle_close(&oracle);
	eh_frame_done(&frame);
	unwind_rules_done(&rules);
}

#define PATTERN(test_name, pattern)                                                                \
	{                                                                                          \
		.name = test_name, .test_func = test_pattern, .initial_state = (void *)(pattern)   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_rules),
		cmocka_unit_test(test_vdso),
		PATTERN("libc", "/lib/*-linux-gnu/libc.so.6"),
		PATTERN("ld.so", "/lib/*-linux-gnu/ld-linux-*.so.*"),
		PATTERN("libstdc++", "/usr/lib/*-linux-gnu/libstdc++.so.6"),
		PATTERN("libgcc_s", "/lib/*-linux-gnu/libgcc_s.so.1"),
		PATTERN("libcrypto", "/usr/lib/*-linux-gnu/libcrypto.so.3"),
		PATTERN("python3", "/usr/bin/python3"),
		PATTERN("git", "/usr/bin/git"),
		PATTERN("libLLVM", "/usr/lib/*-linux-gnu/libLLVM-1[0-9].so.1"),
		PATTERN("aarch64 libc", "/usr/aarch64-linux-gnu/lib/libc.so.6"),
		PATTERN("aarch64 ld.so", "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"),
		PATTERN("aarch64 libm", "/usr/aarch64-linux-gnu/lib/libm.so.6"),
		PATTERN("aarch64 libstdc++", "/usr/aarch64-linux-gnu/lib/libstdc++.so.6"),
		PATTERN("aarch64 libgcc_s", "/usr/aarch64-linux-gnu/lib/libgcc_s.so.1"),
	};

	elf_version(EV_CURRENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
