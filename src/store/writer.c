// SPDX-License-Identifier: BSD-2-Clause
/* From the model to rows: see writer.h. */
#include "store/writer.h"

#include <inttypes.h>

#include "base/str.h"

/* Which id a place has. */
struct writer_place {
	struct place place;
	uint32_t id;
	UT_hash_handle hh;
};

enum { CALL_EVERY_ROWS = 256 };

static int erase_prepare(struct writer *writer, enum schema_table table)
{
	const struct columns *columns = &schema_tables[table];
	_cleanup_free_ char *sql =
		str_printf("DELETE FROM %s WHERE %s = ?", columns->table, columns->keys[0]);

	if (!columns->keys[1])
		return SQLITE_OK;
	return sql ? sqlite3_prepare_v3(writer->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
					&writer->erase[table], NULL) :
		     SQLITE_NOMEM;
}

int writer_open(struct writer *writer, sqlite3 *db)
{
	int code = SQLITE_OK;

	*writer = (struct writer){ .db = db };
	for (int i = 0; code == SQLITE_OK && i < _TABLE_MAX; i++) {
		code = columns_prepare_write(&schema_tables[i], db, &writer->write[i]);
		if (code == SQLITE_OK)
			code = erase_prepare(writer, (enum schema_table)i);
	}
	return code;
}

void writer_done(struct writer *writer)
{
	struct writer_place *place, *next;

	for (int i = 0; i < _TABLE_MAX; i++) {
		sqlite3_finalize(writer->write[i]);
		sqlite3_finalize(writer->erase[i]);
	}
	HASH_ITER(hh, writer->places, place, next) {
		HASH_DEL(writer->places, place);
		free(place);
	}
	vec_done(&writer->stacks);
	vec_done(&writer->tests.list);
	vec_done(&writer->processes.list);
	vec_done(&writer->sites.list);
	vec_done(&writer->mark_sites.list);
}

static int run(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	sqlite3_reset(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int writer_row(struct writer *writer, enum schema_table table, int64_t key, int64_t position,
	       const void *row)
{
	const int64_t keys[2] = { key, position };
	int code = columns_bind(&schema_tables[table], writer->write[table], keys, row);

	if (writer->call && writer->n_rows++ % CALL_EVERY_ROWS == 0)
		writer->call(writer->data);
	return code == SQLITE_OK ? run(writer->write[table]) : code;
}

int writer_erase(struct writer *writer, enum schema_table table, int64_t key)
{
	int code = sqlite3_bind_int64(writer->erase[table], 1, key);

	return code == SQLITE_OK ? run(writer->erase[table]) : code;
}

/* Whether the row ID has to be written: it is new, or was another one. */
static int hash_changed(struct hashes *hashes, size_t id, uint64_t hash, bool *ret_changed)
{
	*ret_changed = id >= hashes->list.n || hashes->list.items[id] != hash;
	if (id < hashes->list.n)
		hashes->list.items[id] = hash;
	else if (vec_push(&hashes->list, hash) < 0)
		return SQLITE_NOMEM;
	return SQLITE_OK;
}

static int write_modules(struct writer *writer, const struct modules *modules)
{
	int code = SQLITE_OK;

	/* The first one is in every set of modules. */
	for (uint32_t id = writer->n_modules ? writer->n_modules : 1;
	     code == SQLITE_OK && id < modules->items.n; id++) {
		const struct module *module = modules->items.items[id];
		_cleanup_free_ char *build_id = str_hex(module->build_id, module->build_id_bytes);
		struct row_module row = { .kind = module->kind,
					  .path = module->path,
					  .build_id = module->build_id_bytes ? build_id : NULL };

		code = build_id ? writer_row(writer, TABLE_MODULE, id, 0, &row) : SQLITE_NOMEM;
		writer->n_modules = id + 1;
	}
	return code;
}

/* The id of PLACE, which is written if it was not yet. */
static int place_id(struct writer *writer, const struct place *place, uint32_t *ret_id)
{
	struct writer_place *known;
	int code;

	HASH_FIND(hh, writer->places, place, sizeof(*place), known);
	if (known) {
		*ret_id = known->id;
		return SQLITE_OK;
	}
	known = calloc(1, sizeof(*known));
	if (!known)
		return SQLITE_NOMEM;
	known->place = *place;
	known->id = *ret_id = writer->n_places;
	HASH_ADD(hh, writer->places, place, sizeof(known->place), known);
	if (!table_added(known)) {
		free(known);
		return SQLITE_NOMEM;
	}
	code = writer_row(writer, TABLE_PLACE, known->id, 0, place);
	writer->n_places++;
	return code;
}

static int stack_places(struct writer *writer, const struct stacks *stacks,
			const struct stack *stack, FILE *to)
{
	int code = SQLITE_OK;

	fputc('[', to);
	for (uint32_t i = 0; code == SQLITE_OK && i < stack->n; i++) {
		uint32_t id = 0;

		code = place_id(writer, stacks_place(stacks, stack, i), &id);
		fprintf(to, "%s%" PRIu32, i ? "," : "", id);
	}
	fputc(']', to);
	return code;
}

/* Only stacks of call sites are in a recording. The first one is in every set of stacks. */
static int write_stack(struct writer *writer, const struct stacks *stacks, uint32_t id)
{
	const struct stack *stack = stacks_get(stacks, id);
	struct row_stack row = { .end = stack->end };
	size_t n;
	FILE *to;
	int code;

	if (id == 0 || (id < writer->stacks.n && writer->stacks.items[id]))
		return SQLITE_OK;
	while (writer->stacks.n <= id) {
		if (vec_push(&writer->stacks, false) < 0)
			return SQLITE_NOMEM;
	}
	to = open_memstream(&row.places, &n);
	if (!to)
		return SQLITE_NOMEM;
	code = stack_places(writer, stacks, stack, to);
	if (fclose(to) != 0 && code == SQLITE_OK)
		code = SQLITE_NOMEM;
	if (code == SQLITE_OK)
		code = writer_row(writer, TABLE_STACK, id, 0, &row);
	free(row.places);
	writer->stacks.items[id] = true;
	return code;
}

static int write_tests(struct writer *writer, const struct tests *tests)
{
	int code = SQLITE_OK;

	for (size_t i = 0; code == SQLITE_OK && i < tests->items.n; i++) {
		const struct test *test = &tests->items.items[i];
		uint64_t hash = columns_hash(&schema_tables[TABLE_TEST], test, 0);
		bool changed;

		code = hash_changed(&writer->tests, i, hash, &changed);
		if (code == SQLITE_OK && changed)
			code = writer_row(writer, TABLE_TEST, (int64_t)i + 1, 0, test);
	}
	return code;
}

static uint64_t process_hash(const struct process *process)
{
	uint64_t hash = columns_hash(&schema_tables[TABLE_PROCESS], process, 0);

	for (char **argument = process->command; argument && *argument; argument++)
		hash = XXH3_64bits_withSeed(*argument, strlen(*argument) + 1, hash);
	if (process->samples.list.n)
		hash = XXH3_64bits_withSeed(
			process->samples.list.items,
			process->samples.list.n * sizeof(*process->samples.list.items), hash);
	return XXH3_64bits_withSeed(&process->losses, sizeof(process->losses), hash);
}

static int write_process_losses(struct writer *writer, int64_t id, const struct losses *losses)
{
	int64_t n = 0;
	int code = SQLITE_OK;

	for (int i = 0; code == SQLITE_OK && i < _LOSS_MAX; i++) {
		struct row_loss row = { loss_id((enum loss)i), losses->counts[i] };

		if (row.n)
			code = writer_row(writer, TABLE_PROCESS_LOSS, id, n++, &row);
	}
	return code;
}

static int write_process(struct writer *writer, int64_t id, const struct process *process)
{
	int code = writer_row(writer, TABLE_PROCESS, id, 0, process);

	if (code == SQLITE_OK)
		code = writer_erase(writer, TABLE_ARGUMENT, id);
	for (size_t i = 0; code == SQLITE_OK && process->command && process->command[i]; i++) {
		struct row_text row = { process->command[i] };

		code = writer_row(writer, TABLE_ARGUMENT, id, (int64_t)i, &row);
	}
	if (code == SQLITE_OK)
		code = writer_erase(writer, TABLE_SAMPLE, id);
	for (size_t i = 0; code == SQLITE_OK && i < process->samples.list.n; i++)
		code = writer_row(writer, TABLE_SAMPLE, id, (int64_t)i,
				  &process->samples.list.items[i]);
	if (code == SQLITE_OK)
		code = writer_erase(writer, TABLE_PROCESS_LOSS, id);
	return code == SQLITE_OK ? write_process_losses(writer, id, &process->losses) : code;
}

static int write_processes(struct writer *writer, const struct result *result)
{
	int code = SQLITE_OK;

	for (size_t i = 0; code == SQLITE_OK && i < result->processes.n; i++) {
		const struct process *process = &result->processes.items[i];
		bool changed;

		code = hash_changed(&writer->processes, i, process_hash(process), &changed);
		if (code == SQLITE_OK && changed)
			code = write_process(writer, (int64_t)i, process);
	}
	return code;
}

static uint64_t site_hash(const struct site *site)
{
	uint64_t hash = columns_hash(&schema_tables[TABLE_SITE], site, site->n_objects);

	for (uint32_t i = 0; i < site->n_objects; i++)
		hash = columns_hash(&schema_tables[TABLE_OBJECT], &site->objects[i], hash);
	vec_foreach(amount, &site->growth)
		hash = XXH3_64bits_withSeed(amount, sizeof(*amount), hash);
	return hash;
}

static int write_site_lists(struct writer *writer, int64_t id, const struct site *site)
{
	int code = SQLITE_OK;

	for (uint32_t i = 0; code == SQLITE_OK && i < site->n_objects; i++)
		code = writer_row(writer, TABLE_OBJECT, id, i, &site->objects[i]);
	for (size_t i = 0; code == SQLITE_OK && i < site->growth.n; i++)
		code = writer_row(writer, TABLE_GROWTH, id, (int64_t)i, &site->growth.items[i]);
	return code;
}

/* FRESH: there is no row with this id. */
static int write_site(struct writer *writer, const struct result *result, int64_t id, bool fresh)
{
	const struct site *site = result->sites.items.items[id];
	int code = write_stack(writer, result->stacks, site->key.stack);

	for (uint32_t i = 0; code == SQLITE_OK && i < site->n_objects; i++)
		code = write_stack(writer, result->stacks, site->objects[i].routine);
	if (code == SQLITE_OK && !fresh)
		code = writer_erase(writer, TABLE_OBJECT, id);
	if (code == SQLITE_OK && !fresh)
		code = writer_erase(writer, TABLE_GROWTH, id);
	if (code == SQLITE_OK)
		code = writer_row(writer, TABLE_SITE, id, 0, site);
	return code == SQLITE_OK ? write_site_lists(writer, id, site) : code;
}

static int sites_truncate(struct writer *writer, size_t n)
{
	_cleanup_free_ char *sql = str_printf("DELETE FROM site WHERE id >= %zu;"
					      "DELETE FROM object WHERE site >= %zu;"
					      "DELETE FROM growth WHERE site >= %zu",
					      n, n, n);

	if (n >= writer->sites.list.n)
		return SQLITE_OK;
	writer->sites.list.n = n;
	return sql ? sqlite3_exec(writer->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
}

static int write_sites(struct writer *writer, const struct result *result)
{
	int code = sites_truncate(writer, result->sites.items.n);

	for (size_t i = 0; code == SQLITE_OK && i < result->sites.items.n; i++) {
		bool fresh = i >= writer->sites.list.n, changed;

		code = hash_changed(&writer->sites, i, site_hash(result->sites.items.items[i]),
				    &changed);
		if (code == SQLITE_OK && changed)
			code = write_site(writer, result, (int64_t)i, fresh);
	}
	return code;
}

static int write_mark_site(struct writer *writer, const struct stacks *stacks, int64_t id,
			   const struct mark_entry *entry)
{
	int code = write_stack(writer, stacks, entry->key.stack);

	if (code == SQLITE_OK)
		code = writer_row(writer, TABLE_MARK_SITE, id, 0, entry);
	if (code == SQLITE_OK)
		code = writer_erase(writer, TABLE_MARK_AMOUNT, id);
	for (size_t i = 0; code == SQLITE_OK && i < entry->changes.n; i++)
		code = writer_row(writer, TABLE_MARK_AMOUNT, id, (int64_t)i,
				  &entry->changes.items[i]);
	return code;
}

/* What call sites held at the marks. There are more and more of them, in the same order. */
static int write_mark_sites(struct writer *writer, const struct result *result)
{
	struct mark_entry *entry, *next;
	int64_t id = 0;
	int code = SQLITE_OK;

	HASH_ITER(hh, result->marks.entries, entry, next) {
		uint64_t hash = columns_hash(&schema_tables[TABLE_MARK_SITE], entry, 0);
		bool changed = false;

		vec_foreach(change, &entry->changes)
			hash = columns_hash(&schema_tables[TABLE_MARK_AMOUNT], change, hash);
		if (code == SQLITE_OK)
			code = hash_changed(&writer->mark_sites, (size_t)id, hash, &changed);
		if (code == SQLITE_OK && changed)
			code = write_mark_site(writer, result->stacks, id, entry);
		id++;
	}
	return code;
}

static int write_symbols(struct writer *writer, const struct symbols *symbols)
{
	const struct symbol *symbol = writer->last_symbol;
	int code = SQLITE_OK;

	while (code == SQLITE_OK && (symbol = symbols_next(symbols, symbol))) {
		uint32_t id = 0;

		code = place_id(writer, &symbol->place, &id);
		for (uint32_t i = 0; code == SQLITE_OK && i < symbol->n_frames; i++)
			code = writer_row(writer, TABLE_FRAME, id, i, &symbol->frames[i]);
		writer->last_symbol = symbol;
	}
	return code;
}

/* The few rows about the whole run, which are written anew each time. */
static int write_facts(struct writer *writer, const struct result *result)
{
	static const char sql[] = "DELETE FROM command; DELETE FROM suppression;"
				  "DELETE FROM note; DELETE FROM loss; DELETE FROM mark";
	int64_t n = 0;
	int code = sqlite3_exec(writer->db, sql, NULL, NULL, NULL);

	for (size_t i = 0; code == SQLITE_OK && result->command && result->command[i]; i++) {
		struct row_text row = { result->command[i] };

		code = writer_row(writer, TABLE_COMMAND, (int64_t)i, 0, &row);
	}
	for (size_t i = 0; code == SQLITE_OK && i < result->suppressions.list.n; i++)
		code = writer_row(writer, TABLE_SUPPRESSION, (int64_t)i, 0,
				  &result->suppressions.list.items[i]);
	for (size_t i = 0; code == SQLITE_OK && i < result->notes.n; i++) {
		struct row_text row = { result->notes.items[i] };

		code = writer_row(writer, TABLE_NOTE, (int64_t)i, 0, &row);
	}
	for (size_t i = 0; code == SQLITE_OK && i < result->marks.items.n; i++)
		code = writer_row(writer, TABLE_MARK, (int64_t)i, 0, &result->marks.items.items[i]);
	for (int i = 0; code == SQLITE_OK && i < _LOSS_MAX; i++) {
		struct row_loss row = { loss_id((enum loss)i), result->losses.counts[i] };

		if (row.n)
			code = writer_row(writer, TABLE_LOSS, n++, 0, &row);
	}
	return code;
}

static int write_baseline(struct writer *writer, const struct baseline *baseline)
{
	struct row_text file = { baseline->file };
	int code = SQLITE_OK;

	if (writer->has_baseline || !baseline->file)
		return SQLITE_OK;
	code = writer_row(writer, TABLE_BASELINE, 0, 0, &file);
	for (size_t i = 0; code == SQLITE_OK && i < baseline->known.n; i++) {
		struct row_baseline_site row = { baseline->known.items[i] };

		code = writer_row(writer, TABLE_BASELINE_SITE, (int64_t)i, 0, &row);
	}
	writer->has_baseline = true;
	return code;
}

int writer_result(struct writer *writer, const struct result *result)
{
	int code = write_modules(writer, result->modules);

	if (code == SQLITE_OK)
		code = write_baseline(writer, &result->baseline);
	if (code == SQLITE_OK)
		code = write_tests(writer, &result->tests);
	if (code == SQLITE_OK)
		code = write_processes(writer, result);
	if (code == SQLITE_OK)
		code = write_sites(writer, result);
	if (code == SQLITE_OK)
		code = write_mark_sites(writer, result);
	if (code == SQLITE_OK)
		code = write_symbols(writer, result->symbols);
	return code == SQLITE_OK ? write_facts(writer, result) : code;
}
