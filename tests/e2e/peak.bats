#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Peaks: the most memory that a process held, and by which call sites. A mark is a look at all that
# is held, so that these tests depend on no moment.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2031,SC2154

load lib
load rounds

setup() {
	common_setup
	need jq
	rounds_write peak
}

teardown() {
	common_teardown
}

HIGH=10485760

# The leaker's process in the last report.
process() {
	report "[.processes[] | select(.exe | endswith(\"/peak\"))][-1] | $1" "${2:-$WORK/json}"
}

# "bytes blocks" of the leaker's sites of a class with a function in the stack: held CLASS FUNCTION
held() {
	report ".processes as \$p | [.sites[] | select(.class == \"$1\")
		| select(\$p[.process].exe | endswith(\"/peak\"))
		| select(any(.stack[]; .function == \"$2\"))]
		| \"\(map(.bytes) | add // 0) \(map(.blocks) | add // 0)\""
}

@test "peak: what made it up, to the byte, in each format and in the recording" {
	trace --show=peak --fail-on none -o run.ltdb --folded folded --pprof profile -- \
		./rounds 3 "$LT" mark "after a round"
	equal "$status" 0 "exit status"
	equal "$(held peak raise_peak)" "$HIGH 10" "held by the call site of the peak"
	equal "$(held peak hold_base)" "1000 1" "held below it"
	equal "$(held peak hold_later)" "0 0" "what came later"
	equal "$(held reachable raise_peak)" "0 0" "what was released"
	equal "$(held reachable hold_later)" "5000 1" "what is held at the end"
	equal "$(report '.processes as $p | [.sites[] | select(.class == "peak")] |
		group_by(.process) |
		all(.[]; (map(.bytes) | add) == $p[.[0].process].peak.bytes and
			 (map(.blocks) | add) == $p[.[0].process].peak.blocks)')" true \
		"sites and sums"
	at_least "$(process .peak.looks)" 4 "looks: three marks and the end"
	at_least "$(process .peak.bytes)" $((HIGH + 1000)) "the peak"
	grep -q '^peak of peak (pid [0-9]*): 10.0 MiB in 1[0-9] blocks at .*, the most in ' err ||
		fail "the text does not name the peak"
	grep -q '^10.0 MiB in 10 blocks at the peak, peak (pid [0-9]*), allocated at$' err ||
		fail "the text does not name the call site"
	equal "$(grep -c "^peak;memory peak;.*raise_peak $HIGH\$" folded)" 1 "folded stacks"
	leaktrace report --json again.json --folded again.folded run.ltdb >again 2>&1 || true
	cmp again err || fail "the report of the recording differs"
	cmp again.json json || fail "the report of the recording as JSON differs"
	cmp again.folded folded || fail "the folded stacks of the recording differ"
	leaktrace report --class peak --folded only -q run.ltdb
	equal "$(grep -vc ';memory peak;' only)" 0 "lines of other classes"
}

@test "peak: nobody looked before the end of a process" {
	trace --show=peak --sample-interval 0 --fail-on none -- "$LEAKER"
	equal "$status" 2 "exit status"
	equal "$(process .peak.looks)" 1 "looks"
	equal "$(process '.peak.bytes == .outstanding_bytes')" true "the peak"
	equal "$(process '.peak.gap_ns == .end_ns - .start_ns')" true "the gap"
	equal "$(held peak hold_base)" "1000 1" "held"
	grep -q '^peak of peak (pid [0-9]*): .*, nobody looked before its end$' err ||
		fail "the text does not say it"
}

@test "peak: only where it is asked for" {
	trace --fail-on none -- "$LEAKER"
	equal "$(process .peak)" null "the peak"
	equal "$(count '.sites[] | select(.class == "peak")')" 0 "call sites"
}

# Whether the last report has the peak.
has_peak() {
	[ "$(process ".peak.bytes >= $HIGH" 2>/dev/null)" = true ]
}

@test "peak: attached" {
	coproc R { exec "$LEAKER"; }
	exec 5<&"${R[0]}" 6>&"${R[1]}"
	target=$R_PID
	remember "$target"
	read -r line <&5
	start tracer unshare -n "$LT" -p "$target" -i 100ms --show=peak --json json
	tracer=$!
	wait_for "$PATIENCE" test -s json || fail "no report: $(cat tracer.err)"
	echo >&6
	wait_for "$PATIENCE" has_peak || fail "no peak: $(process .peak)"
	echo >&6
	read -r line <&5
	read -r line <&5
	kill -INT "$tracer"
	wait_child "$PATIENCE" "$tracer"
	equal "$(held peak raise_peak)" "$HIGH 10" "held by the call site of the peak"
	equal "$(held outstanding raise_peak)" "0 0" "what was released"
	at_least "$(process '.samples | length')" 1 "samples"
}
