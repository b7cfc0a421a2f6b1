#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Programs that know exactly what they leak, one behaviour each: the report must say the same.

# shellcheck disable=SC2016

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

@test "leaker: malloc" {
	trace_leaker 0 "$LEAKERS/allocators" malloc
}

@test "leaker: calloc" {
	trace_leaker 0 "$LEAKERS/allocators" calloc
}

@test "leaker: realloc" {
	trace_leaker 0 "$LEAKERS/allocators" realloc
}

@test "leaker: reallocarray" {
	trace_leaker 0 "$LEAKERS/allocators" reallocarray
}

@test "leaker: memalign" {
	trace_leaker 0 "$LEAKERS/allocators" memalign
}

@test "leaker: aligned_alloc" {
	trace_leaker 0 "$LEAKERS/allocators" aligned_alloc
}

@test "leaker: posix_memalign" {
	trace_leaker 0 "$LEAKERS/allocators" posix_memalign
}

@test "leaker: valloc" {
	trace_leaker 0 "$LEAKERS/allocators" valloc
}

@test "leaker: pvalloc" {
	trace_leaker 0 "$LEAKERS/allocators" pvalloc
}

@test "leaker: strdup" {
	trace_leaker 0 "$LEAKERS/allocators" strdup
}

@test "leaker: strndup" {
	trace_leaker 0 "$LEAKERS/allocators" strndup
}

@test "leaker: blocks that the C library maps" {
	trace_leaker 0 "$LEAKERS/big"
}

@test "leaker: failed calls" {
	trace_leaker 0 "$LEAKERS/failures"
}

@test "leaker: chains of realloc" {
	trace_leaker 0 "$LEAKERS/realloc_chain"
}

@test "leaker: malloc(0) and free(NULL)" {
	trace_leaker 0 "$LEAKERS/zero"
}

@test "leaker: free in another thread" {
	trace_leaker 0 "$LEAKERS/free_elsewhere"
}

@test "leaker: eight threads of balanced work" {
	trace_leaker 0 "$LEAKERS/churn" 8 20000 0
}

@test "leaker: a million short allocations from four threads" {
	trace_leaker 0 "$LEAKERS/churn" 4 250000 25
}

@test "leaker: 1,200,000 blocks alive" {
	trace_leaker 0 "$LEAKERS/many_blocks" 1200000
}

@test "leaker: a process with more blocks than it may have, and one beside it" {
	trace --fail-on none --max-blocks-per-process 1000 -- \
		sh -c '"$1/many_blocks" 800 & "$1/many_blocks" 300000; wait' - "$LEAKERS"
	equal "$(report '.losses[] | select(.count > 0) | .id')" process-blocks-full "losses"
	# All were counted, whether they were recorded or not.
	equal "$(report '.processes[] | select(.allocations == 300000)
		| .outstanding_blocks + .losses[0].count')" 300000 "blocks, recorded or not"
	equal "$(report '.processes[] | select(.allocations == 300000)
		| .outstanding_blocks >= 1000')" true "recorded up to the limit"
	equal "$(report '.processes[] | select(.allocations == 800)
		| [.outstanding_blocks, .verdict] | @csv')" '800,"clean"' "of the other process"
	equal "$(grep -c 'many_blocks .* not complete (--max-blocks-per-process)$' err)" 1 \
		"rows that say so"
}

@test "leaker: fork, then parent and child leak" {
	trace_leaker 0 "$LEAKERS/fork_both"
}

@test "leaker: exec of itself" {
	trace_leaker 3 "$LEAKERS/exec_self"
}

@test "leaker: vfork and posix_spawn" {
	trace_leaker 0 "$LEAKERS/vfork_exec"
}

@test "leaker: killed by SIGKILL" {
	trace_leaker 137 "$LEAKERS/ends" sigkill
}

@test "leaker: ended by SIGTERM" {
	trace_leaker 143 "$LEAKERS/ends" sigterm
}

@test "leaker: ended by SIGSEGV" {
	trace_leaker 139 "$LEAKERS/ends" sigsegv
}

@test "leaker: abort" {
	trace_leaker 134 "$LEAKERS/ends" abort
}

@test "leaker: _exit" {
	trace_leaker 41 "$LEAKERS/ends" exit_now
}

@test "leaker: quick_exit" {
	trace_leaker 42 "$LEAKERS/ends" quick_exit
}

@test "leaker: closes every descriptor" {
	trace_leaker 6 "$LEAKERS/close_all"
}

@test "leaker: becomes another user" {
	trace_leaker 0 "$LEAKERS/change_user"
}

@test "leaker: the main thread ends first" {
	trace_leaker 9 "$LEAKERS/exit_in_thread"
}

@test "leaker: cancelled threads" {
	trace_leaker 0 "$LEAKERS/cancelled"
}

@test "leaker: longjmp, signal stacks and coroutines" {
	trace_leaker 0 "$LEAKERS/jumps"
}

@test "leaker: deep recursion" {
	trace_leaker 0 "$LEAKERS/deep" 40
}

@test "leaker: recursion deeper than any stack that is kept" {
	trace_leaker 0 "$LEAKERS/deep" 5000
}

@test "leaker: statically linked" {
	trace_leaker 0 "$LEAKERS/static_linked"
}

@test "leaker: plugin by dlopen" {
	trace_leaker 0 "$LEAKERS/plugin_host" keep
}

@test "leaker: plugin that is unloaded before the end" {
	trace_leaker 0 "$LEAKERS/plugin_host" unload
}

@test "leaker: C++ new" {
	trace_leaker 0 "$LEAKERS/cxx" new
}

@test "leaker: C++ new[]" {
	trace_leaker 0 "$LEAKERS/cxx" array
}

@test "leaker: C++ new of an over-aligned type" {
	trace_leaker 0 "$LEAKERS/cxx" aligned
}

@test "leaker: C++ std::vector" {
	trace_leaker 0 "$LEAKERS/cxx" vector
}

@test "leaker: C++ std::string" {
	trace_leaker 0 "$LEAKERS/cxx" string
}

@test "leaker: C++ delete in its forms" {
	trace_leaker 0 "$LEAKERS/cxx" deleted
}

@test "leaker: C++ nothrow new that fails" {
	trace_leaker 0 "$LEAKERS/cxx" nothrow
}

@test "leaker: C++ bad_alloc that is caught" {
	trace_leaker 0 "$LEAKERS/cxx" bad_alloc
}

@test "leaker: daemon, waited for to its end" {
	trace --linger 10s --fail-on none -- "$LEAKERS/daemon" 2 "$WORK/ended"
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(cat "$WORK/ended")" ended "what the daemon wrote at its end"
}

@test "leaker: daemon that outlives the report" {
	trace --linger 500ms --fail-on none -- "$LEAKERS/daemon" 3 "$WORK/ended"
	equal "$status" 0 "exit status"
	[ ! -e "$WORK/ended" ] || fail "leaktrace has waited for the daemon"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(count '.processes[] | select(.end == "running")')" 1 "running processes"
	wait_for 10 grep -q ended "$WORK/ended" || fail "the daemon was harmed"
}

# What a broken comparison would hide: the truth of another program must not pass.
@test "leaker: the comparison finds differences" {
	trace --fail-on none -- "$LEAKERS/allocators" malloc
	check_truth "$WORK/json" "$WORK/out"
	for change in 's/^site leak_malloc 3/site leak_malloc 4/' 's/3000/3001/' \
		's/^site leak_malloc/site leak_other/' 's/^allocations 3/allocations 2/' \
		's/^pid .*/pid 1/' '/^site /d' '/^pid/,$d' 's/^sites/absent leak_malloc\nsites/'; do
		sed "$change" "$WORK/out" >"$WORK/changed"
		run check_truth "$WORK/json" "$WORK/changed"
		[ "$status" != 0 ] || fail "a difference was not found: $change"
	done
}
