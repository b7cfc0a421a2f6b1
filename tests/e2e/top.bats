#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The live view: on a terminal, with keys (top_terminal.py presses them), and without one.

load lib

setup() {
	common_setup
	grower_start
}

teardown() {
	common_teardown
}

# check_terminal CHECK [PID [NAME]]
check_terminal() {
	timeout --kill-after=5 200 /usr/bin/python3 -B "$E2E_DIR/top_terminal.py" "$1" "$LT" \
		"${2-$grower}" "${@:3}" >"$WORK/out" 2>"$WORK/err" 3>&- ||
		fail "top does not do what it should: $(tail -n 30 "$WORK/err")"
}

@test "top on a terminal: what grows is shown, keys do what they say, the terminal is given back" {
	check_terminal keys
	grower_end
}

@test "top ended by a signal, or by the end of the process, gives the terminal back" {
	check_terminal ends
}

# named_start NAME: a grower that is called so, with the pid in $named.
named_start() {
	cp "$LEAKERS/grower" "$WORK/$1"
	start "$WORK/named" env LD_LIBRARY_PATH="$WORK/lib" "$WORK/$1"
	named=$!
	wait_for 5 grep -q '^ready' "$WORK/named" || fail "the grower does not start"
}

@test "top on a terminal without UTF-8, and on one that cannot draw" {
	named_start café
	check_terminal poor "$named"
	grower_end
}

@test "top -a: processes that are chosen by name, on 60 columns" {
	name=lt$$top
	named_start "$name"
	check_terminal all "$named" "$name"
	grower_end
}

@test "top without a terminal prints each look" {
	start "$WORK/top" "$LT" top -i 300ms -p "$grower"
	top=$!
	wait_for 30 grep -q '^0 call sites by growth' "$WORK/top" || fail "nothing is printed"
	grower_tell USR1 step
	wait_for 30 grep -Eq '^ +(-|[+]6.2 KiB) +6.2 KiB +100 .* mem leak_step grower.c:' \
		"$WORK/top" || fail "leak_step is not shown: $(tail -n 5 "$WORK/top")"
	kill -INT "$top"
	wait_child 20 "$top"
	equal "$status" 0 "exit status"
	! grep -q $'\033' "$WORK/top" || fail "there are control sequences without a terminal"
	grower_end
}

@test "top needs to know of which processes" {
	run leaktrace top
	equal "$status" 2 "exit status"
	[[ $output == *"top: neither -p PID nor -a is given"* ]] || fail "said: $output"
}
