// SPDX-License-Identifier: BSD-2-Clause
/* The command line and LEAKTRACE_OPTIONS: every option, verb and refusal, and who wins. */
#include "config_run.h"

#include "base/log.h"
#include "model/sites.h"
#include "version.h"

#define BIT(class)   (1u << CLASS_##class)
#define LOST_CLASSES (BIT(LOST) | BIT(INDIRECT))

static void check_fail_on(const struct fail_on *fail_on, const uint32_t expected[_KIND_MAX])
{
	for (int kind = 0; kind < _KIND_MAX; kind++)
		assert_int_equal(fail_on->classes[kind], expected[kind]);
}

/* First, because a part of the log that is on stays on. */
static void test_log(void **state)
{
	_run_ none, libbpf, verbose, all;

	(void)state;
	RUN_OK(&none, "true");
	for (int i = 0; i < _LOG_MAX; i++)
		assert_false(log_enabled((enum log_subsystem)i));
	RUN_OK(&libbpf, "--log=libbpf, events", "true");
	assert_true(log_enabled(LOG_LIBBPF));
	assert_true(log_enabled(LOG_EVENTS));
	assert_false(log_enabled(LOG_ATTACH));
	RUN_OK(&verbose, "-v", "true");
	assert_int_equal(verbose.config.verbose, 1);
	assert_true(log_enabled(LOG_ATTACH));
	assert_true(log_enabled(LOG_FEATURES));
	assert_false(log_enabled(LOG_SYMBOLS));
	RUN_OK(&all, "-v", "-v", "true");
	assert_int_equal(all.config.verbose, 2);
	assert_true(log_enabled(LOG_SYMBOLS));
	RUN_WRONG("--log: 'net' is not a part of the log; write "
		  "libbpf,features,attach,events,unwind,symbols,all",
		  "--log", "attach,net", "true");
}

static void test_defaults(void **state)
{
	_run_ run;

	(void)state;
	RUN_OK(&run, "make", "check");
	assert_int_equal(run.config.verb, VERB_RUN);
	assert_string_equal(run.config.command[0], "make");
	assert_string_equal(run.config.command[1], "check");
	assert_null(run.config.command[2]);
	assert_int_equal(config_interval_ns(&run.config), 5000000000);
	assert_int_equal(run.config.interval_ns, UINT64_MAX);
	assert_int_equal(run.config.duration_ns, 0);
	assert_int_equal(run.config.linger_ns, 1000000000);
	assert_int_equal(run.config.older_than_ns, 0);
	assert_int_equal(run.config.min_bytes, 0);
	assert_int_equal(run.config.min_count, 0);
	assert_int_equal(run.config.top, 10);
	assert_int_equal(run.config.max_blocks, CONFIG_MAX_BLOCKS_DEFAULT);
	check_fail_on(&run.config.fail_on,
		      (uint32_t[]){ LOST_CLASSES, BIT(LEAKED), BIT(LEAKED), BIT(LEAKED) });
	assert_int_equal(run.config.error_exitcode, 23);
	assert_int_equal(run.config.color, COLOR_AUTO);
	assert_int_equal(run.config.verbose, 0);
	assert_null(run.config.outputs[FORMAT_JSON]);
	assert_null(run.config.user);
	assert_false(run.config.strict || run.config.quiet || run.config.disabled);
	assert_int_equal(run.diag.lines.n, 0);
}

static void test_run_options(void **state)
{
	_run_ run;

	(void)state;
	RUN_OK(&run, "--linger", "250ms", "--older-than=1.5", "--min-bytes=1.5M", "--min-count=2k",
	       "--top=0", "--json", "-", "--fail-on=none", "--error-exitcode=255", "--strict",
	       "--max-blocks=2M", "--user", "nobody", "-q", "--color=never", "true", "--top", "5");
	assert_int_equal(run.config.linger_ns, 250000000);
	assert_int_equal(run.config.older_than_ns, 1500000000);
	assert_int_equal(run.config.min_bytes, 3 << 19);
	assert_int_equal(run.config.min_count, 2000);
	assert_int_equal(run.config.top, 0);
	assert_string_equal(run.config.outputs[FORMAT_JSON], "-");
	assert_int_equal(run.config.fail_on.classes[KIND_MEMORY], 0);
	assert_int_equal(run.config.error_exitcode, 255);
	assert_true(run.config.strict);
	assert_int_equal(run.config.max_blocks, 2000000);
	assert_string_equal(run.config.user, "nobody");
	assert_true(run.config.quiet);
	assert_int_equal(run.config.color, COLOR_NEVER);
	assert_string_equal(run.config.command[0], "true");
	assert_string_equal(run.config.command[1], "--top");
	assert_string_equal(run.config.command[2], "5");
}

static void test_attach_options(void **state)
{
	_run_ run, longest, letters;

	(void)state;
	RUN_OK(&run, "-p", "12,345", "-i", "2m", "-d1h", "--pid=7", "-p12", "--color", "always");
	assert_int_equal(run.config.verb, VERB_ATTACH);
	assert_null(run.config.command);
	assert_int_equal(run.config.pids.n, 3);
	assert_int_equal(run.config.pids.items[0], 12);
	assert_int_equal(run.config.pids.items[1], 345);
	assert_int_equal(run.config.pids.items[2], 7);
	assert_int_equal(run.config.interval_ns, 120000000000);
	assert_int_equal(run.config.duration_ns, 3600000000000);
	assert_int_equal(run.config.color, COLOR_ALWAYS);
	RUN_OK(&longest, "--pid", "2147483647", "--interval=10ms", "--duration=0");
	assert_int_equal(longest.config.pids.items[0], INT32_MAX);
	assert_int_equal(longest.config.interval_ns, CONFIG_INTERVAL_LEAST_NS);
	RUN_OK(&letters, "-qvp1");
	assert_true(letters.config.quiet);
	assert_int_equal(letters.config.verbose, 1);
	assert_int_equal(letters.config.pids.items[0], 1);
}

static void test_kinds(void **state)
{
	_run_ run;
	_run_ all;

	(void)state;
	RUN_OK(&run, "--kinds", "fd, thread", "true");
	assert_int_equal(run.config.kinds, 1u << KIND_FD | 1u << KIND_THREAD);
	RUN_OK(&all, "-k", "memory,mapping,fd,thread", "true");
	assert_int_equal(all.config.kinds, (1u << _KIND_MAX) - 1);
	RUN_WRONG("--kinds: 'file' is not a kind of resource; write some of memory, mapping, fd, "
		  "thread",
		  "--kinds=file", "true");
}

/* Without a scan, what is outstanding takes the place of what is lost. */
static void test_no_scan(void **state)
{
	_run_ run;
	_run_ none;
	_run_ attached;

	(void)state;
	RUN_OK(&run, "--no-scan", "true");
	assert_false(config_scans(&run.config));
	assert_int_equal(run.config.fail_on.classes[KIND_MEMORY], LOST_CLASSES | BIT(OUTSTANDING));
	RUN_OK(&none, "--no-scan", "--fail-on=none", "true");
	assert_int_equal(none.config.fail_on.classes[KIND_MEMORY], 0);
	RUN_OK(&attached, "--scan", "-p1");
	assert_true(config_scans(&attached.config));
}

static void test_fail_on(void **state)
{
	static const struct {
		const char *list;
		uint32_t classes[_KIND_MAX]; /* memory, mapping, fd, thread */
	} cases[] = {
		{ "lost", { LOST_CLASSES } },
		{ "indirect", { BIT(INDIRECT) } },
		{ "reachable", { BIT(REACHABLE) } },
		{ "outstanding", { BIT(OUTSTANDING), BIT(OUTSTANDING) } },
		{ "retained", { BIT(RETAINED) } },
		{ "growth", { BIT(GROWTH), BIT(GROWTH), BIT(GROWTH), BIT(GROWTH) } },
		{ "at-exit", { BIT(AT_EXIT), BIT(AT_EXIT), BIT(AT_EXIT), BIT(AT_EXIT) } },
		{ "mapping", { 0, BIT(LEAKED) } },
		{ "fd", { 0, 0, BIT(LEAKED) } },
		{ "thread", { 0, 0, 0, BIT(LEAKED) } },
		{ "none", { 0 } },
		{ "fd, at-exit",
		  { BIT(AT_EXIT), BIT(AT_EXIT), BIT(LEAKED) | BIT(AT_EXIT), BIT(AT_EXIT) } },
		{ "lost,mapping,fd,thread",
		  { LOST_CLASSES, BIT(LEAKED), BIT(LEAKED), BIT(LEAKED) } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_run_ run;

		RUN_OK(&run, "--fail-on", cases[i].list, "true");
		check_fail_on(&run.config.fail_on, cases[i].classes);
	}
	RUN_WRONG("--fail-on: 'none' excludes the other words", "--fail-on=none,fd", "true");
	RUN_WRONG("--fail-on: 'grown' is not a kind of leak; write some of lost, indirect, "
		  "reachable, outstanding, retained, growth, at-exit, mapping, fd, thread, or none",
		  "--fail-on=fd,grown", "true");
	RUN_WRONG("--fail-on: '' is not a kind of leak; write some of lost, indirect, "
		  "reachable, outstanding, retained, growth, at-exit, mapping, fd, thread, or none",
		  "--fail-on=fd,", "true");
}

static void test_verbs(void **state)
{
	_run_ doctor, schema, quoted, quoted_schema, options, top;

	(void)state;
	RUN_OK(&doctor, "-v", "doctor", "--color=never");
	assert_int_equal(doctor.config.verb, VERB_DOCTOR);
	assert_int_equal(doctor.config.color, COLOR_NEVER);
	RUN_OK(&schema, "report", "--schema");
	assert_int_equal(schema.config.verb, VERB_SCHEMA);
	RUN_OK(&quoted, "--", "doctor", "--help");
	assert_int_equal(quoted.config.verb, VERB_RUN);
	assert_string_equal(quoted.config.command[0], "doctor");
	assert_string_equal(quoted.config.command[1], "--help");
	RUN_OK(&quoted_schema, "-q", "--", "report", "--", "--schema");
	assert_string_equal(quoted_schema.config.command[0], "report");
	assert_string_equal(quoted_schema.config.command[1], "--");
	RUN_OK(&options, "--", "--top");
	assert_string_equal(options.config.command[0], "--top");
	RUN_OK(&top, "top", "-p1", "--interval=1s");
	assert_int_equal(top.config.verb, VERB_ATTACH);
	assert_true(top.config.top_view && top.config.quiet);
	RUN_WRONG("top: neither -p PID nor -a is given", "top");
	RUN_WRONG("top: 'make' is not an option", "top", "-p1", "make");
	RUN_WRONG("doctor: 'now' is not an option", "doctor", "now");
	RUN_WRONG("--top has no meaning with doctor", "doctor", "--top=1");
	RUN_WRONG("--json has no meaning with report --schema", "--json=x", "report", "--schema");
	RUN_WRONG("--schema has no meaning with a COMMAND", "--schema", "true");
}

static void test_combinations(void **state)
{
	(void)state;
	RUN_WRONG("COMMAND is missing after '--'", "--");
	RUN_WRONG("COMMAND is missing after '--'", "-v", "--");
	RUN_WRONG("neither a COMMAND nor -p PID nor -a is given", "-v");
	RUN_WRONG("-p and a COMMAND ('make') cannot be traced together", "-p1", "make");
	RUN_WRONG("-p and a COMMAND ('make') cannot be traced together", "-p1", "--", "make");
	RUN_WRONG("--pid has no meaning with doctor", "-p1", "doctor");
	RUN_WRONG("--linger has no meaning with -p or -a", "-p1", "--linger=2s");
	RUN_WRONG("--user has no meaning with -p or -a", "-p1", "--user=bob");
	RUN_WRONG("--strict has no meaning with doctor", "--strict", "doctor");
	RUN_WRONG("-a and a COMMAND ('make') cannot be traced together", "-a", "make");
	RUN_WRONG("-a and a COMMAND ('make') cannot be traced together", "--comm=x", "make");
	RUN_WRONG("-p and a choice out of all processes (-a, --comm, --uid, --cgroup, "
		  "--container) exclude each other",
		  "-p1", "--uid=bob");
	RUN_WRONG("--exclude has no meaning with a COMMAND", "--exclude=x", "true");
	RUN_WRONG("--exclude has no meaning without -p or -a", "--exclude=x");
	RUN_WRONG("--duration has no meaning with a COMMAND", "-d1", "true");
}

static void test_wrong_options(void **state)
{
	(void)state;
	RUN_WRONG("there is no option '--nope=3'", "--nope=3", "true");
	RUN_WRONG("there is no option '-x'", "-x", "true");
	RUN_WRONG("there is no option '-Z'", "-q", "-vZq", "true");
	RUN_WRONG("there is no option '-?'", "-\x1b[31m", "true");
	RUN_WRONG("there is no option '--enable=no'", "--enable=no", "true");
	RUN_WRONG("there is no option '--=x'", "--=x", "true");
	RUN_WRONG("'--min=1' can mean --min-bytes, --min-count", "--min=1", "true");
	RUN_WRONG("--interval: a value is missing; it needs TIME", "--interval");
	RUN_WRONG("--interval: a value is missing; it needs TIME", "--interv");
	RUN_WRONG("-p: a value is missing; it needs PID[,PID...]", "-qp");
	RUN_WRONG("--strict takes no value", "--strict=yes", "true");
	RUN_WRONG("--json: a value is missing; it needs FILE", "--json=", "true");
	RUN_WRONG("--json: a value is missing; it needs FILE", "--json", "", "true");
}

static void test_wrong_values(void **state)
{
	(void)state;
	RUN_WRONG("--interval: '5x' is not a time; write 250ms, 5s or 2m", "-p1", "-i", "5x");
	RUN_WRONG("--interval: '-5' is not a time; write 250ms, 5s or 2m", "-p1", "-i", "-5");
	RUN_WRONG("--interval: '1ns' is too short a time: 10 ms is the least", "-p1", "-i1ns");
	RUN_WRONG("--interval: '0' is too short a time: 10 ms is the least", "-p1", "-i0");
	RUN_WRONG("--duration: '99999d' is too long a time: ten years are the most", "-p1",
		  "-d99999d");
	RUN_WRONG("--duration: '1e30' is too long a time: ten years are the most", "-p1", "-d1e30");
	RUN_WRONG("--min-bytes: '1 mouse' is not a size; write 512, 10k or 1.5M",
		  "--min-bytes=1 mouse", "true");
	RUN_WRONG("--min-bytes: '1e99' is too large a size", "--min-bytes=1e99", "true");
	RUN_WRONG("--min-count: '1.5' is not a number; write 10, 5k or 2M", "--min-count=1.5",
		  "true");
	RUN_WRONG("--top: 'ten' is not a number; write 10, 5k or 2M", "--top=ten", "true");
	RUN_WRONG("--top: '1e30' is too large a number: 18,446,744,073,709,551,615 is the most",
		  "--top=1e30", "true");
	RUN_WRONG("--max-blocks: '0' is too small a number: 1 is the least", "--max-blocks=0",
		  "true");
	RUN_WRONG("--max-blocks: '2g' is too large a number: 100,000,000 is the most",
		  "--max-blocks=2g", "true");
	RUN_WRONG("--error-exitcode: '256' is not an exit status; write a number from 0 to 255",
		  "--error-exitcode=256", "true");
	RUN_WRONG("--error-exitcode: '1k' is not an exit status; write a number from 0 to 255",
		  "--error-exitcode=1k", "true");
	RUN_WRONG("--color: 'red' is not one of auto, always and never", "--color=red", "true");
	RUN_WRONG("--color: '??[2J' is not one of auto, always and never", "--color=\xff\x1b[2J",
		  "true");
}

static void test_wrong_pids(void **state)
{
	char many[CONFIG_MAX_PIDS * 8], *end = many;

	(void)state;
	RUN_WRONG("--pid: 'x' is not a process id; write PID or PID,PID", "-p", "1,x");
	RUN_WRONG("--pid: '' is not a process id; write PID or PID,PID", "-p1,,2");
	RUN_WRONG("--pid: '0' is not a process id; write PID or PID,PID", "-p0");
	RUN_WRONG("--pid: '-1' is not a process id; write PID or PID,PID", "-p", "-1");
	RUN_WRONG("--pid: '2147483648' is not a process id; write PID or PID,PID", "-p2147483648");
	RUN_WRONG("--pid: '18446744073709551617' is not a process id; write PID or PID,PID",
		  "-p18446744073709551617");
	for (int i = 1; i <= CONFIG_MAX_PIDS + 1; i++)
		end += sprintf(end, "%s%d", i > 1 ? "," : "", i);
	RUN_WRONG("--pid: more than 1024 processes", "-p", many);
}

/* A value of a megabyte is refused in one short line. */
static void test_long_value(void **state)
{
	_cleanup_free_ char *text = malloc((1 << 20) + 1);
	_run_ run;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 1 << 20);
	text[1 << 20] = '\0';
	RUN(&run, "--top", text, "true");
	assert_int_equal(run.r, 1 + EXIT_USAGE);
	assert_true(strlen(run.err) < 200);
	assert_non_null(strstr(run.err, "xxx...' is not a number"));
}

static void test_help_and_version(void **state)
{
	_run_ help, usage, version, bare;

	(void)state;
	/* A broken variable is no reason to keep the help back. */
	setenv("LEAKTRACE_OPTIONS", "--nope", 1);
	RUN(&help, "-p1", "--help", "--nope");
	assert_int_equal(help.r, 1);
	assert_string_equal(help.err, "");
	assert_non_null(strstr(help.out, "Usage: leaktrace [OPTION...] [--] COMMAND [ARG...]\n"));
	RUN(&usage, "doctor", "--usage");
	assert_int_equal(usage.r, 1);
	assert_string_equal(usage.err, "");
	assert_non_null(strstr(usage.out, "[--max-blocks=N]"));
	RUN(&version, "-V");
	assert_int_equal(version.r, 1);
	assert_string_equal(version.out, "leaktrace " LEAKTRACE_VERSION "\n");
	config_run(&bare, (const char *const[]){ "leaktrace", NULL });
	assert_int_equal(bare.r, 1 + EXIT_USAGE);
	assert_string_equal(bare.out, "");
	assert_non_null(strstr(bare.err, "Usage: leaktrace [OPTION...]"));
	assert_true(strlen(bare.err) < 700);
}

/* execve() allows an empty argv. */
static void test_no_name(void **state)
{
	_run_ run;

	(void)state;
	config_run(&run, (const char *const[]){ NULL });
	assert_int_equal(run.r, 1 + EXIT_USAGE);
}

static void test_variable(void **state)
{
	_run_ run, wins, attach, schema;

	(void)state;
	setenv("LEAKTRACE_OPTIONS",
	       " --json 'a \\b'\t\"--user=x\\\"y\\z\" --top=3\\\n4\n-qvv --linger 2s ", 1);
	RUN(&run, "true");
	assert_string_equal(run.err, "leaktrace: LEAKTRACE_OPTIONS: --top: '3?4' is not a number; "
				     "write 10, 5k or 2M\n");
	setenv("LEAKTRACE_OPTIONS",
	       " --json 'a \\b'\t\"--user=x\\\"y\\z\" --top=3\\4\n-qvv --linger 2s ", 1);
	RUN_OK(&wins, "--top=7", "-v", "true");
	assert_string_equal(wins.config.outputs[FORMAT_JSON], "a \\b");
	assert_string_equal(wins.config.user, "x\"y\\z");
	assert_true(wins.config.quiet);
	assert_int_equal(wins.config.top, 7);
	assert_int_equal(wins.config.verbose, 1);
	assert_int_equal(wins.config.linger_ns, 2000000000);
	/* What was set for good for commands is no error when attaching. */
	RUN_OK(&attach, "-p1");
	assert_int_equal(attach.config.top, 34);
	assert_int_equal(attach.config.verbose, 2);
	/* The schema depends on nothing. */
	setenv("LEAKTRACE_OPTIONS", "--nope", 1);
	RUN_OK(&schema, "report", "--schema");
}

static void test_wrong_variable(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "--json 'a", "a single quote (') is not closed" },
		{ "--json \"a'", "a double quote (\") is not closed" },
		{ "--top=5\\", "a backslash at the end" },
		{ "--json \"a\\", "a backslash at the end" },
		{ "--nope", "there is no option '--nope'" },
		{ "-q --top", "--top: a value is missing; it needs N" },
		{ "true", "'true' is not an option" },
		{ "doctor", "'doctor' is not an option" },
		{ "-- true", "'true' is not an option" },
		{ "''", "'' is not an option" },
		{ "-p 1", "--pid can only be given on the command line" },
		{ "--help", "--help can only be given on the command line" },
		{ "-i5x", "--interval: '5x' is not a time; write 250ms, 5s or 2m" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *want =
			str_printf("leaktrace: LEAKTRACE_OPTIONS: %s", cases[i].why);
		_run_ run;

		setenv("LEAKTRACE_OPTIONS", cases[i].text, 1);
		RUN(&run, "true");
		assert_int_equal(run.r, 1 + EXIT_USAGE);
		run.err[strcspn(run.err, "\n")] = '\0';
		assert_string_equal(run.err, want);
	}
}

static void test_disabled(void **state)
{
	static const struct {
		const char *text;
		bool disabled;
	} cases[] = { { "0", true },  { "no", true }, { "OFF", true },
		      { "1", false }, { "", false },  { "/usr/bin/leaktrace", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_run_ run, attach;

		setenv("LEAKTRACE", cases[i].text, 1);
		RUN_OK(&run, "true");
		assert_int_equal(run.config.disabled, cases[i].disabled);
		RUN_OK(&attach, "-p1");
		assert_false(attach.config.disabled);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_log),
		CONFIG_TEST(test_defaults),
		CONFIG_TEST(test_run_options),
		CONFIG_TEST(test_attach_options),
		CONFIG_TEST(test_kinds),
		CONFIG_TEST(test_no_scan),
		CONFIG_TEST(test_fail_on),
		CONFIG_TEST(test_verbs),
		CONFIG_TEST(test_combinations),
		CONFIG_TEST(test_wrong_options),
		CONFIG_TEST(test_wrong_values),
		CONFIG_TEST(test_wrong_pids),
		CONFIG_TEST(test_long_value),
		CONFIG_TEST(test_help_and_version),
		CONFIG_TEST(test_no_name),
		CONFIG_TEST(test_variable),
		CONFIG_TEST(test_wrong_variable),
		CONFIG_TEST(test_disabled),
	};

	return cmocka_run_group_tests(tests, config_run_setup, config_run_teardown);
}
