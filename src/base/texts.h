/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts, each kept once, for as long as the pool lives. */
#ifndef LT_BASE_TEXTS_H
#define LT_BASE_TEXTS_H

struct text;

struct texts {
	struct text *by_text;
};

void texts_init(struct texts *texts);
void texts_done(struct texts *texts);

/* The one copy of TEXT, or NULL without memory. */
const char *texts_intern(struct texts *texts, const char *text);

#endif
