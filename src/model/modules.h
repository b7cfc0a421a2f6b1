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
	uint32_t id; /* no other module ever has it */
	enum module_kind kind;
	char *path; /* as the process saw it; "[vdso]", "[anon:PID]", "[unknown]" for the others */
	uint8_t build_id[BUILD_ID_MAX_BYTES];
	uint8_t build_id_bytes;		/* 0: not known */
	bool kept;			/* see modules_keep() */
	VEC(struct code_range) library; /* of a static program: what is the C library; by start */
	char *key;
	UT_hash_handle hh; /* in modules.by_name, by key */
};

struct modules {
	/* By id, the index too while nothing was swept. The first is the MODULE_NONE one. */
	VEC(struct module *) items;
	struct module *by_name;
	uint32_t n_ids; /* given out so far */
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

/* The first one for an id that is unknown. */
struct module *modules_get(const struct modules *modules, uint32_t id);

/*
 * Programs are built, run and deleted, and generated code is a module for each process: forgets all
 * modules but those that modules_keep() was called for since the last time. GONE is told of each
 * that goes. Returns how many did.
 */
void modules_keep(const struct modules *modules, uint32_t id);
size_t modules_sweep(struct modules *modules, void (*gone)(void *data, const struct module *module),
		     void *data);

#endif
