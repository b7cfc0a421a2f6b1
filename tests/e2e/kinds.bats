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
