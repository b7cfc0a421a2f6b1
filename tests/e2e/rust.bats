#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Tests in Rust: a thread for each.

load lib
load frameworks

# Debian's, whose version is known; others name threads in other ways, and can be tried by hand.
RUSTC=${LEAKTRACE_TEST_RUSTC:-/usr/bin/rustc}
TIMES='s/finished in [0-9.]+s/finished in Ns/'

setup() {
	common_setup
	need "$RUSTC" jq
	"$RUSTC" -g --edition 2021 --test -o suite "$FRAMEWORKS/libtest.rs" 2>rustc.log ||
		fail "libtest.rs cannot be built: $(cat rustc.log)"
	# What a thread has left on its stack when it ended is not for a test to expect.
	TRACE_OPTIONS=(--user root --no-scan)
}

teardown() {
	common_teardown
}

# What each test holds from calls of leak(); what a panic caches, for instance, is Rust's.
rows_of_suite() {
	report '.sites |= map(select(any(.stack[]; (.function // "") | test("tests::leak(::|$)"))))
		| . as $all | .tests[] | . as $t | [$all.sites[] | select(.test == $t.name)]
		| "\($t.name) \($t.runner) \(map(.blocks) | add // 0) \(map(.bytes) | add // 0)"
			+ " \($t.reason // "-")"' | LC_ALL=C sort
}

check_suite() {
	rows_of_suite >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		tests::clean libtest 0 0 -
		tests::gives libtest 0 0 -
		tests::leaks libtest 3 300 -
		tests::leaks_with_a_long_name libtest 1 70 -
		tests::leaks_with_a_long_name_too libtest 1 80 -
		tests::panics libtest 1 60 -
		tests::takes libtest 0 0 -
		tests::thread_of_its_own libtest 2 100 -
	EOS
}

@test "libtest: two tests at once" {
	# Which of two ends first, and so the order of the lines, is left to chance.
	trace --quiet --error-exitcode 0 "${TRACE_OPTIONS[@]}" -- ./suite --test-threads=2
	equal "$status" 0 "exit status"
	check_no_loss
	check_suite
	grep -q '^test result: ok. 8 passed; 0 failed; 1 ignored' "$WORK/out" || fail "the result"
	at_least "$(report '.tests[] | select(.own_name == "gives") | .retracted_bytes')" 600 \
		"bytes that were handed over"
}

@test "libtest: one test at a time" {
	trace_suite "$TIMES" ./suite --test-threads=1
	report '.tests |= map(select(.own_name != "is_ignored"))' >json.new && mv json.new json
	check_suite
	equal "$(report '.tests[0].suite')" tests module
}

# cargo-nextest has no package: this starts tests with the commands that it starts them with.
@test "nextest: a process for each test (a stand-in)" {
	cat >cargo-nextest <<-'EOS'
		#!/bin/sh
		if [ "$1" = __double-spawn ]; then
			exec "$3" $4
		fi
		./suite --list --format terse >list
		for name in clean leaks leaks_with_a_long_name panics; do
			"$0" __double-spawn -- ./suite "--exact tests::$name --nocapture"
		done
	EOS
	chmod 755 cargo-nextest
	trace_suite "$TIMES; s/thread '.*' \([0-9]+\)/thread/" "$WORK/cargo-nextest"
	rows_of_suite >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		tests::clean nextest 0 0 -
		tests::leaks nextest 3 300 -
		tests::leaks_with_a_long_name nextest 1 70 -
		tests::panics nextest 1 60 -
	EOS
}
