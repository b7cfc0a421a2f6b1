#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Many short processes: the cost of each must not depend on how many there were, nor on how much
# some other process holds.

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

spawned() {
	sed -n "s/^$1 //p" "$WORK/out"
}

@test "short: 1,000 processes next to one with 500,000 blocks" {
	local first second

	trace --fail-on none -- "$LEAKERS/spawner" 1000 500000
	equal "$status" 0 "exit status: $(cat "$WORK/out")"
	equal "$(spawned wrong)" 0 "processes that went wrong"
	check_complete
	first=$(spawned first_us)
	second=$(spawned second_us)
	at_least "$first" 1 "microseconds of the first half"
	[ "$second" -le $((first * 2)) ] ||
		fail "the first 500 took $first us, the last 500 took $second us"
	equal "$(count '.processes[] | select(.exe // "" | endswith("/spawner"))
		| select(.outstanding_blocks >= 500000)')" 1 "processes that hold the blocks"
	# 1,000 workers, the holder and the spawner.
	equal "$(count '.processes[] | select(.end == "exit")')" 1002 "processes"
}

@test "short: every one of 300 processes is reported with all of its allocations" {
	trace --fail-on none -- "$LEAKERS/spawner" 300 0
	equal "$status" 0 "exit status: $(cat "$WORK/out")"
	check_complete
	equal "$(count '.processes[] | select(.command[0] == "worker" and .end == "exit")')" 300 \
		"workers"
	# 60 times realloc and calloc in each, and stdio has no part in it.
	equal "$(report '[.processes[] | select(.command[0] == "worker" and .end == "exit")
		| "\(.allocations) \(.frees)"] | unique | join(", ")')" "120 120" \
		"allocations and frees of the workers"
}
