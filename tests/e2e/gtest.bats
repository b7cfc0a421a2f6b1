#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# GoogleTest: in the forms that it is built in, and with processes of its own.

load lib
load frameworks

TIMES='s/[0-9.]+ ?(ms|s|sec)\b/N \1/g; s/in [0-9.]+s/in Ns/; s/seed [0-9]+/seed N/'

setup() {
	common_setup
	need c++ jq strip
	echo '#include <gtest/gtest.h>' | c++ -E -x c++ - >/dev/null 2>&1 ||
		skip "gtest/gtest.h is not installed"
	TRACE_OPTIONS=(--user root)
}

teardown() {
	common_teardown
}

@test "gtest: fixtures, parameters, types, a hand-over, a skip, descriptors, threads" {
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	TRACE_OPTIONS+=(--kinds "memory,fd,thread")
	trace_suite "$TIMES" ./suite --gtest_filter=-DeathTest.*
	expect_tests <<-'EOS'
		Fixture.Holds | gtest | clean | 0 | 0 | -
		LastTest.Crashes | gtest | leaks | 1 | 99 | -
		Some/Numbers.Param/0 | gtest | leaks | 1 | 100 | -
		Some/Numbers.Param/1 | gtest | leaks | 1 | 200 | -
		Suite.Clean | gtest | clean | 0 | 0 | -
		Suite.Gives | gtest | clean | 0 | 0 | -
		Suite.Leaks | gtest | leaks | 3 | 300 | -
		Suite.Opens | gtest | leaks | 0 | 0 | -
		Suite.Skips | gtest | clean | 0 | 0 | -
		Suite.Takes | gtest | clean | 0 | 0 | -
		Suite.Threads | gtest | leaks | 0 | 0 | -
		Typed/0.Leaks | gtest | leaks | 1 | 40 | -
		Typed/1.Leaks | gtest | leaks | 1 | 80 | -
	EOS
	expect_retracted Suite.Gives 1
	expect_retracted Fixture.Holds 1
	equal "$(report '.tests[] | select(.fds + .threads > 0)
		| "\(.name) \(.fds) \(.threads)"')" \
		$'Suite.Opens 1 0\nSuite.Threads 0 1' "descriptors and threads"
	equal "$(report '.tests[] | select(.own_name == "Param/1") | .suite')" Some/Numbers suite
}

@test "gtest: what dies in a death test is no test and no leak" {
	local style

	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	for style in fast threadsafe; do
		trace_suite "$TIMES" ./suite --gtest_filter='DeathTest.*:Suite.Leaks' \
			--gtest_death_test_style=$style
		expect_tests <<-'EOS'
			DeathTest.Dies | gtest | clean | 0 | 0 | -
			Suite.Leaks | gtest | leaks | 3 | 300 | -
		EOS
	done
}

@test "gtest: optimised as a whole; two shards" {
	build_case suite gtest.cc -lgtest -lgtest_main -pthread -O2 -flto
	trace --quiet -- sh -c 'for GTEST_SHARD_INDEX in 0 1; do
		export GTEST_SHARD_INDEX GTEST_TOTAL_SHARDS=2
		./suite --gtest_filter="Suite.C*:Suite.L*:Suite.G*:Suite.T*"; done'
	expect_tests <<-'EOS'
		Suite.Clean | gtest | clean | 0 | 0 | -
		Suite.Gives | gtest | clean | 0 | 0 | -
		Suite.Leaks | gtest | leaks | 3 | 300 | -
		Suite.Takes | gtest | clean | 0 | 0 | -
		Suite.Threads | gtest | clean | 0 | 0 | -
	EOS
	equal "$(report '[.tests[].pid] | unique | length')" 2 "processes"
}

@test "gtest: the test that crashes gets no verdict" {
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	CRASH=1 trace --quiet -- ./suite --gtest_filter='Suite.Clean:LastTest.*'
	equal "$status" 134 "exit status"
	equal "$(report '.tests[] | "\(.name) \(.verdict) \(.reason)"')" \
		$'Suite.Clean clean null\nLastTest.Crashes none killed by SIGABRT' tests
}

@test "gtest: without symbols" {
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	strip suite
	trace --quiet -- ./suite --gtest_filter='Suite.*'
	expect_tests <<-'EOS'
		Suite.Clean | gtest | clean | 0 | 0 | -
		Suite.Gives | gtest | clean | 0 | 0 | -
		Suite.Leaks | gtest | leaks | 3 | 300 | -
		Suite.Opens | gtest | clean | 0 | 0 | -
		Suite.Skips | gtest | clean | 0 | 0 | -
		Suite.Takes | gtest | clean | 0 | 0 | -
		Suite.Threads | gtest | clean | 0 | 0 | -
	EOS
}
