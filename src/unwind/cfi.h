/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Call frame instructions: the small programs of .eh_frame that say, for each instruction of
 * a function, where its caller's registers are. Runs them for the few registers that are
 * followed, and turns what they say into an unwind rule.
 */
#ifndef LT_UNWIND_CFI_H
#define LT_UNWIND_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "leaktrace/unwind_abi.h"
#include "unwind/eh_pointer.h"

enum { CFI_MAX_DEPTH = 16 };

/* The caller's registers that are followed. */
enum cfi_reg {
	CFI_REG_FP, /* rbp, x29 */
	CFI_REG_RA, /* rip, x30 */
	CFI_REG_BX, /* rbx */
	_CFI_REG_MAX,
};

enum cfi_kind {
	CFI_SAME,	/* the caller's value is still in the register */
	CFI_UNDEF,	/* there is none */
	CFI_OFFSET,	/* a register: in memory at CFA + off; the CFA: reg + off */
	CFI_REGISTER,	/* in another register: reg */
	CFI_EXPRESSION, /* a register: in memory at what the expression gives; the CFA: its value */
	CFI_OTHER,	/* known to DWARF, of no use here */
};

struct cfi_value {
	uint32_t kind; /* enum cfi_kind */
	union {
		uint32_t reg;
		uint32_t code_bytes;
	};
	union {
		int64_t off;
		const uint8_t *code; /* of an expression, in the section */
	};
};

struct cfi_state {
	struct cfi_value cfa; /* CFI_UNDEF until it is set */
	struct cfi_value regs[_CFI_REG_MAX];
};

/* What differs between machines: DWARF's register numbers. */
struct cfi_machine {
	uint32_t regs[_CFI_REG_MAX]; /* UINT32_MAX: the machine has no such register */
	uint32_t sp;
	bool has_lr; /* a call puts the return address into a register */
};

/* For EM_X86_64 or EM_AARCH64; NULL for others. */
const struct cfi_machine *cfi_machine_get(uint16_t elf_machine);

/* What the functions of one CIE have in common. */
struct cfi_cie {
	uint64_t offset; /* in the section */
	uint64_t code_align;
	int64_t data_align;
	uint8_t pointer_encoding; /* of the addresses in its FDEs */
	bool has_augmentation;	  /* its FDEs have a length and data to be skipped */
	bool signal;		  /* its FDEs are for frames that the kernel made */
	bool unusable;		  /* where its FDEs are is known, what they say is not */
	struct cfi_state initial; /* at the first instruction of each function */
};

/* A program that is being run. */
struct cfi {
	const struct cfi_machine *machine;
	const struct cfi_cie *cie;
	const struct eh_base *base;
	struct reader code; /* what is left of it */
	uint64_t pc;	    /* STATE holds from here ... */
	uint64_t next_pc;   /* ... to here, after cfi_run() returned 1 */
	unsigned depth;
	struct cfi_state state;
	struct cfi_state stack[CFI_MAX_DEPTH];
};

/*
 * Runs to the next advance of the pc, or to the end of the program (0): then STATE holds to the
 * end of the function. -EBADMSG: an instruction is not known or makes no sense.
 */
int cfi_run(struct cfi *cfi) _must_check_;

/* What STATE means as a rule; LT_UNWIND_NONE if no rule can express it. */
struct lt_unwind_rule cfi_rule(const struct cfi_state *state, const struct cfi_machine *machine);

#endif
