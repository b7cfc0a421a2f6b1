#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# ctest: a process per test.

load lib
load frameworks

setup() {
	common_setup
	need ctest cc jq
	build_case cases cases.c
	TRACE_OPTIONS=()
}

teardown() {
	common_teardown
}

TIMES='s/[0-9]+\.[0-9]+ sec/N sec/; s/= +[0-9.]+ sec.*/= N sec/'

write_suite() {
	cat >CTestTestfile.cmake <<-EOS
		add_test(clean "$WORK/cases" clean)
		add_test(leaks "$WORK/cases" leak)
		add_test("same command" "$WORK/cases" leak)
		add_test(child "$WORK/cases" child)
		add_test(shell "sh" "-c" "$WORK/cases leak; $WORK/cases clean")
		add_test(crash "$WORK/cases" crash)
		add_test(shellcrash "bash" "-c" "$WORK/cases crash; exit \$?")
		add_test(fails "$WORK/cases" fail)
		add_test(skips "$WORK/cases" skip)
		set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 77)
	EOS
}

# What shells hold when they end is theirs: only that they hold something of these sizes counts.
check_suite() {
	report '.sites |= map(select((.stack[0].module // "") | endswith("cases")))
		| . as $all | .tests[] | . as $t | [$all.sites[] | select(.test == $t.name)]
		| "\($t.name) \($t.verdict) \(map(.blocks) | add // 0) \(map(.bytes) | add // 0)"
			+ " \($t.reason // "-")"' | LC_ALL=C sort >"$WORK/found"
	cat >"$WORK/wanted" <<-'EOS'
		child leaks 1 64 -
		clean clean 0 0 -
		crash none 1 50 killed by SIGABRT
		fails clean 0 0 -
		leaks leaks 3 300 -
		same command leaks 3 300 -
		shell leaks 3 300 -
		shellcrash none 1 50 killed by SIGABRT
		skips clean 0 0 -
	EOS
	diff -u "$WORK/wanted" "$WORK/found" || fail "other tests than expected"
}

@test "ctest: each test has what its processes left" {
	write_suite
	trace --quiet -- ctest
	equal "$status" 8 "exit status"
	check_no_loss
	check_suite
	equal "$(report '[.tests[].runner] | unique | join(" ")')" ctest "runners"
	equal "$(report '.processes[] | select(.command[1] == "child") | .test' | sort -u)" child \
		"test of the processes of child"
}

@test "ctest: several at once" {
	write_suite
	trace --quiet -- ctest -j3
	check_no_loss
	check_suite
}

@test "ctest: its output is the same" {
	write_suite
	TRACE_OPTIONS=(--user root)
	trace_suite "$TIMES" ctest
	check_suite
}

@test "ctest: a test that is repeated is there twice" {
	echo "add_test(leaks \"$WORK/cases\" leak)" >CTestTestfile.cmake
	trace --quiet -- ctest --repeat until-fail:2
	expect_tests <<-'EOS'
		leaks | ctest | leaks | 3 | 300 | - | - | -
		leaks | ctest | leaks | 3 | 300 | - | - | -
	EOS
	equal "$(report '[.tests[].occurrence] | tojson')" '[0,1]' "occurrences"
}

@test "ctest: fixtures, dependencies, four at once" {
	{
		write_suite
		cat <<-EOS
			add_test(sets_up "$WORK/cases" leak)
			add_test(needs "$WORK/cases" leak)
			add_test(cleans_up "$WORK/cases" clean)
			set_tests_properties(sets_up PROPERTIES FIXTURES_SETUP f)
			set_tests_properties(cleans_up PROPERTIES FIXTURES_CLEANUP f)
			set_tests_properties(needs PROPERTIES FIXTURES_REQUIRED f DEPENDS clean)
		EOS
	} >>CTestTestfile.cmake
	trace --quiet -- ctest -j4 -R 'needs|same|^leaks|clean'
	check_no_loss
	expect_tests <<-'EOS'
		clean | ctest | clean | 0 | 0 | - | - | -
		cleans_up | ctest | clean | 0 | 0 | - | - | -
		leaks | ctest | leaks | 3 | 300 | - | - | -
		needs | ctest | leaks | 3 | 300 | - | - | -
		same command | ctest | leaks | 3 | 300 | - | - | -
		sets_up | ctest | leaks | 3 | 300 | - | - | -
	EOS
}

@test "ctest: programs with cases of their own; one case is the test itself" {
	echo '#include <gtest/gtest.h>' | c++ -E -x c++ - >/dev/null 2>&1 ||
		skip "gtest/gtest.h is not installed"
	build_case suite gtest.cc -lgtest -lgtest_main -pthread
	export GTEST_FILTER='Suite.c*:Suite.l*:DeathTest.*'
	cat >CTestTestfile.cmake <<-EOS
		add_test(all "sh" "-c" "./suite; exit 0")
		add_test(Suite.leaks "$WORK/suite" "--gtest_filter=Suite.leaks")
	EOS
	trace --quiet -- ctest
	equal "$status" 23 "exit status"
	check_no_loss
	report '.tests[] | "\(.name) \(.runner) \([.lost_blocks, .lost_bytes])"' |
		LC_ALL=C sort >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		Suite.leaks ctest [3,6000000]
		all / DeathTest.dies gtest [0,0]
		all / Suite.clean gtest [0,0]
		all / Suite.leaks gtest [3,6000000]
		all ctest [0,0]
	EOS
}

@test "ctest: a framework that there is not" {
	trace --tests pytset -- ctest
	equal "$status" 2 "exit status"
	grep -q "no test framework is called 'pytset'" "$WORK/err" || fail "the reason"
	grep -q "there are: auto, none, ctest, .*pytest" "$WORK/err" || fail "the names"
}

@test "ctest: without its lines the name is in the build folder" {
	echo "add_test(leaks \"$WORK/cases\" leak)" >CTestTestfile.cmake
	trace --quiet -- ctest -Q
	expect_tests <<-'EOS'
		leaks | ctest | leaks | 3 | 300 | - | - | -
	EOS
}

@test "ctest: an unsuccessful verdict fails the run" {
	echo "add_test(leaks \"$WORK/cases\" leak)" >CTestTestfile.cmake
	trace -- ctest
	equal "$status" 23 "exit status"
	grep -q '^! leaks  *300 B /3' "$WORK/err" || fail "the table does not show the test"
	grep -q '1 of 1 test leaked' "$WORK/err" || fail "the last line does not count it"
	echo "add_test(clean \"$WORK/cases\" clean)" >CTestTestfile.cmake
	trace --fail-on outstanding -- ctest
	grep -q '0 of 1 test leaked' "$WORK/err" || fail "the last line does not count it"
}

@test "ctest: a thousand tests of a millisecond" {
	local i

	for ((i = 1; i <= 1000; i++)); do
		printf 'add_test(t%d "%s" %s)\n' "$i" "$WORK/cases" $((i % 10 ? 0 : 1)) |
			sed 's/ 0)$/ clean)/; s/ 1)$/ leak)/'
	done >CTestTestfile.cmake
	trace --quiet -- ctest -j2
	check_no_loss
	report '.tests[] | select(.verdict == "leaks") | .name' | sort -V >found
	seq -f 't%.0f' 10 10 1000 | diff - found || fail "other tests leaked"
	equal "$(count '.tests[]')" 1000 tests
}
