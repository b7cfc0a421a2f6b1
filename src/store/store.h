/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a recording while the run goes on: one SQLite file, brought up to date now and then, so
 * that whoever ends leaktrace in between loses only what came after the last time.
 */
#ifndef LT_STORE_STORE_H
#define LT_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "model/result.h"

struct store;

/*
 * Makes the file at PATH, in place of an older recording; any other file that is not empty stays,
 * and is an error (-EEXIST). Symbolic links are not followed. The rights for files have to be the
 * user's at every call.
 */
int store_open(const char *path, struct store **ret_store, struct diag *diag) _must_check_;

/* What was not written is not there: a recording that store_finish() has not ended is cut short. */
void store_close(struct store *store);
DEFINE_GUARD(struct store, store_close)

/* CALL is called often while the store is written to. */
void store_while_writing(struct store *store, void (*call)(void *data), void *data);

/* An option that changes reports. NAME is static. */
int store_set(struct store *store, const char *name, uint64_t value,
	      struct diag *diag) _must_check_;

/*
 * Brings the recording up to date with RESULT, always the same one: as it is before anything was
 * filtered out. All or nothing of it is written. After an error nothing can be written any more.
 */
int store_sync(struct store *store, const struct result *result, struct diag *diag) _must_check_;

/* The same, and says that this was the end: then it is one file, which never changes. */
int store_finish(struct store *store, const struct result *result, struct diag *diag) _must_check_;

#endif
