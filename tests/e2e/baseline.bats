#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What an older run has leaked already does not fail: in a run, in its report, and as diff says it.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

setup() {
	common_setup
	need cc jq
}

teardown() {
	common_teardown
}

# Builds ./prog, each time from another file, which leaks from these functions: build FUNCTION...
build() {
	local function

	n_builds=$((${n_builds-0} + 1))
	{
		echo '#include <stdlib.h>'
		seq "$n_builds" | sed 's|^|// |'
		for function; do
			echo "__attribute__((noinline)) void $function(void)"
			echo '{ void *volatile p = malloc(100); p = 0; }'
		done
		echo 'int main(void) {'
		printf '%s();\n' "$@"
		echo '}'
	} >prog.c
	cc -g -O1 -o prog prog.c
}

@test "baseline: old leaks do not fail, a new one does, and diff agrees" {
	build known other
	trace -o old.ltdb -- ./prog
	equal "$status" 23 "exit status without a baseline"
	# Built anew, with one leak gone.
	build known
	trace --baseline old.ltdb --junit old.xml -- ./prog
	equal "$status $(report .verdict)" "0 clean" "exit status and verdict"
	equal "$(report '[.baseline.file, .baseline.sites, .baseline.blocks, .baseline.bytes] |
		join(" ")')" "old.ltdb 1 1 100" "baseline"
	grep -q '^1 leak is in the baseline old.ltdb (not counted): 100 B in 1 block$' err ||
		fail "the report does not say what is in the baseline"
	equal "$(grep -c '<failure' old.xml)" 0 "failures in JUnit"
	build known fresh
	trace -o new.ltdb --baseline old.ltdb --junit new.xml --tap new.tap --markdown new.md \
		--github -- ./prog
	equal "$status $(report .verdict)" "23 leaks" "exit status and verdict with a new leak"
	equal "$(report '.sites[] | select(.class == "lost") | [.stack[0].function, .in_baseline] |
		join(" ")' | sort)" "$(printf '%s\n' "fresh false" "known true")" "call sites"
	equal "$(grep -c '<failure' new.xml) $(grep -c '^not ok' new.tap)" "1 1" "failures"
	! grep -q "known " new.md || fail "Markdown tells of a known leak"
	equal "$(grep -c '^::error' out)" 1 "annotations"
	status=0
	leaktrace diff --json diff.json old.ltdb new.ltdb >text 2>&1 || status=$?
	equal "$status $(jq -c '[.call_sites.new, .leaks]' diff.json)" "23 [1,true]" "diff"
}

@test "baseline: a recording keeps it, and a report can have another" {
	build known
	trace -o old.ltdb -- ./prog
	build known fresh
	trace -o new.ltdb --baseline old.ltdb -- ./prog
	equal "$status" 23 "exit status"
	rm old.ltdb
	status=0
	leaktrace report --json again.json new.ltdb >again 2>&1 || status=$?
	equal "$status" 23 "exit status of the report"
	cmp again err || fail "the report differs"
	cmp again.json json || fail "the report as JSON differs"
	status=0
	leaktrace report --baseline new.ltdb new.ltdb >all 2>&1 || status=$?
	equal "$status" 0 "exit status with itself as the baseline"
	grep -q '^2 leaks are in the baseline new.ltdb (not counted): 200 B in 2 blocks$' all ||
		fail "not all of it is in the baseline: $(cat all)"
	# It takes the place of what the recording was compared with.
	status=0
	leaktrace diff new.ltdb new.ltdb >text 2>&1 || status=$?
	equal "$status" 0 "exit status of diff"
}

@test "baseline: one that cannot be read is told before the command runs" {
	echo no >wrong.ltdb
	for file in wrong.ltdb missing.ltdb; do
		trace --baseline "$file" -- touch run
		equal "$status" 125 "exit status"
		grep -q "$file" err || fail "the file is not named"
		[ ! -e run ] || fail "the command has run"
	done
}
