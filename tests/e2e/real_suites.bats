#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A test suite that others have written: docs/REAL_SUITES.md has more of them.

load lib
load frameworks

setup() {
	common_setup
	need jq
	export LEAKTRACE_OPTIONS=
}

teardown() {
	common_teardown
}

@test "real suites: python3-bitarray, a library in C with 156 tests of pytest" {
	local tests=/usr/lib/python3/dist-packages/bitarray/test_util.py
	local times='s/ in [0-9.]+s.*//'

	[ -e "$tests" ] || skip "python3-bitarray is not installed"
	/usr/bin/python3 -c 'import pytest' 2>/dev/null || skip "pytest is not installed"
	cp "$tests" .
	trace_suite "$times" /usr/bin/python3 -m pytest -q -p no:cacheprovider test_util.py
	equal "$status" 0 "exit status"
	grep -q "^$(count '.tests[]') passed" "$WORK/out" || fail "another number of tests"
	at_least "$(count '.tests[]')" 100 tests
	equal "$(report '[.tests[] | select(.verdict != "clean") | .name] | join(" ")')" "" \
		"tests that leak"
	equal "$(report .verdict)" clean verdict
}
