// SPDX-License-Identifier: BSD-2-Clause
/* Runs call frame instructions: see cfi.h. */
#include "unwind/cfi.h"

#include <dwarf.h>
#include <elf.h>
#include <errno.h>
#include <stddef.h>

/* Not in dwarf.h of the elfutils that are around. */
enum { CFA_AARCH64_NEGATE_RA_STATE_WITH_PC = 0x2c };

const struct cfi_machine *cfi_machine_get(uint16_t elf_machine)
{
	static const struct cfi_machine x86_64 = {
		.regs = { [CFI_REG_FP] = 6, [CFI_REG_RA] = 16, [CFI_REG_BX] = 3 },
		.sp = 7,
	};
	static const struct cfi_machine aarch64 = {
		.regs = { [CFI_REG_FP] = 29, [CFI_REG_RA] = 30, [CFI_REG_BX] = UINT32_MAX },
		.sp = 31,
		.has_lr = true,
	};

	return elf_machine == EM_X86_64 ? &x86_64 : elf_machine == EM_AARCH64 ? &aarch64 : NULL;
}

/* Sets what is known of register REGNO, if it is one that is followed. */
static void cfi_set(struct cfi *cfi, uint64_t regno, struct cfi_value value)
{
	for (int i = 0; i < _CFI_REG_MAX; i++) {
		if (cfi->machine->regs[i] == regno)
			cfi->state.regs[i] = value;
	}
}

static void cfi_restore(struct cfi *cfi, uint64_t regno)
{
	for (int i = 0; i < _CFI_REG_MAX; i++) {
		if (cfi->machine->regs[i] == regno)
			cfi->state.regs[i] = cfi->cie->initial.regs[i];
	}
}

/* An offset that is written as a multiple of the alignment. */
static int64_t cfi_factored(struct cfi *cfi, int64_t n)
{
	int64_t off;

	if (__builtin_mul_overflow(n, cfi->cie->data_align, &off))
		reader_fail(&cfi->code);
	return cfi->code.failed ? 0 : off;
}

static int64_t cfi_unsigned(struct cfi *cfi)
{
	uint64_t n = reader_uleb(&cfi->code);

	if (n > INT64_MAX)
		reader_fail(&cfi->code);
	return cfi->code.failed ? 0 : (int64_t)n;
}

static void cfi_set_offset(struct cfi *cfi, uint64_t regno, int64_t factored)
{
	struct cfi_value value = { .kind = CFI_OFFSET, .off = cfi_factored(cfi, factored) };

	cfi_set(cfi, regno, value);
}

static struct cfi_value cfi_expression(struct cfi *cfi)
{
	uint64_t n_bytes = reader_uleb(&cfi->code);
	struct cfi_value value = { .kind = CFI_EXPRESSION, .code = cfi->code.at };

	if (n_bytes > UINT32_MAX)
		reader_fail(&cfi->code);
	value.code_bytes = (uint32_t)n_bytes;
	reader_skip(&cfi->code, n_bytes);
	return value;
}

static void cfi_advance(struct cfi *cfi, uint64_t factored)
{
	uint64_t delta;

	if (__builtin_mul_overflow(factored, cfi->cie->code_align, &delta) ||
	    __builtin_add_overflow(cfi->pc, delta, &cfi->next_pc))
		reader_fail(&cfi->code);
}

static void cfi_set_location(struct cfi *cfi)
{
	cfi->next_pc = eh_pointer_read(&cfi->code, cfi->cie->pointer_encoding, cfi->base);
	if (cfi->next_pc < cfi->pc)
		reader_fail(&cfi->code);
}

static void cfi_define_cfa(struct cfi *cfi, uint64_t reg, int64_t off)
{
	cfi->state.cfa = (struct cfi_value){ .kind = CFI_OFFSET, .off = off };
	cfi->state.cfa.reg = reg < UINT32_MAX ? (uint32_t)reg : UINT32_MAX;
}

/* The two instructions that change a half of "reg + off" need such a CFA to be there. */
static void cfi_need_cfa(struct cfi *cfi)
{
	if (cfi->state.cfa.kind != CFI_OFFSET)
		reader_fail(&cfi->code);
}

/* Instructions about the CFA; false: it is another one. */
static bool cfi_execute_cfa(struct cfi *cfi, uint8_t op)
{
	uint64_t reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = reader_uleb(&cfi->code);
		cfi_define_cfa(cfi, reg, cfi_unsigned(cfi));
		return true;
	case DW_CFA_def_cfa_sf:
		reg = reader_uleb(&cfi->code);
		cfi_define_cfa(cfi, reg, cfi_factored(cfi, reader_sleb(&cfi->code)));
		return true;
	case DW_CFA_def_cfa_register:
		cfi_need_cfa(cfi);
		cfi_define_cfa(cfi, reader_uleb(&cfi->code), cfi->state.cfa.off);
		return true;
	case DW_CFA_def_cfa_offset:
		cfi_need_cfa(cfi);
		cfi->state.cfa.off = cfi_unsigned(cfi);
		return true;
	case DW_CFA_def_cfa_offset_sf:
		cfi_need_cfa(cfi);
		cfi->state.cfa.off = cfi_factored(cfi, reader_sleb(&cfi->code));
		return true;
	case DW_CFA_def_cfa_expression:
		cfi->state.cfa = cfi_expression(cfi);
		return true;
	}
	return false;
}

static void cfi_execute_register(struct cfi *cfi, uint64_t reg)
{
	uint64_t other = reader_uleb(&cfi->code);
	struct cfi_value value = { .kind = CFI_REGISTER };

	value.reg = other < UINT32_MAX ? (uint32_t)other : UINT32_MAX;
	cfi_set(cfi, reg, value);
}

/* Instructions about one register, which is their first operand; false: it is another one. */
static bool cfi_execute_reg(struct cfi *cfi, uint8_t op)
{
	struct reader start = cfi->code;
	uint64_t reg = reader_uleb(&cfi->code);

	switch (op) {
	case DW_CFA_offset_extended:
		cfi_set_offset(cfi, reg, cfi_unsigned(cfi));
		return true;
	case DW_CFA_offset_extended_sf:
		cfi_set_offset(cfi, reg, reader_sleb(&cfi->code));
		return true;
	case DW_CFA_GNU_negative_offset_extended:
		cfi_set_offset(cfi, reg, -cfi_unsigned(cfi));
		return true;
	case DW_CFA_restore_extended:
		cfi_restore(cfi, reg);
		return true;
	case DW_CFA_undefined:
		cfi_set(cfi, reg, (struct cfi_value){ .kind = CFI_UNDEF });
		return true;
	case DW_CFA_same_value:
		cfi_set(cfi, reg, (struct cfi_value){ .kind = CFI_SAME });
		return true;
	case DW_CFA_register:
		cfi_execute_register(cfi, reg);
		return true;
	case DW_CFA_expression:
		cfi_set(cfi, reg, cfi_expression(cfi));
		return true;
	case DW_CFA_val_expression:
		cfi_expression(cfi);
		cfi_set(cfi, reg, (struct cfi_value){ .kind = CFI_OTHER });
		return true;
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
		reader_uleb(&cfi->code); /* an unsigned and a signed number are equally long */
		cfi_set(cfi, reg, (struct cfi_value){ .kind = CFI_OTHER });
		return true;
	}
	cfi->code = start;
	return false;
}

static void cfi_remember(struct cfi *cfi)
{
	if (cfi->depth == CFI_MAX_DEPTH)
		reader_fail(&cfi->code);
	else
		cfi->stack[cfi->depth++] = cfi->state;
}

static void cfi_recall(struct cfi *cfi)
{
	if (cfi->depth == 0)
		reader_fail(&cfi->code);
	else
		cfi->state = cfi->stack[--cfi->depth];
}

/* Instructions about the pc, the stack of states, and those to be skipped. */
static void cfi_execute_other(struct cfi *cfi, uint8_t op)
{
	switch (op) {
	case DW_CFA_nop:
		return;
	case DW_CFA_set_loc:
		cfi_set_location(cfi);
		return;
	case DW_CFA_advance_loc1:
		cfi_advance(cfi, reader_u8(&cfi->code));
		return;
	case DW_CFA_advance_loc2:
		cfi_advance(cfi, reader_fixed(&cfi->code, 2));
		return;
	case DW_CFA_advance_loc4:
		cfi_advance(cfi, reader_fixed(&cfi->code, 4));
		return;
	case DW_CFA_remember_state:
		cfi_remember(cfi);
		return;
	case DW_CFA_restore_state:
		cfi_recall(cfi);
		return;
	case DW_CFA_GNU_args_size:
		reader_uleb(&cfi->code);
		return;
	case DW_CFA_GNU_window_save: /* aarch64: return addresses are signed from here on */
	case CFA_AARCH64_NEGATE_RA_STATE_WITH_PC:
		return;
	}
	reader_fail(&cfi->code);
}

static void cfi_execute(struct cfi *cfi)
{
	uint8_t op = reader_u8(&cfi->code);

	switch (op & 0xc0) {
	case DW_CFA_advance_loc:
		cfi_advance(cfi, op & 0x3f);
		return;
	case DW_CFA_offset:
		cfi_set_offset(cfi, op & 0x3f, cfi_unsigned(cfi));
		return;
	case DW_CFA_restore:
		cfi_restore(cfi, op & 0x3f);
		return;
	}
	if (!cfi_execute_cfa(cfi, op) && !cfi_execute_reg(cfi, op))
		cfi_execute_other(cfi, op);
}

int cfi_run(struct cfi *cfi)
{
	cfi->next_pc = cfi->pc;
	while (cfi->code.at < cfi->code.end) {
		cfi_execute(cfi);
		if (cfi->code.failed)
			return -EBADMSG;
		if (cfi->next_pc != cfi->pc)
			return 1;
	}
	return 0;
}
