#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Tests in Python, by pytest and by unittest.

load lib
load frameworks

TIMES='s/in [0-9.]+s/in Ns/'

setup() {
	common_setup
	need jq
	[ -x /usr/bin/python3 ] || skip "Debian's Python is not installed"
	export PYTHONDONTWRITEBYTECODE=1
	# Where the interpreter leaves a number that was a pointer, is not for a test to expect.
	TRACE_OPTIONS=(--user root --no-scan)
}

teardown() {
	common_teardown
}

need_module() {
	/usr/bin/python3 -c "import $1" 2>/dev/null || skip "Python's module $1 is not installed"
}

# What tests hold from C, a line each, in blocks of so many bytes (50000) or more; the interpreter's
# own are smaller.
held() {
	report '.sites |= map(select(.kind == "memory" and .bytes / .blocks >= '"${1:-50000}"'))
		| . as $all | .tests[] | . as $t | [$all.sites[] | select(.test == $t.name)]
		| "\($t.own_name) \($t.runner) \($t.verdict) \(map(.blocks) | add // 0)"
			+ " \(map(.bytes) | add // 0)"'
}

@test "pytest: fixtures, parameters, a hand-over, a skip, a failure, a crash" {
	need_module pytest
	cp "$FRAMEWORKS/test_pytest.py" .
	TRACE_OPTIONS+=(--kinds "memory,fd,thread")
	trace_suite "$TIMES" /usr/bin/python3 -m pytest -p no:cacheprovider -q test_pytest.py
	held 5000 >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		test_clean pytest clean 0 0
		test_leaks pytest leaks 1 5002
		test_first_user pytest clean 0 0
		test_second_user pytest clean 0 0
		test_gives pytest clean 0 0
		test_takes pytest clean 0 0
		test_skips pytest clean 0 0
		test_param[1] pytest leaks 1 5100
		test_param[2] pytest leaks 1 10200
		test_fails pytest leaks 1 5004
		test_method pytest leaks 1 5005
		test_fd pytest leaks 0 0
		test_thread pytest leaks 0 0
		test_crash pytest clean 0 0
	EOS
	equal "$(report '.tests[] | select(.fds + .threads > 0)
		| "\(.own_name) \(.fds) \(.threads)"')" \
		$'test_fd 1 0\ntest_thread 0 1' "descriptors and threads"
	equal "$(report '.tests[] | select(.own_name == "test_method") | .suite')" \
		test_pytest.TestClass "class"
	CRASH=1 trace --quiet "${TRACE_OPTIONS[@]}" -- \
		/usr/bin/python3 -m pytest -p no:cacheprovider -q test_pytest.py -k "fd or crash"
	equal "$(report '.tests[] | select(.own_name == "test_crash") | .reason')" \
		"killed by SIGABRT" "the test that crashes"
}

@test "pytest: fixtures of each scope, ids with odd characters" {
	need_module pytest
	cp "$FRAMEWORKS/test_scopes.py" .
	trace_suite "$TIMES" /usr/bin/python3 -m pytest -p no:cacheprovider -q test_scopes.py
	held >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		test_holds pytest clean 0 0
		test_holds_again pytest clean 0 0
		test_both[1-a b] pytest leaks 1 50001
		test_both[1-c::d (call)] pytest leaks 1 50001
		test_both[1-\xe9] pytest leaks 1 50001
		test_both[2-a b] pytest leaks 1 50002
		test_both[2-c::d (call)] pytest leaks 1 50002
		test_both[2-\xe9] pytest leaks 1 50002
		test_takes pytest clean 0 0
		test_setup_leaks pytest leaks 1 50075
	EOS
	at_least "$(report '.tests[0].retracted_bytes')" $((71000 + 72000 + 73000)) \
		"bytes of fixtures that outlived their first test"
	at_least "$(report '.tests[1].retracted_bytes')" 50076 "bytes that were handed over"
	equal "$(report '.tests[2].suite')" test_scopes.TestFirst class
}

@test "pytest-xdist: tests in several processes" {
	need_module pytest
	need_module xdist
	cp "$FRAMEWORKS/test_scopes.py" test_a.py
	cp "$FRAMEWORKS/test_scopes.py" test_b.py
	trace_suite "$TIMES" /usr/bin/python3 -m pytest -p no:cacheprovider -q -n 2 --dist loadfile
	report '.tests | group_by(.suite) | .[]
		| "\(.[0].suite) \(length) \(map(select(.verdict == "leaks")) | length)"' >found
	diff -u - found <<-'EOS' || fail "other tests than expected, or other verdicts"
		test_a.TestFirst 8 6
		test_a.TestSecond 2 1
		test_b.TestFirst 8 6
		test_b.TestSecond 2 1
	EOS
	equal "$(report '[.tests[].pid] | unique | length')" 2 "processes of tests"
}

@test "unittest -v: modules, classes, parts, a hand-over, a skip, a descriptor, a thread" {
	cp "$FRAMEWORKS/test_unittest.py" .
	TRACE_OPTIONS+=(--kinds "memory,fd,thread")
	trace_suite "$TIMES" /usr/bin/python3 -m unittest -v test_unittest
	held >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		test_clean unittest clean 0 0
		test_crash unittest leaks 1 50099
		test_described unittest leaks 1 50005
		test_fails unittest leaks 1 50004
		test_fd unittest leaks 0 0
		test_gives unittest clean 0 0
		test_leaks unittest leaks 1 50002
		test_parts unittest leaks 3 150060
		test_skips unittest clean 0 0
		test_takes unittest clean 0 0
		test_thread unittest leaks 0 0
	EOS
	equal "$(report '.tests[4].fds')" 1 "descriptors of test_fd"
	equal "$(report '.tests[10].threads')" 1 "threads of test_thread"
	at_least "$(report '.tests[5].retracted_bytes')" 50003 "bytes that were handed over"
	equal "$(report '.tests[0] | "\(.name) \(.suite)"')" \
		"test_unittest.Cases.test_clean test_unittest.Cases" name
}

@test "unittest -v: the test that crashes gets no verdict" {
	cp "$FRAMEWORKS/test_unittest.py" .
	CRASH=1 trace --quiet --no-scan -- /usr/bin/python3 test_unittest.py -v
	equal "$status" 134 "exit status"
	equal "$(report '.tests[-1] | "\(.name) \(.verdict) \(.reason)"')" \
		"__main__.Cases.test_crash none killed by SIGABRT" "the last test"
}

@test "unittest without -v: says that it does not tell of its tests" {
	cp "$FRAMEWORKS/test_unittest.py" .
	trace --no-scan --top 1 --fail-on none -- /usr/bin/python3 -m unittest test_unittest
	grep -q "note: process [0-9]* runs Python's unittest, .* only with -v" "$WORK/err" ||
		fail "no hint at -v"
}
