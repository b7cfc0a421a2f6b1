// SPDX-License-Identifier: BSD-2-Clause
/*
 * How the functions of a file become one sorted list: overlaps, gaps, the first function of a
 * program, encodings, where .eh_frame is found, granules, biases; and files that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>

#include "unwind/eh_frame.h"
#include "unwind/tiny_elf.h"

/* A tiny file that is being compiled, and what came of it. */
struct fixture {
	struct tiny tiny;
	struct unwind_rules rules;
	struct eh_frame frame;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	return f && unwind_rules_init(&f->rules) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	eh_frame_done(&f->frame);
	unwind_rules_done(&f->rules);
	free(f);
	return 0;
}

static void begin(struct fixture *f, unsigned flags)
{
	tiny_begin(&f->tiny, flags);
	tiny_cie(&f->tiny, "zR", 0x1b);
}

/* A function that has OFF as its CFA offset throughout: the mark that it is told by. */
static void function(struct fixture *f, uint32_t pc, uint32_t n_bytes, uint8_t off)
{
	const uint8_t program[] = { 0x0e, off };

	tiny_fde(&f->tiny, pc, n_bytes, program, sizeof(program));
}

static int compile_result(struct fixture *f)
{
	eh_frame_done(&f->frame);
	return eh_frame_compile_memory(f->tiny.data, f->tiny.n, "tiny", &f->rules, NULL, &f->frame);
}

static void compile(struct fixture *f, int64_t entry)
{
	tiny_end(&f->tiny, entry);
	assert_int_equal(compile_result(f), 0);
}

/* A row as the tests write it: the CFA offset for a rule of kind REG, else minus the kind. */
struct expected {
	uint32_t pc;
	int what;
};

enum { NONE = -LT_UNWIND_NONE, END = -LT_UNWIND_END, FP = -LT_UNWIND_FP };

static void check_rows(const struct fixture *f, const struct expected *expected, size_t n)
{
	assert_int_equal(f->frame.rows.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct lt_unwind_row *row = &f->frame.rows.items[i];
		const struct lt_unwind_rule *rule = &f->rules.items.items[row->rule];

		assert_int_equal(row->pc, expected[i].pc);
		assert_int_equal(rule->kind == LT_UNWIND_REG ? rule->cfa_off : -rule->kind,
				 expected[i].what);
	}
}

#define CHECK_ROWS(f, ...)                                                                         \
	do {                                                                                       \
		const struct expected rows_[] = { __VA_ARGS__ };                                   \
		check_rows(f, rows_, sizeof(rows_) / sizeof(*rows_));                              \
	} while (0)

static void test_gaps(void **state)
{
	struct fixture *f = *state;

	begin(f, 0);
	function(f, 0x200, 0x11, 24); /* not in order, and 15 bytes before the next */
	function(f, 0x100, 0xf0, 16); /* 16 bytes before the next */
	function(f, 0x220, 0x10, 32);
	function(f, 0x230, 0x10, 32); /* equal to its neighbour */
	function(f, 0x24f, 0x01, 32); /* and this one, with padding between */
	compile(f, -1);
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x1f0, NONE }, { 0x200, 24 }, { 0x220, 32 },
		   { 0x250, NONE });
	assert_int_equal(f->frame.n_fdes, 5);
}

static void test_overlaps(void **state)
{
	struct fixture *f = *state;

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	function(f, 0x100, 0x100, 24); /* the same code again: the first one counts */
	function(f, 0x120, 0x10, 32);  /* inside */
	function(f, 0x1f0, 0x20, 40);  /* over the end: its tail counts */
	compile(f, -1);
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, 40 }, { 0x210, NONE });
}

static void test_edges(void **state)
{
	struct fixture *f = *state;

	begin(f, 0);
	function(f, 0, 0x10, 16);			 /* at the first byte of code */
	function(f, TINY_TEXT_BYTES - 0x10, 0x100, 24);	 /* beyond the last */
	function(f, TINY_TEXT_BYTES, 0x10, 32);		 /* behind it */
	function(f, (uint32_t)-0x1000, 0x1010, 40);	 /* from before the first */
	function(f, 0x100, 0, 48);			 /* nothing at all */
	compile(f, -1);
	CHECK_ROWS(f, { 0, 16 }, { 0x10, NONE }, { TINY_TEXT_BYTES - 0x10, 24 });
	assert_int_equal(f->frame.n_bad_fdes, 0);
}

static void test_entry(void **state)
{
	struct fixture *f = *state;

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	compile(f, 0x120); /* described: nothing is added */
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, NONE });

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	compile(f, 0x20); /* not described, and far from the next function */
	CHECK_ROWS(f, { 0, NONE }, { 0x20, END }, { 0x60, NONE }, { 0x100, 16 }, { 0x200, NONE });

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	compile(f, 0xe0);
	CHECK_ROWS(f, { 0, NONE }, { 0xe0, END }, { 0x100, 16 }, { 0x200, NONE });

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	compile(f, TINY_TEXT_BYTES - 8);
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, NONE }, { TINY_TEXT_BYTES - 8, END });
}

static void test_no_cfi(void **state)
{
	struct fixture *f = *state;

	tiny_begin(&f->tiny, 0); /* an empty .eh_frame */
	compile(f, 0x40);
	assert_false(f->frame.has_cfi);
	CHECK_ROWS(f, { 0, FP });
	assert_int_equal(f->frame.rows.items[0].rule, LT_UNWIND_RULE_FP);

	begin(f, TINY_NO_HDR | TINY_NO_SECTIONS); /* one that nothing leads to */
	function(f, 0x100, 0x100, 16);
	compile(f, -1);
	assert_false(f->frame.has_cfi);
	CHECK_ROWS(f, { 0, FP });
}

static void test_found(void **state)
{
	static const unsigned flags[] = { 0, TINY_NO_HDR, TINY_NO_SECTIONS };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		begin(f, flags[i]);
		function(f, 0x100, 0x100, 16);
		compile(f, -1);
		assert_true(f->frame.has_cfi);
		CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, NONE });
	}
}

/* An FDE with its two addresses in ENCODING, written as FORMAT_BYTES each (0: LEB128). */
static void check_encoding(struct fixture *f, uint8_t encoding, unsigned format_bytes, bool good)
{
	uint64_t begin_at = TINY_TEXT + 0x100;

	tiny_begin(&f->tiny, 0);
	tiny_cie(&f->tiny, "zR", encoding);
	tiny_fde_begin(&f->tiny);
	if ((encoding & 0x70) == 0x10)
		begin_at -= TINY_DATA + f->tiny.n;
	if (format_bytes) {
		tiny_fixed(&f->tiny, begin_at, format_bytes);
		tiny_fixed(&f->tiny, 0x20, format_bytes);
	} else {
		tiny_u8(&f->tiny, 0x80 | (begin_at & 0x7f));
		tiny_u8(&f->tiny, 0x80 | (begin_at >> 7 & 0x7f));
		tiny_u8(&f->tiny, begin_at >> 14 & 0x7f);
		tiny_u8(&f->tiny, 0x20);
	}
	tiny_bytes(&f->tiny, "\0\x0e\x10", 3);
	tiny_entry_end(&f->tiny);
	compile(f, -1);
	assert_int_equal(f->frame.has_cfi, good);
	if (good)
		CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x120, NONE });
	else
		assert_int_equal(f->frame.n_bad_fdes, 1);
}

static void test_encodings(void **state)
{
	struct fixture *f = *state;

	check_encoding(f, 0x00, 8, true);
	check_encoding(f, 0x01, 0, true);
	check_encoding(f, 0x09, 0, true);
	check_encoding(f, 0x19, 0, true);
	check_encoding(f, 0x03, 4, true);
	check_encoding(f, 0x0b, 4, true);
	check_encoding(f, 0x04, 8, true);
	check_encoding(f, 0x0c, 8, true);
	check_encoding(f, 0x10, 8, true);
	check_encoding(f, 0x1b, 4, true);
	check_encoding(f, 0x1c, 8, true);
	check_encoding(f, 0x9b, 4, false); /* indirect */
	check_encoding(f, 0x3b, 4, false); /* relative to data: there is no such base */
	check_encoding(f, 0x2b, 4, false);
	check_encoding(f, 0x50, 8, false);
	check_encoding(f, 0xff, 4, false);
	check_encoding(f, 0x05, 8, false);
}

/* A CIE of its own making with one FDE, good or not. */
static void check_cie(struct fixture *f, uint8_t version, const char *augmentation,
		      const void *data, size_t n_data, bool good)
{
	tiny_begin(&f->tiny, 0);
	tiny_cie_begin(&f->tiny, version, augmentation);
	tiny_bytes(&f->tiny, data, n_data);
	tiny_bytes(&f->tiny, "\x0c\x07\x08\x90\x01", 5);
	tiny_entry_end(&f->tiny);
	tiny_fde_begin(&f->tiny);
	tiny_fixed(&f->tiny, TINY_TEXT + 0x100, 8);
	tiny_fixed(&f->tiny, 0x100, 8);
	if (*augmentation)
		tiny_bytes(&f->tiny, "\3\x99\x99\x99", 4);
	tiny_bytes(&f->tiny, "\x0e\x20", 2);
	tiny_entry_end(&f->tiny);
	compile(f, -1);
	assert_int_equal(f->frame.has_cfi, good);
	if (good)
		CHECK_ROWS(f, { 0, NONE }, { 0x100, 32 }, { 0x200, NONE });
	else
		assert_int_equal(f->frame.n_bad_fdes, 1);
}

static void test_cies(void **state)
{
	struct fixture *f = *state;

	check_cie(f, 1, "", "", 0, true);
	check_cie(f, 3, "", "", 0, true);
	check_cie(f, 4, "", "", 0, true);
	check_cie(f, 2, "", "", 0, false);
	check_cie(f, 5, "", "", 0, false);
	check_cie(f, 1, "z", "\0", 1, true);
	check_cie(f, 4, "zR", "\1\4", 2, true);
	check_cie(f, 1, "zPLRBG", "\7\x9b\1\2\3\4\x1b\0", 8, true);
	check_cie(f, 1, "zPLR", "\4\x9b\1\2\3\4\x1b\0", 8, false); /* longer than it says */
	check_cie(f, 1, "zR", "\x7f\0", 2, false);
	check_cie(f, 1, "zQR", "\1\0", 2, false);
	check_cie(f, 1, "eh", "\0\0\0\0\0\0\0\0", 8, false);
}

/* The return address in another register, and instructions that make no sense: no rule. */
static void test_unusable_cies(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		begin(f, 0);
		function(f, 0x100, 8, 16);
		tiny_cie_begin(&f->tiny, 1, "zR");
		if (i == 0)
			f->tiny.data[f->tiny.n - 1] = 15;
		tiny_bytes(&f->tiny, "\1\x1b", 2);
		tiny_bytes(&f->tiny, i == 0 ? "\x0c\7\x08" : "\x0c\7\x08\x3f", i == 0 ? 3 : 4);
		tiny_entry_end(&f->tiny);
		function(f, 0x108, 8, 24);
		compile(f, -1);
		CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x108, NONE });
		assert_int_equal(f->frame.n_unsupported, 1);
	}
}

static void test_long_entries(void **state)
{
	struct fixture *f = *state;
	uint64_t n_bytes;

	begin(f, 0);
	f->tiny.entry_at = f->tiny.n;
	tiny_fixed(&f->tiny, UINT32_MAX, 4);
	tiny_fixed(&f->tiny, 0, 8);
	tiny_fixed(&f->tiny, f->tiny.n - f->tiny.cie_at, 8);
	tiny_fixed(&f->tiny, TINY_TEXT + 0x100 - (TINY_DATA + f->tiny.n), 4);
	tiny_fixed(&f->tiny, 0x100, 4);
	tiny_bytes(&f->tiny, "\0\x0e\x20", 3);
	n_bytes = f->tiny.n - f->tiny.entry_at - 12;
	memcpy(f->tiny.data + f->tiny.entry_at + 4, &n_bytes, sizeof(n_bytes));
	function(f, 0x200, 0x100, 40);
	compile(f, -1);
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 32 }, { 0x200, 40 }, { 0x300, NONE });
}

/* An entry that leaves the section ends it: what came before stays. */
static void test_cut_section(void **state)
{
	struct fixture *f = *state;

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	function(f, 0x200, 0x100, 24);
	f->tiny.data[f->tiny.entry_at + 3] = 0x7f;
	compile(f, -1);
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, NONE });
}

static void test_granules(void **state)
{
	struct fixture *f = *state;
	struct lt_unwind_granule g[TINY_TEXT_BYTES / 256];

	begin(f, 0);
	for (uint32_t pc = 0x200; pc < 0x300; pc++) /* a row per byte */
		function(f, pc, 1, pc & 1 ? 16 : 24);
	compile(f, -1);
	assert_int_equal(f->frame.rows.n, 258);
	assert_int_equal(eh_frame_n_granules(&f->frame), sizeof(g) / sizeof(*g));
	eh_frame_write_granules(&f->frame, 1000, g);
	assert_int_equal(g[0].first_row, 1000);
	assert_int_equal(g[0].next_first_row, 1001);
	assert_int_equal(g[1].first_row, 1000);
	assert_int_equal(g[1].next_first_row, 1001);
	assert_int_equal(g[2].first_row, 1001); /* the row of its first byte, not the one before */
	assert_int_equal(g[2].next_first_row, 1257);
	assert_int_equal(g[3].first_row, 1257);
	assert_int_equal(g[3].next_first_row, 1258);
	assert_int_equal(g[sizeof(g) / sizeof(*g) - 1].first_row, 1257);
}

static void test_bias(void **state)
{
	struct fixture *f = *state;
	uint64_t bias;

	begin(f, 0);
	compile(f, -1);
	/* The code is at 0x5000 in the file and at TINY_TEXT in its addresses. */
	assert_int_equal(eh_frame_bias(&f->frame, 0x7f0000005000, 0x5000, &bias), 0);
	assert_int_equal(bias, 0x7f0000005000);
	assert_int_equal(eh_frame_bias(&f->frame, 0x7f0000006000, 0x6000, &bias), 0);
	assert_int_equal(bias, 0x7f0000005000);
	assert_int_equal(eh_frame_bias(&f->frame, 0x7f0000004000, 0x4000, &bias), 0);
	assert_int_equal(bias, 0x7f0000005000);
	assert_int_equal(eh_frame_bias(&f->frame, 0x7f0000000000, 0x5000 + TINY_TEXT_BYTES, &bias),
			 -ENOENT);
}

static void test_code_segments(void **state)
{
	struct fixture *f = *state;
	Elf64_Phdr *code = (Elf64_Phdr *)(void *)(f->tiny.data + sizeof(Elf64_Ehdr));
	uint64_t bias;

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	tiny_end(&f->tiny, -1);
	code->p_vaddr += 0x40; /* not at the start of a page */
	code[1].p_flags |= PF_X;
	assert_int_equal(compile_result(f), 0);
	assert_int_equal(f->frame.text_lo, TINY_TEXT);
	assert_int_equal(f->frame.text_hi, TINY_DATA + code[1].p_filesz);
	assert_int_equal(f->frame.code.n, 2);
	assert_int_equal(eh_frame_bias(&f->frame, 0x500000, 0, &bias), 0);

	code[1].p_flags = PF_R;
	code->p_memsz = code->p_filesz = UINT64_C(1) << 32;
	assert_int_equal(compile_result(f), -EFBIG);
	code->p_memsz = code->p_filesz = UINT64_MAX;
	assert_int_equal(compile_result(f), -ENOEXEC);
	code->p_flags = PF_R;
	assert_int_equal(compile_result(f), -ENOEXEC);
}

/* A file that is good but for N_BYTES at OFFSET. */
static void check_refused(struct fixture *f, size_t offset, const void *bytes, size_t n_bytes,
			  int error)
{
	struct diag diag = { 0 };

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	tiny_end(&f->tiny, -1);
	memcpy(f->tiny.data + offset, bytes, n_bytes);
	assert_int_equal(eh_frame_compile_memory(f->tiny.data, f->tiny.n, "tiny", &f->rules, &diag,
						 &f->frame),
			 error);
	assert_int_equal(diag.lines.n, 1);
	diag_done(&diag);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	check_refused(f, 0, "\x7f" "FLE", 4, -ENOEXEC);
	check_refused(f, EI_CLASS, "\1", 1, -ENOTSUP);
	check_refused(f, EI_DATA, "\2", 1, -ENOTSUP);
	check_refused(f, offsetof(Elf64_Ehdr, e_machine), "\3", 1, -ENOTSUP);
	check_refused(f, offsetof(Elf64_Ehdr, e_phnum), "\0", 1, -ENOEXEC);
	check_refused(f, offsetof(Elf64_Ehdr, e_phnum), "\xff\xff", 2, -ENOEXEC);
	check_refused(f, offsetof(Elf64_Ehdr, e_phentsize), "\x39", 1, -ENOEXEC);
	check_refused(f, offsetof(Elf64_Ehdr, e_phoff), "\xff\xff\xff\xff\xff\xff\xff\xff", 8,
		      -ENOEXEC);
}

/* Cut at any byte, a file is refused or has nothing that could be read beyond its end. */
static void test_cut_file(void **state)
{
	struct fixture *f = *state;
	size_t n_headers = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);

	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	tiny_end(&f->tiny, -1);
	for (size_t n = 0; n <= f->tiny.n; n++) {
		_cleanup_free_ uint8_t *exact = malloc(n ? n : 1);
		int r;

		assert_non_null(exact);
		memcpy(exact, f->tiny.data, n);
		eh_frame_done(&f->frame);
		r = eh_frame_compile_memory(exact, n, "cut", &f->rules, NULL, &f->frame);
		if (n < n_headers)
			assert_int_equal(r, -ENOEXEC);
		else
			assert_true(r == 0 || r == -ENOEXEC);
	}
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, NONE });
}

/* From a file as from memory; and what is no file is refused. */
static void test_fd(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = memfd_create("tiny", MFD_CLOEXEC), dir = open("/", O_RDONLY);

	assert_true(fd >= 0 && dir >= 0);
	assert_int_equal(eh_frame_compile_fd(fd, "empty", &f->rules, NULL, &f->frame), -ENOEXEC);
	assert_int_equal(eh_frame_compile_fd(dir, "/", &f->rules, NULL, &f->frame), -ENOEXEC);
	assert_int_equal(eh_frame_compile_fd(-1, "none", &f->rules, NULL, &f->frame), -EBADF);
	begin(f, 0);
	function(f, 0x100, 0x100, 16);
	tiny_end(&f->tiny, -1);
	assert_int_equal(write(fd, f->tiny.data, f->tiny.n), f->tiny.n);
	assert_int_equal(eh_frame_compile_fd(fd, "tiny", &f->rules, NULL, &f->frame), 0);
	CHECK_ROWS(f, { 0, NONE }, { 0x100, 16 }, { 0x200, NONE });
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_gaps),      TEST(test_overlaps),	TEST(test_edges),
		TEST(test_entry),     TEST(test_no_cfi),	TEST(test_found),
		TEST(test_encodings), TEST(test_cies),		TEST(test_unusable_cies),
		TEST(test_granules),  TEST(test_long_entries),	TEST(test_cut_section),
		TEST(test_bias),      TEST(test_code_segments), TEST(test_refused),
		TEST(test_fd),	      TEST(test_cut_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
