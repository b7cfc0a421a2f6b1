#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# All processes of the machine, and choices among them: those that run, those that start later.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

setup() {
	common_setup
	# A name that nothing else on this machine has.
	name=lt$((RANDOM % 10000))grow
	cp "$LEAKERS/grower" "$WORK/$name"
	cp "$LEAKERS/exec_self" "$WORK/${name}x"
}

teardown() {
	common_teardown
}

# A grower of that name, with its pid in $grower and what it says in file grower.
named_start() {
	start "$WORK/grower" "$@" "$WORK/$name"
	grower=$!
	wait_for 20 grep -q '^ready' "$WORK/grower" || fail "the grower does not start"
}

# Traces what the arguments choose, until it is told to end.
system_start() {
	start "$WORK/lt" "$LT" --log attach -i 1h -d 5m --json "$WORK/json" "$@"
	tracer=$!
}

system_end() {
	kill -TERM "$tracer"
	wait_child 60 "$tracer"
	equal "$status" 0 "exit status of leaktrace: $(cat "$WORK/lt.err")"
	equal "$(report .mode)" system "mode"
}

# The report with the processes of PIDS alone.
report_of() {
	local pids

	pids=$(printf '%s\n' "$@" | jq -s .)
	jq -s --argjson pids "$pids" 'last | .processes |= map(select(.pid | IN($pids[])))
		| .sites |= map(select(.pid | IN($pids[])))' "$WORK/json" >"$WORK/json_of"
}

@test "system: --comm, one that runs and one that starts" {
	local first

	named_start
	first=$grower
	mv "$WORK/grower" "$WORK/grower1"
	system_start --comm "lt*grow"
	wait_attached "$WORK/lt" "$first"
	named_start
	kill -USR1 "$first"
	wait_for 20 grep -q '^step 1' "$WORK/grower1" || fail "the first process does not answer"
	grower_tell USR1 step
	grower_tell USR1 step
	kill -TERM "$first"
	wait_child 20 "$first"
	grower_end
	system_end
	# What the second one did before its first step was seen as well.
	equal "$(report '[.processes[] | .exe | sub(".*/"; "")] | unique | length')" 1 "programs"
	equal "$(count '.processes[]')" 2 "processes"
	equal "$(report ".sites[] | select(.pid == $first and
		.stack[0].function == \"leak_step\") | .blocks")" 100 "blocks of the first"
	equal "$(report ".sites[] | select(.pid == $grower and
		.stack[0].function == \"leak_step\") | .blocks")" 200 "blocks of the second"
	equal "$(report ".sites[] | select(.pid == $grower and
		.stack[0].function == \"leak_early\") | .blocks")" 50 "early blocks of the second"
}

@test "system: --exclude wins, and nobody else is traced" {
	system_start --comm "lt*" --exclude "lt*x"
	wait_for 60 grep -q 'libc.so.6.*attached' "$WORK/lt.err" || fail "no probes"
	named_start
	"$WORK/${name}x" >/dev/null || true
	grower_end
	system_end
	equal "$(report '[.processes[].exe | sub(".*/"; "")] | unique | join(" ")')" "$name" \
		"programs"
}

@test "system: nobody is chosen, which is said" {
	trace -d 100ms --comm "$name"
	equal "$status" 0 "exit status"
	equal "$(report '.processes | length')" 0 "processes"
	grep -q '^note: no process was seen' "$WORK/out" || fail "it is not said"
}

@test "system: --uid" {
	need setpriv
	system_start --uid 12345 --comm "lt*"
	wait_for 60 grep -q 'libc.so.6.*attached' "$WORK/lt.err" || fail "no probes"
	named_start
	local other=$grower
	named_start setpriv --reuid 12345 --clear-groups
	kill -TERM "$other"
	grower_end
	system_end
	equal "$(report '[.processes[].pid] | unique | join(" ")')" "$grower" "processes"
}

@test "system: --container, a pid namespace and a mount namespace" {
	local flag inside child

	need unshare
	for flag in --pid --mount; do
		start "$WORK/outer" unshare "$flag" --fork sleep 600
		wait_for 20 grep -q . "/proc/$!/task/$!/children"
		inside=$(tr -d ' ' <"/proc/$!/task/$!/children")
		remember "$inside"
		system_start --container "$inside"
		wait_attached "$WORK/lt" "$inside"
		named_start
		grower_end
		named_start nsenter -t "$inside" "$flag"
		# It may have made a child that runs the grower.
		read -r child _ <"/proc/$grower/task/$grower/children" || child=
		kill -TERM "${child:-$grower}"
		wait_child 20 "$grower"
		system_end
		# The one that made a mount namespace is in it.
		equal "$(report '[.processes[].exe | sub(".*/"; "")] - ["unshare"] | unique
			| join(" ")')" "$name sleep" "programs in it with $flag"
		equal "$(report "[.sites[] | select(.stack[0].function == \"leak_early\")
			| .blocks] | add")" 50 "blocks"
	done
}

@test "system: --cgroup" {
	local root=/sys/fs/cgroup group

	[ -w "$root/cgroup.procs" ] || root=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup .*/\1/p' \
		/proc/mounts | head -n 1)
	[ -w "$root/cgroup.procs" ] || skip "no cgroup can be made here"
	group=$root/$name
	mkdir "$group" || skip "no cgroup can be made here"
	system_start --cgroup "$group"
	wait_for 60 grep -q 'libc.so.6.*attached' "$WORK/lt.err" || fail "no probes"
	named_start sh -c "echo \$\$ >$group/cgroup.procs && exec \"\$0\""
	grower_end
	system_end
	rmdir "$group"
	equal "$(report '[.processes[].exe | sub(".*/"; "")] | unique | join(" ")')" "$name" \
		"programs"
	equal "$(report '.sites[] | select(.stack[0].function == "leak_early") | .blocks')" 50 \
		"blocks"
}

@test "system: every process, with exact numbers of one, and never itself" {
	system_start -a --exclude "leaktrace"
	wait_for 60 grep -q 'is traced from here' "$WORK/lt.err" || fail "nothing is traced"
	wait_for 60 grep -q "process $$ is traced" "$WORK/lt.err" || fail "this shell is not traced"
	named_start
	grower_tell USR1 step
	grower_end
	system_end
	report_of "$grower"
	equal "$(count ".processes[] | select(.pid == $tracer)")" 0 "leaktrace itself"
	# Names are looked up for the largest call sites only.
	# The shell's copy of itself, which the program replaced, is a process of its own.
	at_least "$(report '.processes[] | select(.end != "exec") | .outstanding_blocks' \
		"$WORK/json_of")" 150 "blocks"
	equal "$(report '[.sites[] | select(.bytes == 6400 and .blocks == 100)] | length' \
		"$WORK/json_of")" 1 "site with 100 blocks of 64 bytes"
}

@test "system: programs that are made, run and deleted are let go" {
	local n=400 open

	system_start --comm "$name-*" --log attach,events
	wait_for 60 grep -q 'libc.so.6.*attached' "$WORK/lt.err" || fail "no probes"
	"$LEAKERS/rebuilt" "$WORK/$name-" $n >"$WORK/truth"
	wait_for 60 grep -q ' modules are forgotten' "$WORK/lt.err" ||
		fail "nothing is forgotten: $(tail -n 3 "$WORK/lt.err")"
	open=$(find "/proc/$tracer/fd" -lname "$WORK/$name-*" | wc -l)
	[ "$open" -lt $n ] || fail "$open of $n deleted programs are open"
	system_end
	equal "$(count '.processes[]')" $n "processes"
	equal "allocations $(report .totals.allocations)" "$(cat "$WORK/truth")" "all that was done"
	equal "$(report '.totals.allocations - .totals.frees')" 0 "what is left"
}

@test "system: what does not exist is said" {
	local wrong

	for wrong in --uid=nobodyatall --cgroup=/nonexistent --container=nosuchcontainer \
		--container=$$ "--comm=[x"; do
		status=0
		leaktrace "$wrong" >"$WORK/out" 2>"$WORK/err" || status=$?
		equal "$status" 125 "exit status of $wrong"
		grep -q -- "${wrong%%=*}: " "$WORK/err" || fail "$wrong is not explained"
	done
}
