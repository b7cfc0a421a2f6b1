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

@test "top on a terminal: what grows is shown, keys do what they say, the terminal is given back" {
	timeout --kill-after=5 200 /usr/bin/python3 -B "$E2E_DIR/top_terminal.py" "$LT" "$grower" \
		>"$WORK/out" 2>"$WORK/err" 3>&- || fail "top does not do what it should"
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
