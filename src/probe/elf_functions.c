// SPDX-License-Identifier: BSD-2-Clause
/*
 * Looks functions up in ELF files: called for each executable and library that a target maps.
 * The file may be anything: see elf_file.c. Knows nothing about probes.
 */
#include "probe/elf_functions.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/elf_symbols.h"

enum {
	MAX_TABLE_BYTES = 256 << 20, /* a symbol or string table; Chromium's are a fifth of it */
	MAX_CODE_BYTES = 1 << 20,    /* of one function */
	VERSYM_HIDDEN = 0x8000,	     /* in an entry of SHT_GNU_versym: not the default version */
};

/* How well a symbol fits a name; a higher one replaces a lower one. */
enum rank {
	RANK_NONE,
	RANK_LOCAL,
	RANK_OLD_VERSION,
	RANK_DEFAULT,
};

struct wanted {
	struct elf_function *function;
	enum rank rank;
	uint64_t offset; /* 0: absent, although there is a symbol */
	uint64_t size;
};

struct wanted_list {
	struct wanted *items; /* sorted by name */
	size_t n;
	size_t max_name; /* length of the longest */
};

struct symbol_table {
	Elf_Data *symbols;
	Elf_Data *versions; /* NULL: without versions */
	const char *names;
	size_t n_names; /* names[n_names - 1] is NUL */
};

/* The contents of a section of this type, NULL if it is not that, damaged, or too large. */
static Elf_Data *section_data(Elf_Scn *section, uint32_t type)
{
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header) || header.sh_type != type ||
	    header.sh_size > MAX_TABLE_BYTES)
		return NULL;
	return elf_getdata(section, NULL);
}

static Elf_Scn *section_find(Elf *elf, uint32_t type, size_t link)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == type &&
		    (link == 0 || header.sh_link == link))
			return section;
	}
	return NULL;
}

/* Opens the first table of TYPE, SHT_DYNSYM or SHT_SYMTAB; false if there is none to read. */
static bool symbol_table_open(struct elf_file *file, uint32_t type, struct symbol_table *ret)
{
	Elf *elf = type == SHT_SYMTAB ? elf_file_symbols(file) : file->elf;
	Elf_Scn *section = elf ? section_find(elf, type, 0) : NULL;
	const char *last_nul;
	GElf_Shdr header;
	Elf_Data *names;

	ret->symbols = section_data(section, type);
	if (!ret->symbols || ret->symbols->d_type != ELF_T_SYM || !ret->symbols->d_buf ||
	    !gelf_getshdr(section, &header))
		return false;
	names = section_data(elf_getscn(elf, header.sh_link), SHT_STRTAB);
	if (!names || !names->d_buf)
		return false;
	last_nul = memrchr(names->d_buf, '\0', names->d_size);
	if (!last_nul)
		return false;
	ret->names = names->d_buf;
	ret->n_names = (size_t)(last_nul - ret->names) + 1;
	ret->versions = section_data(section_find(elf, SHT_GNU_versym, elf_ndxscn(section)),
				     SHT_GNU_versym);
	if (ret->versions && (ret->versions->d_type != ELF_T_HALF || !ret->versions->d_buf))
		ret->versions = NULL;
	return true;
}

static int wanted_compare(const void *a, const void *b)
{
	const struct wanted *left = a, *right = b;

	return strcmp(left->function->name, right->function->name);
}

static int wanted_list_init(struct wanted_list *list, struct elf_function *functions, size_t n)
{
	list->items = calloc(n, sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	list->n = n;
	for (size_t i = 0; i < n; i++) {
		size_t n_name = strlen(functions[i].name);

		list->items[i].function = &functions[i];
		if (n_name > list->max_name)
			list->max_name = n_name;
	}
	qsort(list->items, n, sizeof(*list->items), wanted_compare);
	return 0;
}

static void wanted_list_done(struct wanted_list *list)
{
	free(list->items);
}

/* The first of the wanted with this name, which need not end with a NUL; NULL if none. */
static struct wanted *wanted_list_find(const struct wanted_list *list, const char *name, size_t n)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(list->items[middle].function->name, name, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* Those that begin with the name follow; the name itself is the first of them. */
	if (low == list->n || strncmp(list->items[low].function->name, name, n) != 0 ||
	    list->items[low].function->name[n] != '\0')
		return NULL;
	return &list->items[low];
}

static enum rank symbol_rank(const struct symbol_table *table, int index, const GElf_Sym *symbol)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);
	GElf_Versym version;

	if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF ||
	    (symbol->st_shndx >= SHN_LORESERVE && symbol->st_shndx != SHN_XINDEX))
		return RANK_NONE;
	if (GELF_ST_BIND(symbol->st_info) == STB_LOCAL)
		return RANK_LOCAL;
	if (!table->versions || !gelf_getversym(table->versions, index, &version))
		return RANK_DEFAULT;
	if (version == VER_NDX_LOCAL)
		return RANK_LOCAL;
	return version & VERSYM_HIDDEN ? RANK_OLD_VERSION : RANK_DEFAULT;
}

/* Lets a symbol with this rank serve the wanted ones of its name, where it is better. */
static void symbol_offer(const struct elf_file *file, const struct symbol_table *table,
			 const GElf_Sym *symbol, enum rank rank, const struct wanted_list *list)
{
	const char *name = table->names + symbol->st_name;
	uint64_t offset, n_bytes;
	struct wanted *first;
	size_t n_name = 0;

	/* The full table of a library has its versions in the names: "f@@V2" and "f@V1". */
	while (n_name <= list->max_name && name[n_name] && name[n_name] != '@')
		n_name++;
	if (n_name == 0)
		return;
	first = wanted_list_find(list, name, n_name);
	if (!first)
		return;
	if (name[n_name] == '@' && name[n_name + 1] != '@' && rank == RANK_DEFAULT)
		rank = RANK_OLD_VERSION;
	if (first->rank >= rank ||
	    !elf_file_offset(file, symbol->st_value, PF_X, &offset, &n_bytes))
		return;
	/* Callers of the name get what an IFUNC picks, never an old version beside it. */
	if (GELF_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
		offset = 0;
	for (struct wanted *wanted = first; wanted < list->items + list->n; wanted++) {
		if (strcmp(wanted->function->name, first->function->name) != 0)
			break;
		wanted->rank = rank;
		wanted->offset = offset;
		wanted->size = symbol->st_size <= n_bytes ? symbol->st_size : 0;
	}
}

/* The code of a function; NULL if it cannot be read, which only makes its probe slower. */
static const uint8_t *code_read(struct elf_file *file, uint64_t offset, uint64_t n)
{
	_cleanup_free_ uint8_t *code = NULL;

	if (n == 0 || n > MAX_CODE_BYTES)
		return NULL;
	code = malloc(n);
	if (!code || elf_file_code(file, offset, code, n) < n || vec_push(&file->codes, code) < 0)
		return NULL;
	return TAKE_PTR(code);
}

static void table_search(struct elf_file *file, uint32_t type, struct wanted_list *list)
{
	struct symbol_table table;
	size_t n;

	if (!symbol_table_open(file, type, &table))
		return;
	n = table.symbols->d_size / sizeof(Elf64_Sym);
	for (size_t i = 1; i < n; i++) {
		GElf_Sym symbol;
		enum rank rank;

		if (!gelf_getsym(table.symbols, (int)i, &symbol) || symbol.st_name >= table.n_names)
			continue;
		rank = symbol_rank(&table, (int)i, &symbol);
		if (rank != RANK_NONE)
			symbol_offer(file, &table, &symbol, rank, list);
	}
	for (size_t i = 0; i < list->n; i++) {
		struct wanted *wanted = &list->items[i];

		if (wanted->offset == 0 || wanted->function->offset != 0)
			continue;
		wanted->function->offset = wanted->offset;
		wanted->function->size = wanted->size;
		wanted->function->code = code_read(file, wanted->offset, wanted->size);
	}
}

size_t elf_file_functions(struct elf_file *file, bool with_symtab, struct elf_function *functions,
			  size_t n)
{
	_cleanup_(wanted_list_done) struct wanted_list list = { 0 };
	size_t n_found = 0;

	for (size_t i = 0; i < n; i++)
		functions[i] = (struct elf_function){ .name = functions[i].name };
	if (n == 0 || wanted_list_init(&list, functions, n) < 0)
		return 0;
	table_search(file, SHT_DYNSYM, &list);
	if (with_symtab)
		table_search(file, SHT_SYMTAB, &list);
	for (size_t i = 0; i < n; i++)
		n_found += functions[i].offset != 0;
	return n_found;
}

int elf_file_each_function(struct elf_file *file,
			   int (*visit)(void *data, const struct elf_function *function),
			   void *data)
{
	struct symbol_table table;
	int r = 0;
	size_t n;

	if (!symbol_table_open(file, SHT_SYMTAB, &table))
		return 0;
	n = table.symbols->d_size / sizeof(Elf64_Sym);
	for (size_t i = 1; i < n && r >= 0; i++) {
		struct elf_function function = { 0 };
		uint64_t n_bytes;
		GElf_Sym symbol;

		if (!gelf_getsym(table.symbols, (int)i, &symbol) ||
		    symbol.st_name >= table.n_names ||
		    symbol_rank(&table, (int)i, &symbol) == RANK_NONE ||
		    !elf_file_offset(file, symbol.st_value, PF_X, &function.offset, &n_bytes) ||
		    symbol.st_size == 0 || symbol.st_size > n_bytes)
			continue;
		function.name = table.names + symbol.st_name;
		function.size = symbol.st_size;
		r = visit(data, &function);
	}
	return r < 0 ? r : 0;
}

/* The prefix of the first function in a table that ends with SUFFIX; NULL if none does. */
static char *table_prefix_of(struct elf_file *file, uint32_t type, const char *suffix)
{
	size_t n_suffix = strlen(suffix);
	struct symbol_table table;
	size_t n;

	if (!symbol_table_open(file, type, &table))
		return NULL;
	n = table.symbols->d_size / sizeof(Elf64_Sym);
	for (size_t i = 1; i < n; i++) {
		const char *name;
		GElf_Sym symbol;
		size_t n_name;

		if (!gelf_getsym(table.symbols, (int)i, &symbol) || symbol.st_name >= table.n_names)
			continue;
		name = table.names + symbol.st_name;
		n_name = strlen(name);
		if (n_name > n_suffix && strcmp(name + n_name - n_suffix, suffix) == 0 &&
		    symbol_rank(&table, (int)i, &symbol) != RANK_NONE)
			return strndup(name, n_name - n_suffix);
	}
	return NULL;
}

char *elf_file_prefix_of(struct elf_file *file, bool with_symtab, const char *suffix)
{
	char *prefix = table_prefix_of(file, SHT_DYNSYM, suffix);

	return prefix || !with_symtab ? prefix : table_prefix_of(file, SHT_SYMTAB, suffix);
}

/*
 * Calls IS_WANTED with each relocation of the file up to the one that it is true for; false if
 * there is none.
 */
static bool relocation_find(struct elf_file *file,
			    bool (*is_wanted)(const GElf_Rela *relocation, void *data), void *data,
			    GElf_Rela *ret)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(file->elf, section))) {
		Elf_Data *relocations = section_data(section, SHT_RELA);
		size_t n = relocations && relocations->d_type == ELF_T_RELA ?
				   relocations->d_size / sizeof(Elf64_Rela) :
				   0;

		for (size_t i = 0; i < n; i++) {
			if (gelf_getrela(relocations, (int)i, ret) && is_wanted(ret, data))
				return true;
		}
	}
	return false;
}

static bool is_at(const GElf_Rela *relocation, void *data)
{
	const uint64_t *address = data;

	return relocation->r_offset == *address;
}

/* What the relocation is about; NULL: not to be read. */
static const char *relocation_name(struct symbol_table *table, const GElf_Rela *relocation,
				   GElf_Sym *ret)
{
	if (!gelf_getsym(table->symbols, (int)GELF_R_SYM(relocation->r_info), ret) ||
	    ret->st_name >= table->n_names)
		return NULL;
	return table->names + ret->st_name;
}

int elf_file_pointer(struct elf_file *file, uint64_t offset, int64_t distance, uint64_t *ret_offset,
		     const char **ret_name)
{
	struct symbol_table table;
	uint64_t address, n;
	GElf_Rela relocation;
	GElf_Sym symbol = { 0 };

	if (!elf_file_address(file, offset, &address))
		return -ENOENT;
	address += (uint64_t)distance;
	if (!relocation_find(file, is_at, &address, &relocation) ||
	    !symbol_table_open(file, SHT_DYNSYM, &table))
		return -ENOENT;
	*ret_name = relocation_name(&table, &relocation, &symbol);
	if (!*ret_name)
		return -ENOENT;
	if (GELF_R_SYM(relocation.r_info) == 0)
		symbol.st_value = (uint64_t)relocation.r_addend;
	else if (symbol.st_shndx == SHN_UNDEF)
		return 0;
	return elf_file_offset(file, symbol.st_value, PF_X, ret_offset, &n) ? 1 : -ENOENT;
}

bool elf_file_variable(struct elf_file *file, const char *name, uint64_t *ret_address)
{
	struct symbol_table table;
	GElf_Sym symbol;

	if (!symbol_table_open(file, SHT_DYNSYM, &table))
		return false;
	for (size_t i = 1; i < table.symbols->d_size / sizeof(Elf64_Sym); i++) {
		if (!gelf_getsym(table.symbols, (int)i, &symbol) ||
		    symbol.st_name >= table.n_names || symbol.st_shndx == SHN_UNDEF ||
		    GELF_ST_TYPE(symbol.st_info) != STT_OBJECT ||
		    strcmp(table.names + symbol.st_name, name) != 0)
			continue;
		*ret_address = symbol.st_value;
		return true;
	}
	return false;
}

struct wanted_name {
	struct symbol_table table;
	const char *name;
};

static bool is_of(const GElf_Rela *relocation, void *data)
{
	struct wanted_name *wanted = data;
	GElf_Sym symbol;
	const char *name = GELF_R_SYM(relocation->r_info) ?
				   relocation_name(&wanted->table, relocation, &symbol) :
				   NULL;

	return name && strcmp(name, wanted->name) == 0;
}

bool elf_file_slot(struct elf_file *file, const char *name, uint64_t *ret_address)
{
	struct wanted_name wanted = { .name = name };
	GElf_Rela relocation;

	if (!symbol_table_open(file, SHT_DYNSYM, &wanted.table) ||
	    !relocation_find(file, is_of, &wanted, &relocation))
		return false;
	*ret_address = relocation.r_offset;
	return true;
}
