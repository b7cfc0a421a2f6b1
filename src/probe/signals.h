/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions of a file are signals of test frameworks. */
#ifndef LT_PROBE_SIGNALS_H
#define LT_PROBE_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/tests.h"
#include "probe/elf_functions.h"

/* One place to probe. */
struct signal_site {
	uint64_t offset; /* in the file */
	uint64_t cookie; /* the index of the symbol, and perhaps where its text is */
	bool returns;	 /* its return matters as well */
};

struct signal_sites {
	VEC(struct signal_site) list;
	size_t n_unreadable; /* USDT probes whose argument cannot be read */
};

void signal_sites_done(struct signal_sites *sites);

/*
 * Looks for the N symbols in FILE, which is open as FD: what it exports, and all functions of a
 * program; or its USDT probes. Returns 0 or -ENOMEM.
 */
int signal_sites_find(struct elf_file *file, int fd, const struct test_symbol *symbols, size_t n,
		      struct signal_sites *ret) _must_check_;

#endif
