// SPDX-License-Identifier: BSD-2-Clause
/* The functions of test frameworks in a file: see signals.h. */
#include "probe/signals.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>

#include "leaktrace/test_abi.h"
#include "probe/usdt.h"

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

static int sites_add(struct signal_sites *sites, int fd, const struct test_symbol *symbols,
		     const struct elf_function *found, size_t n)
{
	enum test_strings strings = TEST_STRINGS_ANY;

	for (size_t i = 0; i < n; i++) {
		struct signal_site site = { .offset = found[i].offset, .cookie = i };

		if (!found[i].offset)
			continue;
		if (symbols[i].strings != TEST_STRINGS_ANY && strings == TEST_STRINGS_ANY)
			strings = strings_of(fd);
		if (symbols[i].strings != TEST_STRINGS_ANY && symbols[i].strings != strings)
			continue;
		site.returns = symbols[i].signal->action == LT_SIGNAL_SETENV ||
			       symbols[i].signal->action == LT_SIGNAL_UNSETENV ||
			       symbols[i].signal->until_return;
		if (vec_push(&sites->list, site) < 0)
			return -ENOMEM;
	}
	return 0;
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
	_cleanup_free_ struct elf_function *found = calloc(n ? n : 1, sizeof(*found));
	int r;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		found[i].name = symbols[i].name;
	elf_file_functions(file, !elf_file_soname(file), found, n);
	r = sites_add(ret, fd, symbols, found, n);
	return r < 0 ? r : usdt_sites_add(ret, file, symbols, n);
}
