/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a reader: what stacks are made of, and what is held. */
#ifndef LT_STORE_READER_ROWS_H
#define LT_STORE_READER_ROWS_H

#include "base/vec.h"
#include "store/cursor.h"
#include "store/recording.h"

struct reader {
	struct recording *recording;
	sqlite3 *db;
	struct columns_source source;
	struct diag *diag;
	VEC(uint32_t) places;	 /* in the recording's stacks, by id in the file */
	VEC(uint32_t) stack_ids; /* in the file, by id in the recording less one; they rise */
};

/* In the order in which they have to be called; each reads one table, with those that belong to it.
 */
int reader_modules(struct reader *reader) _must_check_;
int reader_places(struct reader *reader) _must_check_;
int reader_frames(struct reader *reader) _must_check_;
int reader_stacks(struct reader *reader) _must_check_;
int reader_tests(struct reader *reader) _must_check_;
int reader_processes(struct reader *reader) _must_check_;
int reader_sites(struct reader *reader) _must_check_;
int reader_mark_sites(struct reader *reader) _must_check_;

/* Adds the loss to LOSSES. */
int reader_loss(struct reader *reader, const struct cursor *cursor, const struct row_loss *row,
		struct losses *losses) _must_check_;

/* The id that the stack with this id in the file has in the recording; -EBADMSG: none. */
int reader_stack(const struct reader *reader, uint32_t id, uint32_t *ret_id) _must_check_;

#endif
