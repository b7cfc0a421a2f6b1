#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What the command notices of being traced: nothing. Its standard streams, environment, working
# directory, descriptors, signals and user are those that it would have without leaktrace.

# The commands expand their own variables; each test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031

load lib

setup() {
	common_setup
}

teardown() {
	[ -z "${group:-}" ] || kill -KILL -- "-$group" 2>/dev/null || true
	common_teardown
}

# same_ignored FILE: makes nothing of signals 32 and 33, which are the C library's own: it ignores
# them in what it starts by posix_spawn ("make" does), and takes them back for the first thread.
same_ignored() {
	sed -Ei 's/^(SigIgn:\t[0-9a-f]{7})[0-9a-f]{2}/\1--/' "$1"
}

# same COMMAND...: prints the same bytes and has the same status with leaktrace and without.
same() {
	local plain=0 traced=0

	"$@" >plain.out 2>plain.err </dev/null 3>&- || plain=$?
	leaktrace --fail-on none --json json -- "$@" >out 2>err </dev/null || traced=$?
	equal "$traced" "$plain" "exit status of $*"
	same_ignored plain.out
	same_ignored out
	cmp plain.out out || fail "the output of $* differs"
}

@test "streams: binary data goes through unchanged" {
	head -c 3000000 /dev/urandom >data
	leaktrace --fail-on none -- cat <data >copy 2>err
	cmp data copy || fail "cat has changed the data"
}

@test "streams: nothing is added to standard output" {
	leaktrace --fail-on none -- printf 'no newline at the end' >out 2>err
	equal "$(wc -c <out)" 21 "bytes on standard output"
}

@test "streams: standard error has the command's own, and the report" {
	leaktrace --fail-on none -- sh -c "echo of the command >&2; $LEAKERS/allocators malloc" \
		>out 2>err
	grep -qx 'of the command' err || fail "the command's own standard error is missing"
	grep -q 'leak_malloc' err || fail "the report is not on standard error"
	! grep -q 'leaktrace' out || fail "the report is on standard output"
}

@test "streams: the report follows everything that the command says" {
	leaktrace --fail-on none -- sh -c 'echo first >&2; sleep 0.2; echo last >&2' >out 2>err
	[ "$(grep -n '^last$' err | cut -d: -f1)" = 2 ] || fail "the report is not at the end"
}

@test "streams: --quiet" {
	leaktrace --quiet --fail-on none --json json -- true >out 2>err
	[ ! -s err ] || fail "something is on standard error"
	[ -s json ] || fail "there is no JSON report"
}

@test "streams: standard input that is closed" {
	same sh -c 'read -r line || echo none'
	leaktrace --fail-on none -- sh -c 'echo "in: $(readlink /proc/self/fd/0)"' \
		>out 2>err 0<&-
	! grep -q 'bpf\|perf\|socket\|anon' out || fail "standard input is not closed: $(cat out)"
}

# Says which standard streams are open, into the file of its argument; fails with status 7.
which_open() {
	cat >which <<-'EOF'
		for n in 0 1 2; do
			[ -e /proc/$BASHPID/fd/$n ] && echo "$n" >>"$1"
		done
		exit 7
	EOF
}

@test "streams: those that are closed are so for the command, and no report goes elsewhere" {
	local closed

	which_open
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		rm -f plain out json run.ltdb
		status=0
		bash -c "bash which plain $closed 3>&-" || status=$?
		equal "$status" 7 "exit status without leaktrace"
		status=0
		bash -c "timeout --foreground $PATIENCE '$LT' -o run.ltdb --json json -- \
			bash which out $closed 3>&-" 2>err || status=$?
		equal "$status" 7 "exit status with $closed"
		touch plain out
		cmp plain out || fail "other streams are open with $closed: $(cat out)"
		leaktrace report --json again run.ltdb >text 2>err || true
		cmp again json || fail "the reports differ with $closed"
	done
	status=0
	leaktrace --quiet --json - -- true >&- 2>err || status=$?
	equal "$status" 125 "exit status of a report on a closed stream"
	grep -q '^leaktrace: cannot write to standard output: Bad' err ||
		fail "the reason is not told"
}

@test "streams: a reader of the report that is gone" {
	mkfifo fifo
	# A pipe that nobody can read any more.
	# shellcheck disable=SC2094
	exec 7<>fifo 8>fifo 7<&-
	status=0
	leaktrace --json json -o run.ltdb -- sh -c 'exit 7' 2>&8 || status=$?
	equal "$status" 7 "exit status"
	report .verdict >verdict || fail "there is no JSON report"
	leaktrace report --json again run.ltdb >text 2>err || true
	cmp again json || fail "the recording differs"
	status=0
	leaktrace -- true 2>&8 || status=$?
	equal "$status" 125 "exit status of a command that succeeds"
	exec 8>&-
}

@test "streams: a report into a FIFO, and into one that nobody reads" {
	mkfifo fifo
	start copy cat fifo
	leaktrace --json fifo -- true 2>err
	wait_child 10 "${STARTED[0]}"
	report .verdict copy >verdict || fail "there is no JSON report"
	status=0
	leaktrace --json fifo -- true 2>err || status=$?
	equal "$status" 125 "exit status without a reader"
	grep -q 'cannot write fifo: nobody reads from it' err || fail "the reason is not told"
}

@test "streams: a closed reader ends the command as ever" {
	run bash -c "timeout 20 '$LT' --fail-on none -- yes 2>err 3>&- | head -n 1
		echo \${PIPESTATUS[0]}"
	equal "${lines[0]}" y "first line"
	equal "${lines[1]}" 141 "exit status of leaktrace"
}

@test "streams: the environment" {
	env -i "PATH=$PATH" A=1 'B=two words' C= env >plain
	env -i "PATH=$PATH" A=1 'B=two words' C= "$LT" --fail-on none -- env >out 2>err 3>&-
	cmp plain out || fail "the environment differs: $(diff plain out)"
}

@test "streams: the working directory" {
	mkdir -p 'some where'
	cd 'some where'
	same pwd -P
}

@test "streams: arguments" {
	same printf '<%s>\n' '' ' a ' '--json' '-p' '$HOME' '*' $'new\nline' $'\xff\xfe'
}

@test "streams: open descriptors" {
	same ls /proc/self/fd
	exec 9<"$LT"
	same readlink /proc/self/fd/9
	exec 9<&-
}

@test "streams: signals, limits, priority, umask" {
	same grep -E '^(Sig[PBIC]|Shd|Umask|NoNewPrivs|Seccomp:|Cap|Uid|Gid|Groups|TracerPid)' \
		/proc/self/status
	same sh -c 'trap "" USR1; grep ^SigIgn /proc/self/status'
	same cat /proc/self/limits
	same nice
}

@test "streams: an ignored signal stays ignored" {
	env --ignore-signal=HUP grep ^SigIgn /proc/self/status >plain
	env --ignore-signal=HUP "$LT" --fail-on none -- grep ^SigIgn /proc/self/status \
		>out 2>err 3>&-
	same_ignored plain
	same_ignored out
	cmp plain out || fail "the ignored signals differ: $(diff plain out)"
	grep -q '1$' out || fail "SIGHUP is not ignored: $(cat out)"
}

@test "streams: a terminal that hangs up ends the command that is all of its session" {
	need python3
	cat >hangup.py <<-'EOF'
		import os, pty, sys, time
		pid, terminal = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[2], sys.argv[2:])
		said = b""
		while b"ready" not in said:
		    said += os.read(terminal, 1000)
		os.close(terminal)
		end = time.monotonic() + float(sys.argv[1])
		while time.monotonic() < end:
		    if os.waitpid(pid, os.WNOHANG)[0]:
		        sys.exit(0)
		    time.sleep(0.05)
		os.kill(pid, 9)
		sys.exit("it goes on")
	EOF
	timeout "$PATIENCE" /usr/bin/python3 hangup.py $((20 * SLOWNESS)) "$LT" -- \
		sh -c 'echo $$ >pid; echo ready; exec sleep 60' >out 2>err </dev/null 3>&- ||
		echo "leaktrace goes on without its terminal" >>err
	remember "$(cat pid)"
	[ ! -s err ] || fail "it did not end"
	process_is_gone "$(cat pid)" || fail "the command goes on"
}

@test "streams: where SIGCHLD is ignored, the status is known, and it stays ignored" {
	status=0
	env --ignore-signal=CHLD "$LT" -- false >out 2>err 3>&- || status=$?
	equal "$status" 1 "exit status"
	env --ignore-signal=CHLD grep ^SigIgn /proc/self/status >plain
	env --ignore-signal=CHLD "$LT" --fail-on none -- grep ^SigIgn /proc/self/status \
		>out 2>err 3>&-
	same_ignored plain
	same_ignored out
	cmp plain out || fail "the ignored signals differ: $(diff plain out)"
}

@test "streams: the command is not stopped, and no tracer is left" {
	same sh -c 'grep TracerPid: /proc/$$/status; grep -E "^State:.*[(].*stop" /proc/$$/status'
}

@test "streams: sudo's user runs the command" {
	chmod 777 .
	SUDO_UID=65534 SUDO_GID=65534 leaktrace --fail-on none -- id -u >out 2>err
	equal "$(cat out)" 65534 "user"
	SUDO_UID=65534 SUDO_GID=65534 leaktrace --fail-on none -- id -g >out 2>err
	equal "$(cat out)" 65534 "group"
	SUDO_UID=65534 SUDO_GID=65534 leaktrace --fail-on none -- grep ^CapEff /proc/self/status \
		>out 2>err
	equal "$(cut -f2 <out)" 0000000000000000 "capabilities"
}

@test "streams: the command of sudo's user is traced, and the report is that user's" {
	chmod 777 .
	SUDO_UID=65534 SUDO_GID=65534 leaktrace --fail-on none --json json -- \
		"$LEAKERS/allocators" malloc >out 2>err
	check_truth json out
	equal "$(stat -c %u json)" 65534 "owner of the report"
}

@test "streams: --user" {
	leaktrace --user nobody --fail-on none -- id -un >out 2>err
	equal "$(cat out)" nobody "user"
}

@test "streams: a bad SUDO_UID is refused" {
	status=0
	SUDO_UID=12x SUDO_GID=0 leaktrace -- id -u >out 2>err || status=$?
	[ ! -s out ] || fail "the command was run as $(cat out)"
	equal "$status" 125 "exit status"
}

# Starts leaktrace as a shell does on a terminal: its own process group, no signal ignored.
start_group() {
	start "$WORK/out" setsid env --default-signal=INT,QUIT,TERM "$LT" --json "$WORK/json" "$@"
	group=$!
	wait_for 20 grep -q ready "$WORK/out" || fail "the command does not start"
}

@test "streams: Ctrl-C ends the command, and the report comes" {
	start_group -- sh -c "$LEAKERS/allocators malloc; echo ready; exec sleep 60"
	kill -INT -- "-$group"
	wait_child 20 "$group"
	equal "$status" 130 "exit status"
	check_truth "$WORK/json" "$WORK/out"
	grep -q leak_malloc "$WORK/out.err" || fail "there is no report"
}

@test "streams: Ctrl-C that the command survives" {
	start_group --fail-on none -- \
		bash -c 'trap "echo caught" INT; echo ready; sleep 1; echo over; exit 4'
	kill -INT -- "-$group"
	wait_child 20 "$group"
	equal "$status" 4 "exit status"
	equal "$(sed -n '/caught/p;/over/p' "$WORK/out" | tr '\n' ' ')" "caught over " "output"
}

@test "streams: SIGTERM is passed on to the command" {
	start_group --fail-on none -- \
		bash -c 'trap "echo caught; exit 8" TERM; echo ready
			for i in {1..300}; do sleep 0.1; done'
	kill -TERM "$group"
	wait_child 20 "$group"
	grep -q caught "$WORK/out" || fail "the command has not got the signal"
	equal "$status" 8 "exit status"
	[ -s "$WORK/json" ] || fail "there is no report"
}

@test "streams: SIGTERM that the command does not handle" {
	start_group --fail-on none -- sh -c 'echo ready; exec sleep 60'
	kill -TERM "$group"
	wait_child 20 "$group"
	equal "$status" 143 "exit status"
	[ -s "$WORK/json" ] || fail "there is no report"
}

@test "streams: leaktrace ended by SIGKILL does not harm the command" {
	start_group --fail-on none -- \
		bash -c 'echo ready; for i in {1..20}; do /bin/true; sleep 0.1; done; echo over'
	kill -KILL "$group"
	wait_for 20 grep -q over "$WORK/out" || fail "the command did not go on"
}

@test "streams: JSON on standard output" {
	leaktrace --fail-on none --json - -- "$LEAKERS/allocators" malloc >out 2>err
	sed -n '/^pid /,/^sites /p' out >truth
	sed '/^pid /,/^sites /d' out >json
	check_truth json truth
}
