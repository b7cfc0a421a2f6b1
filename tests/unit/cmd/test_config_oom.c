// SPDX-License-Identifier: BSD-2-Clause
/* The forms of "leaktrace oom": recording, explaining and listing, each alone. */
#include "config_run.h"

static void test_explain(void **state)
{
	_run_ own, file, pipe;

	(void)state;
	RUN_OK(&own, "oom", "--explain");
	assert_int_equal(own.config.verb, VERB_OOM);
	assert_true(own.config.explain);
	assert_null(own.config.explain_file);
	RUN_OK(&file, "oom", "--explain", "kern.log", "--json=x");
	assert_string_equal(file.config.explain_file, "kern.log");
	RUN_OK(&pipe, "oom", "--explain", "-");
	assert_string_equal(pipe.config.explain_file, "-");
	RUN_WRONG("oom: 'b' is not an option", "oom", "--explain", "a", "b");
	RUN_WRONG("oom: --explain, --list, --print and recording are four things", "oom",
		  "--explain", "--list");
	RUN_WRONG("oom: --explain, --list, --print and recording are four things", "oom",
		  "--explain", "-p1");
}

static void test_kept(void **state)
{
	_run_ all, one;

	(void)state;
	RUN_OK(&all, "oom", "--list", "--state-dir=/d");
	assert_true(all.config.list);
	assert_null(all.config.print);
	RUN_OK(&one, "oom", "--print=last");
	assert_string_equal(one.config.print, "last");
	RUN_WRONG("oom: --explain, --list, --print and recording are four things", "oom", "--list",
		  "--print=last");
	RUN_WRONG("oom: --explain, --list, --print and recording are four things", "oom",
		  "--print=last", "true");
	RUN_WRONG("--print: a value is missing; it needs NAME", "oom", "--print");
}

static void test_record(void **state)
{
	_run_ whole, some, command, quoted, beside;

	(void)state;
	RUN_OK(&whole, "oom");
	assert_int_equal(whole.config.verb, VERB_OOM);
	assert_int_equal(whole.config.keep, CONFIG_KEEP_DEFAULT);
	assert_true(whole.config.history_ns == CONFIG_HISTORY_DEFAULT_NS);
	assert_null(whole.config.command);
	RUN_OK(&some, "oom", "-p", "7", "--comm", "cc1", "--history=1m", "--keep=3", "-d1h", "-i1s",
	       "--state-dir=/d");
	assert_int_equal(some.config.pids.n, 1);
	assert_string_equal(some.config.comm, "cc1");
	assert_string_equal(some.config.state_dir, "/d");
	assert_int_equal(some.config.keep, 3);
	assert_true(some.config.history_ns == 60ull * 1000000000);
	/* Beside a command, the options of a run have their meaning. */
	RUN_OK(&command, "oom", "--fail-on=none", "--json=x", "make", "check", "--explain");
	assert_string_equal(command.config.command[0], "make");
	assert_string_equal(command.config.command[2], "--explain");
	assert_false(command.config.explain);
	RUN_OK(&quoted, "oom", "--", "oom", "--list");
	assert_string_equal(quoted.config.command[0], "oom");
	assert_false(quoted.config.list);
	RUN_OK(&beside, "oom", "--allocations", "-p7", "--top=3");
	assert_true(beside.config.allocations);
}

static void test_wrong(void **state)
{
	_run_ program;

	(void)state;
	/* As the word of a command it is a program of that name. */
	RUN_OK(&program, "--", "oom", "--explain");
	assert_int_equal(program.config.verb, VERB_RUN);
	RUN_WRONG("COMMAND is missing after '--'", "oom", "--");
	RUN_WRONG("oom: --allocations needs -p PID", "oom", "--allocations");
	RUN_WRONG("oom: --json goes with --explain or a COMMAND; the recorder keeps JSON beside "
		  "each text",
		  "oom", "--json=x");
	RUN_WRONG("--fail-on has no meaning with oom", "oom", "--fail-on=none");
	RUN_WRONG("--explain has no meaning with a COMMAND", "--explain", "true");
	RUN_WRONG("--keep has no meaning with -p or -a", "-p1", "--keep=2");
	RUN_WRONG("--history: '1ms' is too short a time: 1.0 s is the least", "oom",
		  "--history=1ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_explain),
		CONFIG_TEST(test_kept),
		CONFIG_TEST(test_record),
		CONFIG_TEST(test_wrong),
	};

	return cmocka_run_group_tests(tests, config_run_setup, config_run_teardown);
}
