#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Marks: what grew between named moments of a trace, by call site.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib
load rounds

setup() {
	common_setup
	need jq
	rounds_write rounds
}

teardown() {
	common_teardown
}

# Whether "leaktrace mark" in the network of $tracer takes a mark: mark_taken ARGUMENT...
mark_taken() {
	nsenter -t "$tracer" -n "$LT" mark "$@" 2>refused
}

# What grew in the leaker, a line each: kind, amounts at the marks, function.
growth() {
	report '.processes as $p | .sites[] | select(.class == "growth" and .test == null) |
		select($p[.process].exe | endswith("/rounds")) |
		([.stack[].function | strings | select(test("^(grow|open)_"))][0] // empty) as $f |
		[.kind, (.growth | map(tostring) | join(" ")), $f] | join(" ")' |
		sort
}

@test "marks: what grew from mark to mark, in the report and in the recording" {
	trace --kinds memory,fd -o run.ltdb -- ./rounds 3 "$LT" mark "after a round"
	equal "$(report '[.marks[] | select(.automatic | not) | .name] | join(",")')" \
		"after a round,after a round,after a round" "marks"
	equal "$(growth)" "fd 1 2 3 open_more
memory 0 5000 5000 grow_once
memory 100 200 300 grow_always" "growth"
	grep -q '^marks: after a round at ' err || fail "the text does not name the marks"
	grep -q '^+200 B to 300 B in 3 blocks, more at each mark: 100 B, 200 B, 300 B, r' err ||
		fail "the text does not say what grew"
	grep -q '^+4.9 KiB to 4.9 KiB in 1 block since the first mark: 0 B, 4.9 KiB, 4.9' err ||
		fail "the text does not say what grew once"
	leaktrace report --json again.json run.ltdb >again 2>&1 || true
	cmp again err || fail "the report of the recording differs"
	cmp again.json json || fail "the report of the recording as JSON differs"
}

@test "marks: what grew between two of them, when the run is over" {
	# Marks 1 to 4: before the second one something grew that never does again.
	cat >number <<-'EOS'
		#!/bin/bash
		echo >>numbers
		exec "$LT" mark "mark $(wc -l <numbers)"
	EOS
	chmod 755 number
	trace --fail-on none -o run.ltdb -- ./rounds 4 ./number
	equal "$(report '[.marks[].name] | join(",")')" "mark 1,mark 2,mark 3,mark 4" "marks"
	leaktrace report --between "mark 2,mark 4" --json json run.ltdb >text 2>&1
	equal "$(growth)" "memory 200 300 400 grow_always" "growth between the second and the last"
	equal "$(report '[.marks[].name] | join(",")')" "mark 2,mark 3,mark 4" "marks that are left"
	grep -q '^+200 B to 400 B in 4 blocks, more at each mark: 200 B, 300 B, 400 B, r' text ||
		fail "the text does not say what grew: $(cat text)"
	leaktrace report --between "mark 1,mark 2" --json json run.ltdb >text 2>&1
	equal "$(growth)" "memory 0 5000 grow_once
memory 100 200 grow_always" "growth between the first two"
	status=0
	leaktrace report --between "mark 4,mark 1" run.ltdb >out 2>err || status=$?
	equal "$status" 125 "exit status of the wrong order"
	leaktrace report --between "mark 4,x" run.ltdb >out 2>err && fail "marks that are not there"
	grep -q "'mark 4,x' are not two of the marks" err || fail "it does not say why"

	# What is released before the end has its names all the same.
	rm numbers
	LEAKER=$LEAKERS/peak trace --fail-on none -o gone.ltdb -- ./rounds 3 ./number
	leaktrace report --between "mark 1,mark 2" --json json gone.ltdb >text 2>&1
	equal "$(report '[.sites[] | select(.class == "growth" and
		any(.stack[]; .function == "raise_peak")) | .growth[1]] | add')" \
		10485760 "growth of what was released"
}

@test "marks: --fail-on=growth names what grew at each mark" {
	trace --fail-on growth -- ./rounds 2 "$LT" mark a
	equal "$status" 0 "exit status after two marks"
	trace --fail-on growth -- ./rounds 3 "$LT" mark a
	equal "$status" 23 "exit status after three marks"
}

@test "marks: by SIGUSR1, and after a single mark up to the end" {
	# The signal is on its way while the call is made.
	# shellcheck disable=SC2016
	echo '[ -e marked ] || { kill -USR1 "$(cat tracer)"; : >marked; "$LT" mark later; }' >once
	cat >start <<-'EOF'
		#!/bin/bash
		echo $$ >tracer
		exec "$@"
	EOF
	chmod 755 start
	status=0
	timeout "$PATIENCE" ./start "$LT" -k memory --json json -- ./rounds 3 bash once \
		>out 2>err </dev/null || status=$?
	equal "$(report '[.marks[].name] | sort | join(",")')" "SIGUSR1 1,later" "marks"
	rm marked
	trace -- ./rounds 2 bash -c "[ -e marked ] || { : >marked; '$LT' mark one; }"
	equal "$(report '.marks | length')" 1 "number of marks"
	equal "$(growth)" "memory 0 5000 grow_once
memory 100 300 grow_always" "growth up to the end"
}

@test "marks: attached, by the pid of what is traced" {
	coproc R { exec "$LEAKERS/rounds"; }
	exec 5<&"${R[0]}" 6>&"${R[1]}"
	target=$R_PID
	remember "$target"
	read -r line <&5
	# In a network of its own, where no other leaktrace can be found.
	start tracer unshare -n "$LT" -k memory -p "$target" -i 1h --json json
	tracer=$!
	wait_for "$PATIENCE" mark_taken -p "$tracer" "mark 1" ||
		fail "no mark: $(cat refused tracer.err)"
	echo >&6
	read -r line <&5
	mark_taken -p "$target" "mark 2" || fail "no mark by what is traced: $(cat refused)"
	echo >&6
	read -r line <&5
	mark_taken "mark 3" || fail "no mark of the only trace: $(cat refused)"
	mark_taken -p 4194304 "mark 4" && fail "a mark of what is not traced"
	grep -q 'this process is not traced$' refused || fail "$(cat refused)"
	kill -INT "$tracer"
	wait_child "$PATIENCE" "$tracer"
	equal "$(report '[.marks[].name] | join(",")')" "mark 1,mark 2,mark 3" "marks"
	equal "$(growth)" "memory 0 100 200 grow_always
memory 0 5000 5000 grow_once" "growth"
	status=0
	unshare -n "$LT" mark x 2>refused || status=$?
	equal "$status" 125 "exit status without a trace"
	equal "$(cat refused)" "leaktrace: no leaktrace is tracing here" "message"
}

# Whether a sample of the process says that it holds this many bytes.
has_sample() {
	[ "$(report "any(.processes[0].samples[]; .outstanding_bytes == $1)" 2>/dev/null)" = true ]
}

@test "samples: what is outstanding is added up between reports" {
	coproc R { exec "$LEAKERS/rounds"; }
	exec 5<&"${R[0]}" 6>&"${R[1]}"
	remember "$R_PID"
	read -r line <&5
	start tracer unshare -n "$LT" -k memory -p "$R_PID" -i 100ms --sample-interval 10ms \
		--json json
	tracer=$!
	wait_for "$PATIENCE" mark_taken "attached" || fail "no mark: $(cat refused tracer.err)"
	echo >&6
	wait_for "$PATIENCE" has_sample 5100 ||
		fail "$(report '.processes[0].samples[].outstanding_bytes' | sort | uniq -c)"
	kill -INT "$tracer"
	wait_child "$PATIENCE" "$tracer"
}

@test "marks: for the user who called sudo, and for no other" {
	need setpriv
	[ "$(id -u nobody)" = 65534 ] || skip "there is no user nobody with id 65534"
	chown 65534 .
	SUDO_UID=65534 SUDO_GID=65534 trace -- "$LT" mark "by 65534"
	equal "$status" 0 "exit status"
	equal "$(report '.marks[].name')" "by 65534" "marks"
	trace -- setpriv --reuid 65534 --clear-groups sh -c '"$LT" mark x 2>&1'
	grep -q 'leaktrace [0-9]*: this trace belongs to another user$' out ||
		fail "refused otherwise: $(cat out)"
	equal "$(report '.marks | length')" 0 "marks of another user"
}

@test "marks: --interval of a command takes them, and LEAKTRACE=0 none" {
	# Whoever answers a call looks at the clock.
	trace -i 10ms -- sh -c "'$LT' mark a; sleep 0.05; '$LT' mark b"
	at_least "$(count '.marks[] | select(.automatic)')" 1 "automatic marks"
	equal "$(report '[.marks[] | select(.automatic | not).name] | join(",")')" a,b "others"
	LEAKTRACE=0 leaktrace mark x || fail "a mark without a trace fails"
}
