#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# --sample-bytes: estimates must be right on average. Of n blocks of s bytes each is recorded with
# p = 1 - exp(-(s + 1) / N), so that their estimated number has the standard error
# sqrt(n * (1 - p) / p). Five of them are allowed: one run in a million fails by accident.

load lib

setup() {
	common_setup
	need jq
}

teardown() {
	common_teardown
}

# errors SAMPLE_BYTES: for each site its distance from the truth, in standard errors.
errors() {
	jq -r --argjson every "$1" --rawfile truth "$WORK/out" '
		(reduce .sites[] as $s ({}; .[$s.stack[0].function] = $s)) as $found |
		$truth | split("\n")[] | split(" ") | select(.[0] == "site") |
		.[1] as $name | (.[2] | tonumber) as $n | (.[3] | tonumber) as $bytes |
		($bytes / $n) as $size | (1 - (-($size + 1) / $every | exp)) as $p |
		($n * (1 - $p) / $p | sqrt) as $error |
		($found[$name] // {blocks: 0, bytes: 0}) as $site |
		# A block more or less is allowed: numbers are rounded.
		[$site.blocks, $site.bytes / $size] | map((. - $n) / ($error + 1)) |
		map(if . < 0 then -. else . end) | max | "\($name) \(.)"' \
		"$WORK/json"
}

# sampled SAMPLE_BYTES OPTION...
sampled() {
	local every=$1

	shift
	trace --fail-on none --sample-bytes "$every" "$@" -- "$LEAKERS/sizes" 100000
	equal "$status" 0 "exit status"
	errors "$every" >"$WORK/errors"
	equal "$(wc -l <"$WORK/errors")" 4 "sites that were compared"
	equal "$(awk '!($2 <= 5)' "$WORK/errors")" "" "sites that are far from the truth"
}

# The calls are counted, whether their blocks are recorded or not.
calls_are_exact() {
	local truth

	truth=$(awk '$1 == "allocations" { n = $2 } $1 == "frees" { print n, $2 }' "$WORK/out")
	equal "$(report '"\(.totals.allocations) \(.totals.frees)"')" "$truth" \
		"allocations and frees"
}

@test "sampling: estimates are right on average, calls are counted" {
	sampled 1024 --kinds memory,mapping
	calls_are_exact
	equal "$(report '"\(.sample_bytes) \(.totals.unknown_frees) \(.verdict)"')" \
		"1024 null incomplete" "how the report is marked"
	grep -q '^note: .*are estimates' "$WORK/err" || fail "no note in the text"
	grep -q 'leaktrace: about .* outstanding' "$WORK/err" || fail "no mark in the last line"
}

@test "sampling: the same when the return of malloc is spared" {
	sampled 1024 --kinds memory
	calls_are_exact
}

@test "sampling: the same by perf events" {
	export LEAKTRACE_FEATURES=-multi
	sampled 4096 --kinds memory
	calls_are_exact
}

@test "sampling: blocks that are recorded for sure are exact" {
	trace --fail-on none --sample-bytes 1 -- "$LEAKERS/sizes" 1000
	equal "$(report '.sites[] | "\(.stack[0].function) \(.blocks) \(.bytes)"' | sort)" \
		"$(awk '$1 == "site" { print $2, $3, $4 }' "$WORK/out" | sort)" "sites"
}
