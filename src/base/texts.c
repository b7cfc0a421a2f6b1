// SPDX-License-Identifier: BSD-2-Clause
/* Interned texts: see texts.h. */
#include "base/texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

struct text {
	UT_hash_handle hh;
	char text[];
};

void texts_init(struct texts *texts)
{
	*texts = (struct texts){ 0 };
}

void texts_done(struct texts *texts)
{
	struct text *text, *next;

	HASH_ITER(hh, texts->by_text, text, next) {
		HASH_DEL(texts->by_text, text);
		free(text);
	}
}

const char *texts_intern(struct texts *texts, const char *text)
{
	size_t n = strlen(text);
	struct text *entry;

	HASH_FIND(hh, texts->by_text, text, n, entry);
	if (entry)
		return entry->text;
	entry = calloc(1, sizeof(*entry) + n + 1);
	if (!entry)
		return NULL;
	memcpy(entry->text, text, n + 1);
	HASH_ADD_KEYPTR(hh, texts->by_text, entry->text, n, entry);
	if (!table_added(entry)) {
		free(entry);
		return NULL;
	}
	return entry->text;
}
