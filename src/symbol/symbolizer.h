/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Places in files to functions, source files and lines, with inlined callers: the last step
 * before a report. Needs no privileges, and no process: only the files, or their debug files, and
 * for generated code the perf map of the process.
 */
#ifndef LT_SYMBOL_SYMBOLIZER_H
#define LT_SYMBOL_SYMBOLIZER_H

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "model/modules.h"
#include "model/stacks.h"
#include "model/symbols.h"

struct symbolizer;

/* NULL: no memory. */
struct symbolizer *symbolizer_new(void);
void symbolizer_free(struct symbolizer *symbolizer);
DEFINE_GUARD(struct symbolizer, symbolizer_free)

/* Perf maps of processes that have ended may belong to USER, besides root and ourselves. */
void symbolizer_trust(struct symbolizer *symbolizer, uid_t user);

struct debugserver_user;

/*
 * From now on servers are asked for debug files that this machine has not, which are kept on behalf
 * of USER: see debugserver.h. -ENOENT, with a sentence in DIAG, if that cannot be done; -ENOMEM.
 */
int symbolizer_use_servers(struct symbolizer *symbolizer, const struct debugserver_user *user,
			   struct diag *diag) _must_check_;

/*
 * STEP is called often while places of MODULE are looked up; FETCHED is how much of a debug file
 * has arrived from a server, 0 if none is on its way.
 */
typedef void symbolizer_step(void *data, const struct module *module, uint64_t fetched);
void symbolizer_watch(struct symbolizer *symbolizer, symbolizer_step *step, void *data);

/*
 * Resolves N_PLACES of one MODULE (in any order, best all at once) and adds each to SYMBOLS, so
 * that symbols_find() gives at least one frame for every one of them (for data, the name of the
 * variable stands in the place of the function): a place about which nothing
 * is known gets a frame without function. FD is the open file when the caller kept it (it is not
 * closed), -1 to open MODULE->path. A file whose build-id is not MODULE's is another file that
 * took its place: it is not used. A sentence in DIAG says so, once per module, and likewise for a
 * file that cannot be read.
 *
 * Names come from the file's own DWARF, or that of its separate debug file
 * (/usr/lib/debug/.build-id, .gnu_debuglink, servers), else from .symtab, .gnu_debugdata or
 * .dynsym. For MODULE_ANON with the path "[anon:PID]" they come from the perf map that the process
 * has written up to now, if it has.
 * Returns 0 or -ENOMEM; a broken file is no error.
 */
int symbolizer_resolve(struct symbolizer *symbolizer, const struct module *module, int fd,
		       const struct place *places, size_t n_places, struct symbols *symbols,
		       struct diag *diag) _must_check_;

#endif
