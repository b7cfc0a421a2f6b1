#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Frameworks for C and C++: a project of each, with the same tests. Their own output and status must
# be the same with and without leaktrace; then their verdicts; then a run in which a test crashes.

load lib
load frameworks

TIMES='s/[0-9.]+ ?(ms|s|sec|seconds)\b/N \1/g; s/in [0-9.]+s/in Ns/; s/seed [0-9]+/seed N/'
# What all of them have.
TESTS=(clean leaks fails opens threads crashes)

setup() {
	common_setup
	need cc c++ jq
	TRACE_OPTIONS=(--user root --kinds "memory,fd,thread")
}

teardown() {
	common_teardown
}

# need_header FILE: of a framework that may not be installed
need_header() {
	echo "#include <$1>" | c++ -E -x c++ - >/dev/null 2>&1 || skip "$1 is not installed"
}

# Runs the project, in which a test crashes now.
trace_crash() {
	CRASH=1 trace --quiet --error-exitcode 0 "${TRACE_OPTIONS[@]}" -- ./suite "$@"
}

@test "gtest: types, parameters, a fixture, a hand-over, a skip" {
	need_header gtest/gtest.h
	TESTS+=(holds gives takes skips)
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	trace_suite "$TIMES" ./suite --gtest_filter=-DeathTest.*
	{ body_tests gtest Suite.%s "${TESTS[@]}" && cat; } <<-'EOS' |
		Some/Numbers.param/0 | gtest | leaks | 1 | 2000000 | 0 | 0 | -
		Some/Numbers.param/1 | gtest | leaks | 1 | 4000000 | 0 | 0 | -
		Typed/0.leaks | gtest | leaks | 1 | 800000 | 0 | 0 | -
		Typed/1.leaks | gtest | leaks | 1 | 1600000 | 0 | 0 | -
	EOS
		sed s/Suite.crashes/Last.crashes/ | expect_tests
	expect_retracted Suite.gives 6002
	expect_retracted Suite.holds 500
	equal "$(report '.tests[] | select(.own_name == "param/1") | .suite')" Some/Numbers suite
	trace_crash --gtest_filter=Suite.clean:Last.*
	crash_tests gtest %s Suite.clean Last.crashes
}

@test "gtest: what dies in a death test is no test and no leak" {
	local style

	need_header gtest/gtest.h
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	for style in fast threadsafe; do
		trace_suite "$TIMES" ./suite --gtest_filter='DeathTest.*:Suite.leaks' \
			--gtest_death_test_style=$style
		{ body_tests gtest Suite.%s leaks && body_tests gtest DeathTest.%s dies; } |
			expect_tests
	done
}

@test "gtest: without symbols; two shards" {
	need_header gtest/gtest.h
	need strip
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	strip suite
	trace --quiet "${TRACE_OPTIONS[@]}" -- sh -c 'for GTEST_SHARD_INDEX in 0 1; do
		export GTEST_SHARD_INDEX GTEST_TOTAL_SHARDS=2
		./suite --gtest_filter="Suite.*"; done'
	body_tests gtest Suite.%s clean leaks fails opens threads holds gives takes skips |
		sed 's/gives|gtest|.*/gives|gtest|clean|0|0|0|0|-/' | expect_tests
	equal "$(report '[.tests[].pid] | unique | length')" 2 "processes"
}

@test "gtest: optimised as a whole" {
	need_header gtest/gtest.h
	build_case suite gtest.cc -lgtest -lgtest_main -pthread -O2 -flto
	trace --quiet "${TRACE_OPTIONS[@]}" -- ./suite --gtest_filter=Suite.*-Suite.s*
	body_tests gtest Suite.%s clean leaks fails opens threads holds gives takes | expect_tests
}

# Its strings are not those of libstdc++. The library that is packaged is made for those.
@test "gtest: with libc++" {
	local from=/usr/src/googletest/googletest

	need clang++
	echo '#include <string>' | clang++ -stdlib=libc++ -E -x c++ - >/dev/null 2>&1 ||
		skip "libc++ is not installed"
	[ -e "$from/src/gtest-all.cc" ] || skip "the source of GoogleTest is not installed"
	clang++ -stdlib=libc++ -O0 -I"$from" -I"$from/include" -o suite "$FRAMEWORKS/gtest.cc" \
		"$from/src/gtest-all.cc" "$from/src/gtest_main.cc" -pthread || fail "clang++"
	trace --quiet "${TRACE_OPTIONS[@]}" -- ./suite --gtest_filter=Suite.*-Suite.s*
	body_tests gtest Suite.%s clean leaks fails opens threads holds gives takes | expect_tests
}

@test "Catch2: a fixture, sections, generated values" {
	[ -e /usr/include/catch2 ] || skip "catch2 is not installed"
	TESTS+=(holds gives takes)
	build_case suite catch2.cc
	trace_suite "$TIMES" ./suite
	{ body_tests catch2 %s "${TESTS[@]}" && cat; } <<-'EOS' | expect_tests
		leaks, with a long enough name | catch2 | leaks | 1 | 600000 | 0 | 0 | -
		param | catch2 | leaks | 2 | 6000000 | 0 | 0 | -
		sections | catch2 | leaks | 2 | 600000 | 0 | 0 | -
	EOS
	expect_retracted gives 6002
	trace_crash clean,crashes
	crash_tests catch2 %s clean crashes
}

@test "doctest: a fixture, types, a hand-over" {
	need_header doctest/doctest.h
	TESTS+=(holds gives takes)
	build_case suite doctest.cc
	trace_suite "$TIMES" ./suite
	{ body_tests doctest %s "${TESTS[@]}" && cat; } <<-'EOS' | expect_tests
		param<char> | doctest | leaks | 1 | 200000 | 0 | 0 | -
		param<double> | doctest | leaks | 1 | 1600000 | 0 | 0 | -
	EOS
	expect_retracted gives 6002
	trace_crash --test-case=clean,crashes
	crash_tests doctest %s clean crashes
}

@test "Boost.Test: the fixture of a suite, data" {
	need_header boost/test/unit_test.hpp
	TESTS+=(holds gives takes)
	build_case suite boost.cc -lboost_unit_test_framework
	trace_suite "$TIMES" ./suite
	{ body_tests boost suite/%s "${TESTS[@]}" && cat; } <<-'EOS' | expect_tests
		suite/param/_0 | boost | leaks | 1 | 200000 | 0 | 0 | -
		suite/param/_1 | boost | leaks | 1 | 400000 | 0 | 0 | -
	EOS
	expect_retracted suite/gives 6002
	expect_retracted suite/holds 500
	# As in the framework's own file for CI.
	equal "$(report '.tests[] | select(.name == "suite/param/_1").suite')" suite.param "suite"
	trace_crash --run_test=suite/clean,crashes --catch_system_errors=no
	crash_tests boost suite/%s clean crashes
}

@test "Check: with and without processes" {
	need_header check.h
	TESTS+=(holds gives takes)
	build_case suite check.c -lcheck -lsubunit -lm -lrt -pthread
	trace_suite "$TIMES" ./suite
	{ body_tests check %s "${TESTS[@]}" && cat; } <<-'EOS' | expect_tests
		param | check | leaks | 1 | 200000 | 0 | 0 | -
		param | check | leaks | 1 | 400000 | 0 | 0 | -
	EOS
	trace_crash
	crash_tests check %s "${TESTS[@]}" param param
	export CK_FORK=no
	trace_suite "$TIMES" ./suite
	{ body_tests check %s "${TESTS[@]}" && cat; } <<-'EOS' | expect_tests
		param | check | leaks | 1 | 200000 | 0 | 0 | -
		param | check | leaks | 1 | 400000 | 0 | 0 | -
	EOS
	expect_retracted gives 6002
}

@test "Criterion: a fixture, parameters" {
	need_header criterion/criterion.h
	TESTS+=(holds)
	build_case suite criterion.c -lcriterion
	trace_suite "$TIMES" ./suite -j1
	{ body_tests criterion suite::%s "${TESTS[@]}" && cat; } <<-'EOS' | expect_tests
		suite::param | criterion | leaks | 1 | 200000 | 0 | 0 | -
		suite::param | criterion | leaks | 1 | 400000 | 0 | 0 | -
	EOS
	trace_crash -j1
	crash_tests criterion suite::%s "${TESTS[@]}" param param
}

@test "CUnit: the library, and a part of the program" {
	local flags

	need_header CUnit/Basic.h
	TESTS+=(holds gives takes)
	for flags in -lcunit "-l:libcunit.a"; do
		build_case suite cunit.c "$flags"
		trace_suite "$TIMES" ./suite
		body_tests cunit %s "${TESTS[@]}" | expect_tests
		expect_retracted gives 6002
		expect_retracted holds 500
	done
	trace_crash
	crash_tests cunit %s "${TESTS[@]}"
}

@test "cmocka: a test that leaves by longjmp, the fixture of a group, a hand-over" {
	need_header cmocka.h
	TESTS+=(holds gives takes skips)
	build_case suite cmocka.c -lcmocka
	trace_suite "$TIMES" ./suite
	body_tests cmocka %s "${TESTS[@]}" | expect_tests
	expect_retracted gives 6002
	expect_retracted holds 500
	trace_crash
	crash_tests cmocka %s "${TESTS[@]}"
}

@test "Unity: a test that leaves by longjmp, a hand-over" {
	TESTS+=(holds gives takes skips)
	build_case suite unity.c
	trace_suite "$TIMES" ./suite
	body_tests unity %s "${TESTS[@]}" | expect_tests
	expect_retracted gives 6002
	equal "$(report '[.sites[] | select(.test == null and .class == "lost") | .bytes]
		| add')" 220000 "lost in no test"
	trace_crash
	crash_tests unity %s "${TESTS[@]}"
}

@test "Qt Test: rows of data are tests; the main loop is nobody's leak" {
	local moc

	need pkg-config
	pkg-config --exists Qt5Test || skip "the headers of Qt 5 are not installed"
	TESTS+=(holds gives takes skips)
	moc=$(pkg-config --variable=host_bins Qt5Core)/moc
	"$moc" "$FRAMEWORKS/qt.cc" -o "$WORK/qt.moc" || fail "moc"
	# shellcheck disable=SC2046
	build_case suite qt.cc -fPIC -I"$WORK" $(pkg-config --cflags --libs Qt5Test)
	QT_NO_GLIB=1 trace_suite "$TIMES; s/, [0-9]+ms/, Nms/" ./suite
	{ body_tests qt %s "${TESTS[@]}" initTestCase cleanupTestCase rows && cat; } <<-'EOS' |
		rows(one) | qt | leaks | 1 | 200000 | 0 | 0 | -
		rows(row two) | qt | leaks | 1 | 400000 | 0 | 0 | -
	EOS
		expect_tests
	expect_retracted gives 6002
	QT_NO_GLIB=1 trace_crash clean crashes -nocrashhandler
	crash_tests qt %s clean crashes initTestCase
	# GLib opens a descriptor for the first who needs it, and keeps it.
	trace --quiet "${TRACE_OPTIONS[@]}" -- ./suite clean
	equal "$(report '[.tests[] | select(.verdict == "leaks") | .name] | join(" ")')" "" \
		"tests that leak"
}

@test "USDT probes: leaktrace:begin with the name, leaktrace:end" {
	need_header sys/sdt.h
	build_case suite usdt.c
	trace_suite "$TIMES" ./suite
	expect_tests <<-'EOS'
		clean | usdt | clean | 0 | 0 | 0 | 0 | -
		leaks | usdt | leaks | 3 | 6000000 | 0 | 0 | -
		number 1 | usdt | leaks | 1 | 1000000 | 0 | 0 | -
		number 2 | usdt | leaks | 1 | 1000000 | 0 | 0 | -
	EOS
	equal "$(report '[.sites[] | select(.test == null and .class == "lost") | .bytes]
		| add')" 220000 "lost in no test"
}

@test "any suite: a variable, functions, a path" {
	local way

	build_case suite generic.c
	for way in env marker path; do
		trace --quiet "${TRACE_OPTIONS[@]}" --test-env MY_TEST \
			--test-marker my_begin:2,my_end -- ./suite "$way"
		check_no_loss
		expect_tests <<-EOS
			clean | $way | clean | 0 | 0 | 0 | 0 | -
			leaks | $way | leaks | 3 | 6000000 | 0 | 0 | -
		EOS
		equal "$(report '[.sites[] | select(.test == null and .class == "lost") | .bytes]
			| add')" 220000 "lost between the tests"
	done
	trace --quiet --tests none -- ./suite env
	equal "$(count '.tests[]')" 0 "tests with --tests none"
}

@test "any suite: a variable whose name is in memory that nothing has touched yet" {
	cat >far.c <<-'EOF'
		#include <stdlib.h>
		/* Further from all else than the kernel maps pages around one that is touched. */
		static const char names[1 << 20] = { [1 << 19] = 'F', 'A', 'R' };
		void *volatile kept;
		int main(void)
		{
			setenv(names + (1 << 19), "away", 1);
			kept = malloc(77);
			kept = NULL;
			unsetenv(names + (1 << 19));
			return 0;
		}
	EOF
	cc -g -o far far.c
	trace --quiet "${TRACE_OPTIONS[@]}" --test-env FAR -- ./far
	check_no_loss
	expect_tests <<-'EOS'
		away | env | leaks | 1 | 77 | 0 | 0 | -
	EOS
}
