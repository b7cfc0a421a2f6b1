/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second opinion on .eh_frame: elfutils' libdw, asked one address at a time. Translates its
 * answer into the rule that the compiler ought to have made, by its own code.
 */
#ifndef LT_TEST_UNWIND_ORACLE_H
#define LT_TEST_UNWIND_ORACLE_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <string.h>

#include "unwind/eh_frame.h"

struct oracle {
	Elf *elf;
	Dwarf_CFI *cfi;
	bool is_x86;
	int sp, fp, ra, bx;
};

static inline bool oracle_open(struct oracle *oracle, Elf *elf)
{
	GElf_Ehdr ehdr;

	if (!elf || !gelf_getehdr(elf, &ehdr))
		return false;
	*oracle = (struct oracle){ .elf = elf, .cfi = dwarf_getcfi_elf(elf) };
	oracle->is_x86 = ehdr.e_machine == EM_X86_64;
	oracle->sp = oracle->is_x86 ? 7 : 31;
	oracle->fp = oracle->is_x86 ? 6 : 29;
	oracle->ra = oracle->is_x86 ? 16 : 30;
	oracle->bx = oracle->is_x86 ? 3 : -1;
	return oracle->cfi;
}

static inline void oracle_close(struct oracle *oracle)
{
	dwarf_cfi_end(oracle->cfi);
	elf_end(oracle->elf);
}

/* The unwinder's number for a register, -1 if it follows no such register. */
static inline int oracle_reg(const struct oracle *oracle, uint64_t number)
{
	if (number == (uint64_t)oracle->sp)
		return LT_UNWIND_SP;
	if (number == (uint64_t)oracle->fp)
		return LT_UNWIND_BP;
	return oracle->is_x86 && number == (uint64_t)oracle->bx ? LT_UNWIND_BX : -1;
}

/* "register + offset" in either of the two forms. */
static inline bool oracle_breg(const struct oracle *oracle, const Dwarf_Op *op, uint8_t *ret_reg,
			       int64_t *ret_off)
{
	uint64_t number = op->atom == DW_OP_bregx ? op->number : (uint64_t)op->atom - DW_OP_breg0;
	int reg = oracle_reg(oracle, number);

	if (op->atom != DW_OP_bregx && (op->atom < DW_OP_breg0 || op->atom > DW_OP_breg31))
		return false;
	*ret_reg = (uint8_t)reg;
	*ret_off = (int64_t)(op->atom == DW_OP_bregx ? op->number2 : op->number);
	return reg >= 0;
}

static inline bool oracle_is_plt(const Dwarf_Op *ops, size_t n)
{
	static const uint8_t atoms[] = { DW_OP_breg7, DW_OP_breg16, DW_OP_lit15, DW_OP_and, 0,
					 DW_OP_ge,    DW_OP_lit3,   DW_OP_shl,   DW_OP_plus };

	if (n != sizeof(atoms))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i != 4 && ops[i].atom != atoms[i])
			return false;
	}
	return ops[4].atom >= DW_OP_lit0 && ops[4].atom <= DW_OP_lit15;
}

static inline bool oracle_cfa(const struct oracle *oracle, Dwarf_Frame *frame,
			      struct lt_unwind_rule *rule)
{
	Dwarf_Op *ops;
	size_t n;
	int64_t off;

	if (dwarf_frame_cfa(frame, &ops, &n) || !n ||
	    !oracle_breg(oracle, &ops[0], &rule->cfa_reg, &off) || off != (int32_t)off)
		return false;
	rule->cfa_off = (int32_t)off;
	if (n == 1) {
		rule->kind = LT_UNWIND_REG;
	} else if (oracle->is_x86 && oracle_is_plt(ops, n)) {
		rule->kind = LT_UNWIND_PLT;
		rule->post = ops[4].atom - DW_OP_lit0;
	} else if (ops[1].atom == DW_OP_deref && n <= 3) {
		rule->kind = LT_UNWIND_DEREF;
		if (n == 3 && (ops[2].atom != DW_OP_plus_uconst || ops[2].number > 255))
			return false;
		rule->post = n == 3 ? (uint8_t)ops[2].number : 0;
	} else {
		return false;
	}
	return true;
}

enum oracle_place {
	PLACE_SAME,
	PLACE_UNDEF,
	PLACE_CFA, /* in memory at CFA + off */
	PLACE_REG, /* in memory at reg + off */
	PLACE_OTHER,
};

static inline enum oracle_place oracle_register(const struct oracle *oracle, Dwarf_Frame *frame,
						int regno, uint8_t *ret_reg, int64_t *ret_off)
{
	Dwarf_Op mem[3], *ops;
	size_t n;

	if (dwarf_frame_register(frame, regno, mem, &ops, &n))
		return PLACE_OTHER;
	if (!n)
		return ops ? PLACE_UNDEF : PLACE_SAME;
	if (ops[0].atom != DW_OP_call_frame_cfa)
		return PLACE_OTHER;
	*ret_off = n == 1 ? 0 : (int64_t)ops[1].number;
	if (n == 1 || (n == 2 && ops[1].atom == DW_OP_plus_uconst))
		return PLACE_CFA;
	return n == 2 && oracle_breg(oracle, &ops[1], ret_reg, ret_off) ? PLACE_REG : PLACE_OTHER;
}

static inline struct lt_unwind_rule oracle_rule(const struct oracle *oracle, Dwarf_Frame *frame,
						bool is_signal)
{
	struct lt_unwind_rule rule = { 0 }, none = { 0 };
	enum oracle_place place;
	uint8_t reg = 0;
	int64_t off = 0;

	if (is_signal)
		return (struct lt_unwind_rule){ .kind = LT_UNWIND_SIGNAL };
	place = oracle_register(oracle, frame, oracle->ra, &reg, &off);
	if (place == PLACE_UNDEF)
		return (struct lt_unwind_rule){ .kind = LT_UNWIND_END };
	if (place == PLACE_SAME && !oracle->is_x86)
		rule.ra_kind = LT_UNWIND_RA_LR;
	else if (place != PLACE_CFA || off != (int16_t)off)
		return none;
	else
		rule.ra_off = (int16_t)off;
	if (!oracle_cfa(oracle, frame, &rule))
		return none;
	place = oracle_register(oracle, frame, oracle->fp, &reg, &off);
	rule.fp_kind = LT_UNWIND_FP_UNDEF;
	if (place == PLACE_SAME) {
		rule.fp_kind = LT_UNWIND_FP_SAME;
	} else if ((place == PLACE_CFA || place == PLACE_REG) && off == (int16_t)off) {
		rule.fp_kind = place == PLACE_CFA ? LT_UNWIND_FP_CFA : LT_UNWIND_FP_REG;
		rule.fp_reg = place == PLACE_CFA ? 0 : reg;
		rule.fp_off = (int16_t)off;
	}
	if (!oracle->is_x86)
		return rule;
	place = oracle_register(oracle, frame, oracle->bx, &reg, &off);
	rule.bx_off = LT_UNWIND_BX_UNDEF;
	/* libdw takes rbx for undefined where nothing is said of it; by the ABI it is preserved. */
	if (place == PLACE_SAME || place == PLACE_UNDEF)
		rule.bx_off = LT_UNWIND_BX_SAME;
	else if (place == PLACE_CFA && off == (int16_t)off && off)
		rule.bx_off = (int16_t)off;
	return rule;
}

/*
 * What libdw says of the code at VADDR, and from where to where that holds. False: it knows
 * nothing about that address, or what is there makes no sense to it.
 */
static inline bool oracle_ask(const struct oracle *oracle, uint64_t vaddr,
			      struct lt_unwind_rule *ret_rule, uint64_t *ret_begin,
			      uint64_t *ret_end)
{
	Dwarf_Frame *frame = NULL;
	bool is_signal = false;
	int ra;

	if (dwarf_cfi_addrframe(oracle->cfi, vaddr, &frame))
		return false;
	ra = dwarf_frame_info(frame, ret_begin, ret_end, &is_signal);
	/* A few functions are called with the return address in a register of their own. */
	if (ra == oracle->ra)
		*ret_rule = oracle_rule(oracle, frame, is_signal);
	else
		*ret_rule = (struct lt_unwind_rule){ .kind = LT_UNWIND_NONE };
	free(frame);
	return true;
}

#endif
