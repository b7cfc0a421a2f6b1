// SPDX-License-Identifier: BSD-2-Clause
/* --help and the man page (read from the directory that the test is started in) say the same. */
#include "config_run.h"

#include <ctype.h>

#include "base/units.h"
#include "cmd/config_options.h"

static char *page; /* source of the man page */

static int read_page(void **state)
{
	if (str_read_file("docs/leaktrace.1.scd", 1 << 20, &page, NULL) < 0) {
		print_error("docs/leaktrace.1.scd is not here: start from the project's root\n");
		return -1;
	}
	return config_run_setup(state);
}

static int forget_page(void **state)
{
	free(page);
	return config_run_teardown(state);
}

/* TEXT with the markup of scdoc removed and each white space made one blank; fresh memory. */
static char *plain(const char *text)
{
	char *copy = malloc(strlen(text) + 1), *out = copy;

	assert_non_null(copy);
	for (; *text; text++) {
		if (isspace((unsigned char)*text) && out > copy && out[-1] == ' ')
			continue;
		if (!strchr("*_`", *text))
			*out++ = (char)(isspace((unsigned char)*text) ? ' ' : *text);
	}
	*out = '\0';
	return copy;
}

static char *help_text(void)
{
	_run_ run;

	RUN(&run, "--help");
	assert_int_equal(run.r, 1);
	return TAKE_PTR(run.out);
}

/* Adds "name=ARG" to LIST, a space separated text. */
static void list_add(char **list, const char *word, size_t n)
{
	char *longer = str_printf("%s %.*s", *list, (int)n, word);

	assert_non_null(longer);
	free(*list);
	*list = longer;
}

enum { HELP_COLUMN = 29 }; /* argp's */

/* The options of --help as it writes them, in its order: "-d, --duration=TIME", one a line. */
static char *help_options(char *help)
{
	char *list = strdup("");

	assert_non_null(list);
	for (char *line; (line = strsep(&help, "\n"));) {
		size_t blanks = strspn(line, " ");
		const char *end;

		if (blanks < 2 || blanks > 6 || line[blanks] != '-')
			continue;
		end = strstr(line + blanks, "  ");
		/* One that leaves a single blank before the column of the descriptions. */
		if (strlen(line) > HELP_COLUMN && line[HELP_COLUMN - 1] == ' ')
			end = line + strcspn(line + blanks + 4, " ") + blanks + 4;
		list_add(&list, line + blanks,
			 end ? (size_t)(end - line) - blanks : strlen(line + blanks));
	}
	return list;
}

/* From HEADING in the man page up to the next one; fresh memory. */
static char *page_section(const char *heading)
{
	_cleanup_free_ char *title = str_printf("\n# %s\n", heading);
	const char *start = strstr(page, title), *end;

	assert_non_null(start);
	start += strlen(title) - 1;
	end = strstr(start, "\n# ");
	assert_non_null(end);
	while (end > start && end[-1] == '\n')
		end--;
	return strndup(start, (size_t)(end - start));
}

/* The same of the man page: the lines of OPTIONS that start with a bold dash. */
static char *page_options(void)
{
	_cleanup_free_ char *options = page_section("OPTIONS");
	char *list = strdup(""), *rest = options;

	assert_non_null(list);
	for (char *line; (line = strsep(&rest, "\n"));) {
		_cleanup_free_ char *words = NULL;

		if (!str_starts_with(line, "*-"))
			continue;
		words = plain(line);
		list_add(&list, words, strlen(words));
	}
	return list;
}

static void test_same_options(void **state)
{
	_cleanup_free_ char *help = help_text(), *ours = help_options(help);
	_cleanup_free_ char *theirs = page_options();
	size_t n;
	const struct setting *list = options_list(&n);

	(void)state;
	assert_string_equal(ours, theirs);
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = str_printf("--%s", list[i].name);

		/* The keys of the file alone are in FILES and not in --help. */
		assert_int_equal(strstr(ours, name) != NULL, list[i].group != 0);
		assert_non_null(strstr(page, list[i].name));
	}
}

/* The ways to call it: usage and synopsis have the same, and each has its paragraph. */
static void test_same_forms(void **state)
{
	_cleanup_free_ char *help = help_text(), *commands = page_section("COMMANDS");
	_cleanup_free_ char *synopsis = page_section("SYNOPSIS"), *theirs = plain(synopsis);
	_cleanup_free_ char *ours = NULL;
	char *end = strstr(help, "\nFinds "), *rest = theirs;
	size_t n = 0;

	(void)state;
	assert_non_null(end);
	*end = '\0';
	ours = plain(help);
	for (char *at = ours; (at = strstr(at, " or: ")); n++)
		memmove(at, at + strlen(" or: ") - 1, strlen(at + strlen(" or: ") - 1) + 1);
	assert_true(n > 8);
	assert_true(str_starts_with(ours, "Usage:"));
	assert_string_equal(ours + strlen("Usage:"), theirs);
	for (char *form; (form = strsep(&rest, " "));) {
		_cleanup_free_ char *paragraph = str_printf("\n*%s*", form);

		if (form[strspn(form, "abcdefghijklmnopqrstuvwxyz")] || !*form ||
		    strcmp(form, "leaktrace") == 0)
			continue;
		assert_non_null(strstr(commands, paragraph));
	}
}

static void assert_both_say(const char *sentence)
{
	_cleanup_free_ char *help = help_text(), *shown = plain(help), *paper = plain(page);

	assert_non_null(strstr(shown, sentence));
	assert_non_null(strstr(paper, sentence));
}

static void test_same_facts(void **state)
{
	_cleanup_free_ char *exit_status = NULL;
	char count[UNITS_TEXT_BYTES];

	(void)state;
	assert_both_say("lost implies indirect, and with --no-scan outstanding");
	assert_both_say(CONFIG_MAX_BLOCKS_TEXT);
	/* The sentence above has the number that the program uses. */
	units_format_count(CONFIG_MAX_BLOCKS_DEFAULT, count);
	assert_non_null(strstr(CONFIG_MAX_BLOCKS_TEXT, count));
	exit_status = str_printf("\n*%d*\n", EXIT_LEAKS);
	assert_non_null(strstr(page, exit_status));
}

static void test_help_fits(void **state)
{
	_cleanup_free_ char *help = help_text();
	char *rest = help;

	(void)state;
	assert_true(strlen(help) > 1000);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (strlen(line) > 80 || str_ends_with(line, "  "))
			fail_msg("too wide, or blanks at the end: '%s'", line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_same_options),
		CONFIG_TEST(test_same_forms),
		CONFIG_TEST(test_same_facts),
		CONFIG_TEST(test_help_fits),
	};

	return cmocka_run_group_tests(tests, read_page, forget_page);
}
