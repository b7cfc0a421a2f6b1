#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Frameworks that run several tests in one process: a project of each, with the same tests.

load lib
load frameworks

TIMES='s/[0-9.]+ ?(ms|s|sec)\b/N \1/g; s/in [0-9.]+s/in Ns/; s/seed [0-9]+/seed N/'

setup() {
	common_setup
	need cc c++ jq
	TRACE_OPTIONS=(--user root)
}

teardown() {
	common_teardown
}

# need_header FILE: of a framework that may not be installed
need_header() {
	echo "#include <$1>" | c++ -E -x c++ - >/dev/null 2>&1 || skip "$1 is not installed"
}

@test "gtest: fixtures, parameters, a hand-over, a skip" {
	need_header gtest/gtest.h
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	trace_suite "$TIMES" ./suite
	expect_tests <<-'EOS'
		Fixture.Holds | gtest | clean | 0 | 0 | -
		LastTest.Crashes | gtest | leaks | 1 | 99 | -
		Some/Numbers.Param/0 | gtest | leaks | 1 | 100 | -
		Some/Numbers.Param/1 | gtest | leaks | 1 | 200 | -
		Suite.Clean | gtest | clean | 0 | 0 | -
		Suite.Gives | gtest | clean | 0 | 0 | -
		Suite.Leaks | gtest | leaks | 3 | 300 | -
		Suite.Skips | gtest | clean | 0 | 0 | -
		Suite.Takes | gtest | clean | 0 | 0 | -
	EOS
	expect_retracted Suite.Gives 1
	expect_retracted Fixture.Holds 1
	equal "$(report '.tests[] | select(.own_name == "Param/1") | .suite')" Some/Numbers suite
}

@test "gtest: the test that crashes gets no verdict" {
	need_header gtest/gtest.h
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	CRASH=1 trace --quiet -- ./suite --gtest_filter='Suite.Clean:LastTest.*'
	equal "$status" 134 "exit status"
	equal "$(report '.tests[] | "\(.name) \(.verdict) \(.reason)"')" \
		$'Suite.Clean clean null\nLastTest.Crashes none killed by SIGABRT' tests
}

@test "gtest: without symbols" {
	need_header gtest/gtest.h
	build_case suite gtest.cc -lgtest -lgtest_main -pthread -s
	trace --quiet -- ./suite --gtest_filter='Suite.*'
	expect_tests <<-'EOS'
		Suite.Clean | gtest | clean | 0 | 0 | -
		Suite.Gives | gtest | clean | 0 | 0 | -
		Suite.Leaks | gtest | leaks | 3 | 300 | -
		Suite.Skips | gtest | clean | 0 | 0 | -
		Suite.Takes | gtest | clean | 0 | 0 | -
	EOS
}

@test "catch2: a test that fails, and one with sections" {
	[ -e /usr/include/catch2 ] || skip "catch2 is not installed"
	build_case suite catch2.cc
	trace_suite "$TIMES" ./suite
	report '.tests[] | "\(.name) \(.runner) \(.verdict)"' >found
	printf '%s\n' 'clean catch2 clean' 'leaks, with a long enough name catch2 leaks' \
		'fails catch2 leaks' 'sections catch2 leaks' | diff -u - found || fail "tests"
	equal "$(report '.tests[] | select(.name == "sections") | .lost_bytes')" 30 "sections"
}

@test "doctest: a hand-over" {
	need_header doctest/doctest.h
	build_case suite doctest.cc
	trace_suite "$TIMES" ./suite
	expect_tests <<-'EOS'
		clean | doctest | clean | 0 | 0 | -
		gives | doctest | clean | 0 | 0 | -
		leaks | doctest | leaks | 3 | 300 | -
		takes | doctest | clean | 0 | 0 | -
	EOS
	expect_retracted gives 1
}

@test "Boost.Test" {
	need_header boost/test/unit_test.hpp
	build_case suite boost.cc -lboost_unit_test_framework
	trace --quiet -- ./suite
	expect_tests <<-'EOS'
		clean | boost | clean | 0 | 0 | -
		leaks | boost | leaks | 3 | 300 | -
	EOS
}

@test "Check: with and without processes" {
	need_header check.h
	build_case suite check.c -lcheck -lsubunit -lm -lrt -pthread
	trace --quiet -- ./suite
	expect_tests <<-'EOS'
		clean | check | clean | 0 | 0 | -
		leaks | check | leaks | 3 | 300 | -
	EOS
	CK_FORK=no trace --quiet -- ./suite
	expect_tests <<-'EOS'
		clean | check | clean | 0 | 0 | -
		leaks | check | leaks | 3 | 300 | -
	EOS
}

@test "cmocka: a test that leaves by longjmp" {
	need_header cmocka.h
	build_case suite cmocka.c -lcmocka
	trace_suite "$TIMES" ./suite
	expect_tests <<-'EOS'
		clean | cmocka | clean | 0 | 0 | -
		fails | cmocka | leaks | 1 | 70 | -
		leaks | cmocka | leaks | 3 | 300 | -
	EOS
}

@test "pytest: fixtures, parameters, a hand-over, a skip, a failure" {
	/usr/bin/python3 -c 'import pytest' 2>/dev/null || skip "pytest is not installed"
	cp "$FRAMEWORKS/test_pytest.py" .
	export PYTHONDONTWRITEBYTECODE=1
	# Where the interpreter leaves a number that was a pointer, is not for a test to expect.
	TRACE_OPTIONS+=(--no-scan)
	trace_suite "$TIMES" /usr/bin/python3 -m pytest -p no:cacheprovider -q test_pytest.py
	report '.tests[]
		| "\(.own_name) \(.verdict) \(.outstanding_blocks) \(.outstanding_bytes)"' >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		test_clean clean 0 0
		test_leaks leaks 1 5002
		test_first_user clean 0 0
		test_second_user clean 0 0
		test_gives clean 0 0
		test_takes clean 0 0
		test_skips clean 0 0
		test_param[1] leaks 1 5100
		test_param[2] leaks 1 10200
		test_fails leaks 1 5004
		test_method leaks 1 5005
	EOS
	equal "$(report '.tests[] | select(.own_name == "test_method") | .suite')" \
		test_pytest.TestClass "class"
}

@test "any suite: a variable, functions, a path" {
	local way

	build_case suite generic.c
	for way in env marker path; do
		trace --quiet --test-env MY_TEST --test-marker my_begin:2,my_end -- ./suite "$way"
		check_no_loss
		expect_tests <<-EOS
			clean | $way | clean | 0 | 0 | -
			leaks | $way | leaks | 3 | 300 | -
		EOS
		equal "$(report '[.sites[] | select(.test == null and .class == "lost") | .bytes]
			| add')" 11 "lost between the tests"
	done
	trace --quiet --tests none -- ./suite env
	equal "$(count '.tests[]')" 0 "tests with --tests none"
}
