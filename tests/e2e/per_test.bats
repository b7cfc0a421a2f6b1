#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What is told of each test besides its memory: processes that outlive it, how much its process
# grew, the other end of its sockets; and the lines of --live.

load lib

setup() {
	common_setup
	[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not installed"
	export LEAKTRACE_OPTIONS=--kinds=memory,fd
	write_program
}

teardown() {
	common_teardown
}

# A program with four tests, which it tells by paths.
write_program() {
	cat >program.py <<-'EOS'
		import os, socket, subprocess

		def begin(name):
		    os.path.exists("/leaktrace/begin/" + name)

		def end():
		    os.path.exists("/leaktrace/end")

		listener = socket.socket(socket.AF_UNIX)
		if os.path.exists("redis.sock"):
		    os.unlink("redis.sock")
		listener.bind("redis.sock")
		listener.listen()

		begin("starts")
		child = subprocess.Popen(["/bin/sleep", "100"])
		end()
		begin("grows")
		block = bytearray(b"x") * (32 << 20)
		end()
		begin("shrinks")
		del block
		end()
		begin("connects")
		client = socket.socket(socket.AF_UNIX)
		client.connect("redis.sock")
		client.detach() # nobody will close it
		end()
		child.kill()
		child.wait()
		print("done")
	EOS
}

# member TEST NAME
member() {
	report ".tests[] | select(.name == \"$1\") | .$2"
}

@test "per test: processes that outlive it, its memory, its sockets" {
	trace --fail-on none -- /usr/bin/python3 program.py
	equal "$(cat "$WORK/out")" "done" "output"
	equal "$(report '[.tests[].processes_left] | tojson')" '[1,0,0,0]' "processes left"
	equal "$(report '.processes[] | select(.outlived_test and .end == "exit") | .command[0]')" \
		/bin/sleep "the process that outlived its test"
	grep -q '^starts left 1 process behind: sleep (pid [0-9]*)$' "$WORK/err" ||
		fail "the text does not name it"
	at_least "$(member grows rss_delta_bytes)" $((30 << 20)) "growth of memory"
	at_least "$(report '.tests[] | select(.name == "shrinks") | -.rss_delta_bytes')" \
		$((30 << 20)) "memory given back"
	at_least "$(member grows allocations)" 1 "allocations"
	report '.sites[] | select(.kind == "fd" and .test == "connects") | .objects[].target' |
		grep -q 'redis.sock.*database connection: Redis' ||
		fail "no database: $(report '.sites[] | select(.kind == "fd")')"
}

@test "per test: --live prints a line for each when it ends, and nothing with --quiet" {
	trace --live --fail-on none -- /usr/bin/python3 program.py
	equal "$(cat "$WORK/out")" "done" "output"
	grep -o '^leaktrace: ? [a-z]*: ended after [0-9.]* [a-zµ]*, [0-9,]* allocations' \
		"$WORK/err" | cut -d' ' -f3 >live
	printf '%s:\n' starts grows shrinks connects | diff - live || fail "other lines"
	trace --live --quiet --fail-on none -- /usr/bin/python3 program.py
	equal "$(cat "$WORK/err")" "" "standard error with --quiet"
}

@test "per test: LEAKTRACE=0 runs the command with no tracing, and with its own environment" {
	# shellcheck disable=SC2016
	local say='echo "${PYTHONMALLOC-none} ${GTEST_REPEAT-none} ${PYTEST_PLUGINS-none}"; exit 7'

	LEAKTRACE=0 trace --repeat 3 --python -- sh -c "$say"
	equal "$status" 7 "exit status"
	equal "$(cat "$WORK/out")" "none none none" "environment"
	equal "$(cat "$WORK/err")" "" "standard error"
	[ ! -s "$WORK/json" ] || fail "a report was written"
	trace --repeat 3 --python -- sh -c "$say"
	equal "$status" 7 "exit status when traced"
	equal "$(cat "$WORK/out")" "malloc 3 leaktrace_repeat" "environment when traced"
}

@test "per test: a file, the variable and the command line, of which the latter wins" {
	local leaker="$LEAKERS/allocators"

	mkdir -p project/tests
	cd project/tests
	trace -- "$leaker" malloc
	equal "$status" 23 "exit status without a file"
	echo 'fail-on = none' >../.leaktrace.conf
	trace -- "$leaker" malloc
	equal "$status" 0 "exit status with a file above"
	LEAKTRACE_OPTIONS+=" --fail-on lost --error-exitcode 24"
	trace -- "$leaker" malloc
	equal "$status" 24 "exit status with the variable as well"
	trace --error-exitcode 25 -- "$leaker" malloc
	equal "$status" 25 "exit status with an option as well"
	echo 'enable = no' >../.leaktrace.conf
	rm -f "$WORK/json"
	trace -- sh -c 'echo bare; exit 7'
	equal "$status $(cat "$WORK/out") $(cat "$WORK/err")" "7 bare " "an untraced command"
	[ ! -e "$WORK/json" ] || fail "a report was written"
}
