#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The flight recorder, on processes that are really killed: by the OOM killer in a memory cgroup, by
# kill(1), by timeout(1), and on one whose malloc gives NULL. Who it was, and where the memory was,
# by the stack that took it; its bytes are those of the kernel to 5 %.

load lib
load oom

@test "oom: a process that allocates too much in a memory cgroup" {
	make_cgroup 96M
	record
	in_cgroup "$LEAKERS/eater" malloc 300
	equal "$status" 137 "exit status of the eater"
	record_end
	kept oom "$(eater_pid)"
	check_kill eat_malloc
	jq -e --arg cgroup "$CGROUP" '.end == "oom-killer" and .name == "eater" and
		.cgroup == $cgroup and .cgroup_limit == 96 * 1048576 and .uid == 0 and
		(.command[1:] == ["malloc", "300"])' "$json"
	# What the kernel's own log says.
	status=0
	leaktrace oom --explain --json explained >explained.txt 2>&1 || status=$?
	equal "$status" 0 "exit status of --explain"
	equal "$(jq --argjson pid "$(eater_pid)" '[.events[].victims[] | select(.pid == $pid)] |
		last | .anon_bytes' explained)" "$(jq .anon_bytes "$json")" "bytes in the log"
	grep -q "the OOM killer killed eater (pid $(eater_pid))" "$WORK/out"
	grep -q 'eat_malloc  *tests/leakers/eater.c' "$WORK/out"
}

@test "oom: memory that was mapped without malloc, and files in memory" {
	make_cgroup 96M
	record
	in_cgroup "$LEAKERS/eater" map 300
	equal "$status" 137 "exit status of the eater"
	first=$(eater_pid)
	in_cgroup "$LEAKERS/eater" shmem 300
	equal "$status" 137 "exit status of the second"
	record_end
	kept oom "$first"
	check_kill eat_map
	kept oom "$(eater_pid)"
	check_kill eat_shmem
	jq -e '.shmem_bytes > 80 * 1048576' "$json"
}

@test "oom: one of many children" {
	make_cgroup 96M
	record
	in_cgroup "$LEAKERS/eater" children 300 12
	equal "$status" 137 "exit status of the parent"
	record_end
	kept oom "$(eater_pid)"
	check_kill eat_malloc
	check_kills
}

@test "oom: a process with 1,000 threads" {
	make_cgroup 128M
	record
	in_cgroup "$LEAKERS/eater" threads 300 1000
	equal "$status" 137 "exit status of the eater"
	record_end
	kept oom "$(eater_pid)"
	# The stacks of the threads are memory too.
	check_kill eat_malloc 0.75
	check_kills
	equal "$(ls "$WORK"/kept/*-sigkill-"$(eater_pid)"-* 2>/dev/null | wc -l)" 0 \
		"reports of the same end"
}

@test "oom: a process of which the first thread has ended" {
	make_cgroup 96M
	record --comm eater
	in_cgroup "$LEAKERS/eater" alone 300
	equal "$status" 137 "exit status of the eater"
	record_end
	kept oom "$(eater_pid)"
	jq -e '([.sites[].bytes] | add) > 60 * 1048576' "$json" ||
		fail "it was taken to have ended with its first thread: $(cat "$json")"
}

@test "oom: a Python process" {
	need python3
	make_cgroup 96M
	record
	in_cgroup python3 -c '
import os
print("eater", os.getpid(), flush=True)
held = []
while True:
    held.append(bytearray(b"x" * 100000))'
	equal "$status" 137 "exit status of Python"
	record_end
	kept oom "$(eater_pid)"
	jq -e '(.anon_bytes + .shmem_bytes) as $all | ([.sites[].bytes] | add) as $known |
		($known + .before_bytes + .other_bytes - $all | fabs) < 0.05 * $all and
		any(.sites[0].stack[]; .module | test("python"))' "$json"
}

@test "oom: three kills within a second" {
	make_cgroup 96M
	record
	for i in 1 2 3; do
		start "$WORK/eater.$i" bash -c \
			'echo $$ >"$1/cgroup.procs" && exec "$2" malloc 300' - "$CGROUP" \
			"$LEAKERS/eater"
	done
	for pid in "${STARTED[@]:1}"; do
		wait_child 20 "$pid"
		equal "$status" 137 "exit status"
	done
	record_end
	for i in 1 2 3; do
		kept oom "$(sed -n 's/^eater //p' "$WORK/eater.$i")"
		jq -e '.end == "oom-killer" and .lost_events == 0' "$json"
		check_kill eat_malloc 0.5
	done
	check_kills
}

# What looks up the names of functions may be killed for it; the report must be there, and the
# recorder too.
@test "oom: a kill while the recorder is near a limit of its own" {
	local own

	make_cgroup 96M
	own=$CGROUP.own
	OWN_CGROUP=$own
	mkdir "$own"
	# Of a name of its own, so that no other process is like it.
	cp "$LEAKERS/eater" near_limit
	record --comm near_limit
	echo "$recorder" >"$own/cgroup.procs"
	# What it has by now stays charged to where it was: this is for what it takes from here on.
	limit_cgroup "$own" 16M
	in_cgroup ./near_limit malloc 300
	equal "$status" 137 "exit status of the eater"
	victim=$(eater_pid)
	in_cgroup ./near_limit map 300
	equal "$status" 137 "exit status of the second"
	record_end
	for pid in "$victim" "$(eater_pid)"; do
		kept oom "$pid"
		jq -e '(.anon_bytes + .shmem_bytes) as $all |
			([.sites[].bytes] | add) as $known |
			($known + .before_bytes + .other_bytes - $all | fabs) < 0.05 * $all and
			.lost_events == 0 and
			any(.sites[0].stack[]; .module | endswith("/near_limit"))' "$json"
	done
	equal "$(ls "$WORK"/kept/*.json | wc -l)" 2 "reports: what the recorder starts is not one"
}

@test "oom: kill -9 is not the OOM killer, and its sender is named" {
	record
	start "$WORK/sleeper" sleep 60
	victim=$!
	wait_for 5 grep -q sleep "/proc/$victim/comm"
	kill -KILL "$victim"
	wait_child 10 "$victim"
	record_end
	kept sigkill "$victim"
	jq -e --argjson me $$ '.end == "sigkill" and .name == "sleep" and .sender_name == "bash" and
		(.sender_command[0] | test("bash"))' "$json"
	grep -q "not the OOM killer: bash (pid .*) sent SIGKILL to sleep (pid $victim)" "$WORK/out"
}

@test "oom: timeout(1) is not the OOM killer" {
	record
	status=0
	timeout -s KILL 1 bash -c 'echo "eater $$"; exec sleep 60' >"$WORK/eater" || status=$?
	equal "$status" 137 "exit status of timeout"
	record_end
	kept sigkill "$(eater_pid)"
	jq -e '.end == "sigkill" and .sender_name == "timeout" and
		.sender_command[0:4] == ["timeout", "-s", "KILL", "1"]' "$json"
}

@test "oom: a malloc that gives NULL is not the OOM killer" {
	record
	status=0
	"$LEAKERS/eater" refused 100 >"$WORK/eater" || status=$?
	equal "$status" 12 "exit status of the eater"
	record_end
	kept refused "$(eater_pid)"
	jq -e '.end == "refused" and (.refused | length > 0) and
		all(.refused[]; any(.stack[]; .function == "eat_until_refused"))' "$json"
}

@test "oom: beside a command, whose blocks the report then has" {
	make_cgroup 160M
	status=0
	# Leaktrace itself stays outside of the cgroup.
	leaktrace oom --state-dir "$WORK/kept" --json "$WORK/json" -- bash -c \
		'echo $$ >"$1/cgroup.procs" && exec "$2" malloc 300' - "$CGROUP" "$LEAKERS/eater" \
		>"$WORK/eater" 2>"$WORK/err" || status=$?
	equal "$status" 137 "exit status"
	json=
	kept oom "$(eater_pid)"
	# Within malloc, the tracer's probe hides the caller from the recorder's samples.
	check_kill eat_malloc 0.75
	grep -q "the OOM killer killed eater (pid $(eater_pid))" "$WORK/err"
	# Every block that it had: a block of 64 KiB is 65536 bytes, and most of its memory.
	report '[.sites[] | select(.kind == "memory") |
			select(any(.stack[]; .function == "eat_malloc"))] |
		{blocks: ([.[].blocks] | add), bytes: ([.[].bytes] | add)} |
		.bytes == .blocks * 65536 and .bytes > 100 * 1048576' | grep -qx true
}

@test "oom: beside an attached process, whose new blocks the report then has" {
	make_cgroup 160M
	start "$WORK/eater" bash -c 'echo $$ >"$1/cgroup.procs"; exec "$2" waits 300' - "$CGROUP" \
		"$LEAKERS/eater"
	eater=$!
	wait_for 10 grep -q '^eater' "$WORK/eater"
	start "$WORK/recorder" "$LT" oom --state-dir "$WORK/kept" --allocations \
		--json "$WORK/json" --log attach,events -p "$eater"
	recorder=$!
	wait_attached "$WORK/recorder" "$eater"
	kill -USR1 "$eater"
	wait_child 30 "$eater"
	equal "$status" 137 "exit status of the eater"
	wait_child 30 "$recorder"
	equal "$status" 0 "exit status of the recorder"
	kept oom "$eater"
	jq -e '.end == "oom-killer"' "$json"
	report '[.sites[] | select(any(.stack[]; .function == "eat_malloc"))] |
		{blocks: ([.[].blocks] | add), bytes: ([.[].bytes] | add)} |
		.bytes == .blocks * 65536 and .bytes > 100 * 1048576' | grep -qx true
}

@test "oom: cgroup.kill is not the OOM killer" {
	make_cgroup 160M
	[ -e "$CGROUP/cgroup.kill" ] || skip "cgroups of version 1 have no cgroup.kill"
	record
	start "$WORK/eater" bash -c 'echo $$ >"$1/cgroup.procs"; echo "eater $$"; exec sleep 60' \
		- "$CGROUP"
	victim=$!
	wait_for 10 grep -q sleep "/proc/$victim/comm"
	echo 1 >"$CGROUP/cgroup.kill"
	wait_child 10 "$victim"
	record_end
	kept sigkill "$victim"
	jq -e '.end == "sigkill" and .sender_name == "bash"' "$json"
}

@test "oom: only the processes that were asked for, by pid and by name" {
	start "$WORK/sleeper" bash -c 'read -r _; exec "$1" malloc 64' - "$LEAKERS/eater"
	cp "$LEAKERS/eater" chosen
	record --comm chosen
	./chosen refused 100 >"$WORK/eater" || true
	chosen=$(eater_pid)
	"$LEAKERS/eater" refused 100 >"$WORK/eater" || true
	start "$WORK/sleeper2" sleep 60
	kill -KILL $!
	wait_child 10 $!
	record_end
	kept refused "$chosen"
	equal "$(ls "$WORK"/kept/*.json | wc -l)" 1 "reports"
}

@test "oom: reports are listed, and the oldest are dropped" {
	mkdir kept
	echo mine | tee kept/0-sigkill-notes.txt >kept/0-sigkill-notes.json
	record --keep 2
	for i in 1 2 3 4; do
		start "$WORK/sleeper" sleep 60
		last=$!
		kill -KILL "$last"
		wait_child 10 "$last"
	done
	record_end
	leaktrace oom --list --state-dir "$WORK/kept" >list
	equal "$(grep -c 'sent SIGKILL' list)" 2 "reports in the list"
	grep -q "sent SIGKILL to .* (pid $last)" list
	equal "$(ls "$WORK/kept" | wc -l)" 6 "files"
	equal "$(cat kept/0-*)" "$(printf 'mine\nmine')" "files that are not the recorder's"
	leaktrace oom --print "-$last-" --state-dir "$WORK/kept" >text
	cmp text kept/*-"$last"-*.txt || fail "another text is printed"
	leaktrace oom --print last --state-dir "$WORK/kept" >text
	cmp text kept/*-"$last"-*.txt || fail "another text is printed as the last"
	leaktrace oom --print "$(ls "$PWD"/kept/*-"$last"-*.txt)" --state-dir "$WORK/kept" >text
	cmp text kept/*-"$last"-*.txt || fail "another text is printed by the path"
	for name in sigkill none; do
		status=0
		leaktrace oom --print "$name" --state-dir "$WORK/kept" >text 2>err || status=$?
		equal "$status" 125 "exit status of --print=$name"
		grep -Eq -- '--print: (2|no) reports? that (are|is) kept ha(ve|s) such a name' err
	done
	leaktrace oom --list --state-dir "$WORK/none" | grep -qx "no reports in $WORK/none"
}

@test "oom: what has no meaning is refused" {
	status=0
	leaktrace oom --list --explain 2>err || status=$?
	equal "$status" 2 "exit status"
	status=0
	leaktrace oom --json x 2>err || status=$?
	equal "$status" 2 "exit status of --json"
	status=0
	leaktrace oom --state-dir /proc/nowhere -d 1s 2>err || status=$?
	equal "$status" 125 "exit status of a directory that cannot be"
	grep -q 'cannot write reports to /proc/nowhere' err
}
