/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runtimes of languages that get memory in large pieces and hand out their objects themselves, so
 * that an allocator's calls tell only a part of what their programs hold. Says so; probes nothing.
 */
#ifndef LT_PROBE_RUNTIMES_H
#define LT_PROBE_RUNTIMES_H

#include "probe/elf_file.h"

struct runtime;

/* The runtime that is in the file; NULL: none that is known. */
const struct runtime *runtime_find(struct elf_file *file);

/*
 * A sentence on what is not seen of a process with the runtime, which was started with these
 * N_BYTES of environment, strings that end with a NUL; NULL if all is.
 */
const char *runtime_hides(const struct runtime *runtime, const char *environment, size_t n_bytes);

#endif
