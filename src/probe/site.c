// SPDX-License-Identifier: BSD-2-Clause
/*
 * Decodes the start of a function and moves the probe to an instruction that the kernel
 * emulates, if that provably changes nothing. Called by the session for each function it
 * probes; knows bytes and registers only, neither files nor the kernel. Whatever is not
 * understood leaves the probe at the function's start, which is always right, only slower.
 */
#include "probe/site.h"

#if defined(__x86_64__)

#include <Zydis/Zydis.h>

/* The probe moves less than this: a probe far from the start would see too much skipped. */
enum { MAX_MOVE_BYTES = 64 };

struct instruction {
	size_t at; /* from the function's start */
	ZydisDecodedInstruction head;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* In the order of the calling convention. */
static const ZydisRegister argument_registers[] = {
	ZYDIS_REGISTER_RDI, ZYDIS_REGISTER_RSI, ZYDIS_REGISTER_RDX,
	ZYDIS_REGISTER_RCX, ZYDIS_REGISTER_R8,	ZYDIS_REGISTER_R9,
};

enum { N_ARGUMENT_REGISTERS = sizeof(argument_registers) / sizeof(argument_registers[0]) };

static bool instruction_decode(struct instruction *ret, const ZydisDecoder *decoder,
			       const struct site_request *request, size_t at)
{
	ret->at = at;
	return at < request->n_code && ZYAN_SUCCESS(ZydisDecoderDecodeFull(
					       decoder, request->code + at, request->n_code - at,
					       &ret->head, ret->operands));
}

static size_t instruction_end(const struct instruction *insn)
{
	return insn->at + insn->head.length;
}

/*
 * The kernel's list, arch/x86/kernel/uprobes.c. With the lengths no prefix fits in, apart from
 * the REX.B of "push %r8" to "push %r15", the only one that is emulated in every version.
 */
static bool is_emulated(const uint8_t *code, size_t length)
{
	switch (length) {
	case 1: /* push, nop */
		return (code[0] & 0xf8) == 0x50 || code[0] == 0x90;
	case 2: /* push, jmp, jcc */
		return (code[0] == 0x41 && (code[1] & 0xf8) == 0x50) || code[0] == 0xeb ||
		       (code[0] & 0xf0) == 0x70;
	case 5: /* call, jmp */
		return code[0] == 0xe8 || code[0] == 0xe9;
	case 6: /* jcc */
		return code[0] == 0x0f && (code[1] & 0xf0) == 0x80;
	default:
		return false;
	}
}

/*
 * Arithmetic and moves that do nothing beyond their operands and the flags. Neither a repeat prefix
 * nor, without a write to memory, lock is possible with them.
 */
static bool is_plain(const ZydisDecodedInstruction *head)
{
	if (head->meta.category == ZYDIS_CATEGORY_CMOV ||
	    head->meta.category == ZYDIS_CATEGORY_SETCC)
		return true;
	switch (head->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
	case ZYDIS_MNEMONIC_MOVZX:
	case ZYDIS_MNEMONIC_MOVSX:
	case ZYDIS_MNEMONIC_MOVSXD:
	case ZYDIS_MNEMONIC_LEA:
	case ZYDIS_MNEMONIC_CMP:
	case ZYDIS_MNEMONIC_TEST:
	case ZYDIS_MNEMONIC_ADD:
	case ZYDIS_MNEMONIC_SUB:
	case ZYDIS_MNEMONIC_ADC:
	case ZYDIS_MNEMONIC_SBB:
	case ZYDIS_MNEMONIC_INC:
	case ZYDIS_MNEMONIC_DEC:
	case ZYDIS_MNEMONIC_AND:
	case ZYDIS_MNEMONIC_OR:
	case ZYDIS_MNEMONIC_XOR:
	case ZYDIS_MNEMONIC_NOT:
	case ZYDIS_MNEMONIC_NEG:
	case ZYDIS_MNEMONIC_SHL:
	case ZYDIS_MNEMONIC_SHR:
	case ZYDIS_MNEMONIC_SAR:
	case ZYDIS_MNEMONIC_IMUL:
	case ZYDIS_MNEMONIC_CDQE:
		return true;
	default:
		return false;
	}
}

static bool probe_needs(ZydisRegister reg, unsigned n_arguments)
{
	if (reg == ZYDIS_REGISTER_RSP || reg == ZYDIS_REGISTER_RBP)
		return true;
	for (unsigned i = 0; i < n_arguments && i < N_ARGUMENT_REGISTERS; i++) {
		if (reg == argument_registers[i])
			return true;
	}
	return false;
}

static bool is_general_register(ZydisRegister reg)
{
	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_GPR8:
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64:
	case ZYDIS_REGCLASS_FLAGS:
		return true;
	default:
		return false;
	}
}

static bool is_code_relative(const ZydisDecodedOperand *operand)
{
	return operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
	       operand->mem.base == ZYDIS_REGISTER_RIP &&
	       operand->mem.segment != ZYDIS_REGISTER_FS &&
	       operand->mem.segment != ZYDIS_REGISTER_GS;
}

/* Why the probe may not move behind a use of this operand, NULL if it may. */
static const char *operand_obstacle(const ZydisDecodedOperand *operand, unsigned n_arguments)
{
	bool written = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;

	if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
		ZydisRegister reg = operand->reg.value;

		if (!is_general_register(reg))
			return "at the start: a special register is used early";
		reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
		if (written && probe_needs(reg, n_arguments))
			return "at the start: a register that the probe reads changes early";
		return NULL;
	}
	if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY ||
	    operand->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
		return NULL;
	if (written)
		return "at the start: memory is written early";
	/* A read that faults ends the call: what the probe would have seen does not happen then. */
	return NULL;
}

/* Why the probe may not move behind this instruction, NULL if it may. */
static const char *skip_obstacle(const struct instruction *insn, unsigned n_arguments)
{
	const ZydisDecodedInstruction *head = &insn->head;

	if (head->meta.branch_type != ZYDIS_BRANCH_TYPE_NONE)
		return "at the start: a branch that the kernel does not emulate comes first";
	/* A nop may have an operand in memory, which it does not touch. */
	if (head->mnemonic == ZYDIS_MNEMONIC_ENDBR64 || head->mnemonic == ZYDIS_MNEMONIC_NOP)
		return NULL;
	if (!is_plain(head))
		return "at the start: an instruction with other effects comes first";
	for (unsigned i = 0; i < head->operand_count; i++) {
		const char *why = operand_obstacle(&insn->operands[i], n_arguments);

		if (why)
			return why;
	}
	return NULL;
}

/* The place that the operand names, from the function's start; one before it wraps around. */
static bool operand_target(const struct instruction *insn, const ZydisDecodedOperand *operand,
			   uint64_t *ret_target)
{
	if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand->imm.is_relative)
		*ret_target = instruction_end(insn) + operand->imm.value.u;
	else if (is_code_relative(operand))
		*ret_target = instruction_end(insn) + (uint64_t)operand->mem.disp.value;
	else
		return false;
	return true;
}

/*
 * True if the instruction goes to a place that is not written in it: the jump table of a switch.
 * A jump through a pointer in the file's own data is a tail call through the GOT.
 */
static bool goes_anywhere(const struct instruction *insn)
{
	if (insn->head.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return true;
	return insn->head.mnemonic == ZYDIS_MNEMONIC_JMP &&
	       insn->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	       !is_code_relative(&insn->operands[0]);
}

/*
 * Why the probe at CHOSEN might be reached other than from the function's start, by way of this
 * instruction; NULL if it is not. A conditional branch out of the function goes to a part of it
 * that is elsewhere (a compiler's "cold" part, a shared tail in assembly), which may come back.
 */
static const char *entry_obstacle(const struct instruction *insn, size_t chosen, size_t n_code)
{
	bool conditional = insn->head.meta.category == ZYDIS_CATEGORY_COND_BR;

	if (goes_anywhere(insn))
		return "at the start: the function has a jump to a computed place";
	for (unsigned i = 0; i < insn->head.operand_count; i++) {
		uint64_t target;

		if (!operand_target(insn, &insn->operands[i], &target))
			continue;
		if (target > 0 && target <= chosen)
			return "at the start: the function comes back close to it";
		if (conditional && target >= n_code)
			return "at the start: a part of the function is elsewhere";
	}
	return NULL;
}

/* Why the probe may not move to CHOSEN, NULL if it may. */
static const char *move_obstacle(const ZydisDecoder *decoder, const struct site_request *request,
				 size_t chosen)
{
	struct instruction insn;

	for (size_t at = 0; at < request->n_code; at = instruction_end(&insn)) {
		const char *why;

		if (!instruction_decode(&insn, decoder, request, at))
			return "at the start: not all of the function can be decoded";
		why = entry_obstacle(&insn, chosen, request->n_code);
		if (why)
			return why;
	}
	return NULL;
}

struct site_choice site_choose(const struct site_request *request)
{
	struct site_choice choice = { .why = "at the start: no cheap instruction near it" };
	struct instruction insn;
	ZydisDecoder decoder;
	const char *why;

	if (!request->code || ZYAN_FAILED(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
							   ZYDIS_STACK_WIDTH_64)))
		return (struct site_choice){ .why = "at the start: its code is not known" };
	for (size_t at = 0; at < MAX_MOVE_BYTES; at = instruction_end(&insn)) {
		if (!instruction_decode(&insn, &decoder, request, at)) {
			choice.why = "at the start: its first instructions cannot be decoded";
			return choice;
		}
		if (is_emulated(request->code + at, insn.head.length)) {
			why = at ? move_obstacle(&decoder, request, at) : NULL;
			if (why)
				return (struct site_choice){ .why = why };
			choice.delta = (uint32_t)at;
			choice.emulated = true;
			choice.why = at ? "moved to an instruction that the kernel emulates" :
					  "at the start, which the kernel emulates";
			return choice;
		}
		why = skip_obstacle(&insn, request->n_arguments);
		if (why)
			return (struct site_choice){ .why = why };
	}
	return choice;
}

#else

struct site_choice site_choose(const struct site_request *request)
{
	(void)request;
	return (struct site_choice){ .why = "at the start: not an x86-64 machine" };
}

#endif
