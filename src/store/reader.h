/* SPDX-License-Identifier: BSD-2-Clause */
/* From rows to the model, with a check of everything that one row says of another. */
#ifndef LT_STORE_READER_H
#define LT_STORE_READER_H

#include "base/diag.h"
#include "store/recording.h"
#include "store/schema.h"

/*
 * Fills RECORDING, which is fresh, from an open file of at most BYTES. 0, -ENOMEM, or -EBADMSG and
 * others with a sentence in DIAG that goes on after the name of the file and a colon.
 */
int reader_read(struct recording *recording, sqlite3 *db, uint64_t bytes,
		struct diag *diag) _must_check_;

/* For recordings that are in no file. */
int recording_new(struct recording **ret_recording) _must_check_;

/* Has SQLite trust nothing in this file, and read as much of it at once as a recording may have. */
int reader_prepare(sqlite3 *db) _must_check_;

#endif
