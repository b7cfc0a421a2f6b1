/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small programs that are compiled for a test and print where they are: each call of where(ID)
 * prints the file offset of its own call instruction. To be included by one test file.
 */
#ifndef LT_TESTS_SYMBOL_FIXTURE_H
#define LT_TESTS_SYMBOL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/str.h"
#include "symbol/symbolizer.h"

enum { FIXTURE_MAX_IDS = 16 };

static char dir[] = "/tmp/leaktrace-symbol-XXXXXX";

static const char where_source[] =
	"#include <stdio.h>\n"
	"extern const char __executable_start[];\n"
	"#ifdef __cplusplus\n"
	"extern \"C\"\n"
	"#endif\n"
	"__attribute__((noipa)) void where(int id)\n"
	"{\n"
	"	printf(\"%d %lx\\n\", id,\n"
	"	       (unsigned long)((char *)__builtin_return_address(0) - 1 -\n"
	"			       __executable_start));\n"
	"}\n";

/* Line numbers count from the first line of the string. */
static const char c_source[] = "void where(int id);\n"
			       "volatile int sink;\n"
			       "static inline __attribute__((always_inline)) void inner(int id)\n"
			       "{\n"
			       "	where(id);\n" /* 5 */
			       "	sink++;\n"
			       "}\n"
			       "static inline __attribute__((always_inline)) void middle(int id)\n"
			       "{\n"
			       "	sink++;\n" /* 10 */
			       "	inner(id);\n"
			       "	sink++;\n"
			       "}\n"
			       "__attribute__((noinline)) void outer(int id)\n"
			       "{\n" /* 15 */
			       "	middle(id);\n"
			       "	sink++;\n"
			       "}\n"
			       "int main(void)\n"
			       "{\n" /* 20 */
			       "	outer(1);\n"
			       "	where(2);\n"
			       "	sink++;\n"
			       "	return 0;\n"
			       "}\n";

static char *path_of(const char *name)
{
	char *path = str_printf("%s/%s", dir, name);

	assert_non_null(path);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
	_cleanup_free_ char *path = path_of(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* Runs a shell command in the test's folder. */
static _printf_(1, 2) int shell(const char *format, ...)
{
	_cleanup_free_ char *command = NULL;
	_cleanup_free_ char *line = NULL;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&command, format, args) >= 0);
	va_end(args);
	line = str_printf("cd %s && { %s\n}", dir, command);
	assert_non_null(line);
	return system(line);
}

/* Builds PROGRAM from src/prog.c and where.c. */
static inline void build_c(const char *program, const char *flags)
{
	if (shell("cc -O2 %s -o %s src/prog.c where.c", flags, program) != 0)
		fail_msg("cannot compile with %s", flags);
}

/* The offsets that PROGRAM prints, by id. */
static inline void run_program(const char *program, uint64_t offsets[FIXTURE_MAX_IDS])
{
	_cleanup_free_ char *command = str_printf("%s/%s", dir, program);
	FILE *output = popen(command, "r");
	unsigned id;
	uint64_t offset;

	memset(offsets, 0, FIXTURE_MAX_IDS * sizeof(*offsets));
	assert_non_null(output);
	while (fscanf(output, "%u %" SCNx64, &id, &offset) == 2)
		if (id < FIXTURE_MAX_IDS)
			offsets[id] = offset;
	assert_int_equal(pclose(output), 0);
}

static int fixture_setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || shell("mkdir src") != 0)
		return -1;
	write_file("where.c", where_source, strlen(where_source));
	write_file("src/prog.c", c_source, strlen(c_source));
	return 0;
}

static int fixture_teardown(void **state)
{
	(void)state;
	return shell("rm -rf %s", dir) == 0 ? 0 : -1;
}

/* One look-up with its results; the names are those of a caller who keeps nothing open. */
struct lookup {
	struct symbolizer *symbolizer;
	struct symbols symbols;
	struct diag diag;
	struct module module;
};

static inline void lookup_init(struct lookup *lookup, enum module_kind kind, const char *path)
{
	*lookup = (struct lookup){ .module.kind = kind, .module.path = strdup(path) };
	lookup->symbolizer = symbolizer_new();
	symbols_init(&lookup->symbols);
	assert_non_null(lookup->symbolizer);
	assert_non_null(lookup->module.path);
}

static inline void lookup_done(struct lookup *lookup)
{
	symbols_done(&lookup->symbols);
	symbolizer_free(lookup->symbolizer);
	diag_done(&lookup->diag);
	free(lookup->module.path);
}

static inline void lookup_program(struct lookup *lookup, const char *program)
{
	_cleanup_free_ char *path = path_of(program);

	lookup_init(lookup, MODULE_FILE, path);
}

static inline const struct symbol *lookup_at(struct lookup *lookup, uint64_t offset)
{
	struct place place = { .module = lookup->module.id, .offset = offset };
	const struct symbol *symbol;

	assert_int_equal(symbolizer_resolve(lookup->symbolizer, &lookup->module, -1, &place, 1,
					    &lookup->symbols, &lookup->diag),
			 0);
	symbol = symbols_find(&lookup->symbols, &place);
	assert_non_null(symbol);
	assert_true(symbol->n_frames >= 1);
	return symbol;
}

/* "inner src/prog.c:5 < middle src/prog.c:11 < main": inlined into what follows. */
static inline void assert_frames(const struct symbol *symbol, const char *expected)
{
	char text[4096] = "";
	size_t n = 0;

	for (uint32_t i = 0; i < symbol->n_frames; i++) {
		const struct frame *frame = &symbol->frames[i];

		assert_int_equal(frame->inlined, i + 1 < symbol->n_frames);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " < " : "",
				      frame->function ? frame->function : "?");
		assert_true(n < sizeof(text));
		if (frame->file)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s:%u", frame->file,
					      frame->line);
		assert_true(n < sizeof(text));
	}
	assert_string_equal(text, expected);
}

#endif
