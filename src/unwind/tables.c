// SPDX-License-Identifier: BSD-2-Clause
/* Compiling, placing and using unwind tables: see tables.h. */
#include "unwind/tables.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/log.h"
#include "base/table.h"
#include "unwind/eh_frame.h"
#include "unwind/rules.h"
#include "unwind/spans.h"

struct raw_stack {
	uint64_t start;
	uint64_t n_bytes;
	const uint8_t *bytes;
};

static int raw_read(void *context, uint64_t address, __u64 *value);
#define LT_UNWIND_READ(context, address, value) raw_read(context, address, value)
#define LT_UNWIND_USE(context, reg)		(void)(reg)
#include "leaktrace/unwind_step.h"

/* The most that the kernel maps for its vdso; the ELF headers in it say what is used. */
enum { VDSO_MAX_BYTES = 2 * 4096 };

struct module_table {
	uint32_t module;
	bool compiled;
	struct eh_frame frame; /* without its rows, which are in the shared memory */
	uint32_t first_row, n_rows;
	uint32_t first_granule, n_granules;
	UT_hash_handle hh;
	bool keyed; /* unwind_tables_key() has been asked for KEYED_OFFSET */
	uint64_t keyed_offset;
};

struct unwind_tables {
	struct unwind_tables_options options;
	struct unwind_rules rules;
	void *arrays[_UNWIND_ARRAY_MAX];
	uint32_t n_used[_UNWIND_ARRAY_MAX];    /* up to where items are in use, or were */
	struct spans spans[_UNWIND_ARRAY_MAX]; /* of these, what is free again */
	uint64_t n_refused;
	struct module_table *by_module;
};

int unwind_tables_open(const struct unwind_tables_options *options,
		       struct unwind_tables **ret_tables)
{
	_cleanup_(unwind_tables_closep) struct unwind_tables *tables = calloc(1, sizeof(*tables));
	int r;

	if (!tables)
		return -ENOMEM;
	tables->options = *options;
	r = unwind_rules_init(&tables->rules);
	if (r < 0)
		return r;
	*ret_tables = TAKE_PTR(tables);
	return 0;
}

static void table_drop(struct unwind_tables *tables, struct module_table *table)
{
	HASH_DEL(tables->by_module, table);
	eh_frame_done(&table->frame);
	free(table);
}

void unwind_tables_close(struct unwind_tables *tables)
{
	struct module_table *table, *next;

	if (!tables)
		return;
	for (int i = 0; i < _UNWIND_ARRAY_MAX; i++) {
		if (!tables->options.reserve)
			free(tables->arrays[i]);
		spans_done(&tables->spans[i]);
	}
	HASH_ITER(hh, tables->by_module, table, next)
		table_drop(tables, table);
	unwind_rules_done(&tables->rules);
	free(tables);
}

static int compile(struct unwind_tables *tables, const struct module *module,
		   struct eh_frame *ret_frame)
{
	int fd;

	if (module->kind == MODULE_VDSO)
		return eh_frame_compile_memory((const void *)getauxval(AT_SYSINFO_EHDR),
					       VDSO_MAX_BYTES, module->path, &tables->rules, NULL,
					       ret_frame);
	fd = tables->options.module_file(tables->options.data, module);
	if (fd < 0)
		return -ENOENT;
	return eh_frame_compile_fd(fd, module->path, &tables->rules, NULL, ret_frame);
}

static const struct {
	size_t item_bytes;
	uint32_t max;
} arrays[_UNWIND_ARRAY_MAX] = {
	[UNWIND_ROWS] = { sizeof(struct lt_unwind_row), LT_MAX_ROWS },
	[UNWIND_GRANULES] = { sizeof(struct lt_unwind_granule), LT_MAX_GRANULES },
	[UNWIND_RULES] = { sizeof(struct lt_unwind_rule), LT_UNWIND_MAX_RULES },
};

/* Room in ARRAY for MORE items than the N that are in use. */
static int reserve(struct unwind_tables *tables, enum unwind_array array, uint32_t n, size_t more)
{
	void *items;

	if (more > arrays[array].max - n)
		return -ENOSPC;
	n += (uint32_t)more;
	if (tables->options.reserve)
		return tables->options.reserve(tables->options.data, array, n,
					       &tables->arrays[array]);
	items = realloc(tables->arrays[array], n * arrays[array].item_bytes);
	if (!items)
		return -ENOMEM;
	tables->arrays[array] = items;
	return 0;
}

/* Takes N items of ARRAY, those of a module that is gone if there are enough in one place. */
static int part_take(struct unwind_tables *tables, enum unwind_array array, size_t n,
		     uint32_t *ret_first)
{
	int r = 0;

	if (spans_take(&tables->spans[array], n, ret_first))
		return 0;
	*ret_first = tables->n_used[array];
	r = reserve(tables, array, *ret_first, n);
	if (r == 0)
		tables->n_used[array] += (uint32_t)n;
	return r;
}

static void part_give(struct unwind_tables *tables, enum unwind_array array, uint32_t first,
		      uint32_t n)
{
	if (spans_give(&tables->spans[array], first, n) < 0)
		log_debug(LOG_UNWIND, "%u items of unwind tables are not used again: no memory", n);
}

static void table_release(struct unwind_tables *tables, struct module_table *table)
{
	part_give(tables, UNWIND_ROWS, table->first_row, table->n_rows);
	part_give(tables, UNWIND_GRANULES, table->first_granule, table->n_granules);
	table->n_rows = table->n_granules = 0;
}

/* Room for all of the table, or for nothing. */
static int table_place(struct unwind_tables *tables, struct module_table *table)
{
	size_t n_rows = table->frame.rows.n, n_granules = eh_frame_n_granules(&table->frame);
	int r = part_take(tables, UNWIND_ROWS, n_rows, &table->first_row);

	if (r < 0)
		return r;
	table->n_rows = (uint32_t)n_rows;
	r = part_take(tables, UNWIND_GRANULES, n_granules, &table->first_granule);
	if (r == 0)
		table->n_granules = (uint32_t)n_granules;
	else
		table_release(tables, table);
	return r;
}

/* Those that came with the last table: they serve all, and stay. */
static int rules_publish(struct unwind_tables *tables)
{
	uint32_t n_before = tables->n_used[UNWIND_RULES];
	size_t n = tables->rules.items.n - n_before;
	int r = reserve(tables, UNWIND_RULES, n_before, n);
	struct lt_unwind_rule *rules = tables->arrays[UNWIND_RULES];

	if (r < 0)
		return r;
	if (n)
		memcpy(rules + n_before, tables->rules.items.items + n_before, n * sizeof(*rules));
	tables->n_used[UNWIND_RULES] += (uint32_t)n;
	return 0;
}

/* Puts the compiled rows, rules and granules into the arrays. */
static void publish(struct unwind_tables *tables, struct module_table *table)
{
	struct lt_unwind_granule *granules;
	struct lt_unwind_row *rows;

	if (rules_publish(tables) < 0 || table_place(tables, table) < 0) {
		tables->n_refused++;
		return;
	}
	rows = tables->arrays[UNWIND_ROWS];
	granules = tables->arrays[UNWIND_GRANULES];
	if (table->n_rows)
		memcpy(rows + table->first_row, table->frame.rows.items,
		       table->n_rows * sizeof(*rows));
	eh_frame_write_granules(&table->frame, table->first_row, granules + table->first_granule);
	/* The programs hear of the table through a map update, which comes after these stores. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static struct module_table *module_table(struct unwind_tables *tables, const struct module *module)
{
	struct module_table *table;
	int r;

	HASH_FIND(hh, tables->by_module, &module->id, sizeof(module->id), table);
	if (table)
		return table;
	table = calloc(1, sizeof(*table));
	if (!table)
		return NULL;
	table->module = module->id;
	HASH_ADD(hh, tables->by_module, module, sizeof(table->module), table);
	if (!table_added(table)) {
		free(table);
		return NULL;
	}
	r = compile(tables, module, &table->frame);
	log_debug(LOG_UNWIND, "%s: %zu rows, %s", module->path, r < 0 ? 0 : table->frame.rows.n,
		  r < 0		       ? strerror(-r) :
		  table->frame.has_cfi ? "unwind information" :
					 "no unwind information");
	if (r < 0)
		return table;
	table->compiled = true;
	if (table->frame.has_cfi)
		publish(tables, table);
	vec_done(&table->frame.rows);
	return table;
}

int unwind_tables_get(struct unwind_tables *tables, const struct module *module, uint64_t offset,
		      struct lt_module *ret)
{
	const struct module_table *table = module_table(tables, module);
	uint64_t bias;

	*ret = (struct lt_module){ 0 };
	if (!table)
		return -ENOMEM;
	if (!table->n_granules || eh_frame_bias(&table->frame, 0, offset, &bias) < 0)
		return 0;
	ret->pc_at_start = -bias;
	ret->first_granule = table->first_granule;
	ret->n_granules = table->n_granules;
	return 0;
}

int unwind_tables_code_offset(struct unwind_tables *tables, const struct module *module,
			      uint64_t *ret_offset)
{
	const struct module_table *table = module_table(tables, module);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (!table || !table->compiled || !table->frame.code.n)
		return -ENOENT;
	*ret_offset = table->frame.code.items[0].offset & ~(page - 1);
	return 0;
}

bool unwind_tables_key(struct unwind_tables *tables, const struct module *module, uint64_t offset,
		       struct lt_module_key *ret)
{
	int fd = tables->options.module_file(tables->options.data, module);
	struct module_table *table = fd < 0 ? NULL : module_table(tables, module);
	struct stat st;
	int generation = 0;

	if (!table || (table->keyed && table->keyed_offset == offset) || fstat(fd, &st) < 0)
		return false;
	table->keyed = true;
	table->keyed_offset = offset;
	/* Not every file system tells; then the kernel's key differs, and the programs ask. */
	if (ioctl(fd, FS_IOC_GETVERSION, &generation) < 0)
		return false;
	*ret = (struct lt_module_key){
		.ino = st.st_ino,
		.size = (uint64_t)st.st_size,
		.mtime_ns =
			(uint64_t)st.st_mtim.tv_sec * 1000000000ull + (uint64_t)st.st_mtim.tv_nsec,
		.offset = offset,
		.dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev)),
		.generation = (uint32_t)generation,
	};
	return true;
}

void unwind_tables_forget(struct unwind_tables *tables, const struct module *module)
{
	struct module_table *table;

	HASH_FIND(hh, tables->by_module, &module->id, sizeof(module->id), table);
	if (!table)
		return;
	table_release(tables, table);
	table_drop(tables, table);
}

uint64_t unwind_tables_n_refused(const struct unwind_tables *tables)
{
	return tables->n_refused;
}

static int raw_read(void *context, uint64_t address, __u64 *value)
{
	const struct raw_stack *stack = context;
	uint64_t at = address - stack->start;

	if (at > stack->n_bytes || stack->n_bytes - at < sizeof(*value))
		return -EFAULT;
	memcpy(value, stack->bytes + at, sizeof(*value));
	return 0;
}

/* The same search as rule_find() in bpf/unwind.bpf.c. */
static uint32_t rule_find(const struct unwind_tables *tables, const struct lt_module *module,
			  uint64_t pc)
{
	const struct lt_unwind_granule *granules = tables->arrays[UNWIND_GRANULES];
	const struct lt_unwind_row *rows = tables->arrays[UNWIND_ROWS];
	uint32_t lo, hi;

	if (pc >> LT_UNWIND_GRANULE_SHIFT >= module->n_granules)
		return LT_UNWIND_RULE_NONE;
	granules += module->first_granule + (pc >> LT_UNWIND_GRANULE_SHIFT);
	lo = granules->first_row;
	hi = granules->next_first_row;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (rows[mid].pc > pc)
			hi = mid;
		else
			lo = mid;
	}
	return rows[lo].pc <= pc ? rows[lo].rule : LT_UNWIND_RULE_NONE;
}

/* The rule for the address, by the mappings of the process; counts where it is frame pointers. */
static int raw_step(struct unwind_tables *tables, const struct mappings *mappings,
		    struct raw_stack *stack, struct lt_unwind_regs *regs, bool *innermost,
		    unsigned *n_by_pointer)
{
	uint64_t pc = regs->ip - regs->is_return;
	const struct mapping *mapping = mappings_find(mappings, pc);
	bool was_innermost = *innermost;
	const struct module *module;
	struct lt_module table;
	uint32_t rule;

	if (!mapping)
		return LT_UNWIND_ASTRAY;
	module = modules_get(tables->options.modules, mapping->module);
	table = (struct lt_module){ 0 };
	if (module->kind != MODULE_ANON &&
	    unwind_tables_get(tables, module, mapping->offset, &table) < 0)
		return LT_UNWIND_NO_RULE;
	rule = LT_UNWIND_RULE_FP;
	if (table.n_granules)
		rule = rule_find(tables, &table, pc - mapping->start + table.pc_at_start);
	*n_by_pointer += rule == LT_UNWIND_RULE_FP;
	*innermost = rule == LT_UNWIND_RULE_SIGNAL;
	return lt_unwind_apply(stack, regs, &tables->rules.items.items[rule], was_innermost);
}

/* Where a return leads that a uprobe has redirected; false if that is not known. */
static bool raw_return(const struct lt_event_raw *raw, struct lt_unwind_regs *regs)
{
	if (!raw->trampoline || regs->ip != raw->trampoline)
		return true;
	for (int i = 0; i < LT_MAX_REDIRECTED; i++) {
		if (raw->redirected[i].sp == regs->sp) {
			regs->ip = raw->redirected[i].ip;
			return true;
		}
	}
	return false;
}

static enum lt_stack_end raw_end(int result, unsigned n_by_pointer)
{
	switch (result) {
	case LT_UNWIND_COMPLETE:
		return n_by_pointer ? LT_STACK_FRAME_POINTER : LT_STACK_COMPLETE;
	case LT_UNWIND_UNREADABLE:
		return LT_STACK_UNREADABLE;
	case LT_UNWIND_STEPPED:
		return LT_STACK_TRUNCATED;
	}
	return n_by_pointer ? LT_STACK_FRAME_POINTER : LT_STACK_UNKNOWN_CODE;
}

size_t unwind_tables_raw(struct unwind_tables *tables, const struct mappings *mappings,
			 const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
			 enum lt_stack_end *ret_end)
{
	struct raw_stack stack = { raw->regs.sp, raw->n_bytes, raw->bytes };
	struct lt_unwind_regs regs = raw->regs;
	int result = LT_UNWIND_STEPPED;
	unsigned n_by_pointer = 0;
	bool innermost = false;
	size_t n = 0;

	while (n < max && result == LT_UNWIND_STEPPED) {
		uint64_t pc = regs.ip - regs.is_return, is_return = regs.is_return;

		result = raw_step(tables, mappings, &stack, &regs, &innermost, &n_by_pointer);
		/* A frame made for a signal was not called: its address is what it is. */
		pcs[n++] = innermost ? (pc + is_return) | LT_PC_SIGNAL : pc;
		if (result == LT_UNWIND_STEPPED && !raw_return(raw, &regs))
			result = LT_UNWIND_ASTRAY;
	}
	*ret_end = raw_end(result, n_by_pointer);
	return n;
}
