#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# "leaktrace oom --explain": files, standard input, the kernel's own log, rights and errors. What
# is read out of logs is tested in tests/unit/oom; here a kernel is made to write one.

load lib

DATA=$E2E_DIR/../data/oom

setup() {
	common_setup
}

teardown() {
	common_teardown
	[ ! -d "${CGROUP-}" ] || rmdir "$CGROUP"
}

# explain ARG...: remembers status, file out and file err.
explain() {
	status=0
	leaktrace oom --explain "$@" >out 2>err || status=$?
}

@test "explain: a file, without any rights" {
	need setpriv
	[ -d "$DATA" ] || skip "the test data is not here"
	cp "$DATA/global-6.1-kmsg.log" log
	chmod 644 log
	status=0
	timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups "$LT" oom --explain log \
		>out 2>err || status=$?
	equal "$status" 0 "exit status: $(cat err)"
	equal "$(head -n 1 out)" "leaktrace: yes, the OOM killer killed 1 process" "first line"
	grep -q '^  victim  *eater (pid 106, uid 0): 1.8 GiB anonymous' out
	equal "$(wc -c <err)" 0 "bytes on standard error"
}

@test "explain: standard input, and JSON on standard output" {
	[ -d "$DATA" ] || skip "the test data is not here"
	status=0
	leaktrace oom --explain - --json - <"$DATA/memcg2-6.12-kmsg-group.log" >out 2>err ||
		status=$?
	equal "$status" 0 "exit status"
	equal "$(jq -r '.mode, .log, .oom_kills, .events[0].cgroup, .events[0].whole_group' out |
		paste -sd ' ')" "oom standard input 5 /a true" "JSON"
	# The text makes room for it.
	grep -q '^leaktrace: yes' err
}

@test "explain: a log without a kill says no, and what that is worth" {
	printf '[    0.000000] Linux version 6.1\n[    5.000000] all is well\n' >log
	explain log
	equal "$status" 0 "exit status"
	equal "$(head -n 1 out)" "leaktrace: no, the OOM killer killed nobody" "first line"
	grep -q 'was killed by another process' out
	: >empty
	explain empty
	equal "$status" 0 "exit status of an empty log"
	grep -q 'empty: 0 lines' out
}

@test "explain: a log that cannot be read is an error with a reason" {
	explain /nonexistent
	equal "$status" 125 "exit status"
	grep -q 'cannot read /nonexistent: No such file' err
	explain log more
	equal "$status" 2 "exit status of two files"
	grep -q "'more' is not an option" err
}

@test "explain: a kill in a memory cgroup of this machine, from the kernel's own log" {
	CGROUP=/sys/fs/cgroup/memory/leaktrace-test.$$
	mkdir "$CGROUP" 2>err || skip "no memory cgroup of version 1 can be made here: $(cat err)"
	echo 48M >"$CGROUP/memory.limit_in_bytes"
	status=0
	bash -c 'echo $$ >"$1/cgroup.procs" && exec "$2" malloc 200' - "$CGROUP" "$LEAKERS/eater" \
		>eater || status=$?
	equal "$status" 137 "exit status of the eater"
	pid=$(sed -n 's/^eater //p' eater)
	explain --json json
	equal "$status" 0 "exit status: $(cat err)"
	jq -e --argjson pid "$pid" --arg cgroup "/${CGROUP##*/}" '
		[.events[] | select(.victims[0].pid == $pid)] | last |
		.scope == "cgroup" and .cgroup == $cgroup and .cause == "victim" and
		.limits.memory.limit_bytes == 48 * 1048576 and
		.victims[0].name == "eater" and
		.victims[0].anon_bytes > 40 * 1048576 and .missing == []' json
}
