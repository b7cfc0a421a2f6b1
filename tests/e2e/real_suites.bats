#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Test suites of programs that others have written: docs/REAL_SUITES.md has more of them.

load lib
load frameworks

setup() {
	common_setup
	need jq
	export LEAKTRACE_OPTIONS=
}

teardown() {
	common_teardown
}

@test "real suites: python3-bitarray, a library in C with 156 tests of pytest" {
	local tests=/usr/lib/python3/dist-packages/bitarray/test_util.py
	local times='s/ in [0-9.]+s.*//'

	[ -e "$tests" ] || skip "python3-bitarray is not installed"
	/usr/bin/python3 -c 'import pytest' 2>/dev/null || skip "pytest is not installed"
	cp "$tests" .
	trace_suite "$times" /usr/bin/python3 -m pytest -q -p no:cacheprovider test_util.py
	equal "$status" 0 "exit status"
	grep -q "^$(count '.tests[]') passed" "$WORK/out" || fail "another number of tests"
	at_least "$(count '.tests[]')" 100 tests
	equal "$(report '[.tests[] | select(.verdict != "clean") | .name] | join(" ")')" "" \
		"tests that leak"
	equal "$(report .verdict)" clean verdict
}

# A library that loses three blocks when it is loaded, as an extension of Perl could: leaky.so.
perl_project() {
	need cc perl prove
	mkdir t src
	cat >src/leaky.c <<-'EOS'
		#include <stdlib.h>
		void *volatile last;
		__attribute__((constructor)) void leak_in_library(void)
		{
			for (int i = 0; i < 3; i++)
				last = malloc(2000000);
			last = NULL;
		}
	EOS
	cc -g -O1 -shared -fPIC -o leaky.so src/leaky.c || fail "it cannot be built" || return 1
	cat >t/clean.t <<-'EOS'
		use strict;
		use Test::More tests => 2;
		use POSIX ();
		use Data::Dumper;
		my %deep = map { $_ => { list => [1 .. $_], text => "x" x $_ } } 1 .. 100;
		my @ring = (\%deep);
		push @ring, \@ring;
		is(scalar(keys %deep), 100);
		like(Dumper($deep{3}), qr/xxx/);
	EOS
	cat >t/leaky.t <<-EOS
		require DynaLoader;
		print "1..1\n";
		my \$loaded = DynaLoader::dl_load_file("$WORK/leaky.so");
		print \$loaded ? "ok 1\n" : "not ok 1\n";
	EOS
}

# The tests of that project, and no others; and nothing is lost outside of them.
check_perl() {
	expect_tests <<-'EOS'
		t/clean.t | prove | clean | 0 | 0 | 0 | 0 | -
		t/leaky.t | prove | leaks | 3 | 6000000 | 0 | 0 | -
	EOS
	equal "$(report '[.sites[] | select(.class == "lost" and .suppression == null)
		| .stack[0].function] | unique | join(" ")')" leak_in_library "what was lost"
}

@test "real suites: Perl's tests by prove, and by the makefile of a module" {
	local times='s/^(Files=.*) [0-9]+ wallclock.*/\1/'

	perl_project
	trace_suite "$times" prove t
	check_perl
	need make
	cat >Makefile.PL <<-'EOS'
		use ExtUtils::MakeMaker;
		WriteMakefile(NAME => 'Demo', VERSION => '1');
	EOS
	{ perl Makefile.PL && make; } >setup.log 2>&1 3>&- || fail "$(tail -n 5 setup.log)"
	trace_suite "$times" make test
	check_perl
}
