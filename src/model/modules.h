/* SPDX-License-Identifier: BSD-2-Clause */
/* The executable files (and the vdso, and anonymous code) that stacks point into, each once. */
#ifndef LT_MODEL_MODULES_H
#define LT_MODEL_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/vec.h"

enum module_kind {
	MODULE_FILE, /* an ELF file */
	MODULE_VDSO, /* the kernel's page of code, the same in every process */
	MODULE_ANON, /* executable memory without a file: generated code */
	MODULE_NONE, /* the address was in no executable mapping */
};

enum { BUILD_ID_MAX_BYTES = 20 };

/* Code of a file: from the byte START of it to END. */
struct code_range {
	uint64_t start, end;
};

struct module {
	uint32_t id; /* index in modules.items, which never changes */
	enum module_kind kind;
	char *path; /* as the process saw it; "[vdso]", "[anon:PID]", "[unknown]" for the others */
	uint8_t build_id[BUILD_ID_MAX_BYTES];
	uint8_t build_id_bytes;		/* 0: not known */
	VEC(struct code_range) library; /* of a static program: what is the C library; by start */
	char *key;
	UT_hash_handle hh; /* in modules.by_name, by key */
};

struct modules {
	VEC(struct module *) items; /* items[0] is the MODULE_NONE one */
	struct module *by_name;
};

int modules_init(struct modules *modules) _must_check_;
void modules_done(struct modules *modules);

/*
 * The module with this path and build-id (BUILD_ID_BYTES of 0: unknown), added when it is new.
 * Two files with one path but different build-ids (a rebuilt test) are two modules.
 */
int modules_intern(struct modules *modules, enum module_kind kind, const char *path,
		   const uint8_t *build_id, size_t build_id_bytes,
		   struct module **ret_module) _must_check_;

/* Whether the code at OFFSET of a static program is the C library's. */
bool module_is_library(const struct module *module, uint64_t offset);

struct module *modules_get(const struct modules *modules, uint32_t id);

#endif
