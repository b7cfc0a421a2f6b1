#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The exit status, which scripts rely on, and the sentence that goes with a refusal.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2154

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# status_is EXPECTED ARGUMENT...: runs leaktrace with the arguments.
status_is() {
	local expected=$1

	shift
	status=0
	leaktrace "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	[ "$status" = "$expected" ] || fail "exit status $status instead of $expected: $*"
}

# The last run must have said why, in few lines of its own and nothing of a library's.
said() {
	grep -Eiq -- "$1" "$WORK/err" || fail "nothing like '$1' on standard error"
	grep -q '^leaktrace: ' "$WORK/err" || fail "no line begins with 'leaktrace: '"
	[ "$(wc -l <"$WORK/err")" -le 5 ] || fail "more than five lines on standard error"
	! grep -q 'libbpf' "$WORK/err" || fail "a message of libbpf is on standard error"
}

@test "status: a command that succeeds" {
	status_is 0 -- true
}

@test "status: a command that fails" {
	status_is 1 -- false
	status_is 37 -- sh -c 'exit 37'
}

@test "status: a command that is not found" {
	status_is 127 -- no-such-command-anywhere
	said 'no-such-command-anywhere'
	status_is 127 -- ./no-such-file
	said 'no-such-file'
}

@test "status: a command that cannot be executed" {
	mkdir directory
	status_is 126 -- ./directory
	said 'directory'
	echo 'text' >text
	chmod 644 text
	status_is 126 -- ./text
	said 'text'
}

@test "status: a script without an interpreter line runs as it does elsewhere" {
	echo 'echo "from the script"; exit 19' >script
	chmod 755 script
	status=0
	env ./script >wanted || status=$?
	equal "$status" 19 "exit status without leaktrace"
	status_is 19 -- ./script
	cmp wanted "$WORK/out" || fail "the output differs"
}

@test "status: an executable of which the interpreter is missing" {
	printf '#!/no/such/interpreter\n' >script
	chmod 755 script
	status=0
	env ./script 2>wanted || status=$?
	status_is "$status" -- ./script
	said 'script'
}

@test "status: a command that a signal ends" {
	status_is 143 -- sh -c 'kill -TERM $$'
	status_is 137 -- sh -c 'kill -KILL $$'
	status_is 129 -- sh -c 'kill -HUP $$'
}

@test "status: a leak" {
	status_is 23 -- "$LEAKERS/allocators" malloc
}

@test "status: a leak in a child of the command" {
	status_is 23 -- sh -c "$LEAKERS/allocators malloc; exit 0"
}

@test "status: a leak, with --error-exitcode" {
	status_is 5 --error-exitcode 5 -- "$LEAKERS/allocators" malloc
	status_is 5 --error-exitcode=5 -- "$LEAKERS/allocators" malloc
	status_is 0 --error-exitcode=0 -- "$LEAKERS/allocators" malloc
}

@test "status: a leak, with --fail-on none" {
	status_is 0 --fail-on none -- "$LEAKERS/allocators" malloc
}

@test "status: a command that fails and leaks keeps its own" {
	status_is 3 -- sh -c "$LEAKERS/allocators malloc; exit 3"
	status_is 41 -- "$LEAKERS/ends" exit_now
	status_is 134 -- "$LEAKERS/ends" abort
}

@test "status: nothing leaked" {
	status_is 0 -- "$LEAKERS/spawner" 100
	grep -q '^worker 100 says' "$WORK/out" || fail "the worker did not run"
}

@test "status: what a program held when another one replaced it did not leak" {
	status_is 0 -- bash -c "exec '$LEAKERS/spawner' 100"
	grep -q '^worker 100 says' "$WORK/out" || fail "the worker did not run"
}

@test "status: a leak below --min-bytes does not count" {
	status_is 0 --min-bytes 1M -- "$LEAKERS/allocators" malloc
	status_is 23 --min-bytes 3000 -- "$LEAKERS/allocators" malloc
}

@test "status: LEAKTRACE=0 runs the command and nothing else" {
	LEAKTRACE=0 status_is 0 -- "$LEAKERS/allocators" malloc
	[ ! -s "$WORK/err" ] || fail "a report was written"
	LEAKTRACE=0 status_is 9 -- sh -c 'exit 9'
	LEAKTRACE=0 status_is 127 -- no-such-command-anywhere
}

@test "status: LEAKTRACE=0 works without rights" {
	cp "$LT" leaktrace
	chmod 755 leaktrace
	status=0
	LEAKTRACE=0 setpriv --reuid 65534 --regid 65534 --clear-groups \
		./leaktrace -- sh -c 'exit 9' >out 2>err || status=$?
	equal "$status" 9 "exit status"
}

@test "status: with capabilities of the file, for the caller's own processes alone" {
	local own

	need setcap
	mkdir -m 777 open
	install -m 755 "$LT" leaktrace
	setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_sys_admin+ep leaktrace 2>err ||
		skip "a file can have no capabilities here: $(cat err)"
	as_other() {
		timeout "$PATIENCE" setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	}
	as_other ./leaktrace doctor | grep -q '^CAP_BPF  *ok' ||
		skip "capabilities of files do not count here"
	status=0
	as_other ./leaktrace -p $$ -d 1s >out 2>err || status=$?
	equal "$status" 125 "exit status of a process of root's"
	said "process $$ is not yours"
	status=0
	as_other ./leaktrace --uid 0 -d 1s >out 2>err || status=$?
	equal "$status" 125 "exit status of all processes of root's"
	said 'own processes only'
	status=0
	as_other ./leaktrace oom --state-dir open/oom -d 1s >out 2>err || status=$?
	equal "$status" 125 "exit status of the flight recorder"
	said 'own processes only'
	start sleeper setpriv --reuid 65534 --regid 65534 --clear-groups sleep 60
	own=${STARTED[0]}
	wait_for 10 grep -qx sleep "/proc/$own/comm"
	status=0
	as_other ./leaktrace -p "$own" -d 1s --json open/json >out 2>err || status=$?
	equal "$status" 0 "exit status of a process of one's own"
	equal "$(report '.processes[0].pid' open/json)" "$own" "process"
}

@test "status: a disk that is full" {
	status_is 125 --quiet --json /dev/full -- true
	said 'cannot write /dev/full: No space left on device'
	status_is 4 --quiet --json /dev/full -- sh -c 'exit 4'
}

@test "status: output of every verb that cannot be written" {
	local words

	for words in doctor "oom --list --state-dir $PWD/none" --help --usage --version; do
		status=0
		# shellcheck disable=SC2086
		leaktrace $words >/dev/full 2>err || status=$?
		equal "$status" 125 "exit status of $words"
		said '^leaktrace: cannot write .*: No space left on device$'
		equal "$(wc -l <err)" 1 "lines about $words"
	done
}

@test "status: in a pid namespace of its own" {
	need unshare
	unshare --pid --fork true 2>/dev/null || skip "no pid namespace can be made here"
	status=0
	timeout "$PATIENCE" unshare --pid --fork --kill-child "$LT" -- touch ran >out 2>err ||
		status=$?
	equal "$status" 125 "exit status"
	said 'pid namespace'
	[ ! -e ran ] || fail "the command has run untraced"
}

@test "status: few descriptors are enough, and the command's limit is its own" {
	status=0
	# shellcheck disable=SC2016
	(ulimit -Sn 24 && leaktrace -- sh -c 'ulimit -Sn; ulimit -Hn' >out 2>err) || status=$?
	equal "$status" 0 "exit status"
	equal "$(tr '\n' ' ' <out)" "24 $(ulimit -Hn) " "limits"
}

@test "status: without rights" {
	cp "$LT" leaktrace
	chmod 755 leaktrace
	mkdir -m 777 open
	status=0
	timeout "$PATIENCE" setpriv --reuid 65534 --regid 65534 --clear-groups \
		./leaktrace -- touch open/ran >out 2>err || status=$?
	equal "$status" 125 "exit status"
	said 'root|sudo|capabilit|permission'
	[ ! -e open/ran ] || fail "the command was run all the same"
}

@test "status: attach without rights" {
	grower_start
	cp "$LT" leaktrace
	chmod 755 leaktrace
	status=0
	timeout "$PATIENCE" setpriv --reuid 65534 --regid 65534 --clear-groups \
		./leaktrace -p "$grower" -d 1s >out 2>err || status=$?
	equal "$status" 125 "exit status"
	said 'root|sudo|capabilit|permission'
	grower_end
}

@test "status: attach to a process that does not exist" {
	local pid

	pid=$(sh -c 'echo $$')
	status_is 125 -p "$pid" -d 1s
	said "$pid"
}

@test "status: attach to a kernel thread" {
	[ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ] ||
		skip "this PID namespace has no kernel threads"
	status_is 125 -p 2 -d 1s
	said 'kernel'
}

@test "status: attach to a zombie" {
	local zombie

	start "$WORK/zombie" sh -c 'sleep 0.3 & echo $!; exec sleep 60'
	wait_for 5 test -s "$WORK/zombie"
	zombie=$(cat "$WORK/zombie")
	wait_for 5 grep -q '^State:.*Z' "/proc/$zombie/status" || fail "no zombie was made"
	status_is 125 -p "$zombie" -d 1s
	said 'zombie|ended|exited|dead|terminated'
}

@test "status: wrong usage" {
	status_is 2
	status_is 2 --
	status_is 2 --no-such-option -- true
	said 'no-such-option'
	status_is 2 --interval 5x -p 1
	said '5x'
	status_is 2 -p 12z
	said '12z'
	status_is 2 -p 1 -- true
	status_is 2 --error-exitcode 300 -- true
	said '300'
	status_is 2 --fail-on nonsense -- true
	said 'nonsense'
}

@test "status: wrong LEAKTRACE_OPTIONS" {
	LEAKTRACE_OPTIONS='--no-such-option' status_is 2 -- true
	said 'LEAKTRACE_OPTIONS'
}

@test "status: help and version" {
	status_is 0 --help
	grep -q -- '--json' "$WORK/out" || fail "--help does not name --json on standard output"
	status_is 0 --version
	[ "$(wc -l <"$WORK/out")" -ge 1 ] || fail "--version says nothing"
}

@test "status: a report that cannot be written" {
	status=0
	leaktrace --json /no-such-directory/report -- true >out 2>err || status=$?
	[ "$status" != 0 ] || fail "the missing report is not a failure"
	said 'no-such-directory'
}

@test "status: all kinds of resources are traced unless some are chosen" {
	local kind

	unset LEAKTRACE_OPTIONS
	status_is 23 --json json -- "$LEAKERS/allocators" malloc
	for kind in allocations fds threads mappings; do
		equal "$(jq ".totals.$kind != null" json)" true "$kind is a number"
	done
	status_is 0 --kinds fd --json json -- "$LEAKERS/allocators" malloc
	equal "$(jq -c '.totals | [.allocations, .threads, .fds != null]' json)" \
		'[null,null,true]' "what was not chosen is null"
}
