/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes that a program was built with (USDT, <sys/sdt.h>): a nop, and a note that says where the
 * nop is and where the arguments are then.
 */
#ifndef LT_PROBE_USDT_H
#define LT_PROBE_USDT_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "probe/elf_file.h"

struct usdt_probe {
	uint64_t offset; /* of the nop in the file */
	bool readable;	 /* PLACE is where its first argument, a pointer, is; or it has none */
	uint64_t place;	 /* as LT_PLACE() */
};

struct usdt_probes {
	VEC(struct usdt_probe) list;
};

void usdt_probes_done(struct usdt_probes *probes);

/* Adds the probes of the file with this name, "provider:probe". Returns 0 or -ENOMEM. */
int usdt_find(struct elf_file *file, const char *name, struct usdt_probes *ret) _must_check_;

#endif
