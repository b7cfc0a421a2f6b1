// SPDX-License-Identifier: BSD-2-Clause
/* The configuration file: where it is found, whom it is believed, what it may contain. */
#include "config_run.h"

#include <sys/prctl.h>

#include "cmd/config_file.h"
#include "cmd/config_values.h"

#define PROJECT ".leaktrace.conf"

/* Runs, and expects success with a note that ends with ": WHY". */
static void ignored(const char *why)
{
	_run_ run;

	RUN_OK(&run, "true");
	assert_int_equal(run.config.top, 10);
	assert_int_equal(run.diag.lines.n, 1);
	assert_int_equal(run.diag.lines.items[0].code, 0);
	assert_non_null(strstr(run.diag.lines.items[0].text, PROJECT " is ignored: "));
	assert_true(str_ends_with(run.diag.lines.items[0].text, why));
}

/* Runs with TEXT as the file, and expects the wrong usage "leaktrace: FILE" SENTENCE. */
static void refused_bytes(const void *text, size_t n, const char *sentence)
{
	_cleanup_free_ char *want =
		str_printf("leaktrace: %s/" PROJECT "%s", config_run_directory, sentence);
	_run_ run;

	file_write_bytes(PROJECT, text, n);
	RUN(&run, "true");
	assert_int_equal(run.r, 1 + EXIT_USAGE);
	run.err[strcspn(run.err, "\n")] = '\0';
	assert_string_equal(run.err, want);
}

static void refused(const char *text, const char *sentence)
{
	refused_bytes(text, strlen(text), sentence);
}

static void test_every_key(void **state)
{
	_run_ run;

	(void)state;
	file_write(PROJECT, "\xef\xbb\xbf# a comment\n"
			    "; another\n\n"
			    "interval = 3s\r\n"
			    "  duration=1m\n"
			    "[ leaktrace ]\n"
			    "linger = 0\nuser = bob\nolder-than = 2h\nmin-bytes = 4k\n"
			    "min-count = 5\ntop = 6\njson = a = b#c \nfail-on = fd\n"
			    "error-exitcode = 0\nstrict = yes\nmax-blocks = 7k\nquiet = 1\n"
			    "verbose = true\nlog = attach\n"
			    "[other]\ntop = 99\nnonsense\n"
			    "[leaktrace]\ncolor = always"); /* no newline at the end */
	RUN_OK(&run, "true");
	assert_int_equal(run.config.interval_ns, 3000000000);
	assert_int_equal(run.config.duration_ns, 60000000000);
	assert_int_equal(run.config.linger_ns, 0);
	assert_string_equal(run.config.user, "bob");
	assert_int_equal(run.config.older_than_ns, 7200000000000);
	assert_int_equal(run.config.min_bytes, 4096);
	assert_int_equal(run.config.min_count, 5);
	assert_int_equal(run.config.top, 6);
	assert_string_equal(run.config.outputs[FORMAT_JSON], "a = b#c");
	assert_int_not_equal(run.config.fail_on.classes[KIND_FD], 0);
	assert_int_equal(run.config.error_exitcode, 0);
	assert_true(run.config.strict);
	assert_int_equal(run.config.max_blocks, 7000);
	assert_true(run.config.quiet);
	assert_int_equal(run.config.verbose, 1);
	assert_int_equal(run.config.color, COLOR_ALWAYS);
	assert_int_equal(run.diag.lines.n, 0);
}

static void test_precedence(void **state)
{
	_run_ file, variable, line;

	(void)state;
	file_write(PROJECT, "top = 1\nmin-count = 1\nmin-bytes = 1\nverbose = yes\nstrict = no\n");
	RUN_OK(&file, "true");
	assert_int_equal(file.config.top, 1);
	assert_int_equal(file.config.verbose, 1);
	assert_false(file.config.strict);
	setenv("LEAKTRACE_OPTIONS", "--top 2 --min-count 2 -vv --strict", 1);
	RUN_OK(&variable, "true");
	assert_int_equal(variable.config.top, 2);
	assert_int_equal(variable.config.min_bytes, 1);
	assert_int_equal(variable.config.verbose, 2);
	assert_true(variable.config.strict);
	RUN_OK(&line, "--top", "3", "true");
	assert_int_equal(line.config.top, 3);
	assert_int_equal(line.config.min_count, 2);
	assert_int_equal(line.config.min_bytes, 1);
}

static void test_found_upwards(void **state)
{
	_run_ far, near;

	(void)state;
	assert_int_equal(mkdir("a", 0755), 0);
	assert_int_equal(mkdir("a/b", 0755), 0);
	file_write(PROJECT, "top = 1\nmin-count = 1\n");
	assert_int_equal(chdir("a/b"), 0);
	RUN_OK(&far, "true");
	assert_int_equal(far.config.top, 1);
	/* The nearest one only: files are not merged. */
	file_write("../" PROJECT, "top = 2\n");
	RUN_OK(&near, "true");
	assert_int_equal(near.config.top, 2);
	assert_int_equal(near.config.min_count, 0);
}

static void test_found_in_home(void **state)
{
	_cleanup_free_ char *xdg = str_printf("%s/xdg", config_run_directory);
	_run_ home, found, relative, project;

	(void)state;
	assert_int_equal(mkdir(".config", 0755), 0);
	assert_int_equal(mkdir(".config/leaktrace", 0755), 0);
	file_write(".config/leaktrace/config", "top = 1\n");
	RUN_OK(&home, "true");
	assert_int_equal(home.config.top, 1);
	assert_int_equal(mkdir("xdg", 0755), 0);
	assert_int_equal(mkdir("xdg/leaktrace", 0755), 0);
	file_write("xdg/leaktrace/config", "top = 2\n");
	setenv("XDG_CONFIG_HOME", xdg, 1);
	RUN_OK(&found, "true");
	assert_int_equal(found.config.top, 2);
	setenv("XDG_CONFIG_HOME", "xdg", 1);
	RUN_OK(&relative, "true");
	assert_int_equal(relative.config.top, 1);
	file_write(PROJECT, "top = 3\n");
	RUN_OK(&project, "true");
	assert_int_equal(project.config.top, 3);
}

static void test_enable(void **state)
{
	_run_ off, attach, on, still, yes;

	(void)state;
	file_write(PROJECT, "enable = no\n");
	RUN_OK(&off, "true");
	assert_true(off.config.disabled);
	RUN_OK(&attach, "-p1");
	assert_false(attach.config.disabled);
	setenv("LEAKTRACE", "1", 1);
	RUN_OK(&on, "true");
	assert_false(on.config.disabled);
	setenv("LEAKTRACE", "something", 1);
	RUN_OK(&still, "true");
	assert_true(still.config.disabled);
	unsetenv("LEAKTRACE");
	file_write(PROJECT, "enable = no\nenable = yes\n");
	RUN_OK(&yes, "true");
	assert_false(yes.config.disabled);
}

static void test_refused(void **state)
{
	(void)state;
	refused("top = 1\nnope = 2\n", ":2: there is no option 'nope'");
	refused("--top = 1\n", ":1: there is no option '--top'");
	refused("top\n", ":1: 'top' is not 'key = value'");
	refused("\n\n = 5\n", ":3: there is no option ''");
	refused("top =\n", ":1: top: a value is missing; it needs N");
	refused("strict =\n", ":1: strict: a value is missing; write yes or no");
	refused("top = ten\n", ":1: top: 'ten' is not a number; write 10, 5k or 2M");
	refused("strict = maybe\n", ":1: strict: 'maybe' is not yes or no");
	refused("verbose = 2\n", ":1: verbose: '2' is not yes or no");
	refused("enable = x\n", ":1: enable: 'x' is not yes or no");
	refused("pid = 1\n", ":1: pid can only be given on the command line");
	refused("help = yes\n", ":1: help can only be given on the command line");
	refused("schema = yes\n", ":1: schema can only be given on the command line");
	refused("[leaktrace\n", ":1: '[leaktrace' is not '[section]'");
	refused("[\n", ":1: '[' is not '[section]'");
	refused("\x1b]0;x\x07 = 1\n", ":1: there is no option '?]0;x?'");
}

static void test_hostile(void **state)
{
	static const char with_nul[] = "top = 1\0\nnope\n";
	_cleanup_free_ char *large = malloc(1 << 20), *line = malloc(CONFIG_FILE_MAX_BYTES);
	char want[160];

	(void)state;
	assert_non_null(large);
	assert_non_null(line);
	refused_bytes(with_nul, sizeof(with_nul) - 1, " is not a text file: it has a NUL byte");
	refused_bytes("\0", 1, " is not a text file: it has a NUL byte");
	memset(large, 'x', 1 << 20);
	refused_bytes(large, 1 << 20, " is larger than 64 KiB");
	refused_bytes(large, CONFIG_FILE_MAX_BYTES + 1, " is larger than 64 KiB");
	snprintf(want, sizeof(want), ":1: '%.*s...' is not 'key = value'",
		 OPTION_QUOTE_BYTES - 4, large);
	refused_bytes(large, CONFIG_FILE_MAX_BYTES, want);
	memset(line, '\n', CONFIG_FILE_MAX_BYTES);
	line[CONFIG_FILE_MAX_BYTES - 1] = '[';
	refused_bytes(line, CONFIG_FILE_MAX_BYTES, ":65536: '[' is not '[section]'");
}

static void test_empty_file(void **state)
{
	_run_ run;

	(void)state;
	file_write(PROJECT, "");
	RUN_OK(&run, "true");
	assert_int_equal(run.config.top, 10);
}

static void test_distrusted(void **state)
{
	(void)state;
	file_write(PROJECT, "top = 1\n");
	assert_int_equal(chmod(PROJECT, 0646), 0);
	ignored("everybody can write to it");
	assert_int_equal(rename(PROJECT, "real"), 0);
	assert_int_equal(chmod("real", 0644), 0);
	assert_int_equal(symlink("real", PROJECT), 0);
	ignored("it is a symbolic link");
	assert_int_equal(unlink(PROJECT), 0);
	assert_int_equal(mkdir(PROJECT, 0755), 0);
	ignored("it is not a regular file");
	assert_int_equal(rmdir(PROJECT), 0);
	/* Opening it must not wait for a writer. */
	assert_int_equal(mkfifo(PROJECT, 0644), 0);
	ignored("it is not a regular file");
}

/* What is passed over does not hide the next one. */
static void test_distrusted_then_trusted(void **state)
{
	_run_ run;

	(void)state;
	assert_int_equal(mkdir("a", 0755), 0);
	file_write("a/" PROJECT, "top = 1\n");
	assert_int_equal(chmod("a/" PROJECT, 0666), 0);
	file_write(PROJECT, "top = 2\n");
	assert_int_equal(chdir("a"), 0);
	RUN_OK(&run, "true");
	assert_int_equal(run.config.top, 2);
	assert_int_equal(run.diag.lines.n, 1);
}

static void test_owners(void **state)
{
	static const char *const others[] = { "12346", "", "x", "12345x", "-1", " 12345",
					      "99999999999999999999" };
	_run_ sudo, group;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can give a file to another user\n");
		skip();
	}
	file_write(PROJECT, "top = 1\n");
	assert_int_equal(chown(PROJECT, 12345, 12345), 0);
	ignored("it belongs to another user");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		setenv("SUDO_UID", others[i], 1);
		ignored("it belongs to another user");
	}
	setenv("SUDO_UID", "12345", 1);
	RUN_OK(&sudo, "true");
	assert_int_equal(sudo.config.top, 1);
	assert_int_equal(sudo.diag.lines.n, 0);
	/* A group of one's own is common, others have several members. */
	assert_int_equal(chmod(PROJECT, 0664), 0);
	ignored("its group can write to it");
	setenv("SUDO_GID", "12346", 1);
	ignored("its group can write to it");
	setenv("SUDO_GID", "12345", 1);
	RUN_OK(&group, "true");
	assert_int_equal(group.config.top, 1);
}

/* Changes the effective user; sanitizers need to stay able to look into the process. */
static void become(uid_t uid)
{
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
}

/* SUDO_UID is only a fact in the environment of root. */
static void test_owner_is_not_caller(void **state)
{
	_run_ run, own;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can give a file to another user\n");
		skip();
	}
	file_write(PROJECT, "top = 1\n");
	assert_int_equal(chown(PROJECT, 12345, 12345), 0);
	assert_int_equal(chmod(config_run_directory, 0755), 0);
	setenv("SUDO_UID", "12345", 1);
	become(23456);
	RUN(&run, "true");
	become(12345);
	RUN(&own, "true");
	become(0);
	assert_int_equal(run.r, 0);
	assert_int_equal(run.config.top, 10);
	assert_int_equal(run.diag.lines.n, 1);
	assert_int_equal(own.r, 0);
	assert_int_equal(own.config.top, 1);
}

static void test_removed_directory(void **state)
{
	_run_ run;

	(void)state;
	assert_int_equal(mkdir("gone", 0755), 0);
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir("../gone"), 0);
	RUN_OK(&run, "true");
	assert_int_equal(run.diag.lines.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_every_key),	  CONFIG_TEST(test_precedence),
		CONFIG_TEST(test_found_upwards),  CONFIG_TEST(test_found_in_home),
		CONFIG_TEST(test_enable),	  CONFIG_TEST(test_refused),
		CONFIG_TEST(test_hostile),	  CONFIG_TEST(test_empty_file),
		CONFIG_TEST(test_distrusted),	  CONFIG_TEST(test_distrusted_then_trusted),
		CONFIG_TEST(test_owners),	  CONFIG_TEST(test_owner_is_not_caller),
		CONFIG_TEST(test_removed_directory),
	};

	return cmocka_run_group_tests(tests, config_run_setup, config_run_teardown);
}
