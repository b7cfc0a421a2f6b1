#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Lost or reachable: the class of each block, to the byte, in programs that know it.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2154

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# end_is STATUS HOW: the leaker that ends in many ways.
end_is() {
	trace_leaker "$1" "$LEAKERS/scan_ends" "$2"
}

@test "scan: lists, trees, rings and pointers into blocks" {
	trace_leaker 0 "$LEAKERS/scan_shapes"
}

@test "scan: the comparison finds a wrong class" {
	trace --fail-on none -- "$LEAKERS/scan_shapes"
	check_truth "$WORK/json" "$WORK/out"
	sed 's/^class lost site ring_lost/class indirect site ring_lost/' "$WORK/out" \
		>"$WORK/changed"
	run check_truth "$WORK/json" "$WORK/changed"
	[ "$status" != 0 ] || fail "a difference was not found"
}

@test "scan: data, thread data, stacks, registers, mappings and libraries" {
	trace_leaker 0 "$LEAKERS/scan_roots" "$LEAKERS/holder.so"
}

@test "scan: main returns with local variables" {
	trace_leaker 0 "$LEAKERS/scan_main"
	trace_leaker 0 "$LEAKERS/scan_main_slow"
}

@test "scan: exit() by a function that is called deep" {
	end_is 7 exit
}

@test "scan: _exit() and quick_exit()" {
	end_is 7 exit_now
	end_is 7 quick_exit
}

@test "scan: _exit() by a handler of exit()" {
	end_is 7 exit_handler
}

@test "scan: exit() by a signal handler" {
	end_is 7 handler
}

@test "scan: exit() by a signal handler on a stack of its own" {
	end_is 7 mapped_stack
	end_is 7 allocated_stack
}

@test "scan: exit() by another thread" {
	end_is 7 thread
}

@test "scan: the last thread ends after the first" {
	end_is 0 last_thread
}

@test "scan: exit() while a detached thread runs" {
	end_is 7 detached
}

@test "scan: the last pointer is in the parent" {
	end_is 7 fork
}

@test "scan: no verdict on what is killed" {
	end_is 134 abort
	end_is 137 killed
	equal "$(report .verdict)" clean "verdict"
}
