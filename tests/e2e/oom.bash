# SPDX-License-Identifier: BSD-2-Clause
# What the tests of the flight recorder share: memory cgroups, the recorder itself, and what must be
# true of its reports.
# shellcheck shell=bash

setup() {
	common_setup
	CGROUP='' OWN_CGROUP=''
}

teardown() {
	common_teardown
	[ -z "$OWN_CGROUP" ] || wait_for 5 rmdir "$OWN_CGROUP"
	[ -z "$CGROUP" ] || rmdir "$CGROUP"
}

# A memory cgroup with this limit, of version 1 or 2, or a skip.
make_cgroup() {
	local parent=/sys/fs/cgroup/memory reason

	LIMIT=memory.limit_in_bytes
	if [ ! -d "$parent" ]; then
		parent=/sys/fs/cgroup LIMIT=memory.max
		grep -qw memory "$parent/cgroup.controllers" 2>/dev/null ||
			skip "there is no memory controller of cgroups here"
		echo +memory >"$parent/cgroup.subtree_control" 2>/dev/null || true
	fi
	CGROUP=$parent/leaktrace-test.$$.$BATS_TEST_NUMBER
	mkdir "$CGROUP" 2>err || {
		reason=$(cat err)
		CGROUP=
		skip "no memory cgroup can be made here: $reason"
	}
	[ -e "$CGROUP/$LIMIT" ] || skip "cgroups have no limit for memory here"
	limit_cgroup "$CGROUP" "$1"
}

limit_cgroup() {
	echo "$2" >"$1/$LIMIT"
}

# record OPTION...: starts the recorder; it is ready when this returns.
record() {
	start "$WORK/recorder" "$LT" oom --state-dir "$WORK/kept" -i 50ms "$@"
	recorder=$!
	wait_for 20 grep -q '^leaktrace: recording' "$WORK/recorder.err" ||
		fail "the recorder does not start: $(cat "$WORK/recorder.err")"
}

# Ends the recorder, which then has written all reports.
record_end() {
	kill -INT "$recorder"
	wait_child 20 "$recorder"
	equal "$status" 0 "exit status of the recorder: $(cat "$WORK/recorder.err")"
	cp "$WORK/recorder" "$WORK/out"
}

# in_cgroup COMMAND...: runs it there; sets status.
in_cgroup() {
	status=0
	bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$CGROUP" "$@" \
		>"$WORK/eater" 2>"$WORK/eater.err" || status=$?
}

eater_pid() {
	sed -n 's/^eater //p' "$WORK/eater"
}

# kept KIND PID: sets json to the report, which must be there.
kept() {
	json=$(ls "$WORK"/kept/*-"$1"-"$2"-*.json 2>/dev/null) ||
		fail "there is no report of $1 for $2: $(ls "$WORK/kept")"
	jq -e 'all(.others[]; .bytes > 0)' "$json" >/dev/null ||
		fail "processes without memory are among the others"
}

# There are as many reports as the kernel has killed processes in the cgroup: while a large one
# ends, it may come to kill another.
check_kills() {
	local events=$CGROUP/memory.oom_control kills

	[ -e "$events" ] || events=$CGROUP/memory.events
	kills=$(awk '$1 == "oom_kill" { print $2 }' "$events")
	at_least "${kills:-0}" 1 "kills that the kernel has counted"
	# Somebody else on this machine may run out of memory as well.
	equal "$(cat "$WORK"/kept/*-oom-*.json |
		jq -s --arg cgroup "$CGROUP" '[.[] | select(.cgroup == $cgroup)] | length')" \
		"$kills" "OOM kills"
}

# check_kill FUNCTION [SHARE]: in $json, the memory is that of the kernel to 5 %, SHARE (nine
# tenths) of it came from FUNCTION, and the first stack is one of its.
check_kill() {
	jq -e --arg function "$1" --argjson share "${2-0.9}" '
		def bytes(sites): [sites[].bytes] | add // 0;
		def from: any(.stack[]; .function == $function);
		(.anon_bytes + .shmem_bytes) as $all |
		(bytes(.sites) + .before_bytes + .other_bytes) as $known |
		([.sites[] | select(from)] | [.[].bytes] | add // 0) as $mine |
		if ($known - $all | fabs) > 0.05 * $all then
			error("\($known) bytes are known of \($all)")
		elif (.sites[0] | from | not) then
			error("the first stack is another: \(.sites[0].stack[0:6])")
		elif $mine < $share * $all then
			error("\($mine) of \($all) bytes are from \($function)")
		else true end' "$json" || fail "see above"
}
