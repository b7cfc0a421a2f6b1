# SPDX-License-Identifier: BSD-2-Clause
# The work that is measured. work_define NAME SCALE sets:
#   command   what to run            title   its name in the report
#   unit      what n counts          n       how many of them, empty if the tool must say it
#   own       1: the program says its own CPU time, and n may be scaled
#   known, known_live   allocations and blocks alive at the end, empty if another tool counts them
#   comm      name of the process    live    blocks alive at a time
# shellcheck shell=bash

# An untraced loop is so short that it needs more rounds of its own to be measured.
PLAIN_SCALE=40

works_choose() {
	bystander_works=(pairs-1-8 python suite)
	rare_works=(live-5000000 gcc ctest)
	if [ "$quick" ]; then
		N_PAIRS=50000 N_OBJECTS=8000 N_PROCESSES=50 N_TESTS=100
		works=(true pairs-1-8 pairs-1-8-fp pairs-1-66 pairs-1-66-fp pairs-2-8 live-1000
			live-100000 python perl sqlite gcc ctest suite)
		peer_works=(true pairs-1-8 pairs-1-8-fp pairs-1-66-fp python sqlite ctest)
	else
		N_PAIRS=200000 N_OBJECTS=30000 N_PROCESSES=200 N_TESTS=1000
		works=(true pairs-1-8 pairs-1-18 pairs-1-66 pairs-2-8 pairs-4-8 pairs-1-8-fp
			pairs-1-18-fp pairs-1-66-fp pairs-2-8-fp pairs-4-8-fp live-1000 live-100000
			live-1000000 live-5000000 python perl perl-words sqlite sqlite-join git-log
			git-gc gcc ctest suite)
		peer_works=(true pairs-1-8 pairs-1-18-fp pairs-1-66-fp pairs-2-8 live-100000
			live-5000000 python perl perl-words sqlite sqlite-join git-log git-gc gcc
			ctest)
	fi
}

pairs_define() {
	local threads depth build=

	IFS=- read -r _ threads depth build <<<"$1"
	own=1 unit=pair n=$((N_PAIRS / threads * $2 * threads))
	comm=pairs${build:+-fp} live=$threads
	command=("$programs/$comm" "$threads" "$depth" $((n / threads)))
	known=$n known_live=0
	title="malloc+free, $threads threads"
	[ "$threads" != 1 ] || title="malloc+free, 1 thread"
	title+=", $depth frames${build:+, frame pointers}"
}

live_define() {
	live=${1#live-} comm=live
	own=1 unit=pair n=$((N_PAIRS * $2))
	command=("$programs/live" "$live" "$n")
	known=$((live + n)) known_live=$live
	title="malloc+free with $live live blocks"
}

suite_define() {
	unit=process n=$N_PROCESSES comm=true
	# shellcheck disable=SC2016
	command=(sh -c 'i=0; while [ $i -lt '"$n"' ]; do /bin/true; i=$((i + 1)); done')
	title="sh, $n short processes"
}

real_define() {
	unit=allocation live=$((N_OBJECTS * 10)) comm=$1
	case $1 in
	python)
		comm=python3
		command=(/usr/bin/python3 -S -c "d = {}
for i in range($N_OBJECTS): d[str(i)] = {'a': i, 'b': [i], 'c': str(i)}")
		title="python3, $N_OBJECTS dict objects (PYTHONMALLOC=malloc)"
		;;
	perl)
		command=(/usr/bin/perl -e "my %h;
for my \$i (1..$N_OBJECTS) { \$h{\$i} = { a => \$i, b => \"x\$i\", c => [\$i] }; }")
		title="perl, $N_OBJECTS hashes"
		;;
	sqlite)
		comm=sqlite3
		command=(sqlite3 :memory: "create table t(a integer primary key, b text);
			with recursive n(i) as (select 1 union all select i + 1 from n
			where i < $N_OBJECTS) insert into t select i, hex(i) from n;
			create index x on t(b); select count(*) from t where b like '%31%';")
		title="sqlite3 :memory:, $N_OBJECTS rows and an index"
		;;
	perl-words)
		comm=perl
		command=(/usr/bin/perl -e "my %n; for my \$i (1..$N_OBJECTS) {
			\$n{\$_}++ for split / /, join ' ', map { (\$i * \$_) % 997 } 1 .. 8; }
			print scalar(keys %n), qq{\\n};")
		title="perl, words of $N_OBJECTS lines counted"
		;;
	sqlite-join)
		comm=sqlite3
		command=(sqlite3 :memory: "create table t(a integer primary key, b text);
			with recursive n(i) as (select 1 union all select i + 1 from n
			where i < $N_OBJECTS) insert into t select i, hex(i % 1000) from n;
			select count(*), sum(length(x.b)) from t x join t y on x.a = y.a * 2
			where x.b < y.b; select b, count(*) c from t group by b
			order by c desc, b limit 5; select count(*) from t where b like '%31%';")
		title="sqlite3 :memory:, join, group and sort of $N_OBJECTS rows"
		;;
	gcc)
		comm=cc1
		command=(gcc -O1 -c -o /dev/null "$dir/source.c")
		title="gcc -O1, a file of 60 functions"
		;;
	git-log)
		comm=git
		command=(git -C "$dir/repository" --no-pager log -p main)
		title="git log -p, 500 commits"
		;;
	git-gc)
		comm=git
		command=(git -C "$dir/repository" -c pack.threads=1 gc -q)
		title="git gc (several processes)"
		;;
	esac
}

# A suite of short tests, as ctest wants it; it needs no build.
ctest_define() {
	unit=process n=$N_TESTS comm=true
	command=(ctest --test-dir "$dir/suite" -Q)
	title="ctest, $n tests that do nothing"
}

work_define() {
	own='' known='' known_live='' n='' live=1000 comm=''
	case $1 in
	true) command=(/bin/true) unit=process n=1 comm=true title="a process that does nothing" ;;
	pairs-*) pairs_define "$1" "$2" ;;
	live-*) live_define "$1" "$2" ;;
	suite) suite_define ;;
	ctest) ctest_define ;;
	*) real_define "$1" ;;
	esac
}

# Is the program there that the work needs?
work_possible() {
	work_define "$1" 1
	command -v "${command[0]}" >/dev/null
}

# Something for a compiler to do, always the same.
source_make() {
	awk 'BEGIN {
		print "struct item { struct item *next; int key; double value; };"
		for (f = 0; f < 60; f++) {
			printf "double f%d(struct item *i, int n)\n{\n\tdouble s = %d;\n", f, f
			printf "\tfor (; i && n; i = i->next, n--) {\n"
			for (k = 0; k < 6; k++)
				printf "\t\tif (i->key %% %d == %d) s += i->value * %d;\n",
					k + f % 7 + 2, k, f + k
			print "\t}\n\treturn s;\n}"
		}
	}' >"$dir/source.c"
}

suite_make() {
	local i

	mkdir -p "$dir/suite"
	for ((i = 1; i <= N_TESTS; i++)); do
		echo "add_test(t$i /bin/true)"
	done >"$dir/suite/CTestTestfile.cmake"
	printf '%s\n' "BuildDirectory: $dir/suite" \
		"MemoryCheckCommand: $(command -v valgrind)" \
		"MemoryCheckCommandOptions: --leak-check=full" >"$dir/suite/DartConfiguration.tcl"
}

# A repository of 500 commits, always the same.
repository_make() {
	git init -q "$dir/repository" &&
		awk 'BEGIN {
			for (c = 1; c <= 500; c++) {
				time = 1700000000 + c * 60
				print "commit refs/heads/main"
				print "committer Bench <bench@localhost> " time " +0000"
				printf "data <<E\ncommit %d\nE\n", c
				for (f = 0; f < 8; f++) {
					name = "dir" f "/file" (c * 7 + f) % 40
					printf "M 644 inline %s\ndata <<E\n", name
					for (l = 0; l < 60; l++)
						printf "line %d: %d\n", l, (c * l * 31 + f) % 9973
					print "E"
				}
				print ""
			}
		}' | git -C "$dir/repository" fast-import --quiet
}
