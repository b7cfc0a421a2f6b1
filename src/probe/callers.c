// SPDX-License-Identifier: BSD-2-Clause
/* Looks for calls in the code of each function of a file: see callers.h. */
#include "probe/callers.h"

#include <string.h>

#if defined(__x86_64__)

#include <Zydis/Zydis.h>

enum {
	MAX_FUNCTION_BYTES = 16384,
	MAX_STUB_BYTES = 2 * ZYDIS_MAX_INSTRUCTION_LENGTH,
};

struct search {
	struct elf_file *file;
	const char *callee;
	ZydisDecoder decoder;
	uint8_t code[MAX_FUNCTION_BYTES];
};

/* Whether the code that ends at END goes where the pointer to the callee leads. */
static bool goes_to_callee(const struct search *search, uint64_t end,
			   const ZydisDecodedOperand *operand)
{
	const char *name = NULL;
	uint64_t offset;

	return operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
	       operand->mem.base == ZYDIS_REGISTER_RIP &&
	       elf_file_pointer(search->file, end, operand->mem.disp.value, &offset, &name) >= 0 &&
	       name && strcmp(name, search->callee) == 0;
}

/* Whether the code at OFFSET does nothing but go to the callee: "[endbr64] jmp *pointer". */
static bool is_stub(const struct search *search, uint64_t offset)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	uint8_t code[MAX_STUB_BYTES];
	size_t n = elf_file_code(search->file, offset, code, sizeof(code)), at = 0;

	while (at < n && ZYAN_SUCCESS(ZydisDecoderDecodeFull(&search->decoder, code + at, n - at,
							     &insn, operands))) {
		at += insn.length;
		if (insn.mnemonic == ZYDIS_MNEMONIC_JMP)
			return goes_to_callee(search, offset + at, &operands[0]);
		if (insn.mnemonic != ZYDIS_MNEMONIC_ENDBR64)
			return false;
	}
	return false;
}

/* Whether the function of N bytes at OFFSET calls the callee. */
static bool function_calls(struct search *search, uint64_t offset, size_t n)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	size_t at = 0;

	n = elf_file_code(search->file, offset, search->code, n);
	while (at < n && ZYAN_SUCCESS(ZydisDecoderDecodeFull(&search->decoder, search->code + at,
							     n - at, &insn, operands))) {
		uint64_t end = offset + at + insn.length;

		at += insn.length;
		if (insn.mnemonic != ZYDIS_MNEMONIC_CALL)
			continue;
		if (operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE ?
			    is_stub(search, end + operands[0].imm.value.u) :
			    goes_to_callee(search, end, &operands[0]))
			return true;
	}
	return false;
}

bool callers_find(struct elf_file *file, const char *callee, uint64_t *ret_offset)
{
	struct search search = { .file = file, .callee = callee };
	const uint64_t *starts;
	size_t n = elf_file_starts(file, &starts);

	if (ZYAN_FAILED(ZydisDecoderInit(&search.decoder, ZYDIS_MACHINE_MODE_LONG_64,
					 ZYDIS_STACK_WIDTH_64)))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t n_bytes = i + 1 < n ? starts[i + 1] - starts[i] : MAX_FUNCTION_BYTES;

		if (n_bytes > MAX_FUNCTION_BYTES)
			n_bytes = MAX_FUNCTION_BYTES;
		if (function_calls(&search, starts[i], n_bytes)) {
			*ret_offset = starts[i];
			return true;
		}
	}
	return false;
}

#else

bool callers_find(struct elf_file *file, const char *callee, uint64_t *ret_offset)
{
	(void)file;
	(void)callee;
	(void)ret_offset;
	return false;
}

#endif
