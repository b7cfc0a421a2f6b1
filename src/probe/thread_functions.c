// SPDX-License-Identifier: BSD-2-Clause
/* The table of functions of threads: one line per function. */
#include "probe/thread_functions.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "leaktrace/thread_abi.h"
#include "probe/site.h"

/* thrd_create() of the C libraries calls their pthread_create(). */
static const struct {
	const char *name;
	enum site_kind kind;
	unsigned n_arguments;
} functions[] = {
	{ "pthread_create", SITE_THREAD_CREATE, 4 },
	{ "pthread_join", SITE_THREAD_JOIN, 2 },
	{ "pthread_tryjoin_np", SITE_THREAD_JOIN, 2 },
	{ "pthread_timedjoin_np", SITE_THREAD_JOIN, 3 },
	{ "pthread_clockjoin_np", SITE_THREAD_JOIN, 4 },
	{ "thrd_join", SITE_THREAD_JOIN, 2 },
	{ "pthread_detach", SITE_THREAD_DETACH, 1 },
	{ "thrd_detach", SITE_THREAD_DETACH, 1 },
};

enum { N_FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

/* A static program with it has a function that sets up the first thread by this name. */
static bool is_musl(struct elf_file *file, const char *path)
{
	struct elf_function sets_up = { .name = "__init_tp" };

	if (elf_file_is_static(file))
		return elf_file_functions(file, true, &sets_up, 1) > 0;
	return strstr(path, "musl") && (str_starts_with(str_basename(path), "ld-musl-") ||
					str_starts_with(str_basename(path), "libc."));
}

/* That of musl has no name in it on some systems. */
static bool is_c_library(struct elf_file *file, bool musl)
{
	const char *soname = elf_file_soname(file);

	if (musl || !soname)
		return musl || elf_file_is_static(file);
	return str_starts_with(soname, "libc.") || str_starts_with(soname, "libpthread.");
}

/* Several names may be one function. */
static bool has_site(const struct allocator *in, uint64_t offset)
{
	vec_foreach(site, &in->sites) {
		if (site->offset == offset)
			return true;
	}
	return false;
}

static int add_site(struct allocator *to, const struct elf_function *found, size_t i, bool musl)
{
	struct site_request request = { .code = found->code,
					.n_code = found->code ? found->size : 0,
					.n_arguments = functions[i].n_arguments };
	struct site_choice choice = site_choose(&request);
	struct alloc_site site = { .offset = found->offset + choice.delta,
				   .call = musl ? LT_THREAD_MUSL : 0,
				   .kind = functions[i].kind };

	if (has_site(to, site.offset))
		return 0;
	log_debug(LOG_ATTACH, "%s at +%u: %s", found->name, choice.delta, choice.why);
	return vec_push(&to->sites, site);
}

int thread_functions_find(struct elf_file *file, const char *path, struct allocator *to)
{
	struct elf_function found[N_FUNCTIONS] = { 0 };
	bool musl = is_musl(file, path);
	int r = 0;

	if (!is_c_library(file, musl))
		return 0;
	if (!to->name)
		to->name = "threads";
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		found[i].name = functions[i].name;
	elf_file_functions(file, !elf_file_soname(file), found, N_FUNCTIONS);
	for (size_t i = 0; r == 0 && i < N_FUNCTIONS; i++) {
		if (found[i].offset)
			r = add_site(to, &found[i], i, musl);
	}
	return r;
}
