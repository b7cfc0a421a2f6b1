/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leaktrace allocates memory too, and its C library is the one that most programs have: it would
 * run into its own probes. Each time that costs a trap. Worse, a kernel may let only one thread of
 * a processor at a time be in a probe (perf events before Linux 6.10 hold a lock of the buffer of
 * the processor): as long as a process waits in a probe for leaktrace, leaktrace would wait for it.
 */
#ifndef LT_PROBE_OWN_CODE_H
#define LT_PROBE_OWN_CODE_H

#include <stdint.h>

/*
 * Puts copies of the C library's and the dynamic loader's code in their place in this process: the
 * kernel puts breakpoints into mappings of the file, and these are none any more. Where that is
 * not allowed all stays as it is, which the log tells.
 */
void own_code_copy(void);

/* For tests: the same for the file that has the code at ADDRESS; 0 or a negative errno. */
int own_code_copy_at(uintptr_t address);

#endif
