// SPDX-License-Identifier: BSD-2-Clause
/* The table of resolved places: see symbols.h. */
#include "model/symbols.h"

void symbols_init(struct symbols *symbols)
{
	*symbols = (struct symbols){ 0 };
}

void symbols_done(struct symbols *symbols)
{
	struct symbol *symbol, *next_symbol;

	HASH_ITER(hh, symbols->by_place, symbol, next_symbol) {
		HASH_DEL(symbols->by_place, symbol);
		free(symbol);
	}
	texts_done(&symbols->texts);
}

/* The one copy of TEXT; NULL stays NULL. */
static int symbols_intern(struct symbols *symbols, const char *text, const char **ret_text)
{
	*ret_text = text ? texts_intern(&symbols->texts, text) : NULL;
	return text && !*ret_text ? -ENOMEM : 0;
}

int symbols_add(struct symbols *symbols, const struct place *place, const struct frame *frames,
		size_t n_frames)
{
	_cleanup_free_ struct symbol *symbol = NULL;

	if (symbols_find(symbols, place))
		return 0;
	symbol = calloc(1, sizeof(*symbol) + n_frames * sizeof(*frames));
	if (!symbol)
		return -ENOMEM;
	symbol->place = *place;
	symbol->n_frames = (uint32_t)n_frames;
	for (size_t i = 0; i < n_frames; i++) {
		struct frame *frame = &symbol->frames[i];

		*frame = frames[i];
		if (symbols_intern(symbols, frames[i].function, &frame->function) < 0 ||
		    symbols_intern(symbols, frames[i].file, &frame->file) < 0 ||
		    symbols_intern(symbols, frames[i].directory, &frame->directory) < 0)
			return -ENOMEM;
	}
	HASH_ADD(hh, symbols->by_place, place, sizeof(symbol->place), symbol);
	if (!table_added(symbol))
		return -ENOMEM;
	TAKE_PTR(symbol);
	return 0;
}

const struct symbol *symbols_find(const struct symbols *symbols, const struct place *place)
{
	struct symbol *symbol;

	HASH_FIND(hh, symbols->by_place, place, sizeof(*place), symbol);
	return symbol;
}

void symbols_keep(struct symbols *symbols, bool (*wanted)(void *data, const struct place *place),
		  void *data)
{
	const struct symbol *symbol = NULL;
	struct symbols kept;
	int r = 0;

	symbols_init(&kept);
	while (r == 0 && (symbol = symbols_next(symbols, symbol))) {
		if (wanted(data, &symbol->place))
			r = symbols_add(&kept, &symbol->place, symbol->frames, symbol->n_frames);
	}
	symbols_done(r < 0 ? &kept : symbols);
	if (r == 0)
		*symbols = kept;
}

const struct symbol *symbols_next(const struct symbols *symbols, const struct symbol *after)
{
	return after ? after->hh.next : symbols->by_place;
}
