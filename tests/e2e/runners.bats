#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Test runners that start a process for each test, other than ctest.

load lib
load frameworks

setup() {
	common_setup
	need cc jq
	build_case cases cases.c
	# Shells and interpreters hold thousands of small blocks, which take their time to tell of.
	TRACE_OPTIONS=(--user root --min-bytes 40000 --kinds "memory,fd,thread")
}

teardown() {
	common_teardown
}

# What the program of tests/frameworks holds, by test, in pieces and bytes: what interpreters hold
# is theirs.
check_cases() {
	report '.sites |= map(select((.stack[0].module // "") | endswith("cases")))
		| . as $all | .tests[] | . as $t | [$all.sites[] | select(.test == $t.name)]
		| "\($t.name) \($t.runner) \(map(.blocks) | add // 0) \(map(.bytes) | add // 0)"
			+ " \($t.reason // "-")"' | LC_ALL=C sort >"$WORK/found"
	LC_ALL=C sort >"$WORK/wanted"
	diff -u "$WORK/wanted" "$WORK/found" || fail "other tests than expected"
}

@test "automake: make check" {
	local script

	need automake autoconf make
	printf '%s\n' 'AC_INIT([x],[1])' 'AM_INIT_AUTOMAKE([foreign])' \
		'AC_CONFIG_FILES([Makefile])' AC_OUTPUT >configure.ac
	echo 'TESTS = clean.sh leak.sh open.sh thread.sh skip.sh fail.sh crash.sh' >Makefile.am
	for script in clean leak open thread skip fail crash; do
		printf '#!/bin/sh\n%s %s 1000\n' "$WORK/cases" "$script" >"$script.sh"
		chmod 755 "$script.sh"
	done
	{ autoreconf -i && ./configure; } >setup.log 2>&1 3>&- || fail "$(tail -n 5 setup.log)"
	trace_suite "" make check
	check_cases <<-'EOS'
		clean.sh automake 0 0 -
		crash.sh automake 1 50000 -
		fail.sh automake 0 0 -
		leak.sh automake 3 300000 -
		open.sh automake 2 0 -
		skip.sh automake 0 0 -
		thread.sh automake 1 0 -
	EOS
}

@test "prove: Perl and other files" {
	need prove
	mkdir t
	printf 'print "1..1\\n"; print system("%s leak 1000") ? "not ok 1\\n" : "ok 1\\n";\n' \
		"$WORK/cases" >t/leak.t
	printf '#!/bin/sh\n%s clean\necho 1..1\necho ok 1\n' "$WORK/cases" >t/clean.t
	printf '#!/bin/sh -e\n%s leak 1000\necho 1..1\necho ok 1\n' "$WORK/cases" >t/script.sh
	chmod 755 t/clean.t t/script.sh
	trace_suite 's/^(Files=.*) [0-9]+ wallclock.*/\1/' prove t t/script.sh
	check_cases <<-'EOS'
		t/clean.t prove 0 0 -
		t/leak.t prove 3 300000 -
		t/script.sh prove 3 300000 -
	EOS
}

@test "bats" {
	local killed

	need bats
	# Bats reads this file as well: the word must not begin a line of it.
	sed "s|^CASE|@""test|; s|CASES|$WORK/cases|" >a.bats <<-'EOS'
		CASE "clean: it's 100% _fine_" { CASES clean; }
		CASE "leaks" { CASES leak 1000; }
		CASE "skipped" { skip; }
		CASE "crashes" { run CASES crash 1000; }
	EOS
	# Bats makes a hundred processes for these, each with all that bash holds.
	TRACE_OPTIONS+=(--no-scan)
	trace_suite 's/in [0-9.]+ s.*/in N s/' env -u BATS_TMPDIR bats a.bats
	killed="its process was killed later, with what it had left: nobody could look for"
	killed+=" pointers to it"
	check_cases <<-EOS
		a.bats: clean: it's 100% _fine_ bats 0 0 -
		a.bats: crashes bats 1 50000 $killed
		a.bats: leaks bats 3 300000 -
		a.bats: skipped bats 0 0 -
	EOS
}

@test "meson test: the same command twice" {
	need meson ninja
	cat >meson.build <<-EOS
		project('demo')
		p = find_program('$WORK/cases')
		test('clean', p, args: ['clean'])
		test('leaks', p, args: ['leak', '1000'])
		test('leaks too', p, args: ['leak', '1000'], suite: 'slow')
		test('crash', p, args: ['crash', '1000'])
		test('fail', p, args: ['fail'])
		test('open', p, args: ['open'])
		test('skip', p, args: ['skip'])
		test('thread', p, args: ['thread'])
		test('script', find_program('script.sh'), args: ['leak'])
	EOS
	printf '#!/bin/sh -e\n%s "$1" 1000\n' "$WORK/cases" >script.sh
	chmod 755 script.sh
	meson setup b >setup.log 2>&1 3>&- || fail "$(tail -n 5 setup.log)"
	# One after the other, for the order of lines; and with no number by chance.
	export MALLOC_PERTURB_=0
	trace_suite 's/ [0-9.]+ ?s\b/ N s/' meson test -C b --num-processes 1
	check_cases <<-'EOS'
		clean meson 0 0 -
		crash meson 1 50000 killed by SIGABRT
		fail meson 0 0 -
		leaks meson 3 300000 -
		leaks too meson 3 300000 -
		open meson 2 0 -
		script meson 3 300000 -
		skip meson 0 0 -
		thread meson 1 0 -
	EOS
	equal "$(report '.tests[] | select(.name == "leaks too") | .suite')" demo:slow "suite"
}

@test "node --test: a process for each file" {
	need node
	echo "require('child_process').spawnSync('$WORK/cases', ['leak', '1000'])" >a.test.js
	echo "require('node:test')('ok', () => {})" >b.test.js
	trace_suite 's/[0-9]+\.[0-9]+/N/g' node --test
	check_cases <<-EOS
		$WORK/a.test.js node 3 300000 -
		$WORK/b.test.js node 0 0 -
	EOS
}
