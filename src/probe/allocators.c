// SPDX-License-Identifier: BSD-2-Clause
/* The table of allocator functions: one line per function, one per allocator's name. */
#include "probe/allocators.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "leaktrace/abi.h"
#include "probe/site.h"

static const struct {
	const char *name;
	uint32_t function;
	unsigned n_arguments;
} functions[] = {
	{ "malloc", LT_FN_MALLOC, 1 },
	{ "calloc", LT_FN_CALLOC, 2 },
	{ "realloc", LT_FN_REALLOC, 2 },
	{ "reallocarray", LT_FN_REALLOCARRAY, 3 },
	{ "memalign", LT_FN_MEMALIGN, 2 },
	{ "aligned_alloc", LT_FN_MEMALIGN, 2 },
	{ "posix_memalign", LT_FN_POSIX_MEMALIGN, 3 },
	{ "valloc", LT_FN_MALLOC, 1 },
	{ "pvalloc", LT_FN_MALLOC, 1 },
	{ "free", LT_FN_FREE, 1 },
	{ "cfree", LT_FN_FREE, 1 },
	{ "free_sized", LT_FN_FREE, 1 },
	{ "free_aligned_sized", LT_FN_FREE, 1 },
};

#define N_FUNCTIONS (sizeof(functions) / sizeof(functions[0]))
_Static_assert(N_FUNCTIONS <= ALLOCATOR_MAX_SITES, "a file may have every function");

static bool has_function(const struct elf_function *found, uint32_t function)
{
	for (size_t i = 0; i < N_FUNCTIONS; i++) {
		if (functions[i].function == function && found[i].offset)
			return true;
	}
	return false;
}

/* By the beginning of the file's name. */
static const struct {
	const char *prefix;
	const char *name;
} names[] = {
	{ "libc.so.", "glibc" },	{ "libc-2.", "glibc" },
	{ "libc.musl", "musl" },	{ "ld-musl", "musl" },
	{ "libjemalloc", "jemalloc" },	{ "libtcmalloc", "tcmalloc" },
	{ "libmimalloc", "mimalloc" },	{ "libasan", "AddressSanitizer" },
	{ "liblsan", "LeakSanitizer" },
};

static const char *allocator_name(const char *path)
{
	const char *base = str_basename(path);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_starts_with(base, names[i].prefix))
			return names[i].name;
	}
	/* musl's library is called libc.so, in a folder of its own. */
	return strstr(path, "musl") ? "musl" : "its own";
}

/* The dynamic linker's minimal malloc serves only itself, before libc is there. */
static bool is_dynamic_linker(struct elf_file *file)
{
	const char *soname = elf_file_soname(file);

	return soname && str_starts_with(soname, "ld-linux");
}

static void allocator_add(struct allocator *allocator, const struct elf_function *found,
			  uint32_t function, unsigned n_arguments)
{
	struct site_request request = { .code = found->code,
					.n_code = found->code ? found->size : 0,
					.n_arguments = n_arguments };
	struct site_choice choice = site_choose(&request);
	uint64_t offset = found->offset + choice.delta;

	for (size_t i = 0; i < allocator->n_sites; i++) {
		/* aligned_alloc is often the same function as memalign. */
		if (allocator->sites[i].offset == offset)
			return;
	}
	log_debug(LOG_ATTACH, "%s at +%u: %s", found->name, choice.delta, choice.why);
	allocator->sites[allocator->n_sites++] =
		(struct alloc_site){ .offset = offset, .function = function, .name = found->name };
}

int allocator_find(struct elf_file *file, const char *path, struct allocator *ret)
{
	struct elf_function found[N_FUNCTIONS] = { 0 };

	*ret = (struct allocator){ .name = allocator_name(path) };
	if (is_dynamic_linker(file))
		return 0;
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		found[i].name = functions[i].name;
	elf_file_functions(file, false, found, N_FUNCTIONS);
	/* A program may have an allocator that it does not export; a library's would be its own. */
	if (!has_function(found, LT_FN_MALLOC) && !elf_file_soname(file))
		elf_file_functions(file, true, found, N_FUNCTIONS);
	/* A static program that never releases anything has no free. */
	if (!has_function(found, LT_FN_MALLOC) ||
	    (!has_function(found, LT_FN_FREE) && elf_file_soname(file)))
		return 0;
	for (size_t i = 0; i < N_FUNCTIONS; i++) {
		if (found[i].offset)
			allocator_add(ret, &found[i], functions[i].function,
				      functions[i].n_arguments);
	}
	return 1;
}
