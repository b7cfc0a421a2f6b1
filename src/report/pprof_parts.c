// SPDX-License-Identifier: BSD-2-Clause
/* What samples of a profile name by numbers: see pprof_parts.h. */
#include "report/pprof_parts.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "report/facts.h"

struct pprof_entry {
	UT_hash_handle hh;
	uint64_t number;
	uint8_t key[];
};

/* Each file gets a range of addresses of its own, in which offsets are addresses. */
enum { MAPPING_BITS = 40 };

static void table_done(struct pprof_table *table)
{
	struct pprof_entry *entry, *next;

	HASH_ITER(hh, table->by_key, entry, next) {
		HASH_DEL(table->by_key, entry);
		free(entry);
	}
}

/* The number of a key of N bytes. 1: it is new. */
static int table_intern(struct pprof_table *table, const void *key, size_t n, uint64_t *ret_number)
{
	struct pprof_entry *entry;

	HASH_FIND(hh, table->by_key, key, n, entry);
	if (entry) {
		*ret_number = entry->number;
		return 0;
	}
	entry = calloc(1, sizeof(*entry) + n);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->key, key, n);
	HASH_ADD_KEYPTR(hh, table->by_key, entry->key, n, entry);
	if (!table_added(entry)) {
		free(entry);
		return -ENOMEM;
	}
	*ret_number = entry->number = table->n++;
	return 1;
}

int pprof_parts_init(struct pprof_parts *parts, const struct result *result, struct gzip *gzip)
{
	int64_t zero;

	*parts = (struct pprof_parts){ .result = result, .gzip = gzip };
	parts->functions.n = parts->mappings.n = parts->locations.n = 1;
	return pprof_text(parts, "", &zero);
}

void pprof_parts_done(struct pprof_parts *parts)
{
	table_done(&parts->texts);
	table_done(&parts->functions);
	table_done(&parts->mappings);
	table_done(&parts->locations);
}

int pprof_put(struct pprof_parts *parts, const Pprof__Profile *piece)
{
	size_t n = pprof__profile__get_packed_size(piece);
	_cleanup_free_ uint8_t *bytes = malloc(n + 1);

	if (!bytes)
		return -ENOMEM;
	pprof__profile__pack(piece, bytes);
	return gzip_write(parts->gzip, bytes, n);
}

int pprof_text(struct pprof_parts *parts, const char *text, int64_t *ret_text)
{
	_cleanup_free_ char *printable = facts_printable(text ?: "");
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	uint64_t number;
	int r;

	if (!printable)
		return -ENOMEM;
	/* With the NUL, so that the empty text has a key. */
	r = table_intern(&parts->texts, printable, strlen(printable) + 1, &number);
	if (r < 0)
		return r;
	*ret_text = (int64_t)number;
	piece.n_text = 1;
	piece.text = &printable;
	return r ? pprof_put(parts, &piece) : 0;
}

static int pprof_function(struct pprof_parts *parts, const struct frame *frame,
			  uint64_t *ret_function)
{
	Pprof__Function function = PPROF__FUNCTION__INIT, *list = &function;
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	int64_t key[2];
	int r = pprof_text(parts, frame->function, &key[0]);

	if (r == 0)
		r = pprof_text(parts, frame->file, &key[1]);
	if (r == 0)
		r = table_intern(&parts->functions, key, sizeof(key), ret_function);
	if (r <= 0)
		return r;
	function.id = *ret_function;
	function.name = function.system_name = key[0];
	function.file = key[1];
	piece.n_function = 1;
	piece.function = &list;
	return pprof_put(parts, &piece);
}

/* *RET_MAPPING is 0 for code that is in no file. */
static int pprof_mapping(struct pprof_parts *parts, const struct module *module,
			 uint64_t *ret_mapping)
{
	Pprof__Mapping mapping = PPROF__MAPPING__INIT, *list = &mapping;
	_cleanup_free_ char *build_id = NULL;
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	int r;

	*ret_mapping = 0;
	if (!module || module->kind != MODULE_FILE)
		return 0;
	r = table_intern(&parts->mappings, &module->id, sizeof(module->id), ret_mapping);
	if (r <= 0)
		return r;
	build_id = str_hex(module->build_id, module->build_id_bytes);
	if (!build_id)
		return -ENOMEM;
	r = pprof_text(parts, module->path, &mapping.file);
	if (r == 0)
		r = pprof_text(parts, build_id, &mapping.build_id);
	if (r < 0)
		return r;
	mapping.id = *ret_mapping;
	mapping.start = mapping.id << MAPPING_BITS;
	mapping.limit = (mapping.id + 1) << MAPPING_BITS;
	mapping.has_functions = mapping.has_files = true;
	mapping.has_lines = mapping.has_inlined = true;
	piece.n_mapping = 1;
	piece.mapping = &list;
	return pprof_put(parts, &piece);
}

/* Fills LINES for N frames, innermost first, as pprof has them. */
static int pprof_lines(struct pprof_parts *parts, const struct frame *frames, size_t n,
		       Pprof__Line *lines, Pprof__Line **list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		lines[i] = (Pprof__Line)PPROF__LINE__INIT;
		lines[i].line = frames[i].line;
		list[i] = &lines[i];
		r = pprof_function(parts, &frames[i], &lines[i].function);
	}
	return r;
}

int pprof_location(struct pprof_parts *parts, const struct place *place, uint64_t *ret_location)
{
	Pprof__Location location = PPROF__LOCATION__INIT, *list = &location;
	_cleanup_free_ Pprof__Line *lines = NULL, **line_list = NULL;
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	const struct frame *frames;
	size_t n;
	int r = table_intern(&parts->locations, place, sizeof(*place), ret_location);

	if (r <= 0)
		return r;
	frames = facts_frames(parts->result, place, &n);
	/* Nothing known at all: pprof then shows the file and the address. */
	if (n == 1 && !frames[0].function)
		n = 0;
	lines = calloc(n + 1, sizeof(*lines));
	line_list = calloc(n + 1, sizeof(*line_list));
	if (!lines || !line_list)
		return -ENOMEM;
	location.id = *ret_location;
	r = pprof_mapping(parts, facts_module(parts->result, place), &location.mapping);
	if (r == 0)
		r = pprof_lines(parts, frames, n, lines, line_list);
	if (r < 0)
		return r;
	location.address = place->offset;
	if (location.mapping)
		location.address = location.mapping << MAPPING_BITS |
				   (place->offset & ((1ull << MAPPING_BITS) - 1));
	location.n_line = n;
	location.line = line_list;
	piece.n_location = 1;
	piece.location = &list;
	return pprof_put(parts, &piece);
}
