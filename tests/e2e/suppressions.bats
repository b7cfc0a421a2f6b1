#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Known leaks: a file of LeakSanitizer's keeps them from failing, and nothing else.

load lib
load frameworks

setup() {
	common_setup
	need cc jq
	build_case cases cases.c
}

teardown() {
	common_teardown
}

@test "suppressions: what is known does not fail, and is counted" {
	trace -- ./cases leak
	equal "$status" 23 "exit status without suppressions"
	printf '# known\nleak:^leak$\nfd:nothing\n' >known.supp
	trace --suppressions known.supp -- ./cases leak
	equal "$status" 0 "exit status"
	equal "$(report .verdict)" clean "verdict"
	equal "$(report '.suppressions[] | "\(.where) \(.blocks) \(.bytes)"')" \
		"$(printf 'known.supp:%s\n' "2 3 300" "3 0 0")" "suppressions"
	equal "$(report '[.sites[] | select(.suppression == "leak:^leak$") | .bytes] | add')" 300 \
		"suppressed bytes"
	grep -q '^300 B in 3 blocks suppressed by leak:^leak\$ (known.supp:2)$' err ||
		fail "the report does not say what is suppressed"
	grep -q '^note: no leak matched fd:nothing (known.supp:3)$' err ||
		fail "the report does not say what is not used"
}

@test "suppressions: other files together, and what does not match fails" {
	echo 'leak:^lea$' >a.supp
	echo 'leak:cases.c$' >b.supp
	trace --suppressions a.supp -- ./cases leak
	equal "$status" 23 "exit status"
	trace --suppressions a.supp --suppressions b.supp -- ./cases leak
	equal "$status" 0 "exit status with the right one"
}

@test "suppressions: a file that cannot be used is told before the command runs" {
	echo 'lek:x' >wrong.supp
	for file in wrong.supp missing.supp; do
		trace --suppressions "$file" -- touch run
		equal "$status" 125 "exit status"
		grep -q "$file" err || fail "the file is not named"
		[ ! -e run ] || fail "the command has run"
	done
}

@test "suppressions: those that a recording gives are enough" {
	trace -o run.lt -- ./cases leak
	equal "$status" 23 "exit status"
	leaktrace suppress run.lt >known.supp 2>err
	equal "$(grep -c '^leak:^leak\$$' known.supp)" 1 "suppressions: $(cat known.supp)"
	trace --suppressions known.supp -- ./cases leak
	equal "$status" 0 "exit status with them"
}

@test "suppressions: what a tool of the system loses fails nothing, but as the command" {
	# GNU expr never releases the values that it computes with.
	trace -- sh -c "expr 2 + 3; $WORK/cases clean"
	equal "$status" 0 "exit status: $(report '.sites[] | select(.class == "lost")')"
	[ "$(count '.sites[] | select(.class == "lost")')" = 0 ] ||
		equal "$(report '.suppressions[].suppression')" 'leak:^/usr/bin/expr$' suppressions
	trace -- expr 2 + 3
	[ "$(count '.sites[] | select(.class == "lost")')" = 0 ] ||
		equal "$status $(count '.suppressions[]')" "23 0" "status of expr as the command"
	trace -- sh -c "expr 2 + 3; $WORK/cases leak"
	equal "$status" 23 "exit status with a leak beside it"
}
