// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lines of source: see sources.h. Debug information is written by whoever has built the program,
 * so the file that it names may be any: only what is called like source is opened, with the rights
 * of the user who wants the report.
 */
#include "report/sources.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/stream.h"
#include "base/vec.h"
#include "report/facts.h"
#include "report/json_value.h"

enum {
	SOURCE_AROUND = 3,	     /* lines before and after */
	SOURCE_MAX_LINES = 20000,    /* in one report */
	SOURCE_MAX_BYTES = 16 << 20, /* of one file */
	SOURCE_MAX_COLUMNS = 240,
	SOURCE_TAB = 8,
};

/* A line that a frame of the report names. */
struct wanted {
	const char *file;
	const char *directory; /* NULL: none */
	uint32_t line;
	const struct module *module;
};

struct sources {
	bool *seen; /* by id of the place */
	VEC(struct wanted) wanted;
	size_t n_lines; /* written up to now */
	size_t n_left_out;
	bool any; /* a file was written */
};

static void sources_done(struct sources *sources)
{
	free(sources->seen);
	vec_done(&sources->wanted);
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted *one = a, *other = b;
	int r = compare_texts(one->directory, other->directory);

	if (r == 0)
		r = strcmp(one->file, other->file);
	return r ? r : one->line < other->line ? -1 : one->line > other->line;
}

static bool same_file(const struct wanted *a, const struct wanted *b)
{
	return strcmp(a->file, b->file) == 0 && compare_texts(a->directory, b->directory) == 0;
}

static bool has_source_name(const char *path)
{
	static const char *const suffixes[] = {
		".c",  ".h",   ".cc",  ".hh",  ".cpp", ".hpp", ".cxx", ".hxx", ".c++",	".h++",
		".C",  ".H",   ".inc", ".inl", ".ipp", ".tcc", ".txx", ".def", ".rs",	".go",
		".py", ".pyx", ".pxd", ".pxi", ".zig", ".nim", ".d",   ".m",   ".mm",	".swift",
		".f",  ".f90", ".F90", ".adb", ".ads", ".pas", ".hs",  ".ml",  ".vala", ".cr",
		".y",  ".l",   ".s",   ".S",   ".asm", ".cu",  ".cuh", ".kt",  ".java", ".js",
	};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (str_ends_with(path, suffixes[i]))
			return true;
	}
	return false;
}

/* The lines that are named at a place. */
static int sources_find_place(struct sources *sources, const struct result *result,
			      const struct place *place)
{
	const struct symbol *symbol = symbols_find(result->symbols, place);

	for (uint32_t i = 0; symbol && i < symbol->n_frames; i++) {
		const struct frame *frame = &symbol->frames[i];
		struct wanted wanted = { frame->file, frame->directory, frame->line,
					 facts_module(result, place) };

		if (frame->file && frame->line && has_source_name(frame->file) &&
		    vec_push(&sources->wanted, wanted) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Those of all places in the page. */
static int sources_find(struct sources *sources, const struct result *result,
			const struct page_sites *page)
{
	bool *seen = calloc(result->stacks->places.n + 1, sizeof(*seen));

	sources->seen = seen;
	if (!seen)
		return -ENOMEM;
	vec_foreach(site, &page->list) {
		const struct stack *stack = stacks_get(result->stacks, (*site)->key.stack);

		for (uint32_t i = 0; i < stack->n; i++) {
			if (seen[stack->places[i]])
				continue;
			seen[stack->places[i]] = true;
			if (sources_find_place(sources, result,
					       stacks_place(result->stacks, stack, i)) < 0)
				return -ENOMEM;
		}
	}
	if (sources->wanted.n)
		qsort(sources->wanted.items, sources->wanted.n, sizeof(*sources->wanted.items),
		      compare_wanted);
	return 0;
}

/* With tabs as spaces and cut where it is very long; NULL without memory. */
static char *line_expand(const char *text)
{
	_cleanup_free_ char *line = malloc(SOURCE_MAX_COLUMNS + SOURCE_TAB + sizeof("..."));
	size_t n = 0;

	if (!line)
		return NULL;
	for (; *text && *text != '\n' && *text != '\r' && n < SOURCE_MAX_COLUMNS; text++) {
		if (*text != '\t') {
			line[n++] = *text;
			continue;
		}
		do
			line[n++] = ' ';
		while (n % SOURCE_TAB);
	}
	strcpy(line + n, n < SOURCE_MAX_COLUMNS ? "" : "...");
	return TAKE_PTR(line);
}

/* Adds a line to the last of PARTS, or to a new one if there is a gap before it. */
static int parts_add(json_t *parts, uint32_t number, const char *text)
{
	_cleanup_free_ char *line = line_expand(text);
	json_t *part = json_array_get(parts, json_array_size(parts) - 1);
	json_t *lines = json_object_get(part, "lines");
	json_int_t first = json_integer_value(json_object_get(part, "first"));

	if (!line)
		return -ENOMEM;
	if (!part || first + (json_int_t)json_array_size(lines) != number) {
		lines = json_array();
		part = json_pack("{s:I, s:o}", "first", (json_int_t)number, "lines", lines);
		if (!part || json_array_append_new(parts, part) < 0)
			return -ENOMEM;
	}
	return json_array_append_new(lines, json_text(line)) < 0 ? -ENOMEM : 0;
}

/* Reads what is wanted of FILE, N lines of it in order, into fresh PARTS. */
static int sources_read(struct sources *sources, FILE *file, const struct wanted *wanted, size_t n,
			json_t *parts)
{
	_cleanup_free_ char *text = NULL;
	size_t cap = 0, next = 0;

	for (uint32_t number = 1; next < n && getline(&text, &cap, file) >= 0; number++) {
		if (number + SOURCE_AROUND < wanted[next].line)
			continue;
		if (sources->n_lines == SOURCE_MAX_LINES) {
			sources->n_left_out += n - next;
			return 0;
		}
		if (parts_add(parts, number, text) < 0)
			return -ENOMEM;
		sources->n_lines++;
		while (next < n && wanted[next].line + SOURCE_AROUND <= number)
			next++;
	}
	return 0;
}

/* The file NAME of FOLDER, if it is one and not too large; else *RET_FILE stays as it is. */
static int source_open(const struct report_options *options, const char *folder, const char *name,
		       FILE **ret_file, struct timespec *ret_changed)
{
	_cleanup_free_ char *path = str_printf("%s%s%s", folder, folder[0] ? "/" : "", name);
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!path)
		return -ENOMEM;
	fd = path[0] == '/' ? options->open_file(path) : -1;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > SOURCE_MAX_BYTES)
		return 0;
	*ret_file = fdopen(fd, "r");
	if (!*ret_file)
		return -ENOMEM;
	TAKE_FD(fd);
	*ret_changed = st.st_mtim;
	return 0;
}

/*
 * A relative name is relative to where the compiler ran, or, where it was told to write other names
 * (-ffile-prefix-map), mostly to the project.
 */
static int source_find(const struct report_options *options, const struct wanted *wanted,
		       FILE **ret_file, struct timespec *ret_changed)
{
	int r;

	if (wanted->file[0] == '/')
		return source_open(options, "", wanted->file, ret_file, ret_changed);
	r = source_open(options, wanted->directory ? wanted->directory : "", wanted->file, ret_file,
			ret_changed);
	if (r == 0 && !*ret_file && options->tree)
		r = source_open(options, options->tree, wanted->file, ret_file, ret_changed);
	return r;
}

/* Whether the program is older than what was changed at THAN. */
static bool module_is_older(const struct report_options *options, const struct module *module,
			    const struct timespec *than)
{
	_cleanup_close_ int fd = module && module->path ? options->open_file(module->path) : -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	return st.st_mtim.tv_sec < than->tv_sec ||
	       (st.st_mtim.tv_sec == than->tv_sec && st.st_mtim.tv_nsec < than->tv_nsec);
}

/* Writes a file of which N lines are wanted, if it can be read. */
static int sources_write_file(struct sources *sources, const struct report_options *options,
			      const struct wanted *wanted, size_t n, FILE *to)
{
	_cleanup_(json_decrefp) json_t *parts = json_array();
	_cleanup_(json_decrefp) json_t *object = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	struct timespec changed;

	if (!parts || source_find(options, wanted, &file, &changed) < 0)
		return -ENOMEM;
	if (!file)
		return 0;
	if (sources_read(sources, file, wanted, n, parts) < 0)
		return -ENOMEM;
	if (json_array_size(parts) == 0)
		return 0;
	object = json_pack("{s:o, s:o, s:b, s:O}", "file", json_text(wanted->file), "directory",
			   json_text(wanted->directory), "newer",
			   module_is_older(options, wanted->module, &changed), "parts", parts);
	if (!object)
		return -ENOMEM;
	fputs(sources->any ? ",\n" : "\n", to);
	sources->any = true;
	if (json_dumpf(object, to, JSON_COMPACT) == 0)
		return 0;
	return ferror(to) ? -EIO : -ENOMEM;
}

int sources_write(const struct result *result, const struct page_sites *page,
		  const struct report_options *options, FILE *to)
{
	_cleanup_(sources_done) struct sources sources = { 0 };
	int r;

	if (options->open_file && sources_find(&sources, result, page) < 0)
		return -ENOMEM;
	fputs("{\"files\":[", to);
	for (size_t i = 0, end; i < sources.wanted.n; i = end) {
		const struct wanted *wanted = &sources.wanted.items[i];

		for (end = i + 1; end < sources.wanted.n && same_file(wanted, wanted + end - i);)
			end++;
		r = sources_write_file(&sources, options, wanted, end - i, to);
		if (r < 0)
			return r;
	}
	fprintf(to, "],\"left_out\":%zu}\n", sources.n_left_out);
	return stream_flush(to);
}
