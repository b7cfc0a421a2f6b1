#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Memory that programs map themselves: what is left of it, to the page, and by whom.

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

trace_mappings() {
	trace --kinds mapping --fail-on none -- "$LEAKERS/mappings" "$1"
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(count '.sites[] | select(.kind != "mapping")')" 0 "sites of other kinds"
}

@test "mappings: unmapped in part" {
	trace_mappings parts
}

@test "mappings: moved, grown and shrunk" {
	trace_mappings moved
}

@test "mappings: replaced by MAP_FIXED" {
	trace_mappings replaced
}

@test "mappings: of a memfd and of System V" {
	trace_mappings shared
}

@test "mappings: a heap that the program moves itself" {
	trace_mappings heap
}

@test "mappings: none by threads and their blocks" {
	trace_mappings none
}

@test "mappings: reachable, and not" {
	trace --kinds memory,mapping -- "$LEAKERS/map_reach"
	equal "$status" 23 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(report '.totals | [.mappings, .leaked_mappings, .leaked_mapping_bytes / 4096,
		.reachable_mappings, .reachable_mapping_bytes / 4096] | join(" ")')" \
		"15 7 18 8 76" "totals"
	equal "$(report '.sites[] | select(.stack[0].function == "held_by_block") | .root
		| split(" ")[0]')" kept+16 "what keeps a mapping"
	grep -q '^12.0 KiB in 1 mapping leaked, map_reach (pid' "$WORK/err" ||
		fail "the report does not name a leaked mapping"
	grep -q '^304.0 KiB in 8 mappings still reachable, from 8 call sites: --show=reachable' \
		"$WORK/err" || fail "the report does not fold the others"
}

@test "mappings: alone, without memory" {
	trace --kinds mapping -- "$LEAKERS/map_reach"
	equal "$status" 23 "exit status"
	equal "$(report '.totals | [.mappings, .leaked_mappings, .lost_blocks] | map(tostring)
		| join(" ")')" "15 7 null" "totals"
	trace --kinds mapping --fail-on lost,fd,thread -- "$LEAKERS/map_reach"
	equal "$status" 0 "exit status where mappings do not fail"
}

@test "mappings: of a program that has allocated nothing" {
	trace --kinds memory,mapping -- "$LEAKERS/mappings" shared
	equal "$status" 23 "exit status"
	equal "$(report '.totals | [.outstanding_blocks, .mappings, .leaked_mappings]
		| join(" ")')" \
		"0 2 2" "totals"
}

@test "mappings: no verdict, no leak" {
	trace --kinds mapping --no-scan -- "$LEAKERS/map_reach"
	equal "$status" 0 "exit status without a scan"
	equal "$(report '[.totals.mappings, .totals.leaked_mappings,
		([.sites[].class] | unique[])] | map(tostring) | join(" ")')" \
		"15 null outstanding" "without a scan"
}

# built CC FLAGS...: a leaker with another C library or in another way.
built() {
	need "$1"
	"$1" -g -O2 -D_GNU_SOURCE -pthread -o leaker "${@:3}" "$E2E_DIR/../leakers/$2.c"
}

@test "mappings: of a static program" {
	local way

	built cc mappings -static
	for way in parts moved replaced heap none; do
		trace --kinds mapping --fail-on none -- ./leaker "$way"
		check_truth "$WORK/json" "$WORK/out"
	done
	built cc map_reach -static
	trace --kinds memory,mapping --fail-on none -- ./leaker
	check_truth "$WORK/json" "$WORK/out"
}

# Its stacks cannot be trusted: it has no unwind tables.
@test "mappings: with musl" {
	local flag

	for flag in -g -static; do
		built musl-gcc map_reach "$flag"
		trace --kinds mapping --fail-on none -- ./leaker
		equal "$(report '.totals | [.leaked_mappings, .leaked_mapping_bytes / 4096]
			| join(" ")')" "7 18" "leaked with $flag"
		built musl-gcc mappings "$flag"
		trace --kinds mapping -- ./leaker none
		equal "$status" 0 "exit status with $flag"
	done
}

@test "mappings: beside memory and threads" {
	trace --kinds memory,mapping,thread --fail-on none -- "$LEAKERS/mappings" none
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(report '[.totals.mappings, .totals.threads, .totals.lost_blocks] | join(" ")')" \
		"0 0 0" "what is left"
}
