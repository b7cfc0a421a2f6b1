/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of a command line: splitting a text into them, and telling what is wrong with one. */
#ifndef LT_CMD_CONFIG_WORDS_H
#define LT_CMD_CONFIG_WORDS_H

#include "base/diag.h"
#include "base/vec.h"

struct words {
	VEC(char *) list; /* like argv: the last one is NULL and counts */
	char *text;	  /* what they point into */
};

/*
 * Splits TEXT as a shell would: white space, '...', "..." and backslashes, nothing else. FIRST
 * (static) becomes the first word. -EINVAL sets *ret_why to a phrase; -ENOMEM leaves it alone.
 */
int words_split(struct words *words, const char *first, const char *text,
		const char **ret_why) _must_check_;
void words_done(struct words *words);

/*
 * Adds the sentence, which starts with WHERE, for an option WORD that getopt refused without
 * saying why. Returns -EINVAL.
 */
int words_explain(const char *word, const char *where, struct diag *diag);

#endif
