// SPDX-License-Identifier: BSD-2-Clause
/* Looks for the allocators of the table in a file, and chooses where to probe them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "leaktrace/abi.h"
#include "probe/allocator_rows.h"
#include "probe/allocators.h"
#include "probe/elf_symbols.h"
#include "probe/returns.h"
#include "probe/site.h"

/* What is looked for in one file, in the order of preference where two have one place. */
struct search {
	struct elf_file *file;
	struct allocator *allocator;
	bool is_sanitizer;
	bool skips_operators; /* of C++: they are the language's own */
	struct allocator_spec *spec;
	VEC(struct elf_function) found;
	VEC(uint32_t) calls;  /* of FOUND; 0: only its presence matters */
	VEC(char *) names;    /* owned */
	VEC(uint64_t) starts; /* of all functions, sorted, where a file has no other list */
};

static void search_done(struct search *search)
{
	vec_foreach(name, &search->names)
		free(*name);
	vec_done(&search->names);
	vec_done(&search->found);
	vec_done(&search->calls);
	vec_done(&search->starts);
}

static int search_want(struct search *search, const char *name, uint32_t call)
{
	struct elf_function function = { .name = name };
	int r = vec_push(&search->found, function);

	return r < 0 ? r : vec_push(&search->calls, call);
}

static int search_want_prefixed(struct search *search, const char *prefix,
				const struct allocator_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *name = str_printf("%s%s", prefix, rows[i].name);

		if (!name || vec_push(&search->names, name) < 0) {
			free(name);
			return -ENOMEM;
		}
		if (search_want(search, name, rows[i].call) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int search_want_c(struct search *search, const char *prefix)
{
	return search_want_prefixed(search, prefix, allocator_c_rows, allocator_n_c_rows);
}

/*
 * Rust's functions are the program's own allocator, unless they call those that stand for the
 * system's. Their names begin with a number that is the compiler's.
 */
static int search_want_rust(struct search *search, bool with_symtab)
{
	_cleanup_free_ char *system =
		elf_file_prefix_of(search->file, with_symtab, ALLOCATOR_RUST_SYSTEM);
	_cleanup_free_ char *prefix = NULL;

	if (system)
		return 0;
	prefix = elf_file_prefix_of(search->file, with_symtab, allocator_rust_rows[0].name);
	return prefix ? search_want_prefixed(search, prefix, allocator_rust_rows,
					     allocator_n_rust_rows) :
			0;
}

static int search_want_rows(struct search *search, const struct allocator_row *rows, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = search_want(search, rows[i].name, rows[i].call);
	return r;
}

/* The identities come first, then the C names without a prefix. */
static int search_init(struct search *search, bool with_symtab)
{
	_cleanup_free_ char *prefix = elf_file_prefix_of(search->file, with_symtab, "sdallocx");
	int r = 0;

	for (size_t i = 0; r == 0 && i < allocator_n_identities; i++)
		r = search_want(search, allocator_identities[i].function, 0);
	for (size_t i = 0; r == 0 && i < allocator_n_prefixes; i++) {
		r = search_want_c(search, allocator_prefixes[i]);
		if (prefix && strcmp(prefix, allocator_prefixes[i]) == 0)
			prefix[0] = '\0';
	}
	if (r == 0 && prefix && prefix[0])
		r = search_want_c(search, prefix);
	if (r == 0)
		r = search_want_rust(search, with_symtab);
	if (r == 0)
		r = search_want_rows(search, allocator_other_rows, allocator_n_other_rows);
	if (r == 0)
		r = search_want_rows(search, allocator_sanitizer_rows, allocator_n_sanitizer_rows);
	if (search->spec) {
		vec_foreach(function, &search->spec->functions) {
			if (r == 0)
				r = search_want(search, function->name, function->call);
		}
	}
	return r;
}

/* Sets who the allocator is; its functions have been looked up. */
static void search_identify(struct search *search, const char *path)
{
	const char *base = str_basename(path);

	for (int by_name = 1; by_name >= 0; by_name--) {
		for (size_t i = 0; i < allocator_n_identities; i++) {
			const struct allocator_identity *identity = &allocator_identities[i];

			if (by_name ? !str_starts_with(base, identity->file) :
				      !search->found.items[i].offset)
				continue;
			search->allocator->name = identity->name;
			search->is_sanitizer = identity->is_sanitizer;
			return;
		}
	}
	/* musl's library is called libc.so, in a folder of its own. */
	search->allocator->name = strstr(path, "musl") ? "musl" : "its own";
}

static bool is_operator(const char *name)
{
	return str_starts_with(name, "_Zn") || str_starts_with(name, "_Zd");
}

static bool is_language(const char *name)
{
	return is_operator(name) || str_starts_with(name, "__rg_") || str_starts_with(name, "_R");
}

/* What is in the file and means what its row says. */
static uint32_t search_call(const struct search *search, size_t i)
{
	const struct elf_function *function = &search->found.items[i];
	uint32_t call = search->calls.items[i];
	size_t first_sanitizer = search->found.n - allocator_n_sanitizer_rows -
				 (search->spec ? search->spec->functions.n : 0);
	bool of_sanitizer =
		i >= first_sanitizer && i < first_sanitizer + allocator_n_sanitizer_rows;

	if (!function->offset || (of_sanitizer && !search->is_sanitizer) ||
	    (search->skips_operators && is_operator(function->name)))
		return 0;
	if (call && search->is_sanitizer && LT_CALL_KIND(call) != LT_CALL_RELEASE)
		call |= LT_CALL_AT_RET;
	return call;
}

/* WITH_LANGUAGES: those functions too that may stand on the malloc of another file. */
static bool search_has(const struct search *search, enum lt_call_kind kind, bool with_languages)
{
	for (size_t i = 0; i < search->found.n; i++) {
		uint32_t call = search_call(search, i);

		if (call && LT_CALL_KIND(call) == kind &&
		    (with_languages || !is_language(search->found.items[i].name)))
			return true;
	}
	return false;
}

/*
 * The C++ library's operators call the malloc of another file. What a program has in place of them
 * may do anything, and counts: then std::get_new_handler(), which the library's own ask when there
 * is no memory, is not defined beside them.
 */
static bool search_is_allocator(struct search *search, bool is_library)
{
	struct elf_function handler = { .name = "_ZSt15get_new_handlerv" };
	bool has_malloc = search_has(search, LT_CALL_ACQUIRE, false);

	if (!has_malloc && search_has(search, LT_CALL_ACQUIRE, true))
		search->skips_operators = elf_file_functions(search->file, true, &handler, 1) > 0;
	/* A static program that never releases anything has no free. */
	if (!search_has(search, LT_CALL_ACQUIRE, true) ||
	    (is_library && !search_has(search, LT_CALL_RELEASE, !has_malloc)))
		return false;
	/* Whose malloc there is, another file says. */
	if (!has_malloc)
		search->allocator->name = NULL;
	return true;
}

/* The dynamic linker's minimal malloc serves only itself, before libc is there. */
static bool is_dynamic_linker(struct elf_file *file)
{
	const char *soname = elf_file_soname(file);

	return soname && str_starts_with(soname, "ld-linux");
}

static unsigned call_n_arguments(uint32_t call)
{
	const uint32_t used[] = { LT_CALL_SIZE(call), LT_CALL_COUNT(call), LT_CALL_BLOCK(call),
				  LT_CALL_RESULT(call) };
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		n = used[i] > n ? used[i] : n;
	return n;
}

static int site_add(struct allocator *allocator, const struct alloc_site *site)
{
	vec_foreach(other, &allocator->sites) {
		/* Many functions have several names. */
		if (other->offset == site->offset)
			return 0;
	}
	return vec_push(&allocator->sites, *site);
}

static size_t read_code(void *data, uint64_t offset, uint8_t *to, size_t n)
{
	const struct search *search = data;

	return elf_file_code(search->file, offset, to, n);
}

static int follow_pointer(void *data, uint64_t offset, int64_t distance, uint64_t *ret_target)
{
	const struct search *search = data;
	const char *name;
	int r = elf_file_pointer(search->file, offset, distance, ret_target, &name);

	if (r)
		return r < 0 ? -ENOTSUP : r;
	/* The functions of another file's allocator are probed where they are. */
	vec_foreach(function, &search->found) {
		if (strcmp(name, function->name) == 0)
			return 0;
	}
	return -ENOTSUP;
}

static int add_start(void *data, const struct elf_function *function)
{
	struct search *search = data;

	return vec_push(&search->starts, function->offset);
}

static int compare_starts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Static programs often have no list of their functions but the symbols. */
static bool function_begins(void *data, uint64_t offset)
{
	struct search *search = data;
	const uint64_t *starts;

	if (elf_file_starts(search->file, &starts))
		return elf_file_starts_function(search->file, offset);
	if (!search->starts.n && elf_file_each_function(search->file, add_start, search) == 0 &&
	    search->starts.n)
		qsort(search->starts.items, search->starts.n, sizeof(offset), compare_starts);
	return search->starts.n && bsearch(&offset, search->starts.items, search->starts.n,
					   sizeof(offset), compare_starts);
}

/* Adds the return instructions of a function. -ENOTSUP if they cannot be found. */
static int site_add_returns(struct search *search, const struct elf_function *function)
{
	_cleanup_(returns_done) struct returns returns = { 0 };
	struct returns_request request = { .read = read_code,
					   .follow = follow_pointer,
					   .begins = function_begins,
					   .data = search,
					   .offset = function->offset,
					   .size = function->size };
	int r = returns_find(&request, &returns);

	vec_foreach(offset, &returns.offsets) {
		struct alloc_site site = { .offset = *offset, .kind = SITE_RET };

		if (r == 0)
			r = site_add(search->allocator, &site);
	}
	return r;
}

static enum site_kind site_kind(uint32_t call, const char *name)
{
	if (LT_CALL_KIND(call) == LT_CALL_RELEASE)
		return strcmp(name, "free") == 0 ? SITE_RELEASE : SITE_OTHER_RELEASE;
	if (call & LT_CALL_THROWS)
		return SITE_NEW;
	return call & LT_CALL_AT_RET ? SITE_ENTER : SITE_CALL;
}

static int search_add(struct search *search, const struct elf_function *function, uint32_t call)
{
	struct allocator *allocator = search->allocator;
	struct site_request request = { .code = function->code,
					.n_code = function->code ? function->size : 0,
					.n_arguments = call_n_arguments(call) };
	struct site_choice choice = site_choose(&request);
	struct alloc_site site = { .offset = function->offset + choice.delta };
	int r = call & LT_CALL_AT_RET ? site_add_returns(search, function) : 0;

	if (r == -ENOTSUP && (call & LT_CALL_THROWS)) {
		allocator->unseen = function->name;
		return 0;
	}
	if (r == -ENOTSUP)
		call &= ~LT_CALL_AT_RET;
	else if (r < 0)
		return r;
	log_debug(LOG_ATTACH, "%s at +%u: %s", function->name, choice.delta, choice.why);
	site.kind = site_kind(call, function->name);
	site.call = call | (uint32_t)allocator->sites.n << LT_CALL_NUMBER_SHIFT;
	return site_add(allocator, &site);
}

/* Where a function that is nothing but a jump goes; 0 if it is more. */
static uint64_t jump_target(const struct elf_function *function)
{
#if defined(__x86_64__)
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	const uint8_t *code = function->code;
	size_t at = 0;
	int32_t distance;

	if (code && function->size >= 9 && memcmp(code, endbr64, sizeof(endbr64)) == 0)
		at = sizeof(endbr64);
	if (!code || function->size < at + 5 || code[at] != 0xe9)
		return 0;
	memcpy(&distance, code + at + 1, sizeof(distance));
	return function->offset + at + 5 + (uint64_t)(int64_t)distance;
#else
	(void)function;
	return 0;
#endif
}

/* True if the function only jumps to another one that is probed and does the same. */
static bool is_jump(const struct search *search, size_t i)
{
	uint32_t what = (1u << 20) - 1;
	uint64_t target = jump_target(&search->found.items[i]);

	for (size_t k = 0; target && k < search->found.n; k++) {
		if (search->found.items[k].offset == target &&
		    ((search_call(search, k) ^ search_call(search, i)) & what) == 0)
			return k != i;
	}
	return false;
}

/* Notes which functions of the user's there are; they are the last that were looked for. */
static void search_note_found(const struct search *search)
{
	size_t n = search->spec ? search->spec->functions.n : 0;

	for (size_t i = 0; i < n; i++)
		search->spec->functions.items[i].found |=
			search->found.items[search->found.n - n + i].offset != 0;
}

static int search_run(struct search *search, const char *path)
{
	bool is_library = elf_file_soname(search->file) != NULL;
	/* A program may have an allocator that it does not export; a library's is its own. */
	bool with_symtab = !is_library || search->spec;
	int r = search_init(search, with_symtab);

	if (r < 0)
		return r;
	elf_file_functions(search->file, with_symtab, search->found.items, search->found.n);
	search_note_found(search);
	search_identify(search, path);
	if (!search_is_allocator(search, is_library))
		return 0;
	for (size_t i = 0; r == 0 && i < search->found.n; i++) {
		uint32_t call = search_call(search, i);

		if (call && !is_jump(search, i))
			r = search_add(search, &search->found.items[i], call);
	}
	return r < 0 ? r : search->allocator->sites.n > 0;
}

int allocator_find(struct elf_file *file, const char *path, struct allocator_spec *spec,
		   struct allocator *ret)
{
	_cleanup_(search_done) struct search search = { .file = file,
							.allocator = ret,
							.spec = spec };
	int r;

	*ret = (struct allocator){ 0 };
	if (is_dynamic_linker(file))
		return 0;
	r = search_run(&search, path);
	if (r <= 0)
		allocator_done(ret);
	return r;
}

void allocator_done(struct allocator *allocator)
{
	vec_done(&allocator->sites);
}

const char *allocator_missing(struct elf_file *file)
{
	if (elf_file_section(file, ".go.buildinfo", SIZE_MAX))
		return "it is a Go program, and Go's runtime keeps objects in memory that it maps "
		       "itself: see --kinds=mapping, and Go's own heap profile; C code that it "
		       "calls would be seen";
	if (elf_file_is_static(file) && !elf_file_symbols(file))
		return "it is a static program without symbols: neither its own, nor packed ones, "
		       "nor a debug file was found, so none of its functions is known by name; "
		       "install its debug symbols or run it unstripped; mappings, descriptors and "
		       "resident memory are seen all the same";
	return "no known allocator was found in what it maps, by symbols, packed symbols or debug "
	       "files: one with other names is described by --allocator; mappings, descriptors "
	       "and resident memory are seen all the same";
}
