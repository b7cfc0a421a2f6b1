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
	if [ "$quick" ]; then
		N_PAIRS=50000 N_OBJECTS=8000 N_PROCESSES=50
		works=(true pairs-1-8 pairs-1-8-fp pairs-1-66 pairs-1-66-fp pairs-2-8 live-1000
			live-100000 python perl sqlite suite)
		peer_works=(true pairs-1-8 python sqlite)
	else
		N_PAIRS=200000 N_OBJECTS=30000 N_PROCESSES=200
		works=(true pairs-1-8 pairs-1-18 pairs-1-66 pairs-2-8 pairs-4-8 pairs-1-8-fp
			pairs-1-18-fp pairs-1-66-fp pairs-2-8-fp pairs-4-8-fp live-1000 live-100000
			live-1000000 python perl sqlite git-log git-gc suite)
		peer_works=(true pairs-1-8 pairs-1-66-fp pairs-2-8 live-100000 python perl sqlite
			git-log git-gc)
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

work_define() {
	own='' known='' known_live='' n='' live=1000 comm=''
	case $1 in
	true) command=(/bin/true) unit=process n=1 comm=true title="a process that does nothing" ;;
	pairs-*) pairs_define "$1" "$2" ;;
	live-*) live_define "$1" "$2" ;;
	suite) suite_define ;;
	*) real_define "$1" ;;
	esac
}

# Is the program there that the work needs?
work_possible() {
	work_define "$1" 1
	command -v "${command[0]}" >/dev/null
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
