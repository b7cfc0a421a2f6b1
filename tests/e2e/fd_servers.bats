#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Descriptors of real servers under load: what is listed must be what /proc has, to the last one.

# shellcheck disable=SC2016

load lib
load servers

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# How many descriptors a process has beyond the standard ones.
open_fds() {
	find "/proc/$1/fd" -mindepth 1 -printf '%f\n' | awk '$1 > 2' | wc -l
}

# listed_fds CLASS: how many the report has of a class.
listed_fds() {
	report "[.sites[] | select(.kind == \"fd\" and .class == \"$1\") | .blocks] | add // 0"
}

fds_attach() {
	start "$WORK/lt" "$LT" --log attach --kinds fd --json "$WORK/json" -p "$1" -d 100s
	tracer=$!
	wait_attached "$WORK/lt" "$1"
}

fds_detach() {
	kill -TERM "$tracer"
	wait_child 30 "$tracer"
	cp "$WORK/lt" "$WORK/err"
	equal "$status" 0 "exit status"
	check_complete
}

# No connection to the server's port is open at the server's end (ESTABLISHED or CLOSE_WAIT).
server_is_idle() {
	! awk -v port=":$(printf '%04X' "$port")" '
		substr($2, length($2) - 4) == port && ($4 == "01" || $4 == "08") { found = 1 }
		END { exit !found }' /proc/net/tcp
}

@test "fd servers: redis, no connection is left after the load" {
	redis_start
	local before

	wait_for 10 server_is_idle || fail "redis keeps connections"
	before=$(open_fds "$redis")
	fds_attach "$redis"
	redis_load 20000 >"$WORK/out" || fail "the load has failed"
	wait_for 10 server_is_idle || fail "redis keeps connections"
	fds_detach
	equal "$(listed_fds outstanding)" 0 "descriptors opened since"
	equal "$(listed_fds before-attach)" "$before" "descriptors from before"
	equal "$(report .totals.fds)" 0 "descriptors in the totals"
}

@test "fd servers: redis, a connection that is open has its addresses and its peer" {
	redis_start
	fds_attach "$redis"
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	printf 'PING\r\n' >&7
	read -r -t 10 answer <&7
	equal "${answer%$'\r'}" +PONG "answer"
	fds_detach
	exec 7>&-
	equal "$(listed_fds outstanding)" 1 "open connections"
	report '.sites[] | select(.class == "outstanding") | .objects[0].target' >target
	local here="127\.0\.0\.1"

	grep -Eq "^tcp $here:$port -> $here:[0-9]+ ESTABLISHED \(bash, pid $BASHPID\)\$" target ||
		fail "the target is $(cat target)"
}

@test "fd servers: nginx, no connection is left after the load" {
	nginx_start
	fds_attach "$worker"
	nginx_load 3000 || fail "the load has failed: $(cat "$WORK/ab")"
	wait_for 10 server_is_idle || fail "nginx keeps connections"
	fds_detach
	equal "$(listed_fds outstanding)" 0 "descriptors opened since"
	equal "$(listed_fds before-attach)" "$(open_fds "$worker")" "descriptors from before"
}

@test "fd servers: nginx, each 100th close is swallowed" {
	need python3
	mkdir -m 777 swallowed
	export SWALLOW_DIR=$WORK/swallowed LD_PRELOAD=$LEAKERS/swallow.so
	nginx_start
	unset LD_PRELOAD
	fds_attach "$worker"
	local before

	before=$(cat "swallowed/$worker" 2>/dev/null || echo 0)
	# ab would wait for the server to close.
	timeout 50 python3 - "$port" 2000 <<-'PY' || fail "the load has failed"
		import socket, sys
		for i in range(int(sys.argv[2])):
		    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
		    s.sendall(b"GET /page.html HTTP/1.0\r\n\r\n")
		    got = b""
		    while got.count(b"x") < 5000:
		        got += s.recv(65536)
		    s.close()
	PY
	fds_detach
	at_least "$(cat "swallowed/$worker")" 20 "swallowed closes"
	equal "$(listed_fds outstanding)" $(($(cat "swallowed/$worker") - before)) \
		"descriptors of swallowed closes"
	equal $(($(listed_fds outstanding) + $(listed_fds before-attach))) \
		"$(open_fds "$worker")" "all descriptors"
}

@test "fd servers: python, each 100th close is swallowed" {
	need python3
	mkdir swallowed
	cat >work.py <<-'PY'
		import os, socket
		def serve(n):
		    for i in range(n):
		        a, b = socket.socketpair()
		        a.close()
		        b.close()
		serve(1500)
		print(os.getpid())
		os._exit(0)
	PY
	trace --kinds fd --fail-on fd -- env "SWALLOW_DIR=$WORK/swallowed" \
		"LD_PRELOAD=$LEAKERS/swallow.so" python3 -S work.py
	equal "$status" 23 "exit status"
	check_complete
	equal "$(cat "swallowed/$(cat "$WORK/out")")" 30 "swallowed closes"
	equal "$(listed_fds leaked)" 30 "leaked descriptors"
}

@test "fd servers: two processes that open and close all the time" {
	local i rounds=$((400000 * SCALE))

	for i in 1 2; do
		start "$WORK/churn$i" "$LEAKERS/fd_ends" churn "$rounds"
		churn[i]=$!
	done
	wait_for 10 grep -q '^ready' "$WORK/churn1" "$WORK/churn2"
	start "$WORK/lt" "$LT" --log attach --kinds fd --json "$WORK/json" --interval 500ms \
		-p "${churn[1]},${churn[2]}"
	tracer=$!
	wait_attached "$WORK/lt" "${churn[1]}"
	wait_attached "$WORK/lt" "${churn[2]}"
	kill -USR1 "${churn[1]}" "${churn[2]}"
	wait_child $((60 * SCALE)) "$tracer"
	cp "$WORK/lt" "$WORK/err"
	check_complete
	equal "$(count '.losses[]')" 0 "what was told of losses"
	# In each report but the last there is what is open at that moment: one at most.
	equal "$(jq -s '[.[].processes[] | select(.fds > 2)] | length' "$WORK/json")" 0 \
		"reports with more than can be open"
	equal "$(report .totals.fds)" 4 "descriptors at the end"
	sed -n 's/^rate/# opens and closes per second:/p' "$WORK/churn1" "$WORK/churn2" >&3
}
