// SPDX-License-Identifier: BSD-2-Clause
/* How each framework's names are read, and which processes are tests at all. */
#include "testrun/run.h"

#include "testrun/generic.h"

static void check(const struct test_names *names, const char *label, const char *suite,
		  const char *name)
{
	assert_string_equal(names->label, label);
	if (!suite) {
		assert_null(names->suite);
		return;
	}
	assert_string_equal(names->suite, suite);
	assert_string_equal(names->name, name);
}

static void check_named(const struct framework *framework, const char *first, const char *second,
			const char *label, const char *suite, const char *name)
{
	const char *texts[LT_SIGNAL_TEXTS] = { first, second };
	struct test_names names = { 0 };

	assert_int_equal(framework->named(texts, &names), 1);
	check(&names, label, suite, name);
	test_names_done(&names);
}

static void test_pytest(void **state)
{
	const struct framework *f = &framework_pytest;

	(void)state;
	check_named(f, "test_a.py::test_x (call)", NULL, "test_a.py::test_x", "test_a", "test_x");
	check_named(f, "d/test_a.py::TestU::test_x (setup)", NULL, "d/test_a.py::TestU::test_x",
		    "d.test_a.TestU", "test_x");
	check_named(f, "test_a.py::test_p[a::b (c)] (teardown)", NULL,
		    "test_a.py::test_p[a::b (c)]", "test_a", "test_p[a::b (c)]");
	check_named(f, "odd", NULL, "odd", NULL, NULL);
	check_named(f, "", NULL, "", NULL, NULL);
	check_named(f, "(call)", NULL, "(call)", NULL, NULL);
	check_named(f, ":: (call)", NULL, "::", "", "");
	check_named(f, NULL, NULL, "?", NULL, NULL);
}

static void test_texts(void **state)
{
	const char *none[LT_SIGNAL_TEXTS] = { "no bracket" };
	struct test_names names = { 0 };

	(void)state;
	check_named(&framework_gtest, "Suite", "Case/0", "Suite.Case/0", "Suite", "Case/0");
	check_named(&framework_gtest, NULL, "Case", "?.Case", "?", "Case");
	check_named(&framework_gtest_written, "[ RUN      ] S/1.C/2\nmore", NULL, "S/1.C/2", "S/1",
		    "C/2");
	check_named(&framework_criterion, "suite", "name", "suite::name", "suite", "name");
	check_named(&framework_criterion, NULL, NULL, "?::?", "?", "?");
	check_named(&framework_cunit, "a name", NULL, "a name", NULL, NULL);
	check_named(&framework_cmocka, "[ RUN      ] test_a\n", NULL, "test_a", NULL, NULL);
	check_named(&framework_path, "/leaktrace/begin/a b", NULL, "a b", NULL, NULL);
	assert_int_equal(framework_cmocka.named(none, &names), 0);
	assert_int_equal(framework_path.named(none, &names), 0);
}

static void check_started(const struct framework *framework, const char *const *command,
			  const char *label, const char *suite, const char *name)
{
	struct started started = { .command = (char *const *)command };
	struct test_names names = { 0 };

	assert_int_equal(framework->started(&started, &names), label != NULL);
	if (label)
		check(&names, label, suite, name);
	test_names_done(&names);
}

#define COMMAND(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_started(void **state)
{
	(void)state;
	check_started(&framework_automake,
		      COMMAND("/bin/sh", "../test-driver", "--test-name", "a.sh", "--", "./a.sh"),
		      "a.sh", NULL, NULL);
	check_started(&framework_automake,
		      COMMAND("sh", "test-driver", "--", "./a", "--test-name", "b"), NULL, NULL,
		      NULL);
	check_started(&framework_prove, COMMAND("/usr/bin/perl", "-w", "t/a.t"), "t/a.t", NULL,
		      NULL);
	check_started(&framework_prove, COMMAND("t/b.t"), "t/b.t", NULL, NULL);
	check_started(&framework_prove, COMMAND("/bin/sh", "-e", "./t0001.sh"), "./t0001.sh", NULL,
		      NULL);
	check_started(&framework_prove, COMMAND("./t0002", "--verbose"), "./t0002", NULL, NULL);
	check_started(&framework_prove, COMMAND("perl", "-e1"), NULL, NULL, NULL);
	check_started(&framework_bats,
		      COMMAND("bash", "/x/bats-exec-test", "--dummy-flag", "/p/t.bats",
			      "test_it-27s_a-5fb", "1", "1", "1"),
		      "t.bats: it's a_b", "t.bats", "it's a_b");
	check_started(&framework_bats, COMMAND("bash", "/x/bats-exec-test"), NULL, NULL, NULL);
	check_started(&framework_bats, COMMAND("bash", "/p/t.bats", "test_-", "x"), "t.bats: -",
		      "t.bats", "-");
	check_started(&framework_node, COMMAND("node", "--x", "/p/a.test.js"), "/p/a.test.js", NULL,
		      NULL);
	check_started(&framework_node, COMMAND("node", "--x"), NULL, NULL, NULL);
}

/* What prove is made of starts other things as well in other programs. */
static void test_harness(void **state)
{
	const char *const runners[] = { "-MExtUtils::Command::MM", "./Build", "t/harness" };
	const char *const commands[][4] = { { "/usr/bin/perl", "-Mblib", "t/a.t" },
					    { "cc", "-c", "a.c" },
					    { "perl", "Makefile.PL" },
					    { "perl", "-e", "1" } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *runner[] = { "perl", runners[i], NULL };

		for (size_t j = 0; j < 4; j++) {
			struct started started = { .command = (char *const *)commands[j],
						   .runner_command = (char *const *)runner };
			struct test_names names = { 0 };

			assert_int_equal(framework_prove.started(&started, &names), j == 0);
			if (j == 0)
				check(&names, "t/a.t", NULL, NULL);
			test_names_done(&names);
		}
	}
}

static void test_nextest(void **state)
{
	const struct framework *f = &framework_nextest;

	(void)state;
	check_started(f, COMMAND("/t/deps/demo-0123456789abcdef", "--exact", "a::b", "--nocapture"),
		      "a::b", "demo", "a::b");
	check_started(f,
		      COMMAND("/usr/bin/cargo-nextest", "__double-spawn", "--", "/t/my-demo",
			      "--exact a::b --nocapture"),
		      "a::b", "my-demo", "a::b");
	check_started(f, COMMAND("qemu", "/t/demo-0123456789abcdeg", "--exact", "b"), "b", "qemu",
		      "b");
	check_started(f, COMMAND("/t/demo-0123456789abcdef", "--list", "--format", "terse"), NULL,
		      NULL, NULL);
	check_started(f, COMMAND("/t/demo", "--exact"), NULL, NULL, NULL);
	check_started(f, COMMAND("/t/demo", "--", "--exact "), NULL, NULL, NULL);
	check_started(f, COMMAND("/t/demo", "--exactly", "a"), NULL, NULL, NULL);
}

static void test_generic(void **state)
{
	static const char *const wrong[] = { "", ":1", "f:", "f:0", "f:6", "f:12", "f,", "f:1," };
	struct generic generic = { 0 };

	(void)state;
	assert_int_equal(generic_set_env(&generic, "MY_TEST"), 0);
	assert_string_equal(generic.env_begin.variable, "MY_TEST");
	assert_string_equal(generic.env_symbols[1].name, "unsetenv");
	assert_int_equal(generic_set_env(&generic, ""), -EINVAL);
	assert_int_equal(generic_set_env(&generic, "A=B"), -EINVAL);
	assert_int_equal(generic_set_marker(&generic, "begin:2,end"), 0);
	assert_string_equal(generic.marker_symbols[0].name, "begin");
	assert_string_equal(generic.marker_symbols[1].name, "end");
	assert_int_equal(generic.marker_begin.texts[0].argument, 1);
	generic_done(&generic);
	generic = (struct generic){ 0 };
	assert_int_equal(generic_set_marker(&generic, "begin"), 0);
	assert_null(generic.marker_symbols[1].name);
	assert_int_equal(generic.marker_begin.texts[0].argument, 0);
	generic_done(&generic);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(generic_set_marker(&(struct generic){ 0 }, wrong[i]), -EINVAL);
}

/* Two tests one after the other in a process, then one that breaks off. */
static void test_in_process(void **state)
{
	struct lt_test facts = { .what = LT_TEST_BEGIN, .source = LT_SOURCE_TEXT, .epoch = 1 };
	uint32_t process = run_process(10, 0);

	(void)state;
	run_signal(&facts, process, TEST_NO_PROCESS, "[ RUN      ] first\n", NULL);
	facts.epoch = 2;
	facts.allocations = 5;
	facts.frees = 2;
	run_signal(&facts, process, TEST_NO_PROCESS, "[ RUN      ] second\n", NULL);
	assert_int_equal(test_of(1)->totals.allocations, 5);
	assert_int_equal(test_of(1)->totals.frees, 2);
	assert_true(test_of(1)->end_ns != 0);
	facts.what = LT_TEST_END;
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	assert_int_equal(test_of(2)->end_ns, run.now_ns);
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	facts.what = LT_TEST_BEGIN;
	facts.epoch = 3;
	run_signal(&facts, process, TEST_NO_PROCESS, "[ RUN      ] third\n", NULL);
	run_end(process, 2 << 8);
	assert_string_equal(test_of(3)->reason,
			    "its process ended in the middle of it, with exit status 2");
	assert_null(test_of(2)->reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pytest),	cmocka_unit_test(test_texts),
		cmocka_unit_test(test_started), cmocka_unit_test(test_generic),
		cmocka_unit_test(test_harness), cmocka_unit_test(test_nextest),
		RUN_TEST(test_in_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
