/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to uthash: hash tables whose entries live inside the hashed structs. Out of
 * memory must not end the tracer, so a failed HASH_ADD leaves hh.tbl NULL, and table_added()
 * tells.
 */
#ifndef LT_BASE_TABLE_H
#define LT_BASE_TABLE_H

#include <stddef.h>

#define HASH_NONFATAL_OOM	     1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#define XXH_INLINE_ALL		     1
#include <xxhash.h>
#define HASH_FUNCTION(key, keylen, hashv) ((hashv) = (unsigned)XXH3_64bits(key, keylen))
#include <uthash.h>

#define table_added(element) ((element)->hh.tbl != NULL)

#endif
