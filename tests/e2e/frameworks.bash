# SPDX-License-Identifier: BSD-2-Clause
# What the end-to-end tests of test frameworks share. Sourced after lib.bash.
# shellcheck shell=bash

# Builds and interpreters take their time on a machine that does other things as well.
PATIENCE=240

FRAMEWORKS=$(cd "$E2E_DIR/../frameworks" && pwd)

# Builds a C or C++ program of tests/frameworks as $WORK/NAME: build_case NAME SOURCE [FLAG...]
# What has been built before in this file of tests is taken from there.
build_case() {
	local name=$1 source=$FRAMEWORKS/$2 compiler=cc level=1 built

	shift 2
	# Headers of C++ take the compiler long enough.
	[ "${source##*.}" = c ] || { compiler=c++ && level=0; }
	built=$BATS_FILE_TMPDIR/$(echo "$source $*" | cksum | tr -d ' ')
	if [ ! -e "$built" ]; then
		"$compiler" -g -O$level -o "$built" "$source" "$@" ||
			fail "$source cannot be built" || return 1
	fi
	cp "$built" "$WORK/$name"
}

# The tests of the last report, a line each: what is exact about them.
tests_found() {
	report '.tests[] | [.name, .runner, .verdict, .lost_blocks // .outstanding_blocks,
		.lost_bytes // .outstanding_bytes, .fds // "-", .threads // "-",
		.reason // "-"] | join("|")' | LC_ALL=C sort
}

# The same for what standard input says, with blanks around the bars.
# NAME | RUNNER | VERDICT | LOST BLOCKS | LOST BYTES | DESCRIPTORS | THREADS | REASON
expect_tests() {
	sed -e 's/[ \t]*|[ \t]*/|/g' -e '/^$/d' | LC_ALL=C sort >"$WORK/wanted"
	tests_found >"$WORK/found"
	diff -u "$WORK/wanted" "$WORK/found" || fail "other tests than expected"
}

# What the tests of tests/frameworks/body.h must come out as: body_tests RUNNER FORMAT TEST...;
# FORMAT makes the framework's name of the TESTs.
body_tests() {
	local runner=$1 format=$2 name numbers

	shift 2
	for name; do
		case $name in
		leaks) numbers="leaks|3|6000000|0|0" ;;
		fails) numbers="leaks|1|1400000|0|0" ;;
		opens) numbers="leaks|0|0|2|0" ;;
		threads) numbers="leaks|0|0|0|1" ;;
		*) numbers="clean|0|0|0|0" ;;
		esac
		# shellcheck disable=SC2059
		printf "$format|$runner|$numbers|-\n" "$name"
	done
}

# A run in which a test crashes has these, and no verdict on that one. What the others are said to
# hold was not looked at any more. crash_tests RUNNER FORMAT TEST...
crash_tests() {
	local runner=$1 format=$2 name

	shift 2
	for name; do
		# shellcheck disable=SC2059
		printf "$format|$runner|%s\n" "$name" \
			"$([[ $name = *crashes ]] && echo "none|killed by SIGABRT" || echo "-")"
	done | LC_ALL=C sort >"$WORK/wanted"
	report '.tests[] | [.name, .runner,
		(if .verdict == "none" then "none", .reason else "-" end)] | join("|")' |
		LC_ALL=C sort >"$WORK/found"
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

# expect_retracted NAME BYTES: so many, or more, of the test were released after it.
expect_retracted() {
	at_least "$(report ".tests[] | select(.name == \"$1\") | .retracted_bytes")" "$2" \
		"bytes of $1 released later"
}
