#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Stacks that are recognised by comparing must be the ones that unwinding gives: the same
# deterministic command is traced both ways, and killed before it releases what it holds.

load lib

setup() {
	common_setup
	need jq setarch
}

teardown() {
	common_teardown
}

# sites FILE OPTION... -- COMMAND...: what the report says of each call site, in FILE.
sites() {
	local file=$1 tracer=()

	shift
	while [ "$1" != -- ]; do
		tracer+=("$1")
		shift
	done
	shift
	trace --fail-on none "${tracer[@]}" -- setarch -R env -i "PATH=$PATH" PERL_HASH_SEED=0 "$@"
	equal "$status" 137 "exit status"
	equal "$(report '[.losses[].id] | join(" ")')" "" "losses"
	report '[.sites[] | {blocks, bytes, stack_end, stack: [.stack[] | .module + .offset]}]
		| sort | .[] | tojson' >"$file"
}

# A stack is known from its second allocation on: most of them are, in programs that loop.
same_both_ways() {
	sites known -- "$@"
	sites exact --exact-stacks -- "$@"
	at_least "$(wc -l <exact)" 20 "call sites"
	cmp known exact || fail "$(diff known exact | head -n 40)"
}

@test "known stacks: perl" {
	need perl
	same_both_ways perl -e 'my @h = map { { a => "x$_", b => [1 .. 5] } } 1 .. 3000; kill 9, $$'
}

@test "known stacks: sqlite3" {
	need sqlite3
	cat >work.sql <<-'SQL'
		create table t(a integer primary key, b text);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
			insert into t select i, hex(i * 7919) || 'text' from n;
		create index t_b on t(b);
		.system kill -KILL $PPID
	SQL
	same_both_ways "$(command -v sqlite3)" -batch -init work.sql :memory: .tables
}

# An interpreter calls itself: many stacks begin with the same frame, and most of them are deep.
@test "known stacks: python3" {
	need python3
	cat >work.py <<-'PY'
		import os
		def deep(n):
		    return [n, {"n": str(n)}, deep(n - 1) if n else None]
		kept = [deep(i % 40) for i in range(300)]
		os.kill(os.getpid(), 9)
	PY
	same_both_ways env PYTHONMALLOC=malloc PYTHONHASHSEED=0 \
		"$(python3 -c 'import sys; print(sys.executable)')" -S work.py
}
