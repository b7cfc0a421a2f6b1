#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What tests retain and what grows with each run of a test: --repeat, --python, --fail-on retained.

load lib
load frameworks

setup() {
	common_setup
	need python3 c++
}

teardown() {
	common_teardown
}

need_pytest() {
	/usr/bin/python3 -c 'import pytest' 2>/dev/null || skip "pytest is not installed"
}

PYTEST=(/usr/bin/python3 -m pytest -q -p no:cacheprovider)

# The tests of which something grows, a line each: NAME, and what was held after each run.
growing() {
	report '.sites[] | select(.class == "growth") | "\(.test) \(.growth | tojson)"' | sort
}

@test "repeat: gtest: what grows with each run, and nothing that is set up once" {
	[ -e /usr/include/gtest/gtest.h ] || skip "gtest is not installed"
	build_case growing growing.cc -pthread -lgtest
	trace --repeat 3 --fail-on growth -- "$WORK/growing"
	equal "$status" 23 "exit status"
	equal "$(growing)" 'Suite.Grows [1000,2000,3000]' "what grows"
	equal "$(report '[.tests[] | select(.name == "Suite.Grows") | .verdict] | join(" ")')" \
		"clean clean leaks" "verdicts"
	grep -q 'more and more after each run: 1000 B, 2.0 KiB, 2.9 KiB,' "$WORK/err" ||
		fail "the text does not say it"
	trace --fail-on growth -- "$WORK/growing"
	equal "$status" 0 "exit status without --repeat"
	grep -q 'note: no test ran more than once' "$WORK/err" || fail "no note"
}

@test "repeat: pytest: each test runs so often, with its own fixtures, and is reported once" {
	need_pytest
	cp "$FRAMEWORKS/test_repeat.py" .
	export COUNTS=$WORK/counts
	trace --repeat 3 --fail-on growth --min-bytes 10k -- "${PYTEST[@]}" test_repeat.py
	equal "$status" 23 "exit status"
	grep -q '^4 passed' "$WORK/out" || fail "pytest counts another number of tests"
	equal "$(sort "$COUNTS" | uniq -c | sed 's/^ *//')" \
		"$(printf '3 each\n1 module\n1 module end')" "fixtures"
	equal "$(count '.tests[] | select(.name == "test_repeat.py::test_grows")')" 3 runs
	equal "$(growing | cut -d' ' -f1 | uniq)" test_repeat.py::test_grows "what grows"
}

# 200 clean tests, and one that fills a cache.
write_python_suite() {
	cat >test_suite.py <<-'EOS'
		import functools
		import pytest

		@functools.cache
		def square(n):
		    return n * n

		@pytest.mark.parametrize("n", range(200))
		def test_clean(n):
		    words = [str(i) * n for i in range(100)]
		    assert len({w: i for i, w in enumerate(words)}) > 0

		def test_fills_cache():
		    assert sum(square(n) for n in range(10000)) > 0
	EOS
}

@test "retained: a cache that one of 201 tests of Python fills is found with --python" {
	need_pytest
	write_python_suite
	trace --python --fail-on retained --min-bytes 10k -- "${PYTEST[@]}"
	equal "$status" 23 "exit status"
	equal "$(count '.tests[]')" 201 tests
	equal "$(report '[.tests[] | select(.verdict != "clean") | .name] | join(" ")')" \
		test_suite.py::test_fills_cache "tests that leak"
	at_least "$(report '.tests[200].retained_blocks')" 10000 "blocks that it retained"
	at_least "$(report '[.sites[] | select(.class == "retained") | .blocks] | max')" 9000 \
		"blocks of one call site"
	check_no_loss
}

@test "retained: a clean suite of Python has no leak, and a hint at --python" {
	need_pytest
	write_python_suite
	trace --fail-on retained,lost --min-bytes 10k -- "${PYTEST[@]}" -k test_clean
	equal "$status" 0 "exit status"
	grep -q 'note: .*pymalloc.*--python shows them' "$WORK/err" || fail "no hint at --python"
}
