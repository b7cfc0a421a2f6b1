#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Descriptors: every call that makes one, every way in which one goes back.

# shellcheck disable=SC2016

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# fd_scene SCENE [STATUS]: a scene of fd_ends, with its own words for the truth.
fd_scene() {
	trace --kinds fd --fail-on none -- "$LEAKERS/fd_ends" "$1"
	equal "$status" "${2:-0}" "exit status"
	check_truth "$WORK/json" "$WORK/out"
	check_complete
}

@test "fds: every call that makes descriptors" {
	trace --kinds fd --fail-on none --top 0 -- "$LEAKERS/fds"
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	# Those that any kernel and any root can do.
	at_least "$(grep -c '^fd ' "$WORK/out")" 36 "calls that were not refused"
}

@test "fds: tracing them puts no probe on malloc" {
	trace --kinds fd --fail-on none -- "$LEAKERS/allocators" malloc
	equal "$(report .totals.allocations)" null "allocations"
	equal "$(report '.sites | length')" 0 "call sites"
	equal "$(report .verdict)" clean "verdict"
}

@test "fds: together with memory" {
	trace --kinds memory,fd --fail-on none -- "$LEAKERS/fd_ends" at_exit
	at_least "$(report .totals.allocations)" 0 "allocations"
	equal "$(report .totals.fds)" 1 "descriptors"
	equal "$(report .totals.fds_at_exit)" 1 "at exit"
}

@test "fds: one that was held until the end" { fd_scene at_exit; }
@test "fds: both ends of a pipe, and halves of pairs" { fd_scene pairs; }
@test "fds: a process that is killed" { fd_scene killed 137; }
@test "fds: dup2 over an open one" { fd_scene dup2; }
@test "fds: close_range" { fd_scene close_range; }
@test "fds: close_range with CLOSE_RANGE_CLOEXEC" { fd_scene range_cloexec; }
@test "fds: closes of what is not open" { fd_scene double_close; }
@test "fds: a forked child has copies" { fd_scene fork; }
@test "fds: exec closes some and leaves others" { fd_scene exec; }
@test "fds: posix_spawn" { fd_scene spawn; }
@test "fds: two processes with one table" { fd_scene shared_table; }
@test "fds: unshare" { fd_scene unshare; }
@test "fds: threads that get each other's numbers" { fd_scene threads; }
@test "fds: closed by another thread" { fd_scene other_thread; }
@test "fds: standard descriptors" { fd_scene standard; }
@test "fds: many" { fd_scene many; }

# built CC FLAGS...: scenes with another C library or in another way.
built() {
	local scene

	need "$1"
	# The kernel's headers are not among those of musl.
	"$1" -g -O2 -D_GNU_SOURCE -pthread -idirafter /usr/include \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" -o fds "${@:2}" \
		"$E2E_DIR/../leakers/fd_ends.c"
	for scene in at_exit dup2 fork many; do
		trace --kinds fd --fail-on none -- ./fds "$scene"
		equal "$status" 0 "exit status of $scene"
		check_complete
		case $1 in
		musl-gcc) # Its stacks cannot be trusted: it has no unwind tables.
			equal "$(report .totals.fds)" \
				"$(awk '$1 == "fd" { n += $4 } END { print n + 0 }' "$WORK/out")" \
				"descriptors of $scene" ;;
		*) check_truth "$WORK/json" "$WORK/out" ;;
		esac
	done
}

@test "fds: of a static program" {
	built cc -static
}

@test "fds: with musl" {
	built musl-gcc
}

@test "fds: of a static program with musl" {
	built musl-gcc -static
}

@test "fds: how processes go over time" {
	cat >work.sh <<-'SH'
		sleep 0.5
		exec 7</etc/passwd 8</etc/passwd 9</etc/passwd
		sleep 0.5
	SH
	trace --kinds fd --sample-interval 100ms --fail-on none -- bash work.sh
	check_complete
	report '[.processes[] | select(.command[0] == "bash")][0]' >process
	at_least "$(jq '.samples | length' process)" 3 "samples"
	equal "$(jq '[.samples[].t_ns] == ([.samples[].t_ns] | sort)' process)" true "their order"
	at_least "$(jq '.vitals.fds.delta' process)" 3 "descriptors more than at first"
	equal "$(jq '.vitals.fds.peak == ([.samples[].fds] | max)' process)" true "the peak"
	equal "$(jq '.vitals.threads.peak' process)" 1 "threads"
	at_least "$(jq '.vitals.rss_bytes.peak' process)" 500000 "memory"
	trace --kinds fd --sample-interval 0 -- sleep 0.5
	equal "$(report '.processes[0] | [.vitals, .samples] | tostring')" '[null,[]]' "no samples"
}

@test "fds: one that outlives its test has leaked, whoever closes another" {
	trace --kinds fd --fail-on fd --test-marker case_begin,case_end -- \
		"$LEAKERS/fd_ends" cases
	equal "$status" 23 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(report '.sites[] | select(.class == "leaked") | .test')" leaks "the test"
	equal "$(report '.sites[] | select(.class == "at-exit") | .test')" null "of no test"
}

@test "fds: io_uring, which opens and closes without a system call about it" {
	trace --kinds fd --fail-on none -- "$LEAKERS/fd_ring"
	equal "$status" 0 "exit status"
	! grep -q '^refused' out || skip "this kernel refuses io_uring_setup()"
	equal "$(report '[.sites[] | [.kind, .class, .blocks, (.stack | length)]] | tostring')" \
		'[["fd","at-exit",1,0]]' "what the ring has opened"
	equal "$(report '.sites[0].objects[0].target')" /etc/group "its target"
	equal "$(report '[.losses[] | [.id, .count]] | tostring')" '[["fds-unseen-closed",1]]' \
		"what the ring has closed"
	equal "$(report .verdict)" clean "verdict"
}
