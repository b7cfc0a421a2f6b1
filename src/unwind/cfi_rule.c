// SPDX-License-Identifier: BSD-2-Clause
/* Turns the state of a call frame program into an unwind rule: see cfi_rule() in cfi.h. */
#include "unwind/cfi.h"

#include <dwarf.h>
#include <string.h>

/* The register that REGNO is to the unwinder, or -1. */
static int rule_reg(const struct cfi_machine *machine, uint64_t regno)
{
	if (regno == machine->sp)
		return LT_UNWIND_SP;
	if (regno == machine->regs[CFI_REG_FP])
		return LT_UNWIND_BP;
	if (regno == machine->regs[CFI_REG_BX])
		return LT_UNWIND_BX;
	return -1;
}

/* Reads "register + offset"; a failure of READER if the expression begins otherwise. */
static uint8_t rule_read_breg(struct reader *reader, const struct cfi_machine *machine,
			      int32_t *ret_off)
{
	uint8_t op = reader_u8(reader);
	uint64_t regno = op - DW_OP_breg0;
	int64_t off;
	int reg;

	if (op == DW_OP_bregx)
		regno = reader_uleb(reader);
	else if (op < DW_OP_breg0 || op > DW_OP_breg31)
		reader_fail(reader);
	off = reader_sleb(reader);
	reg = rule_reg(machine, regno);
	if (reg < 0 || off != (int32_t)off)
		reader_fail(reader);
	*ret_off = (int32_t)off;
	return reg < 0 ? 0 : (uint8_t)reg;
}

/* What is added at the end of an expression, in one of the ways to write it; 0 if nothing is. */
static uint64_t rule_read_plus(struct reader *reader)
{
	uint64_t n;
	uint8_t op;

	if (reader->at == reader->end)
		return 0;
	op = reader_u8(reader);
	if (op == DW_OP_plus_uconst)
		return reader_uleb(reader);
	if (op == DW_OP_const1u)
		n = reader_u8(reader);
	else if (op >= DW_OP_lit0 && op <= DW_OP_lit31)
		n = op - DW_OP_lit0;
	else
		n = UINT64_MAX;
	return reader_u8(reader) == DW_OP_plus ? n : UINT64_MAX;
}

/* What linkers write for .plt on x86-64: rsp + off + ((rip & 15) >= N) * 8. */
static bool rule_set_plt(struct lt_unwind_rule *rule, const struct reader *rest)
{
	static const uint8_t head[] = { DW_OP_breg16, 0, DW_OP_lit15, DW_OP_and };
	static const uint8_t tail[] = { DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus };
	const uint8_t *at = rest->at;

	if (reader_left(rest) != sizeof(head) + 1 + sizeof(tail) ||
	    memcmp(at, head, sizeof(head)) || memcmp(at + sizeof(head) + 1, tail, sizeof(tail)) ||
	    at[sizeof(head)] < DW_OP_lit0 || at[sizeof(head)] > DW_OP_lit15)
		return false;
	rule->kind = LT_UNWIND_PLT;
	rule->post = at[sizeof(head)] - DW_OP_lit0;
	return true;
}

static bool rule_set_cfa_expression(struct lt_unwind_rule *rule, const struct cfi_value *cfa,
				    const struct cfi_machine *machine)
{
	struct reader reader = { .at = cfa->code, .end = cfa->code + cfa->code_bytes };
	uint64_t post;

	rule->cfa_reg = rule_read_breg(&reader, machine, &rule->cfa_off);
	if (reader.failed)
		return false;
	rule->kind = LT_UNWIND_REG;
	if (reader.at == reader.end)
		return true;
	if (!machine->has_lr && rule->cfa_reg == LT_UNWIND_SP && rule_set_plt(rule, &reader))
		return true;
	rule->kind = LT_UNWIND_DEREF;
	if (reader_u8(&reader) != DW_OP_deref)
		return false;
	post = rule_read_plus(&reader);
	rule->post = (uint8_t)post;
	return !reader.failed && reader.at == reader.end && post <= UINT8_MAX;
}

static bool rule_set_cfa(struct lt_unwind_rule *rule, const struct cfi_value *cfa,
			 const struct cfi_machine *machine)
{
	int reg;

	if (cfa->kind == CFI_EXPRESSION)
		return rule_set_cfa_expression(rule, cfa, machine);
	if (cfa->kind != CFI_OFFSET)
		return false;
	reg = rule_reg(machine, cfa->reg);
	if (reg < 0 || cfa->off != (int32_t)cfa->off)
		return false;
	rule->kind = LT_UNWIND_REG;
	rule->cfa_reg = (uint8_t)reg;
	rule->cfa_off = (int32_t)cfa->off;
	return true;
}

/* A frame pointer that cannot be found is no reason to stop: few callers need it. */
static void rule_set_fp(struct lt_unwind_rule *rule, const struct cfi_value *fp,
			const struct cfi_machine *machine)
{
	struct reader reader = { 0 };
	int32_t off;
	uint8_t reg;

	rule->fp_kind = LT_UNWIND_FP_UNDEF;
	if (fp->kind == CFI_SAME) {
		rule->fp_kind = LT_UNWIND_FP_SAME;
	} else if (fp->kind == CFI_OFFSET && fp->off == (int16_t)fp->off) {
		rule->fp_kind = LT_UNWIND_FP_CFA;
		rule->fp_off = (int16_t)fp->off;
	} else if (fp->kind == CFI_EXPRESSION) {
		reader = (struct reader){ .at = fp->code, .end = fp->code + fp->code_bytes };
		reg = rule_read_breg(&reader, machine, &off);
		if (reader.failed || reader.at != reader.end || off != (int16_t)off)
			return;
		rule->fp_kind = LT_UNWIND_FP_REG;
		rule->fp_reg = reg;
		rule->fp_off = (int16_t)off;
	}
}

static bool rule_set_ra(struct lt_unwind_rule *rule, const struct cfi_value *ra,
			const struct cfi_machine *machine)
{
	if (ra->kind == CFI_SAME && machine->has_lr) {
		rule->ra_kind = LT_UNWIND_RA_LR;
		return true;
	}
	if (ra->kind != CFI_OFFSET || ra->off != (int16_t)ra->off)
		return false;
	rule->ra_kind = LT_UNWIND_RA_CFA;
	rule->ra_off = (int16_t)ra->off;
	return true;
}

static void rule_set_bx(struct lt_unwind_rule *rule, const struct cfi_value *bx)
{
	if (bx->kind == CFI_SAME)
		rule->bx_off = LT_UNWIND_BX_SAME;
	else if (bx->kind == CFI_OFFSET && bx->off == (int16_t)bx->off &&
		 bx->off != LT_UNWIND_BX_SAME)
		rule->bx_off = (int16_t)bx->off;
	else
		rule->bx_off = LT_UNWIND_BX_UNDEF;
}

struct lt_unwind_rule cfi_rule(const struct cfi_state *state, const struct cfi_machine *machine)
{
	struct lt_unwind_rule rule = { .kind = LT_UNWIND_NONE };

	if (state->regs[CFI_REG_RA].kind == CFI_UNDEF)
		return (struct lt_unwind_rule){ .kind = LT_UNWIND_END };
	if (!rule_set_cfa(&rule, &state->cfa, machine) ||
	    !rule_set_ra(&rule, &state->regs[CFI_REG_RA], machine))
		return (struct lt_unwind_rule){ .kind = LT_UNWIND_NONE };
	rule_set_fp(&rule, &state->regs[CFI_REG_FP], machine);
	rule_set_bx(&rule, &state->regs[CFI_REG_BX]);
	return rule;
}
