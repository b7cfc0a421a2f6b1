// SPDX-License-Identifier: BSD-2-Clause
/*
 * Walks over the code of a function to its return instructions: see returns.h. Knows bytes and
 * offsets only. What is not understood is refused, so that no return is left out.
 */
#include "probe/returns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

#include <Zydis/Zydis.h>

enum {
	MAX_INSTRUCTIONS = 8192, /* of one function and all that it jumps to */
	SEEN_SLOTS = 4 * MAX_INSTRUCTIONS,
	WINDOW_BYTES = 512,
};

struct walk {
	const struct returns_request *request;
	ZydisDecoder decoder;
	VEC(uint64_t) todo; /* where other ways begin */
	uint64_t *seen;	    /* offsets of decoded instructions: a hash table, 0 is a free slot */
	size_t n_seen;
	uint64_t window_at;
	size_t window_bytes;
	uint8_t window[WINDOW_BYTES];
};

static void walk_done(struct walk *walk)
{
	vec_done(&walk->todo);
	free(walk->seen);
}

/* 1 if OFFSET is new, 0 if it has been decoded before, negative if there are too many. */
static int walk_visit(struct walk *walk, uint64_t offset)
{
	size_t slot = (size_t)(offset * 0x9e3779b97f4a7c15ull >> 32) % SEEN_SLOTS;

	while (walk->seen[slot]) {
		if (walk->seen[slot] == offset)
			return 0;
		slot = (slot + 1) % SEEN_SLOTS;
	}
	if (++walk->n_seen > MAX_INSTRUCTIONS)
		return -ENOTSUP;
	walk->seen[slot] = offset;
	return 1;
}

static bool walk_decode(struct walk *walk, uint64_t offset, ZydisDecodedInstruction *ret,
			ZydisDecodedOperand *operands)
{
	uint64_t within = offset - walk->window_at;

	if (offset < walk->window_at ||
	    within + ZYDIS_MAX_INSTRUCTION_LENGTH > walk->window_bytes) {
		walk->window_at = offset;
		walk->window_bytes = walk->request->read(walk->request->data, offset, walk->window,
							 sizeof(walk->window));
		within = 0;
	}
	return within < walk->window_bytes &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeFull(&walk->decoder, walk->window + within,
						   walk->window_bytes - within, ret, operands));
}

/*
 * True if the way leads over the end of a function into the next one: it ends there, behind a call
 * that does not return.
 */
static bool walk_fell_out(const struct walk *walk, uint64_t to)
{
	const struct returns_request *request = walk->request;

	return (request->size && to == request->offset + request->size) ||
	       request->begins(request->data, to);
}

/* A jump through a pointer: to another file or, if a symbol is exported, within this one. */
static int walk_follow(struct walk *walk, uint64_t end, const ZydisDecodedOperand *operand)
{
	uint64_t target;
	int r;

	if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY || operand->mem.base != ZYDIS_REGISTER_RIP)
		return -ENOTSUP;
	r = walk->request->follow(walk->request->data, end, operand->mem.disp.value, &target);
	return r > 0 ? vec_push(&walk->todo, target) : r;
}

/* What an instruction does to the way: 1 it goes on behind it, 0 it ends, negative: unknown. */
static int walk_instruction(struct walk *walk, uint64_t offset, const ZydisDecodedInstruction *insn,
			    const ZydisDecodedOperand *operands, struct returns *returns)
{
	uint64_t target = offset + insn->length + operands[0].imm.value.u;
	bool direct = operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

	switch (insn->meta.category) {
	case ZYDIS_CATEGORY_RET:
		return vec_push(&returns->offsets, offset);
	case ZYDIS_CATEGORY_COND_BR:
		return vec_push(&walk->todo, target) < 0 ? -ENOMEM : 1;
	case ZYDIS_CATEGORY_UNCOND_BR:
		if (direct)
			return vec_push(&walk->todo, target);
		return walk_follow(walk, offset + insn->length, &operands[0]);
	default:
		break;
	}
	return insn->mnemonic != ZYDIS_MNEMONIC_UD2 && insn->mnemonic != ZYDIS_MNEMONIC_HLT &&
	       insn->mnemonic != ZYDIS_MNEMONIC_INT3;
}

/* One way through the code, up to where it ends or meets another. */
static int walk_from(struct walk *walk, uint64_t offset, struct returns *returns)
{
	for (;;) {
		ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
		ZydisDecodedInstruction insn;
		int r = walk_visit(walk, offset);

		if (r <= 0)
			return r;
		if (!walk_decode(walk, offset, &insn, operands))
			return -ENOTSUP;
		r = walk_instruction(walk, offset, &insn, operands, returns);
		offset += insn.length;
		if (r <= 0 || walk_fell_out(walk, offset))
			return r < 0 ? r : 0;
	}
}

int returns_find(const struct returns_request *request, struct returns *ret)
{
	_cleanup_(walk_done) struct walk walk = { .request = request };
	_cleanup_(returns_done) struct returns returns = { 0 };
	int r = 0;

	walk.seen = calloc(SEEN_SLOTS, sizeof(*walk.seen));
	if (!walk.seen || vec_push(&walk.todo, request->offset) < 0)
		return -ENOMEM;
	if (ZYAN_FAILED(ZydisDecoderInit(&walk.decoder, ZYDIS_MACHINE_MODE_LONG_64,
					 ZYDIS_STACK_WIDTH_64)))
		return -ENOTSUP;
	while (r == 0 && walk.todo.n)
		r = walk_from(&walk, walk.todo.items[--walk.todo.n], &returns);
	if (r < 0)
		return r;
	*ret = returns;
	returns = (struct returns){ 0 };
	return 0;
}

#else

int returns_find(const struct returns_request *request, struct returns *ret)
{
	(void)request;
	(void)ret;
	return -ENOTSUP;
}

#endif

void returns_done(struct returns *returns)
{
	vec_done(&returns->offsets);
}
