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

@test "mappings: beside memory and threads" {
	trace --kinds memory,mapping,thread --fail-on none -- "$LEAKERS/mappings" none
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(report '[.totals.mappings, .totals.threads, .totals.lost_blocks] | join(" ")')" \
		"0 0 0" "what is left"
}
