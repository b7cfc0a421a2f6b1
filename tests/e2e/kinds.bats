#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Descriptors, threads and mappings together: which test has left them, and in which way.

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

@test "kinds: what tests leave behind in a process that goes on" {
	trace --kinds mapping,fd,thread -- "$LEAKERS/test_kinds"
	equal "$status" 23 "exit status"
	check_complete
	report '.tests[] | "\(.name) \(.verdict) \(.fds) \(.fds_at_exit) \(.threads)" +
		" \(.threads_at_exit) \(.leaked_mappings) \(.reachable_mappings)"' >found
	diff -u - found <<-'EOS' || fail "other tests than expected"
		clean clean 0 0 0 0 0 0
		leaves_fd leaks 1 0 0 0 0 0
		leaves_thread leaks 0 0 1 0 0 0
		leaves_mapping leaks 0 0 0 0 1 0
		hands_over clean 0 0 0 0 0 0
		takes clean 0 0 0 0 0 0
		keeps_mapping clean 0 0 0 0 0 1
	EOS
	equal "$(count '.sites[] | select(.test == null)')" 0 "call sites in no test"
	grep -Eq '^  TEST +FDS +THREADS +MAPPINGS ' "$WORK/err" || fail "the columns are others"
	grep -Eq '^! leaves_mapping +- +- +8.0 KiB /1 ' "$WORK/err" || fail "the line is another"
}

@test "kinds: threads and mappings from before the attach, and how they grow" {
	local n

	start "$WORK/before" "$LEAKERS/before"
	before=$!
	wait_for 10 grep -q '^ready' "$WORK/before"
	start "$WORK/lt" "$LT" --log attach --kinds mapping,thread --json "$WORK/json" \
		--interval 200ms -p "$before"
	tracer=$!
	wait_attached "$WORK/lt" "$before"
	for n in 1 2; do
		wait_for 10 test -s "$WORK/json"
		kill -USR1 "$before"
		wait_for 10 eval "[ \$(grep -c ^done $WORK/before) = $n ]"
	done
	kill -INT "$tracer"
	wait_child 30 "$tracer"
	equal "$status" 0 "exit status"
	cp "$WORK/lt" "$WORK/err"
	check_complete
	# Of anonymous memory from before, there is as much as the C library has mapped.
	report '.sites[] | (.class == "before-attach") as $old | "\(.kind) \(.class)" +
		" \(if $old and .kind == "mapping" then "some" else .blocks end)" +
		" \(.stack[0].function) " + ([.objects[] | .target // .start_routine
			| select(. != null and . != "anonymous memory")] | unique | join("+")) +
		" \($old or .growth[0] == 0) \(.growth[-1] == .bytes or .growth[-1] == .blocks)"' |
		sort >found
	diff -u - found <<-'EOS' || fail "others than expected"
		mapping before-attach some null memfd:kept (deleted) true true
		mapping outstanding 2 map  true true
		mapping outstanding 2 map_memfd memfd:new (deleted) true true
		thread before-attach 1 null  true true
		thread outstanding 2 start endless true true
	EOS
	equal "$(report '[.totals.mappings, .totals.threads] | join(" ")')" "4 2" "totals"
	kill -TERM "$before"
	wait_child 10 "$before"
}
