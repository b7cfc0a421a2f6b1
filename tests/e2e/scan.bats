#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Lost or reachable: the class of each block, to the byte, in programs that know it.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2154,SC2030,SC2031

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

@test "scan: a program that ends as perl does, and a thread of it" {
	local features

	for features in "" -multi; do
		export LEAKTRACE_FEATURES=$features
		trace_leaker 0 "$LEAKERS/perl_root"
		check_complete
		report '.sites[] | select(.class == "reachable").root' |
			grep -q "released only to end" ||
			fail "it is not said what keeps the blocks"
		trace_leaker 0 "$LEAKERS/perl_root" thread
	done
}

@test "scan: no verdict on what is killed" {
	end_is 134 abort
	end_is 137 killed
	equal "$(report .verdict)" clean "verdict"
}

# built CC FLAGS...: the leaker of shapes, built in another way. Stacks and mappings are not what it
# is about: musl has no unwind tables, and C libraries map memory at their start.
built() {
	need "$1"
	"$1" -g -O2 -D_GNU_SOURCE -o shapes "${@:2}" "$E2E_DIR/../leakers/scan_shapes.c"
	trace --kinds memory --fail-on none -- ./shapes
	equal "$status" 0 "exit status"
	jq '.sites[].stack_end = "complete"' "$WORK/json" >"$WORK/classes"
	check_truth "$WORK/classes" "$WORK/out"
}

@test "scan: a static program" {
	built cc -static
}

@test "scan: a static program at any address" {
	built cc -static-pie
}

@test "scan: a program with musl" {
	built musl-gcc
}

@test "scan: a static program with musl" {
	built musl-gcc -static
}

@test "scan: a program with jemalloc" {
	local library

	library=$(find /usr/lib -name libjemalloc.so.2 | head -n 1)
	[ -n "$library" ] || skip "libjemalloc is not installed"
	trace_leaker 0 env LD_PRELOAD="$library" "$LEAKERS/scan_shapes"
}

# no_verdict_because WORDS: of the leaker in the last run.
no_verdict_because() {
	equal "$(count '.sites[] | select(.class == "lost" or .class == "reachable")
		| select(.stack[0].function == "dropped")')" 0 "sites with a verdict"
	grep -q "$1" "$WORK/err" || fail "the report does not say why"
}

@test "scan: a process that strace has hold of has no verdict" {
	need strace
	trace -- strace -f -o "$WORK/strace" "$LEAKERS/scan_ends" exit
	equal "$status" 7 "exit status"
	grep -q 'exited with 7' "$WORK/strace" || fail "strace has not seen the end"
	no_verdict_because 'another debugger or tracer'
}

@test "scan: a process under gdb has no verdict" {
	need gdb
	trace -- gdb -q -batch -ex 'set startup-with-shell off' -ex run --args \
		"$LEAKERS/scan_ends" exit
	grep -q 'exited with code 07' "$WORK/out" || fail "gdb has not seen the end"
	no_verdict_because 'another debugger or tracer'
}

@test "scan: one that takes longer than --scan-timeout has no verdict" {
	trace --scan-timeout=1ms --fail-on none -- "$LEAKERS/scan_big" 256
	equal "$status" 0 "exit status"
	grep -q 'took longer than --scan-timeout' "$WORK/err" || fail "the report does not say why"
	equal "$(report '[.sites[] | select(.class == "outstanding") | .blocks] | max')" 262144 \
		"blocks without a verdict"
}

# The parent of each process that is scanned looks for children that stop.
@test "scan: a parent does not see that its children are stopped" {
	need python3
	cat >parent.py <<-'EOS'
		import os, sys
		for i in range(int(sys.argv[2])):
		    pid = os.posix_spawn(sys.argv[1], [sys.argv[1], "8"], os.environ)
		    seen = []
		    while True:
		        _, status = os.waitpid(pid, os.WUNTRACED | os.WCONTINUED)
		        seen.append(status)
		        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
		            break
		    assert seen == [0], seen
		print("nothing was seen")
	EOS
	trace --fail-on none -- python3 parent.py "$LEAKERS/scan_big" 5
	equal "$status" 0 "exit status"
	grep -q 'nothing was seen' "$WORK/out" || fail "the parent has not come to its end"
	equal "$(count '.processes[] | select(.reachable_blocks == 8192)')" 5 "scanned children"
}

@test "scan: a shell with job control does not notice" {
	need script
	printf '%s\n' 'set -m' "'$LEAKERS/scan_big' 8 >/dev/null & wait" "'$LEAKERS/scan_big' 8" \
		jobs 'exit 5' >commands
	trace --fail-on none -- script -qec 'bash --norc -i commands' /dev/null
	equal "$status" 5 "exit status"
	! grep -qi stopped "$WORK/out" || fail "the shell says that a job has stopped"
	equal "$(count '.processes[] | select(.reachable_blocks == 8192)')" 2 "scanned children"
}

scan_has_begun() {
	grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$1/status"
}

@test "scan: leaktrace killed in the middle of it leaves nothing stopped" {
	local leaker

	start "$WORK/out" "$LT" --fail-on none -- bash -c "'$LEAKERS/scan_big' 1024; echo over \$?"
	for _ in {1..6000}; do
		leaker=$(pgrep -P "$(pgrep -P $! | head -n 1)" -x scan_big) &&
			scan_has_begun "$leaker" && break
		leaker=
	done 2>/dev/null
	[ -n "$leaker" ] || fail "no scan was seen"
	kill -KILL $!
	wait_for 20 process_is_gone "$leaker" || fail "the process is stopped"
	wait_for 20 grep -q '^over 0' "$WORK/out" || fail "the command did not go on"
}
