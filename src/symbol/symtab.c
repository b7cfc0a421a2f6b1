// SPDX-License-Identifier: BSD-2-Clause
/* Symbols by address: see symtab.h. */
#include "symbol/symtab.h"

#include <stdbool.h>
#include <string.h>

/* An ELF file cannot say more symbols than its size allows, but it can say the same ones often. */
enum { SYMTAB_MAX_SYMBOLS = 1 << 24 };

/*
 * Which of several names of one address people know: those the linker may export before those
 * of the file, those with fewer leading underscores (malloc, not __libc_malloc), strong before
 * weak, short before long (not strlen_avx2_rtm before strlen_avx2).
 */
static uint32_t symbol_rank(const GElf_Sym *symbol, const char *name)
{
	size_t n_underscores = strspn(name, "_");
	size_t n = strlen(name);
	uint32_t rank = GELF_ST_BIND(symbol->st_info) == STB_LOCAL;

	rank = rank << 4 | (uint32_t)(n_underscores < 15 ? n_underscores : 15);
	rank = rank << 1 | (GELF_ST_BIND(symbol->st_info) == STB_WEAK);
	return rank << 16 | (uint32_t)(n < 0xffff ? n : 0xffff);
}

static bool symbol_is_code(const GElf_Sym *symbol, const char *name)
{
	unsigned char type = GELF_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || !name || name[0] == '\0')
		return false;
	/* "$x" and the like mark code and data for ARM's tools. */
	return type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && name[0] != '$');
}

/* The end of the executable section that holds the symbol, 0 if none does. */
static GElf_Addr symbol_section_end(Elf *elf, GElf_Word index, Dwarf_Addr bias, GElf_Addr address)
{
	GElf_Shdr header;
	Elf_Scn *section = index == SHN_UNDEF ? NULL : elf_getscn(elf, index);

	if (!section || !gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	if (address < header.sh_addr + bias || address - header.sh_addr - bias >= header.sh_size)
		return 0;
	return header.sh_addr + bias + header.sh_size;
}

static int symtab_add(struct symtab *symtab, int index)
{
	GElf_Sym symbol;
	GElf_Addr address, end;
	GElf_Word section;
	Dwarf_Addr bias = 0;
	Elf *elf = NULL;
	uint32_t rank;
	const char *name = dwfl_module_getsym_info(symtab->module, index, &symbol, &address,
						   &section, &elf, &bias);

	if (!symbol_is_code(&symbol, name) || !elf)
		return 0;
	end = symbol_section_end(elf, section, bias, address);
	if (!end)
		return 0;
	rank = symbol_rank(&symbol, name);
	if (!symbol.st_size)
		return ranges_add(&symtab->unsized, address, end, rank, (uint64_t)index);
	if (symbol.st_size < end - address)
		end = address + symbol.st_size;
	return ranges_add(&symtab->sized, address, end, rank, (uint64_t)index);
}

int symtab_init(struct symtab *symtab, Dwfl_Module *module)
{
	int n = dwfl_module_getsymtab(module);

	*symtab = (struct symtab){ .module = module };
	for (int i = 0; i < n && i < SYMTAB_MAX_SYMBOLS; i++)
		if (symtab_add(symtab, i) < 0)
			return -ENOMEM;
	ranges_sort(&symtab->sized);
	ranges_sort(&symtab->unsized);
	return 0;
}

void symtab_done(struct symtab *symtab)
{
	ranges_done(&symtab->sized);
	ranges_done(&symtab->unsized);
}

/* The nearest symbol without a size, unless one with a size begins behind it. */
static const struct range *symtab_find_unsized(const struct symtab *symtab, GElf_Addr address)
{
	const struct range *range = ranges_find(&symtab->unsized, address);
	const struct range *before = ranges_last(&symtab->sized, address);

	return range && before && before->lo >= range->lo ? NULL : range;
}

char *symtab_find(const struct symtab *symtab, GElf_Addr address, char *name, size_t name_bytes)
{
	const struct range *range = ranges_find(&symtab->sized, address);
	const char *found;
	GElf_Addr start;
	GElf_Sym symbol;
	size_t n;

	if (!range)
		range = symtab_find_unsized(symtab, address);
	if (!range || !name_bytes)
		return NULL;
	found = dwfl_module_getsym_info(symtab->module, (int)range->value, &symbol, &start, NULL,
					NULL, NULL);
	if (!found)
		return NULL;
	n = strcspn(found, "@");
	if (n >= name_bytes)
		n = name_bytes - 1;
	memcpy(name, found, n);
	name[n] = '\0';
	return n ? name : NULL;
}
