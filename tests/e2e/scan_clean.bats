#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Programs that lose nothing, although they hold much at their end: nothing may be called lost.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2154,SC2030,SC2031

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# clean COMMAND...: each of its processes has a verdict, and has lost nothing.
clean() {
	trace -- "$@"
	equal "$status" 0 "exit status of $*"
	equal "$(report .totals.lost_bytes)" 0 "lost bytes of $*"
	equal "$(count '.sites[] | select(.kind == "memory" and .class == "outstanding")')" 0 \
		"call sites without a verdict of $*"
	check_complete
}

@test "clean: streams, locales, the resolver, libraries, threads and OpenMP" {
	clean "$LEAKERS/clean" "$LEAKERS/holder.so"
	at_least "$(report .totals.reachable_blocks)" 5 "blocks that are reachable"
}

@test "clean: C++ streams and locales" {
	need c++
	cat >clean.cc <<-'EOS'
		#include <fstream>
		#include <iostream>
		#include <locale>
		#include <map>
		#include <regex>
		#include <sstream>
		static std::map<std::string, std::string> table;
		int main()
		{
			std::locale::global(std::locale("C.UTF-8"));
			std::ifstream in("/etc/passwd");
			std::string line;
			while (std::getline(in, line))
				table[line] = std::regex_replace(line, std::regex("a+"), "b");
			std::ostringstream text;
			text << table.size() << std::endl;
			std::cout << text.str();
			try { throw std::runtime_error("caught"); } catch (...) { }
		}
	EOS
	c++ -O2 -o clean clean.cc
	clean ./clean
}

# as_valgrind_says INDEX: of a process of the last report that has lost something. Its libraries are
# copies: valgrind would take the breakpoints of somebody else's probes for instructions.
as_valgrind_says() {
	local bytes

	eval "set -- $(report ".processes[$1] | .lost_bytes, .command | @sh" | tr '\n' ' ')"
	mkdir -p lib
	ldd "$(command -v "$2")" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | xargs cp -u -t lib
	LD_LIBRARY_PATH=$PWD/lib valgrind --leak-check=full --log-file=valgrind "${@:2}" \
		>/dev/null 2>&1 </dev/null || fail "valgrind has died of ${*:2}"
	bytes=$(awk '/(definitely|indirectly) lost:/ { gsub(",", "", $4); n += $4 }
		END { print n + 0 }' valgrind)
	equal "$1" "$bytes" "lost bytes of ${*:2}"
}

# Some commands of git do lose memory: then just what valgrind says.
@test "clean: git, twenty commands" {
	local process

	need git valgrind
	export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=n@localhost \
		GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=n@localhost
	git init -q .
	echo one >file
	git add file
	git commit -q -m first
	echo two >>file
	git commit -q -a -m second
	git tag v1
	echo three >>file
	cat >commands <<-'EOS'
		set -e
		for command in status 'log --stat' show branch diff 'diff HEAD~' 'describe --tags' \
			'blame file' 'rev-parse HEAD' ls-files 'ls-tree HEAD' 'cat-file -p HEAD' \
			'grep two' 'shortlog -s HEAD' 'tag -l' 'rev-list HEAD' 'name-rev HEAD' \
			for-each-ref 'merge-base HEAD HEAD~' count-objects 'config -l' version; do
			git $command
		done
	EOS
	trace --fail-on none -- bash commands
	equal "$status" 0 "exit status"
	check_complete
	at_least "$(count '.processes[] | select(.exe | endswith("/git"))
		| select(.lost_bytes == 0)')" 15 "git processes that lose nothing"
	for process in $(report '.processes | to_entries[]
		| select(.value.lost_bytes > 0) | .key'); do
		as_valgrind_says "$process"
	done
}

@test "clean: sqlite3" {
	need sqlite3
	clean sqlite3 base 'create table t (a, b); insert into t values (1, 2), (3, 4);
		create index i on t (a); select sum(b) from t where a > 1;'
}

# Unless it is told to, perl releases nothing but the interpreter, on which all the rest hangs.
@test "clean: perl" {
	local program work='my %h = map { $_ => [1 .. 9] } 1 .. 99; my $s = "x" x 9999; print 1;'

	need perl
	# Where libperl is a library of its own, another program has it.
	for program in perl perl5*-linux-gnu; do
		program=$(compgen -c "$program" | head -n 1)
		[ -n "$program" ] || continue
		clean "$program" -MPOSIX -MData::Dumper -e "$work END { print 2 }"
	done
	clean perl -MPOSIX -e "$work POSIX::_exit(0)"
	clean perl -e "$work fork // die; wait; exit 0"
	clean env PERL_DESTRUCT_LEVEL=2 perl -e "$work"
}

@test "clean: python3" {
	[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not installed"
	clean /usr/bin/python3 -c 'import json, re; print(json.dumps([1, {"a": re.escape("b")}]))'
	PYTHONMALLOC=malloc clean /usr/bin/python3 -c 'import json; print(json.dumps([1]))'
}

@test "clean: openssl" {
	need openssl
	clean openssl sha256 /etc/passwd
	clean openssl genpkey -algorithm ed25519 -out key
}

@test "clean: curl from a server of this machine" {
	local port

	need curl
	[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not installed"
	port=$(free_port)
	echo content >page
	start "$WORK/server" /usr/bin/python3 -m http.server --bind 127.0.0.1 "$port"
	wait_for 20 curl -s "http://127.0.0.1:$port/page" || fail "the server does not start"
	clean curl -s "http://127.0.0.1:$port/page"
	equal "$(cat "$WORK/out")" content "what was fetched"
}
