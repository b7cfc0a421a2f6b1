/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this kernel and these capabilities allow, found by trying it on leaktrace itself, never
 * from a version number.
 */
#ifndef LT_PROBE_FEATURES_H
#define LT_PROBE_FEATURES_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/diag.h"

struct features {
	bool btf;		   /* the kernel's type information: nothing works without */
	bool bpf;		   /* a program can be loaded: nothing works without */
	bool uprobe_perf;	   /* uprobes as perf events: the fallback */
	bool uprobe_multi;	   /* many uprobes in one link, Linux 6.6 */
	bool uprobe_session;	   /* entry and return in one program, Linux 6.13 */
	bool uprobe_multi_process; /* a multi link can be limited to one whole process */
	bool find_vma;		   /* programs can look up mappings, Linux 5.17: unwinding */
	bool perf_mmap2_build_id;  /* the kernel tells build-ids of mapped files, Linux 5.12 */
};

/*
 * Fills *RET. Returns 0, or a negative errno with sentences in DIAG when this machine does not
 * allow tracing at all (-EPERM: rights are missing). LEAKTRACE_FEATURES=-session,-multi,-process,
 * -find_vma in the environment switches the named ones off, to take and test the fallbacks.
 */
int features_probe(struct features *ret, struct diag *diag) _must_check_;

/*
 * Programs in the kernel see the pids of the first pid namespace. In another one nothing that they
 * say would be understood: -ENOTSUP and a sentence.
 */
int features_check_pids(struct diag *diag) _must_check_;

#endif
