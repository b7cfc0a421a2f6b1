#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The HTML report in a real browser: html_page.py clicks through it. The page is the one that
# leaktrace has in it; the reports in it are made up, for their numbers are to be known, except in
# the last test.

load lib

setup() {
	common_setup
	need chromium chromedriver
}

teardown() {
	common_teardown
}

# check_page CHECK [PAGE [FILE]]
check_page() {
	timeout --kill-after=5 180 /usr/bin/python3 -B "$E2E_DIR/html_page.py" "$1" \
		"${2-$BUILD/page.html}" "${@:3}" >"$WORK/out" 2>"$WORK/err" 3>&- ||
		fail "the page is not as it should be: $1"
	grep '^#' "$WORK/out" >&3 || true
}

@test "tables are sorted, filtered and opened; a chosen test is all that is shown" {
	check_page tables
}

@test "the flame graph is zoomed, searched, inverted and read as a tree, also by keys" {
	check_page flame
}

@test "the timeline tells what was when, also by keys and as a table" {
	check_page timeline
}

@test "on a phone nothing is wider than the screen; dark is dark" {
	check_page phone
}

@test "names that are markup do nothing" {
	check_page hostile
}

@test "call sites that the page has no room for are told of" {
	check_page left_out
}

@test "ten thousand call sites are drawn as quickly as a hundred" {
	check_page large
}

@test "the page of a run has its JSON report, its source lines, and a program called like markup" {
	local program="$WORK/<" status=0

	mkdir "$program"
	program="$program/script><img src=x onerror=window.hacked=1>"
	cp "$LEAKERS/sizes" "$program"
	leaktrace --fail-on none --json "$WORK/json" --html "$WORK/page.html" -- "$program" 1000 \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	equal "$status" 0 "exit status"
	check_page real "$WORK/page.html" "$WORK/json"
}
