#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What tests/vm/run runs on each kernel: that leaktrace finds out what this kernel can, that the
# verifier accepts its programs, and that the numbers and stacks are those of any other kernel.
# Nothing is switched off: what is missing here is really missing.

# Variables are set in lib.bash.
# shellcheck disable=SC2016,SC2154

load ../e2e/lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# What leaktrace must find on this kernel: a value for Linux 6.1, and one for 6.12.
expected() {
	case $(uname -r) in
	6.1.*) echo "$1" ;;
	6.12.*) echo "$2" ;;
	*) fail "no expectations for Linux $(uname -r)" ;;
	esac
}

@test "kernel: doctor says what is missing" {
	status=0
	leaktrace doctor >"$WORK/out" 2>"$WORK/err" || status=$?
	equal "$status" 0 "exit status"
	grep -q '^BPF programs *ok ' "$WORK/out" || fail "BPF programs"
	grep -q "^uprobes, multi *$(expected degraded ok) " "$WORK/out" || fail "multi"
	grep -q "^uprobes, per process *$(expected degraded ok) " "$WORK/out" || fail "per process"
	grep -q '^uprobes, sessions *degraded ' "$WORK/out" || fail "sessions"
}

@test "kernel: features are found" {
	local wanted

	wanted=$(expected \
		"uprobe_multi 0, session 0, process filter 0, perf uprobes 1, find_vma 1" \
		"uprobe_multi 1, session 0, process filter 1, perf uprobes 1, find_vma 1")
	trace --log features -- true
	equal "$status" 0 "exit status"
	grep -qF "[features] $wanted, build-ids from the kernel 1" "$WORK/err" || fail "features"
}

@test "kernel: each allocator function" {
	trace_leaker 0 "$LEAKERS/allocators" all
}

@test "kernel: failed calls" {
	trace_leaker 0 "$LEAKERS/failures"
}

@test "kernel: chains of realloc" {
	trace_leaker 0 "$LEAKERS/realloc_chain"
}

@test "kernel: four threads" {
	trace_leaker 0 "$LEAKERS/churn" 4 20000 25
}

@test "kernel: more blocks than the first table holds" {
	trace_leaker 0 "$LEAKERS/many_blocks" 100000
}

@test "kernel: blocks for which there is no room are counted" {
	trace --max-blocks 1 --fail-on none -- "$LEAKERS/many_blocks" 250000
	at_least "$(report '.losses[] | select(.id == "blocks-full") | .count')" 1 "lost blocks"
	equal "$(report '.totals.outstanding_blocks + (.losses | map(.count) | add)')" 250000 \
		"blocks in the report and lost ones"
	equal "$(report .verdict)" incomplete "verdict"
}

@test "kernel: fork" {
	trace_leaker 0 "$LEAKERS/fork_both"
}

@test "kernel: vfork, posix_spawn and exec" {
	trace_leaker 0 "$LEAKERS/vfork_exec"
}

@test "kernel: exec" {
	trace_leaker 3 "$LEAKERS/exec_self"
}

@test "kernel: longjmp, signal stacks and coroutines" {
	# Twice: of a stack that begins on a signal stack only the tables lead on to the main one,
	# and they are there the second time. Only that is compared.
	trace_leaker 0 sh -c '"$0" >"$1" && sleep "$2" && exec "$0"' "$LEAKERS/jumps" \
		"$WORK/first" "${SLOWNESS}e-1"
}

@test "kernel: threads and mappings" {
	trace --kinds memory,mapping,thread --fail-on none -- "$LEAKERS/threads" unjoined
	check_truth "$WORK/json" "$WORK/out"
	trace --kinds mapping --fail-on none -- "$LEAKERS/mappings" shared
	check_truth "$WORK/json" "$WORK/out"
}

@test "kernel: cancelled threads" {
	trace_leaker 0 "$LEAKERS/cancelled"
}

@test "kernel: programs in a sandbox" {
	trace_leaker 0 "$LEAKERS/sandboxed" filter
}

@test "kernel: deep recursion" {
	trace_leaker 0 "$LEAKERS/deep" 40
}

@test "kernel: C++ exceptions" {
	trace_leaker 0 "$LEAKERS/cxx" bad_alloc
}

@test "kernel: plugin that is unloaded before the end" {
	trace_leaker 0 "$LEAKERS/plugin_host" unload
}

@test "kernel: statically linked" {
	trace_leaker 0 "$LEAKERS/static_linked"
}

@test "kernel: stacks by frame pointers" {
	trace --unwind fp --fail-on none -- "$LEAKERS/allocators" malloc
	equal "$status" 0 "exit status"
	equal "$(report '.totals | "\(.allocations) \(.outstanding_bytes)"')" "3 3000" "numbers"
	equal "$(report '.sites[0].stack[0].function')" leak_malloc "first frame"
}

@test "kernel: exact numbers from an attach on, and nothing is left behind" {
	grower_start
	start "$WORK/lt" "$LT" --log attach --json "$WORK/json" -p "$grower"
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	grower_tell USR2 freed
	kill -INT "$tracer"
	wait_child 30 "$tracer"
	equal "$status" 0 "exit status"
	equal "$(report '.totals | "\(.allocations) \(.frees) \(.outstanding_bytes)"')" \
		"110 10 6400" "allocations, frees, bytes"
	check_complete
	wait_for 20 grower_is_unprobed || fail "probes are left in the process"
	grower_end
}

@test "kernel: nothing is left behind after SIGKILL" {
	grower_start
	start "$WORK/lt" "$LT" --log attach -p "$grower"
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	kill -KILL "$tracer"
	wait_child 10 "$tracer"
	wait_for 20 grower_is_unprobed || fail "probes are left in the process"
	grower_end
}
