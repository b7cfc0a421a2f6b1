#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The same leaking programs under each allocator: bytes, blocks and callers are the same whoever
# gives the memory.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

LIBRARIES=/usr/lib/$(uname -m)-linux-gnu

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# What an allocator takes for itself is its own: of the sums only the least is known.
truth_at_least() {
	sed -e 's/^allocations /allocations_at_least /' -e 's/^frees /frees_at_least /' "$1"
}

# trace_with NAME COMMAND...: the truth, and who the allocator was.
trace_with() {
	local name=$1

	shift
	trace --fail-on none -- "$@"
	equal "$status" 0 "exit status of $*"
	truth_at_least "$WORK/out" >"$WORK/truth"
	check_truth "$WORK/json" "$WORK/truth" || fail "of $*" || return 1
	check_complete
	equal "$(report '.processes[] | select(.end == "exit") | .allocator' | sort -u)" \
		"$name" "allocator"
}

# trace_preloaded NAME LIBRARY: all programs that do not depend on how malloc(0) behaves.
trace_preloaded() {
	local library=$LIBRARIES/$2 form

	[ -e "$library" ] || skip "$2 is not installed"
	trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/allocators" all
	trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/failures"
	for form in new array aligned vector string deleted nothrow; do
		trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/cxx" "$form"
	done
}

# An exception leaves operator new: the program lives, and what comes next is counted.
trace_bad_alloc() {
	trace_with "$1" env LD_PRELOAD="$LIBRARIES/$2" "$LEAKERS/cxx" bad_alloc
}

@test "allocator: jemalloc, preloaded" {
	trace_preloaded jemalloc libjemalloc.so.2
	trace_bad_alloc jemalloc libjemalloc.so.2
}

@test "allocator: tcmalloc, preloaded" {
	trace_preloaded tcmalloc libtcmalloc.so.4
	trace_bad_alloc tcmalloc libtcmalloc.so.4
}

@test "allocator: tcmalloc without its profiler, preloaded" {
	trace_preloaded tcmalloc libtcmalloc_minimal.so.4
	trace_bad_alloc tcmalloc libtcmalloc_minimal.so.4
}

# Debian's is made by the C compiler: its operator new ends the program instead of throwing.
@test "allocator: mimalloc, preloaded" {
	trace_preloaded mimalloc libmimalloc.so.2
}
