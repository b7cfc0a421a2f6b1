// SPDX-License-Identifier: BSD-2-Clause
/* The .eh_frame compiler on tiny files made for one question each; libdw is asked as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unwind/oracle.h"
#include "unwind/tiny_elf.h"

#define PROGRAM(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

/* A compiled tiny file. */
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

static void compile(struct fixture *f)
{
	eh_frame_done(&f->frame);
	assert_int_equal(eh_frame_compile_memory(f->tiny.data, f->tiny.n, "tiny", &f->rules, NULL,
						 &f->frame),
			 0);
}

static const struct lt_unwind_rule *rule_of(const struct fixture *f, uint32_t pc)
{
	const struct lt_unwind_row *row = f->frame.rows.items;
	const struct lt_unwind_row *end = row + f->frame.rows.n;

	assert_true(row < end && row->pc == 0);
	while (row + 1 < end && row[1].pc <= pc)
		row++;
	assert_true(row->rule < f->rules.items.n);
	return &f->rules.items.items[row->rule];
}

static void check_cfa(const struct fixture *f, uint32_t pc, int kind, int reg, int off)
{
	const struct lt_unwind_rule *rule = rule_of(f, pc);

	assert_int_equal(rule->kind, kind);
	assert_int_equal(rule->cfa_reg, reg);
	assert_int_equal(rule->cfa_off, off);
}

static void check_kind(const struct fixture *f, uint32_t pc, int kind)
{
	assert_int_equal(rule_of(f, pc)->kind, kind);
}

/* libdw's rule for each byte of [BEGIN, END) is ours; where it has none, neither have we. */
static void check_libdw(const struct fixture *f, uint32_t begin, uint32_t end)
{
	struct oracle oracle;
	uint64_t from, to;

	assert_true(oracle_open(&oracle, elf_memory((char *)f->tiny.data, f->tiny.n)));
	for (uint32_t pc = begin; pc < end; pc++) {
		struct lt_unwind_rule theirs = { 0 };

		oracle_ask(&oracle, TINY_TEXT + pc, &theirs, &from, &to);
		assert_memory_equal(rule_of(f, pc), &theirs, sizeof(theirs));
	}
	oracle_close(&oracle);
}

/* One function of 0x100 bytes at pc 0x100 with this program. */
static void compile_one(struct fixture *f, const void *program, size_t n_program)
{
	tiny_begin(&f->tiny, 0);
	tiny_cie(&f->tiny, "zR", 0x1b);
	tiny_fde(&f->tiny, 0x100, 0x100, program, n_program);
	tiny_end(&f->tiny, -1);
	compile(f);
}

static void test_rows(void **state)
{
	static const uint32_t pcs[] = { 0, 0x100, 0x101, 0x104, 0x180, 0x200 };
	struct fixture *f = *state;

	/* push rbp; mov rbp, rsp; push rbx; ...; leave */
	compile_one(f, PROGRAM(0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x83, 3, 0x02, 0x7c, 0x0c, 7,
			       8, 0xc6, 0xc3));
	assert_true(f->frame.has_cfi);
	assert_int_equal(f->frame.n_fdes, 1);
	assert_int_equal(f->frame.rows.n, sizeof(pcs) / sizeof(*pcs));
	for (size_t i = 0; i < f->frame.rows.n; i++)
		assert_int_equal(f->frame.rows.items[i].pc, pcs[i]);
	check_kind(f, 0xff, LT_UNWIND_NONE);
	check_cfa(f, 0x100, LT_UNWIND_REG, LT_UNWIND_SP, 8);
	check_cfa(f, 0x101, LT_UNWIND_REG, LT_UNWIND_SP, 16);
	check_cfa(f, 0x17f, LT_UNWIND_REG, LT_UNWIND_BP, 16);
	assert_int_equal(rule_of(f, 0x101)->fp_kind, LT_UNWIND_FP_CFA);
	assert_int_equal(rule_of(f, 0x101)->fp_off, -16);
	assert_int_equal(rule_of(f, 0x101)->bx_off, LT_UNWIND_BX_SAME);
	assert_int_equal(rule_of(f, 0x104)->bx_off, -24);
	assert_int_equal(rule_of(f, 0x104)->ra_off, -8);
	assert_int_equal(rule_of(f, 0x180)->fp_kind, LT_UNWIND_FP_SAME);
	assert_int_equal(f->frame.rows.items[1].rule, f->frame.rows.items[4].rule);
	check_kind(f, 0x200, LT_UNWIND_NONE);
	check_libdw(f, 0xf0, 0x210);
}

/* All instructions with several encodings of one meaning. */
static void test_instructions(void **state)
{
	struct fixture *f = *state;

	compile_one(f, PROGRAM(0x02, 4, 0x12, 7, 0x70,		/* def_cfa_sf rsp, -16 * -8 */
			       0x03, 4, 0, 0x13, 0x7e,		/* def_cfa_offset_sf -2 * -8 */
			       0x04, 4, 0, 0, 0, 0x05, 6, 2,	/* offset_extended rbp 2 */
			       0x44, 0x11, 6, 0x7d,		/* offset_extended_sf rbp -3 */
			       0x44, 0x06, 6,			/* restore_extended rbp */
			       0x44, 0x07, 6,			/* undefined rbp */
			       0x44, 0x08, 6,			/* same_value rbp */
			       0x44, 0x09, 6, 0,		/* register rbp in rax */
			       0x44, 0x14, 6, 1,		/* val_offset rbp */
			       0x44, 0x15, 6, 0x7f,		/* val_offset_sf rbp */
			       0x44, 0x16, 6, 2, 0x77, 0,	/* val_expression rbp */
			       0x44, 0x2e, 16, 0x0a, 0x0e, 64,	/* GNU_args_size; remember */
			       0x44, 0x0b,			/* restore_state */
			       0x44, 0x10, 6, 2, 0x76, 0x78));	/* expression rbp: rbp - 8 */
	check_cfa(f, 0x104, LT_UNWIND_REG, LT_UNWIND_SP, 128);
	check_cfa(f, 0x108, LT_UNWIND_REG, LT_UNWIND_SP, 16);
	assert_int_equal(rule_of(f, 0x10c)->fp_off, -16);
	assert_int_equal(rule_of(f, 0x110)->fp_off, 24);
	assert_int_equal(rule_of(f, 0x114)->fp_kind, LT_UNWIND_FP_SAME);
	for (uint32_t pc = 0x118; pc < 0x12c; pc += 4)
		assert_int_equal(rule_of(f, pc)->fp_kind,
				 pc == 0x11c ? LT_UNWIND_FP_SAME : LT_UNWIND_FP_UNDEF);
	check_cfa(f, 0x130, LT_UNWIND_REG, LT_UNWIND_SP, 64);
	check_cfa(f, 0x134, LT_UNWIND_REG, LT_UNWIND_SP, 16);
	assert_int_equal(rule_of(f, 0x138)->fp_kind, LT_UNWIND_FP_REG);
	assert_int_equal(rule_of(f, 0x138)->fp_reg, LT_UNWIND_BP);
	assert_int_equal(rule_of(f, 0x138)->fp_off, -8);
	check_libdw(f, 0x100, 0x200);
}

/* The addresses of set_loc are encoded as those of the FDE: here, 8 bytes, absolute. */
static void test_set_loc(void **state)
{
	struct fixture *f = *state;

	for (int backwards = 0; backwards < 2; backwards++) {
		tiny_begin(&f->tiny, 0);
		tiny_cie(&f->tiny, "zR", 0x00);
		tiny_fde_begin(&f->tiny);
		tiny_fixed(&f->tiny, TINY_TEXT + 0x100, 8);
		tiny_fixed(&f->tiny, 0x100, 8);
		tiny_bytes(&f->tiny, "\0\x48\x01", 3);
		tiny_fixed(&f->tiny, TINY_TEXT + (backwards ? 0x104 : 0x110), 8);
		tiny_bytes(&f->tiny, "\x0e\x20", 2);
		tiny_entry_end(&f->tiny);
		tiny_end(&f->tiny, -1);
		compile(f);
		assert_int_equal(f->frame.n_bad_fdes, backwards);
		if (backwards)
			continue;
		check_cfa(f, 0x10f, LT_UNWIND_REG, LT_UNWIND_SP, 8);
		check_cfa(f, 0x110, LT_UNWIND_REG, LT_UNWIND_SP, 32);
		check_libdw(f, 0x100, 0x200);
	}
}

static void test_expressions(void **state)
{
	struct fixture *f = *state;

	compile_one(f, PROGRAM(0x0f, 2, 0x76, 0x10,			   /* rbp + 16 */
			       0x44, 0x0f, 3, 0x77, 0x28, 0x06,		   /* *(rsp + 40) */
			       0x44, 0x0f, 5, 0x77, 0x28, 0x06, 0x23, 8,	   /* ... + 8 */
			       0x44, 0x0f, 5, 0x77, 0x28, 0x06, 0x38, 0x22,   /* the same */
			       0x44, 0x0f, 4, 0x92, 3, 0x10, 0x06,	   /* *(rbx + 16) */
			       0x44, 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, /* .plt */
			       0x3b, 0x2a, 0x33, 0x24, 0x22,		   /* ... from 11 */
			       0x44, 0x0f, 2, 0x70, 0x10,		   /* rax + 16 */
			       0x44, 0x0f, 3, 0x77, 8, 0x96,		   /* rsp + 8, nop */
			       0x44, 0x0f, 6, 0x77, 8, 6, 0x23, 0x80, 2));  /* ... + 256 */
	check_cfa(f, 0x100, LT_UNWIND_REG, LT_UNWIND_BP, 16);
	check_cfa(f, 0x104, LT_UNWIND_DEREF, LT_UNWIND_SP, 40);
	assert_int_equal(rule_of(f, 0x104)->post, 0);
	check_cfa(f, 0x108, LT_UNWIND_DEREF, LT_UNWIND_SP, 40);
	assert_int_equal(rule_of(f, 0x108)->post, 8);
	assert_ptr_equal(rule_of(f, 0x10c), rule_of(f, 0x108));
	check_cfa(f, 0x110, LT_UNWIND_DEREF, LT_UNWIND_BX, 16);
	check_cfa(f, 0x114, LT_UNWIND_PLT, LT_UNWIND_SP, 8);
	assert_int_equal(rule_of(f, 0x114)->post, 11);
	check_kind(f, 0x118, LT_UNWIND_NONE);
	check_kind(f, 0x11c, LT_UNWIND_NONE);
	check_kind(f, 0x120, LT_UNWIND_NONE);
	assert_int_equal(f->frame.n_unsupported, 3);
	check_libdw(f, 0x100, 0x10c);
	check_libdw(f, 0x110, 0x200);
}

/* What makes no sense has no rule, and does not disturb the functions around it. */
static void check_bad(struct fixture *f, const void *program, size_t n_program)
{
	tiny_begin(&f->tiny, 0);
	tiny_cie(&f->tiny, "zR", 0x1b);
	tiny_fde(&f->tiny, 0x100, 0x40, PROGRAM(0x0e, 16));
	tiny_fde(&f->tiny, 0x140, 0x40, program, n_program);
	tiny_fde(&f->tiny, 0x180, 0x40, PROGRAM(0x0e, 24));
	tiny_end(&f->tiny, -1);
	compile(f);
	assert_int_equal(f->frame.n_fdes, 3);
	assert_int_equal(f->frame.n_bad_fdes, 1);
	assert_int_equal(f->frame.rows.n, 5);
	check_cfa(f, 0x13f, LT_UNWIND_REG, LT_UNWIND_SP, 16);
	check_kind(f, 0x140, LT_UNWIND_NONE);
	check_kind(f, 0x17f, LT_UNWIND_NONE);
	check_cfa(f, 0x180, LT_UNWIND_REG, LT_UNWIND_SP, 24);
}

static void test_bad_programs(void **state)
{
	struct fixture *f = *state;
	uint8_t deep[17];

	check_bad(f, PROGRAM(0x44, 0x0e, 32, 0x44, 0x3f));	  /* no such instruction */
	check_bad(f, PROGRAM(0x44, 0x0b));			  /* nothing was remembered */
	check_bad(f, PROGRAM(0x0f, 2, 0x77, 8, 0x0e, 8));	  /* an offset without register */
	check_bad(f, PROGRAM(0x0f, 2, 0x77, 8, 0x0d, 6));	  /* a register without offset */
	check_bad(f, PROGRAM(0x0f, 0xff, 0xff, 3, 0x77));	  /* an expression without end */
	check_bad(f, PROGRAM(0x10, 6, 0xff, 0xff, 0xff, 0xff, 0x7f)); /* the same */
	check_bad(f, PROGRAM(0x44, 0x44, 0x0e)); /* cut short; three bytes need no padding */
	check_bad(f, PROGRAM(0x0a, 0x0b, 0x04));
	check_bad(f, PROGRAM(0x0c, 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			     1)); /* more than 64 bits */
	memset(deep, 0x0a, sizeof(deep));
	check_bad(f, deep, 17);
	compile_one(f, deep, 16);
	assert_int_equal(f->frame.n_bad_fdes, 0);
	check_cfa(f, 0x100, LT_UNWIND_REG, LT_UNWIND_SP, 8);
}

static void test_registers(void **state)
{
	struct fixture *f = *state;

	compile_one(f, PROGRAM(0x07, 16,		  /* no return address: the end */
			       0x44, 0x09, 16, 5,	  /* in rdi */
			       0x44, 0x90, 2, 0x0c, 3, 8, /* CFA in rbx */
			       0x44, 0x0c, 0, 8,	  /* CFA in rax */
			       0x44, 0x0c, 7, 0x80, 0x80, 0x80, 0x80, 8, /* 2 GiB */
			       0x44, 0x0c, 7, 8, 0x86, 0x80, 0x80, 4, /* rbp 512 KiB below */
			       0x44, 0x90, 0x80, 0x80, 4));	       /* and rip */
	check_kind(f, 0x100, LT_UNWIND_END);
	check_kind(f, 0x104, LT_UNWIND_NONE);
	check_cfa(f, 0x108, LT_UNWIND_REG, LT_UNWIND_BX, 8);
	assert_int_equal(rule_of(f, 0x108)->ra_off, -16);
	check_kind(f, 0x10c, LT_UNWIND_NONE);
	check_kind(f, 0x110, LT_UNWIND_NONE);
	check_cfa(f, 0x114, LT_UNWIND_REG, LT_UNWIND_SP, 8);
	assert_int_equal(rule_of(f, 0x114)->fp_kind, LT_UNWIND_FP_UNDEF);
	check_kind(f, 0x118, LT_UNWIND_NONE);
	check_libdw(f, 0x100, 0x200);
}

static void test_signal(void **state)
{
	struct fixture *f = *state;

	tiny_begin(&f->tiny, 0);
	tiny_cie(&f->tiny, "zRS", 0x1b);
	tiny_fde(&f->tiny, 0x0ff, 0x20, PROGRAM(0x0f, 4, 0x77, 0xa0, 1, 0x06));
	tiny_end(&f->tiny, -1);
	compile(f);
	check_kind(f, 0xfe, LT_UNWIND_NONE);
	check_kind(f, 0xff, LT_UNWIND_SIGNAL);
	check_kind(f, 0x11e, LT_UNWIND_SIGNAL);
	check_libdw(f, 0xf0, 0x140);
}

static void test_aarch64(void **state)
{
	struct fixture *f = *state;

	tiny_begin(&f->tiny, TINY_AARCH64);
	tiny_cie(&f->tiny, "zRB", 0x1b);
	/* paciasp; stp x29, x30, [sp, -32]!; mov x29, sp */
	tiny_fde(&f->tiny, 0x100, 0x100, PROGRAM(0x41, 0x2d, 0x41, 0x0e, 32, 0x9d, 4, 0x9e, 3, 0x41,
						 0x0d, 29, 0x41, 0x0d, 3, 0x41, 0x07, 30));
	tiny_end(&f->tiny, -1);
	compile(f);
	assert_int_equal(f->frame.machine, EM_AARCH64);
	check_cfa(f, 0x104, LT_UNWIND_REG, LT_UNWIND_SP, 0);
	assert_int_equal(rule_of(f, 0x104)->ra_kind, LT_UNWIND_RA_LR);
	check_cfa(f, 0x108, LT_UNWIND_REG, LT_UNWIND_SP, 32);
	assert_int_equal(rule_of(f, 0x108)->ra_kind, LT_UNWIND_RA_CFA);
	assert_int_equal(rule_of(f, 0x108)->ra_off, -24);
	assert_int_equal(rule_of(f, 0x108)->fp_off, -32);
	check_cfa(f, 0x10c, LT_UNWIND_REG, LT_UNWIND_BP, 32);
	check_kind(f, 0x110, LT_UNWIND_NONE); /* x3 is followed on no machine */
	check_kind(f, 0x114, LT_UNWIND_END);
	check_libdw(f, 0x100, 0x200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rows),	TEST(test_instructions), TEST(test_set_loc),
		TEST(test_expressions), TEST(test_bad_programs), TEST(test_registers),
		TEST(test_signal),	TEST(test_aarch64),
	};

	elf_version(EV_CURRENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
