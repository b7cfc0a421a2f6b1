# SPDX-License-Identifier: BSD-2-Clause
# What the end-to-end tests of test frameworks share. Sourced after lib.bash.
# shellcheck shell=bash

# Builds and interpreters take their time on a machine that does other things as well.
PATIENCE=240

FRAMEWORKS=$(cd "$E2E_DIR/../frameworks" && pwd)

# Builds a C or C++ program of tests/frameworks as $WORK/NAME: build_case NAME SOURCE [FLAG...]
# What has been built before in this file of tests is taken from there.
build_case() {
	local name=$1 source=$FRAMEWORKS/$2 compiler=cc built

	shift 2
	[ "${source##*.}" = c ] || compiler=c++
	built=$BATS_FILE_TMPDIR/$(echo "$source $*" | cksum | tr -d ' ')
	if [ ! -e "$built" ]; then
		"$compiler" -g -O1 -o "$built" "$source" "$@" || fail "$source cannot be built" ||
			return 1
	fi
	cp "$built" "$WORK/$name"
}

# The tests of the last report, a line each: what is exact about them.
tests_found() {
	report '.tests[] | [.name, .runner, .verdict, .lost_blocks // .outstanding_blocks,
		.lost_bytes // .outstanding_bytes, .reason // "-"] | join("|")' | LC_ALL=C sort
}

# The same for what standard input says, with blanks around the bars.
# NAME | RUNNER | VERDICT | LOST BLOCKS | LOST BYTES | REASON
expect_tests() {
	sed -e 's/[ \t]*|[ \t]*/|/g' -e '/^$/d' | LC_ALL=C sort >"$WORK/wanted"
	tests_found >"$WORK/found"
	diff -u "$WORK/wanted" "$WORK/found" || fail "other tests than expected"
}

# Runs the command alone and under leaktrace: status and output must be the same, times aside.
# trace_suite FILTER COMMAND...: FILTER is a sed script that takes times out.
trace_suite() {
	local filter=$1 alone=0

	shift
	"$@" >"$WORK/alone.out" 2>"$WORK/alone.err" </dev/null 3>&- || alone=$?
	trace --error-exitcode 0 --quiet "${TRACE_OPTIONS[@]}" -- "$@"
	equal "$status" "$alone" "exit status under leaktrace"
	diff -u <(sed -E "$filter" "$WORK/alone.out") <(sed -E "$filter" "$WORK/out") ||
		fail "another output under leaktrace"
	diff -u <(sed -E "$filter" "$WORK/alone.err") <(sed -E "$filter" "$WORK/err") ||
		fail "other errors under leaktrace"
	check_no_loss
}

# Nothing was lost, so what follows can be exact. Some stacks may end early where a program loads
# many files at once and allocates in all of them: that changes no number.
check_no_loss() {
	local losses

	losses=$(report '[.losses[] | select(.id | IN("events-late", "stacks-cut") | not)]
		| length')
	equal "$losses" 0 "ways to lose data: $(report '.losses')"
}

# expect_retracted NAME BLOCKS: so many of the test were released after it.
expect_retracted() {
	equal "$(report ".tests[] | select(.name == \"$1\") | .retracted_blocks")" "$2" \
		"blocks of $1 released later"
}
