#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Recordings: the report of a run, made again from a file, is the one that the run had.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

# Options that write a file, from the list in the source: a format that is added is checked as well.
FORMATS=$(sed -n -e '/REPORT_NO_FILE/d' -e 's/^FORMAT(\([A-Z_]*\), *\([a-z_]*\),.*/\2/p' \
	-e 's/^FORMAT_AS(.*"\([a-z-]*\)".*/\1/p' "$E2E_DIR/../../src/report/formats.def")

RECORDINGS=$E2E_DIR/../recordings

setup() {
	common_setup
	export LEAKTRACE_OPTIONS=
}

teardown() {
	common_teardown
}

# Sets options so that each format goes to a file in the folder: into FOLDER.
into() {
	local format

	mkdir -p "$1"
	options=()
	for format in $FORMATS; do
		options+=("--$format" "$1/$format")
	done
}

# Makes the report of run.ltdb again and compares all formats.
same_report() {
	local format

	into again
	status=0
	leaktrace report "${options[@]}" run.ltdb >again/text 2>again/err || status=$?
	[ ! -s again/err ] || fail "report says: $(cat again/err)" || return 1
	for format in text $FORMATS; do
		cmp "live/$format" "again/$format" || fail "the report as $format differs" ||
			return 1
	done
}

# Runs a command with a recording and all formats: record OPTION... -- COMMAND...
record() {
	into live
	status=0
	leaktrace -o run.ltdb "${options[@]}" "$@" >out 2>live/text </dev/null || status=$?
	[ -s run.ltdb ] || fail "there is no recording"
	[ ! -e run.ltdb-wal ] || fail "the recording is more than one file"
}

# Scripts for prove: tests that leak something of each kind, one that is clean, one that is killed.
some_tests() {
	local name

	need prove
	mkdir t
	echo "'$LEAKERS/fds' open pipe" >t/fds.t
	echo "'$LEAKERS/threads' unjoined" >t/threads.t
	echo "'$LEAKERS/mappings' parts" >t/mappings.t
	echo "'$LEAKERS/allocators' malloc >/dev/null; '$LEAKERS/allocators' calloc" >t/blocks.t
	echo "'$LEAKERS/clean'" >t/clean.t
	# shellcheck disable=SC2016
	echo 'kill -SEGV $$' >t/killed.t
	for name in t/*.t; do
		printf '#!/bin/sh\n%s >/dev/null\necho 1..1\necho ok 1\n' "$(cat "$name")" >new
		mv new "$name"
	done
	chmod 755 t/*.t
	tests=(prove t)
}

# What is left of the call sites with these options, a line each; the totals stay.
kept() {
	leaktrace report --json json "$@" run.ltdb >text || true
	report '.totals' json >totals
	report '.totals' live/json | cmp - totals || fail "the totals are others"
	report '.sites[] | [.kind, .class, .test, any(.stack[].module; endswith("threads"))]
		| join(" ")' json | sort -u
}

# Every query in the documentation has an answer, and each table and column is described.
check_documentation() {
	local page=$E2E_DIR/../../docs/RECORDING.md n=0 query answer missing

	need sqlite3
	# A query is what stands between two lines, one of which begins it.
	while IFS= read -r -d '' query; do
		answer=$(sqlite3 -bail -readonly run.ltdb "$query") || fail "it fails: $query"
		[ -n "$answer" ] || fail "no answer: $query"
		n=$((n + 1))
	done < <(awk '/^```sql$/ { inside = 1; next }
		/^```$/ && inside { printf "%c", 0; inside = 0 }
		inside' "$page")
	at_least "$n" 5 "queries"
	# And each table and column that there is.
	sqlite3 run.ltdb "SELECT m.name || ' ' || c.name FROM sqlite_schema AS m,
		pragma_table_info(m.name) AS c WHERE m.type = 'table'" >columns
	missing=$(awk 'NR == FNR { wanted[$0]; next }
		{ for (pair in wanted) {
			split(pair, part, " ")
			if (index($0, "| `" part[1] "` |") == 1 && index($0, "`" part[2] "`"))
				delete wanted[pair]
		} }
		END { for (pair in wanted) print pair }' columns "$page")
	equal "$missing" "" "tables and columns that are not described"
}

@test "recording: the report of a run, in every format, in parts and by query" {
	some_tests
	record -- "${tests[@]}"
	at_least "$(report '[.sites[] | .kind] | unique | length' live/json)" 4 "kinds"
	equal "$(report '.tests | length' live/json)" 6 "tests"
	wanted=$status
	same_report
	# A name that ends in .gz: the same, compressed; a profile is compressed anyway.
	leaktrace report -q --json again.json.gz --pprof again.pb.gz run.ltdb || true
	gzip -dc again.json.gz | cmp - live/json || fail "the compressed report differs"
	cmp again.pb.gz live/pprof || fail "the profile is another one under another name"
	[ "$wanted" = 0 ] || equal "$status" 23 "exit status of the report"
	equal "$(kept --kind fd | cut -d ' ' -f 1 | sort -u)" fd "kinds"
	equal "$(kept --class lost | cut -d ' ' -f 2 | sort -u)" lost "classes"
	equal "$(kept --test '*bl?cks*' | cut -d ' ' -f 3 | sort -u)" t/blocks.t "tests"
	equal "$(kept --module threads | cut -d ' ' -f 4 | sort -u)" true "modules"
	equal "$(kept --test nothing)" "" "call sites of no test"
	check_documentation
}

@test "recording: options of the run are those of its report" {
	echo 'leak:leak_calloc' >known
	record --top 2 --show reachable --min-bytes 100 --strict --error-exitcode 7 --fail-on \
		lost,fd --suppressions known -- sh -c "'$LEAKERS/allocators' malloc
			'$LEAKERS/allocators' calloc; '$LEAKERS/fds' open pipe; '$LEAKERS/cxx'"
	rm known
	LEAKTRACE_OPTIONS="--top 4 --min-bytes 0 --fail-on none" same_report
	equal "$status" 7 "exit status of the report"
	status=0
	leaktrace report --fail-on none --top 1 run.ltdb >text || status=$?
	equal "$status" 0 "exit status with --fail-on none"
	! cmp -s text live/text || fail "options of the report itself change nothing"
}

@test "recording: the last report of an attach" {
	grower_start
	into live
	start lt "$LT" --log attach -o run.ltdb "${options[@]}" -p "$grower" -i 10m -d 10m
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	wait_for 20 written_since run.ltdb 0
	grower_tell USR1 step
	kill -INT "$tracer"
	wait_child 20 "$tracer"
	cp lt live/text
	[ -s live/text ] || fail "there is no report"
	at_least "$(report '[.sites[] | .blocks] | add' live/json)" 200 "blocks"
	same_report
	grower_end
}

# The recording was written to after its N-th time: written_since FILE N. Prints how often.
written_since() {
	local n

	n=$(sqlite3 -readonly "$1" 'SELECT writes FROM run') && [ "${n:-0}" -gt "$2" ] && echo "$n"
}

# Every format of a recording that has no end says so, in the words of a loss or of its own.
every_format() {
	local format

	into again
	# The status is that of leaks, if there are any.
	leaktrace report -q "${options[@]}" run.ltdb 2>err || true
	leaktrace report -q --github run.ltdb >again/github 2>>err || true
	[ ! -s err ] || fail "a report says: $(cat err)" || return
	leaktrace suppress run.ltdb >again/suppress || fail "no suppressions"
	gzip -dc again/pprof >again/profile
	for format in json html junit tap markdown github log-file profile; do
		grep -q 'the recording has no end: leaktrace was killed' "again/$format" ||
			fail "the report as $format does not say that it has no end" || return
	done
	for format in gen-suppressions suppress; do
		grep -q '^# Not everything was seen' "again/$format" ||
			fail "nor does $format" || return
	done
	grep -q '^leaktrace_losses_total{id="recording-cut"} 1$' again/prometheus ||
		fail "nor do the metrics" || return 1
	# A format that has no room for words.
	grep -q 'leak_malloc' again/folded || fail "there are no folded stacks"
	leaktrace diff run.ltdb run.ltdb >again/diff || fail "it cannot be compared"
	equal "$(grep -c 'NOT complete$' again/diff)" 2 "runs that are not complete in a diff"
}

@test "recording: leaktrace is killed" {
	local n

	need sqlite3
	start lt "$LT" -o run.ltdb -- bash -c "'$LEAKERS/allocators' malloc >truth
		exec '$LEAKERS/grower'"
	tracer=$!
	wait_for 20 grep -q ^ready lt || fail "the command did not start"
	# Written a second time since then: what had ended before is in it.
	wait_for 20 written_since run.ltdb 0
	n=$(written_since run.ltdb 0)
	wait_for 20 written_since run.ltdb "$n" || fail "it is not written to"
	remember "$(sed -n 's/^pid //p' lt)"
	kill -KILL "$tracer"
	wait "$tracer" || true
	status=0
	leaktrace report --json json --strict run.ltdb >text 2>err || status=$?
	equal "$status" 23 "exit status of a report that is not complete"
	grep -q '^note: the recording has no end: leaktrace was killed' text ||
		fail "the report does not say that it has no end"
	equal "$(report .verdict json)" incomplete "verdict"
	equal "$(report '[.losses[] | .id] | join(" ")' json)" recording-cut "losses"
	equal "$(report '.processes[] | select(.command[0] | endswith("grower")) | .end' json)" \
		running "the process that went on"
	every_format
	# Functions are found in the files that are still there.
	equal "$(report '[.sites[] | select(.stack[0].function == "leak_malloc") | .blocks] | add' \
		json)" "$(sed -n 's/^site leak_malloc \([0-9]*\) .*/\1/p' truth)" "blocks"
}

@test "recording: read while it is written" {
	need sqlite3
	start lt "$LT" -o run.ltdb -- "$LEAKERS/grower"
	tracer=$!
	wait_for 20 written_since run.ltdb 1 || fail "it is not written to"
	status=0
	leaktrace report --json json run.ltdb >text || status=$?
	equal "$status" 0 "exit status"
	equal "$(report '.processes | length' json)" 1 "processes"
	status=0
	leaktrace -o run.ltdb -- true 2>err || status=$?
	equal "$status" 125 "exit status of another one that would write it"
	grep -q 'another leaktrace writes or reads it' err || fail "the reason is not told"
	kill -TERM "$tracer"
	wait_child 20 "$tracer"
	leaktrace report --json json run.ltdb >text || true
	equal "$(report '.losses | length' json)" 0 "losses"
}

@test "recording: belongs to the user who called sudo, and goes nowhere else" {
	mkdir theirs
	chown 65534:65534 theirs
	SUDO_UID=65534 SUDO_GID=65534 leaktrace -o theirs/run.ltdb -- true 2>err
	equal "$(stat -c '%u:%g' theirs/run.ltdb)" 65534:65534 "owner"
	equal "$(ls theirs)" run.ltdb "files"
	# Neither into a file of root's, nor into a folder of root's.
	echo precious >precious
	for target in "$WORK/precious" "$WORK/new"; do
		rm -f theirs/run.ltdb
		ln -s "$target" theirs/run.ltdb
		status=0
		SUDO_UID=65534 SUDO_GID=65534 leaktrace -o theirs/run.ltdb -- true 2>err ||
			status=$?
		equal "$status" 125 "exit status with a link to $target"
		grep -q 'it is a symbolic link' err || fail "the reason is not told"
	done
	status=0
	SUDO_UID=65534 SUDO_GID=65534 leaktrace -o "$WORK/run.ltdb" -- true 2>err || status=$?
	equal "$status" 125 "exit status in a folder of root's"
	equal "$(cat precious)" precious "the file of root's"
	[ ! -e new ] && [ ! -e run.ltdb ] || fail "a file was made for root"
}

@test "recording: a file that is none is not replaced" {
	echo 'int main(void) { return 0; }' >main.c
	status=0
	leaktrace -o main.c -- true 2>err || status=$?
	equal "$status" 125 "exit status"
	grep -q 'no recording of leaktrace' err || fail "the reason is not told"
	equal "$(cat main.c)" 'int main(void) { return 0; }' "the file"
}

@test "recording: another user reads it without any rights" {
	need setpriv
	record -- "$LEAKERS/allocators" malloc
	cp "$LT" "$WORK/leaktrace"
	chmod 755 "$WORK/leaktrace"
	timeout "$PATIENCE" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$WORK/leaktrace" report --top 3 run.ltdb >text || true
	grep -q '^leaktrace: nothing lost' text || grep -q '^leaktrace: .* lost' text ||
		fail "there is no report"
}

# refused FILE WHY WORDS: leaktrace WORDS... ends, and tells why it cannot read the file.
refused() {
	local words

	read -ra words <<<"$3"
	status=0
	leaktrace "${words[@]}" >text 2>err || status=$?
	equal "$status" 125 "exit status of $3"
	grep -q "^leaktrace: cannot read $1: .*$2" err ||
		fail "the reason is not told by $3: $(cat err)" || return 1
	[ ! -s text ] || fail "there is a report of $1"
}

@test "recording: what cannot be written says why" {
	local format words

	for format in $FORMATS; do
		status=0
		leaktrace report -q "--$format" /dev/full "$RECORDINGS/suite.ltdb" 2>err ||
			status=$?
		equal "$status" 125 "exit status of --$format"
		equal "$(cat err)" "leaktrace: cannot write /dev/full: No space left on device" \
			"why --$format is not written"
	done
	for words in "report" "suppress" "diff $RECORDINGS/suite.ltdb" \
		"report --quiet --json -" "report --schema"; do
		[ "$words" = "report --schema" ] || words+=" $RECORDINGS/suite.ltdb"
		status=0
		# shellcheck disable=SC2086
		leaktrace $words >/dev/full 2>err || status=$?
		equal "$status" 125 "exit status of $words"
		grep -q '^leaktrace: cannot write .*: No space left on device$' err ||
			fail "the reason is not told by $words: $(cat err)"
	done
}

@test "recording: what cannot be read says why" {
	local file why

	record -- true
	: >empty
	echo text >other
	head -c 3000 run.ltdb >short
	sqlite3 foreign 'CREATE TABLE x (y)'
	cp run.ltdb newer
	sqlite3 newer 'PRAGMA user_version = 99'
	cp run.ltdb broken
	sqlite3 broken 'DELETE FROM process WHERE id = 0; INSERT INTO note VALUES (7, NULL)'
	cp foreign similar
	sqlite3 similar 'PRAGMA application_id = 1819570787; PRAGMA user_version = 3'
	mkdir folder
	mkfifo pipe
	while read -r file why; do
		for verb in "report $file" "suppress $file" "diff $file run.ltdb" \
			"diff run.ltdb $file" "report --baseline $file run.ltdb"; do
			refused "$file" "$why" "$verb"
		done
		case $file in missing | newer | broken) ;; *) continue ;; esac
		refused "$file" "$why" "--baseline $file -- touch ran"
		[ ! -e ran ] || fail "the command has run without its baseline"
	done <<-EOS
		missing No such file
		empty no recording of leaktrace
		other no recording of leaktrace
		short broken
		similar it is broken: table run is not as it should be
		foreign no recording of leaktrace
		newer written by a newer leaktrace
		broken it is broken: in table
		folder Is a directory
		pipe it is no file
	EOS
}

@test "recording: two of them, of a program that was built anew" {
	local version

	need gcc
	cat >a.c <<-'EOS'
		#include <stdlib.h>
		static void *volatile sink;
		#define SITE(name, n, bytes) __attribute__((noipa)) static void name(void) { \
			for (int i = 0; i < (n); i++) sink = malloc(bytes); }
		SITE(stays, 3, 100)
		#if V == 1
		SITE(goes, 1, 10)
		#else
		SITE(comes, 1, 20)
		#endif
		SITE(grows, 2 * V, 50)
		SITE(shrinks, 5 - V, 70)
		int main(void) {
			stays(); grows(); shrinks();
		#if V == 1
			goes();
		#else
			comes();
		#endif
			sink = NULL;
			return 0;
		}
	EOS
	for version in 1 2; do
		gcc -g -O1 -DV=$version -o program a.c
		leaktrace -k memory -o "$version.ltdb" --fail-on none -- ./program 2>err
	done
	rm program a.c
	status=0
	leaktrace diff --json json --fail-on lost 1.ltdb 2.ltdb >text || status=$?
	equal "$status" 23 "exit status"
	equal "$(report '.sites[] | [.change, .leak, .before.bytes, .now.bytes, .stack[0].function]
		| join(" ")' json)" "new true 0 20 comes
grown true 100 200 grows
shrunk true 280 210 shrinks
gone true 10 0 goes
same true 300 300 stays" "call sites"
	grep -q '^new: 20 B in 1 block lost, program (pid' text || fail "the text has nothing new"
	grep -q '^grown from 100 B in 2 blocks: 200 B in 4 blocks lost' text ||
		fail "the text has nothing that grew"
	grep -q '^gone: 10 B in 1 block lost, at goes a.c:' text || fail "nothing is gone"
	leaktrace diff 1.ltdb 2.ltdb >text || fail "--fail-on of the run does not count"
	leaktrace diff --fail-on lost 2.ltdb 2.ltdb >text || fail "something is new in the same"
	grep -q '^leaktrace: 0 new, 0 grown, 0 shrunk, 0 gone, 4 as before$' text ||
		fail "the verdict is another one"
}
