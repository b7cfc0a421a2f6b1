// SPDX-License-Identifier: BSD-2-Clause
/* The functions of test frameworks in a file: see signals.h. */
#include "probe/signals.h"

#include <asm/ptrace.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stddef.h>
#include <string.h>

#include "leaktrace/test_abi.h"
#include "probe/callers.h"
#include "probe/usdt.h"

/* Where the program counter is among the registers of a probe. */
#if defined(__x86_64__)
#define CODE_POINTER offsetof(struct pt_regs, rip)
#else
#define CODE_POINTER offsetof(struct user_pt_regs, pc)
#endif

void signal_sites_done(struct signal_sites *sites)
{
	vec_done(&sites->list);
}

static bool elf_mentions(Elf *elf, const char *part)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_STRTAB)
			continue;
		data = elf_getdata(section, NULL);
		if (data && data->d_buf && memmem(data->d_buf, data->d_size, part, strlen(part)))
			return true;
	}
	return false;
}

/* How std::string looks to the code of the file, by the names in its symbols. */
static enum test_strings strings_of(int fd)
{
	enum test_strings strings = TEST_STRINGS_OLD;
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);

	if (!elf)
		return TEST_STRINGS_CXX11;
	if (elf_mentions(elf, "NSt3__1"))
		strings = TEST_STRINGS_LIBCXX;
	else if (elf_mentions(elf, "__cxx11"))
		strings = TEST_STRINGS_CXX11;
	elf_end(elf);
	return strings;
}

/* What has been looked up: each symbol, and behind them what a symbol has to come with. */
struct lookup {
	struct elf_file *file;
	const struct test_symbol *symbols;
	struct elf_function *found;
	size_t n;
	enum test_strings strings; /* TEST_STRINGS_ANY: not known yet */
};

/* Where the symbol is in the file; 0: nowhere, or it is another's of the same name. */
static uint64_t symbol_offset(const struct lookup *lookup, size_t i)
{
	const struct test_symbol *symbol = &lookup->symbols[i];
	uint64_t offset = lookup->found[i].offset;

	if (symbol->with && !lookup->found[lookup->n + i].offset)
		return 0;
	if (!offset && symbol->calls && elf_file_soname(lookup->file) &&
	    !callers_find(lookup->file, symbol->calls, &offset))
		return 0;
	return offset;
}

/* The cookie's half that leads from the code at OFFSET to the variable; 0: it is not there. */
static uint64_t variable_place(struct elf_file *file, uint64_t offset, const char *variable)
{
	uint64_t address, slot;
	int64_t distance;

	if (!elf_file_address(file, offset, &address) || !elf_file_slot(file, variable, &slot))
		return 0;
	distance = (int64_t)(slot - address);
	if (distance >= LT_PLACE_MAX_DISTANCE || distance <= -LT_PLACE_MAX_DISTANCE)
		return 0;
	return LT_PLACE(CODE_POINTER, true, distance);
}

static int symbol_add(struct signal_sites *sites, struct lookup *lookup, int fd, size_t i)
{
	const struct test_symbol *symbol = &lookup->symbols[i];
	struct signal_site site = { .offset = symbol_offset(lookup, i), .cookie = i };

	if (!site.offset)
		return 0;
	if (symbol->strings != TEST_STRINGS_ANY && lookup->strings == TEST_STRINGS_ANY)
		lookup->strings = strings_of(fd);
	if (symbol->strings != TEST_STRINGS_ANY && symbol->strings != lookup->strings)
		return 0;
	if (symbol->variable) {
		uint64_t place = variable_place(lookup->file, site.offset, symbol->variable);

		if (!place)
			return 0;
		site.cookie |= place;
	}
	site.returns = symbol->signal->action == LT_SIGNAL_SETENV ||
		       symbol->signal->action == LT_SIGNAL_UNSETENV || symbol->signal->until_return;
	return vec_push(&sites->list, site);
}

static int usdt_sites_add(struct signal_sites *sites, struct elf_file *file,
			  const struct test_symbol *symbols, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		_cleanup_(usdt_probes_done) struct usdt_probes probes = { 0 };

		if (!strchr(symbols[i].name, ':'))
			continue;
		r = usdt_find(file, symbols[i].name, &probes);
		for (size_t k = 0; r == 0 && k < probes.list.n; k++) {
			const struct usdt_probe *probe = &probes.list.items[k];
			struct signal_site site = { .offset = probe->offset,
						    .cookie = i | probe->place };

			sites->n_unreadable += !probe->readable;
			if (probe->readable)
				r = vec_push(&sites->list, site);
		}
	}
	return r;
}

int signal_sites_find(struct elf_file *file, int fd, const struct test_symbol *symbols, size_t n,
		      struct signal_sites *ret)
{
	_cleanup_free_ struct elf_function *found = calloc(2 * n + 1, sizeof(*found));
	struct lookup lookup = { .file = file, .symbols = symbols, .found = found, .n = n };
	int r = 0;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		found[i].name = symbols[i].name;
		found[n + i].name = symbols[i].with ? symbols[i].with : "";
	}
	elf_file_functions(file, !elf_file_soname(file), found, 2 * n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = symbol_add(ret, &lookup, fd, i);
	return r < 0 ? r : usdt_sites_add(ret, file, symbols, n);
}
