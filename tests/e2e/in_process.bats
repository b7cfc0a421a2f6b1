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

@test "Unity: a test that leaves by longjmp" {
	build_case suite unity.c
	trace_suite "$TIMES" ./suite
	expect_tests <<-'EOS'
		clean | unity | clean | 0 | 0 | -
		fails | unity | leaks | 1 | 70 | -
		leaks | unity | leaks | 3 | 300 | -
	EOS
	equal "$(report '[.sites[] | select(.test == null and .class == "lost") | .bytes]
		| add')" 11 "lost in no test"
}

@test "Qt Test: rows of data are tests" {
	local moc

	need pkg-config
	pkg-config --exists Qt5Test || skip "the headers of Qt 5 are not installed"
	moc=$(pkg-config --variable=host_bins Qt5Core)/moc
	"$moc" "$FRAMEWORKS/qt.cc" -o "$WORK/qt.moc" || fail "moc"
	# shellcheck disable=SC2046
	build_case suite qt.cc -fPIC -I"$WORK" $(pkg-config --cflags --libs Qt5Test)
	trace_suite "$TIMES; s/, [0-9]+ms/, Nms/" ./suite
	report '.tests[] | "\(.name) \(.runner) \(.verdict) \([.lost_blocks, .lost_bytes])"' |
		LC_ALL=C sort >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		clean qt clean [0,0]
		cleanupTestCase qt clean [0,0]
		initTestCase qt clean [0,0]
		leaks qt leaks [3,300]
		rows qt clean [0,0]
		rows(one) qt leaks [1,10]
		rows(row two) qt leaks [1,20]
		skips qt clean [0,0]
	EOS
}

@test "USDT probes: leaktrace:begin with the name, leaktrace:end" {
	need_header sys/sdt.h
	build_case suite usdt.c
	trace_suite "$TIMES" ./suite
	expect_tests <<-'EOS'
		clean | usdt | clean | 0 | 0 | -
		leaks | usdt | leaks | 3 | 300 | -
		number 1 | usdt | leaks | 1 | 50 | -
		number 2 | usdt | leaks | 1 | 50 | -
	EOS
	equal "$(report '[.sites[] | select(.test == null and .class == "lost") | .bytes]
		| add')" 11 "lost in no test"
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
