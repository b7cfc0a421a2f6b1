#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Thousands of short processes while leaktrace comes and goes, and is killed at any moment: the
# output and the exit status of each one must be what they are without it.
# LEAKTRACE_TEST_SCALE=N makes N times as many.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# Starts the spawner of so many processes and sets spawner.
spawner_start() {
	start "$WORK/spawned" "$LEAKERS/spawner" "$1" 0
	spawner=$!
}

spawner_check() {
	wait_child $((PATIENCE * SCALE)) "$spawner"
	equal "$status" 0 "exit status of the spawner: $(cat "$WORK/spawned")"
	grep -q "^spawned $1\$" "$WORK/spawned" || fail "not all were spawned"
	grep -q '^wrong 0$' "$WORK/spawned" || fail "$(grep wrong "$WORK/spawned")"
}

# A random time between 0 and 800 ms, in seconds.
random_pause() {
	printf '0.%03d' $((RANDOM % 800))
}

# An attached process is followed, its children are not: nothing may be said of them. What is noted
# stands there once.
check_report() {
	[ -s "$WORK/json" ] || return 0
	n_reports=$((n_reports + 1))
	equal "$(report '[.processes[].pid] | join(" ")')" "$spawner" "processes in the report"
	equal "$(report '[.sites[].pid] | unique - [.[] | select(. == '"$spawner"')] | length')" 0 \
		"processes that own sites but are not attached"
	equal "$(report '(.notes | length) - (.notes | unique | length)')" 0 "repeated notes"
	equal "$(grep '^note: ' "$WORK/lt" | sort | uniq -d)" '' "repeated notes in the text"
}

# attach_loop METHOD OPTION...: until the spawner has ended; counts attaches in n, and in n_reports
# those that ended with a report.
attach_loop() {
	local method=$1 tracer

	shift
	n=0
	n_reports=0
	until process_is_gone "$spawner"; do
		rm -f "$WORK/json"
		start "$WORK/lt" "$LT" --json "$WORK/json" "$@" -p "$spawner"
		tracer=$!
		sleep "$(random_pause)"
		[ "$method" = none ] || kill "-$method" "$tracer" 2>/dev/null || true
		wait_child 20 "$tracer"
		n=$((n + 1))
		[ "$method" = KILL ] || check_report
	done
}

@test "harm: the spawner itself, untraced" {
	spawner_start 200
	spawner_check 200
}

@test "harm: short processes while leaktrace attaches and detaches" {
	spawner_start $((6000 * SCALE))
	attach_loop none -d 200ms
	spawner_check $((6000 * SCALE))
	at_least "$n" 5 "attaches"
	at_least "$n_reports" 3 "reports"
}

@test "harm: short processes while leaktrace is killed by SIGKILL" {
	spawner_start $((6000 * SCALE))
	attach_loop KILL
	spawner_check $((6000 * SCALE))
	at_least "$n" 5 "attaches"
}

@test "harm: short processes while leaktrace is ended by SIGTERM" {
	spawner_start $((4000 * SCALE))
	attach_loop TERM
	spawner_check $((4000 * SCALE))
	at_least "$n" 3 "attaches"
	at_least "$n_reports" 3 "reports"
}

@test "harm: leaktrace that is the parent is killed by SIGKILL" {
	local i tracer

	for ((i = 0; i < 5 * SCALE; i++)); do
		rm -f "$WORK/spawned"
		start "$WORK/lt" "$LT" -q --fail-on none -- sh -c \
			"echo started; '$LEAKERS/spawner' 60 0 >'$WORK/spawned.new'; \
			mv '$WORK/spawned.new' '$WORK/spawned'"
		tracer=$!
		wait_for 20 grep -q started "$WORK/lt" || fail "the command does not start"
		sleep "$(random_pause)"
		kill -KILL "$tracer" 2>/dev/null || true
		wait_child 10 "$tracer"
		wait_for 30 test -e "$WORK/spawned" || fail "the command did not go on"
		grep -q '^wrong 0$' "$WORK/spawned" || fail "$(cat "$WORK/spawned")"
	done
}

@test "harm: the processes of a whole run" {
	trace --fail-on none -- "$LEAKERS/spawner" $((500 * SCALE)) 0
	equal "$status" 0 "exit status: $(cat "$WORK/out")"
	grep -q '^wrong 0$' "$WORK/out" || fail "$(cat "$WORK/out")"
	check_complete
}

# The kernel lets its own system calls for probes pass; ours would be the end of the program.
@test "harm: programs that seccomp kills at any other system call" {
	trace_leaker 0 "$LEAKERS/sandboxed" filter
	check_complete
	# It may not call what ends a process as others do, where leaktrace would look.
	trace --no-scan --fail-on none -- "$LEAKERS/sandboxed" strict
	equal "$status" 0 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	check_complete
}
