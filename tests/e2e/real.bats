#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Programs as distributions ship them. Where a program does the same in every run, the number of
# its allocations and frees must be exactly that of valgrind.

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# Prints "ALLOCATIONS FREES" of a command as valgrind counts them.
valgrind_totals() {
	valgrind --run-libc-freeres=no --run-cxx-freeres=no --trace-children=no --leak-check=no \
		"$@" 2>valgrind.err >valgrind.out </dev/null 3>&-
	sed -n 's/.*total heap usage: \([0-9,]*\) allocs, \([0-9,]*\) frees.*/\1 \2/p' \
		valgrind.err | tr -d , | tail -n 1
}

# Runs the command under valgrind and under leaktrace and compares output and totals.
compare_totals() {
	local wanted environment

	need valgrind
	# Valgrind adds variables, and a program that copies its environment allocates for each.
	mapfile -d '' -t environment < <(valgrind -q env -0 3>&-)
	wanted=$(valgrind_totals "$@") || fail "valgrind has failed: $(cat valgrind.err)"
	[ -n "$wanted" ] || fail "valgrind gives no totals: $(cat valgrind.err)"
	trace --fail-on none -- env -i "${environment[@]}" "$@"
	equal "$status" 0 "exit status"
	check_complete
	cmp valgrind.out "$WORK/out" || fail "the outputs differ"
	equal "$(report '[.processes[] | select(.end == "exit")][0]
		| "\(.allocations) \(.frees)"')" "$wanted" "allocations and frees of $1"
	at_least "${wanted% *}" 10 "allocations in all"
}

@test "real: sqlite3" {
	need sqlite3
	cat >work.sql <<-'SQL'
		create table t(a integer primary key, b text);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
			insert into t select i, hex(i * 7919) || 'text' from n;
		create index t_b on t(b);
		select count(*), sum(length(b)), min(b), max(b) from t where b like '3%';
		delete from t where a % 3 = 0;
		select group_concat(a) from (select a from t order by b limit 20);
	SQL
	compare_totals sqlite3 -batch -init /dev/null :memory: '.read work.sql'
}

@test "real: git log" {
	need git
	export GIT_PAGER=cat GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
	export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
	git init -q repository
	cd repository
	for i in {1..20}; do
		seq "$i" "$((i * 30))" >"file$((i % 4))"
		git add -A
		git commit -qm "commit $i"
	done
	compare_totals git --no-pager log --stat -p --no-color
}

@test "real: perl" {
	need perl
	export PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
	cat >work.pl <<-'PERL'
		my %words;
		for my $i (1 .. 2000) {
			push @{ $words{ $i % 97 } }, join('-', map { $_ * $i } 1 .. 5);
		}
		my @sorted = sort map { @$_ } values %words;
		print scalar(@sorted), " $sorted[0] $sorted[-1]\n";
		my $text = join(' ', @sorted);
		$text =~ s/(\d)5/$1x/g;
		print length($text), "\n";
	PERL
	compare_totals perl work.pl
}

@test "real: python3" {
	[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not installed"
	cat >work.py <<-'PYTHON'
		import json
		data = [{"n": i, "s": str(i) * (i % 50)} for i in range(3000)]
		print(len(json.loads(json.dumps(data))))
	PYTHON
	trace --fail-on none -- env PYTHONMALLOC=malloc PYTHONHASHSEED=0 \
		/usr/bin/python3 -s -S -B work.py
	equal "$status" 0 "exit status"
	check_complete
	equal "$(cat "$WORK/out")" 3000 "output"
	at_least "$(report .totals.allocations)" 20000 "allocations"
	at_least "$(report .totals.frees)" 10000 "frees"
}

@test "real: a shell pipeline" {
	trace --fail-on none -- bash -c \
		'seq 1 20000 | sort -R --random-source=/dev/zero | sort -n | md5sum'
	equal "$status" 0 "exit status"
	equal "$(cat "$WORK/out")" "$(seq 1 20000 | md5sum)" "output"
	check_complete
	at_least "$(count '.processes[] | select(.end == "exit")')" 5 "processes"
	equal "$(count '.processes[] | select(.end == "exit" and .exit_status != 0)')" 0 \
		"processes that failed"
}

# A project of 24 source files, one of which needs a generated header.
make_project() {
	local i

	mkdir project
	cd project || return
	for i in {1..24}; do
		printf '#include <stdio.h>\n#include "all.h"\nint f%d(int x)\n{\n' "$i"
		printf '\tprintf("%%d\\n", x);\n\treturn x + %d;\n}\n' "$i"
	done | awk '/^#include <stdio/ { n++ } { print > ("f" n ".c") }'
	{
		echo '#include "all.h"'
		echo 'int main(void)'
		echo '{'
		echo '	int x = 0;'
		for i in {1..24}; do
			echo "	x = f$i(x);"
		done
		echo '	return x != 300;'
		echo '}'
	} >main.c
	cat >Makefile <<-'MAKE'
		objects := $(patsubst %.c,%.o,$(wildcard *.c))
		all: program ; ./program >result
		program: $(objects) ; cc -o $@ $(objects)
		$(objects): all.h
		%.o: %.c ; cc -O1 -c -o $@ $<
		all.h: ; for i in $$(seq 1 24); do echo "int f$$i(int x);"; done >$@
	MAKE
}

@test "real: make -j2 of a project of 25 files" {
	need make cc
	make_project
	trace --fail-on none -- make -j2
	equal "$status" 0 "exit status"
	equal "$(wc -l <result)" 24 "lines of the program that was built"
	check_complete
	# cc, cc1 and as for each file, then cc, collect2 and ld, make, sh and seq, the program.
	at_least "$(count '.processes[] | select(.end == "exit")')" 80 "processes"
	equal "$(count '.processes[] | select(.end == "running")')" 0 \
		"processes that run on"
	equal "$(count '.processes[] | select(.end == "exit" and .exit_status != 0)')" 0 \
		"processes that failed"
	equal "$(count '.processes[] | select(.exe // "" | endswith("/cc1"))')" 25 "compilers"
	equal "$(count '.processes[] | select(.exe // "" | endswith("/cc1"))
		| select(.allocations < 1000)')" 0 "compilers of which little was seen"
}

@test "real: the same program gives the same numbers in every run" {
	local first

	trace --fail-on none -- "$LEAKERS/churn" 1 5000 7
	first=$(report '.totals | "\(.allocations) \(.frees) \(.outstanding_bytes)"')
	for _ in 1 2 3; do
		trace --fail-on none -- "$LEAKERS/churn" 1 5000 7
		equal "$(report '.totals | "\(.allocations) \(.frees) \(.outstanding_bytes)"')" \
			"$first" "totals"
	done
}
