#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What older kernels lack, switched off on this one: the same exact numbers must come from the
# other ways of probing. A small part of leakers.bats, as perf events (without multi) take seconds
# to go away.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# without FEATURE CALLED EXPECTED COMMAND...: traces with the feature switched off. CALLED is what
# the log calls it.
without() {
	local called=$2 expected=$3

	export LEAKTRACE_FEATURES=-$1
	shift 3
	trace --log features --fail-on none -- "$@"
	equal "$status" "$expected" "exit status"
	grep -q "^\[features\].*$called 0" "$WORK/err" || fail "the feature was not switched off"
	check_truth "$WORK/json" "$WORK/out"
}

without_session() {
	without session session "$@"
}

without_multi() {
	without multi uprobe_multi "$@"
}

@test "fallback: no sessions, each allocator function" {
	without_session 0 "$LEAKERS/allocators" all
}

@test "fallback: no sessions, failed calls" {
	without_session 0 "$LEAKERS/failures"
}

@test "fallback: no sessions, chains of realloc" {
	without_session 0 "$LEAKERS/realloc_chain"
}

@test "fallback: no sessions, four threads" {
	without_session 0 "$LEAKERS/churn" 4 20000 25
}

@test "fallback: no sessions, fork" {
	without_session 0 "$LEAKERS/fork_both"
}

@test "fallback: no sessions, exec" {
	without_session 3 "$LEAKERS/exec_self"
}

@test "fallback: no sessions, longjmp, signal stacks and coroutines" {
	without_session 0 "$LEAKERS/jumps"
}

@test "fallback: no sessions, cancelled threads" {
	without_session 0 "$LEAKERS/cancelled"
}

@test "fallback: perf events, each allocator function" {
	without_multi 0 "$LEAKERS/allocators" all
}

@test "fallback: perf events, failed calls and chains of realloc" {
	without_multi 0 sh -c "$LEAKERS/failures && $LEAKERS/realloc_chain"
}

@test "fallback: perf events, four threads" {
	without_multi 0 "$LEAKERS/churn" 4 20000 25
}

@test "fallback: perf events, fork" {
	without_multi 0 "$LEAKERS/fork_both"
}

@test "fallback: perf events, exec" {
	without_multi 3 "$LEAKERS/exec_self"
}

# attach_without FEATURE CALLED: the numbers of a process that was running, and nothing left in it.
attach_without() {
	export LEAKTRACE_FEATURES=-$1
	grower_start
	start "$WORK/lt" "$LT" --log features,attach --json "$WORK/json" -p "$grower" -d 3s
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grep -q "^\[features\].*$2 0" "$WORK/lt.err" || fail "the feature was not switched off"
	grower_tell USR1 step
	grower_tell USR2 freed
	wait_child 30 "$tracer"
	equal "$status" 0 "exit status"
	equal "$(report '.totals | "\(.allocations) \(.frees) \(.outstanding_bytes)"')" \
		"110 10 6400" "allocations, frees, bytes"
	equal "$(report '.processes[0].unknown_frees')" 10 "unknown frees"
	check_complete
	wait_for 20 grower_is_unprobed || fail "probes are left in the process"
	grower_end
}

@test "fallback: attach without sessions" {
	attach_without session session
}

@test "fallback: attach by perf events" {
	attach_without multi uprobe_multi
}

@test "fallback: attach where the kernel cannot probe one process alone" {
	attach_without process 'process filter'
}
