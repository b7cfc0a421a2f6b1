#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Threads that nobody joins or detaches: the report must say what the programs say that make them.

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# The program's own status, which is the first argument, must be kept.
trace_threads() {
	trace --kinds memory,thread --fail-on none -- "$@"
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
}

@test "threads: joined in every way" {
	trace_threads "$LEAKERS/threads" joined
}

@test "threads: detached in every way" {
	trace_threads "$LEAKERS/threads" detached
}

@test "threads: ended and not joined" {
	trace_threads "$LEAKERS/threads" unjoined
	equal "$(report '[.sites[] | select(.kind == "thread") | .objects[].start_routine] | unique
		| join(",")')" brief "start routines"
}

@test "threads: still running at the end of the process" {
	trace_threads "$LEAKERS/threads" running
}

@test "threads: of C11" {
	trace_threads "$LEAKERS/threads" c11
}

@test "threads: of C++" {
	trace --kinds thread -- "$LEAKERS/std_threads"
	equal "$status" 23 "exit status"
	check_complete
	report '.sites[] | "\(.class) \(.blocks) " +
		([.stack[].function] | map(select(contains("drops"))) | first)' | sort >found
	diff -u - found <<-'EOS' || fail "other threads than expected"
		at-exit 3 (anonymous namespace)::drops(void (*)())
		leaked 7 (anonymous namespace)::drops(void (*)())
	EOS
}

# built CC FLAGS...: the leaker, with another C library or in another way.
built() {
	local way

	need "$1"
	"$1" -g -O2 -D_GNU_SOURCE -pthread -o threads "${@:2}" "$E2E_DIR/../leakers/threads.c"
	for way in joined detached unjoined running c11; do
		trace --kinds thread --fail-on none -- ./threads "$way"
		equal "$status" 0 "exit status of $way"
		case $1 in
		musl-gcc) check_sums thread ;;
		*) check_truth "$WORK/json" "$WORK/out" ;;
		esac
	done
}

@test "threads: of a static program" {
	built cc -static
}

@test "threads: of a static program at any address" {
	built cc -static-pie
}

@test "threads: with musl" {
	built musl-gcc
}

@test "threads: of a static program with musl" {
	built musl-gcc -static
}

@test "threads: made by clone()" {
	trace_threads "$LEAKERS/threads" raw
}

@test "threads: numbers and handles that are used again" {
	trace_threads "$LEAKERS/threads" churn
}

@test "threads: by separate probes and by perf events" {
	local features

	for features in -session -multi; do
		LEAKTRACE_FEATURES=$features trace --kinds thread -- "$LEAKERS/threads" unjoined
		equal "$status" 23 "exit status with $features"
		equal "$(report '[.totals.threads, .totals.threads_at_exit] | join(" ")')" "5 0" \
			"threads with $features"
	done
}

@test "threads: alone, without the allocator" {
	trace --kinds thread -- "$LEAKERS/threads" unjoined
	equal "$status" 23 "exit status"
	equal "$(report .totals.allocations)" null "allocations"
	equal "$(report .totals.threads)" 5 "threads"
	grep -q '^5 threads leaked, threads (pid' "$WORK/err" || fail "the report does not say so"
	trace --kinds thread -- "$LEAKERS/threads" running
	equal "$status" 0 "exit status with running threads"
	trace --kinds thread --fail-on at-exit -- "$LEAKERS/threads" running
	equal "$status" 23 "exit status with --fail-on at-exit"
}
