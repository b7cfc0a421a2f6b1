#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Call stacks: every one that leaktrace reports must be one that gdb sees at an allocation, place by
# place, or be marked as cut and be the beginning of one.

load lib

# The element of processes that is the command itself: the last image of its process.
COMMAND='.processes[0].pid as $pid | [.processes[] | select(.pid == $pid and .end != "exec")][0]'

# How the frame is called that the kernel makes for a signal handler.
SIGNAL='<signal handler called>'

# Leakers wait this long before they leak, so that the tables of their files are there.
WARM=300

setup() {
	common_setup
	need gdb jq readelf nm cc
	# gdb's breakpoints and another tracer's probes cannot share a file.
	mkdir lib
	cp -L "$(library_path libc.so.6)" lib/
	PRELOAD=
	# All that programs get, from either tracer: some copy what they find there.
	ENVIRONMENT=("PATH=$PATH" "HOME=$WORK" LC_ALL=C "LD_LIBRARY_PATH=$WORK/lib"
		PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 GIT_CONFIG_NOSYSTEM=1)
}

teardown() {
	common_teardown
}

library_path() {
	local path

	path=$(ldconfig -p | sed -n "s|^\s*$1 .*x86-64.* => ||p" | head -n 1)
	[ -n "$path" ] || path=$(cc -print-file-name="$1")
	echo "$path"
}

# Records in file gdb.txt what gdb sees when the command runs; its number of calls in gdb_calls.
gdb_record() {
	local code=0 variable
	local settings=(-ex "set \$stacks = \"$WORK/gdb.txt\"" -ex "set confirm off"
		-ex "unset environment")

	for variable in "${ENVIRONMENT[@]}"; do
		settings+=(-ex "set environment ${variable%%=*} ${variable#*=}")
	done
	rm -f "$WORK/gdb.txt"
	timeout --kill-after=5 "$PATIENCE" gdb -nx -batch "${settings[@]}" \
		-x "$E2E_DIR/gdb_stacks.py" --args "$@" >"$WORK/gdb.log" 2>&1 </dev/null 3>&- ||
		code=$?
	gdb_calls=$(sed -n 's/^\([0-9]*\) calls, .*/\1/p' "$WORK/gdb.log")
	[ "$code" = 0 ] || [ "$code" = 3 ] ||
		fail "gdb ended with $code: $(tail -n 5 "$WORK/gdb.log")"
}

# trace_stacks FEATURES COMMAND...; the command's status is in $status. The private libraries get
# their probes when they are mapped first: sleep is late, the command is not, unless it is static.
trace_stacks() {
	local features=$1

	shift
	# shellcheck disable=SC2016
	LEAKTRACE_FEATURES=$features trace --unwind dwarf --fail-on none -- \
		setarch -R env -i "${ENVIRONMENT[@]}" sh -c \
		'LD_PRELOAD=$0 sleep 0.3; unset PWD OLDPWD _; exec "$@"' "$PRELOAD" "$@"
	equal "$(report '[.losses[] | select(.id != "late-attach") | .id] | join(" ")')" "" "losses"
}

# Whether gdb has seen the calls that leaktrace has, but for a few, as no two runs are the same.
# It has not if another tracer has taken them away.
gdb_has_all() {
	[ -f "$WORK/gdb.txt" ] && [ $((100 * ${gdb_calls:-0})) -ge $((99 * $(calls))) ]
}

# How many allocations the command made.
calls() {
	report "$COMMAND | .allocations"
}

# gdb_and_trace COMMAND...: both, again if another tracer was at work meanwhile.
gdb_and_trace() {
	for _ in 1 2 3 4 5; do
		gdb_record "$@"
		trace_stacks "" "$@"
		! gdb_has_all || return 0
		sleep 1
	done
	fail "gdb has seen ${gdb_calls:-none} of $(calls) calls; is another tracer at work?"
}

stack_differences() {
	jq -r --rawfile gdb "$WORK/gdb.txt" -f "$E2E_DIR/gdb_stacks.jq" "$1"
}

compare_stacks() {
	local differences

	differences=$(stack_differences "$WORK/json") ||
		fail "the stacks could not be compared" || return 1
	[ -z "$differences" ] || fail "$differences"
}

# No stack may lead outside of what is mapped, and so many of a hundred must be whole.
check_stacks() {
	equal "$(count '.sites[].stack[] | select(.module == null)')" 0 "frames in no code"
	at_least "$(report '[.sites[] | .stack_end == "complete"] | if length == 0 then 0
		else 100 * (map(select(.)) | length) / length | floor end')" "$1" \
		"complete stacks of a hundred"
}

# against_gdb PERCENT COMMAND...: all that the tests compare.
against_gdb() {
	local percent=$1

	shift
	gdb_and_trace "$@"
	compare_stacks
	check_stacks "$percent"
}

# The same for the other ways of linking programs to functions, after against_gdb.
otherwise_linked() {
	local percent=$1 features

	shift
	for features in -session -multi; do
		trace_stacks "$features" "$@"
		compare_stacks
		check_stacks "$percent"
	done
}

# The names of all stacks, "innermost < ... < outermost", inlined functions with a +.
stack_names() {
	report '.sites[] | [.stack[] | (.function // "?") + if .inlined then "+" else "" end]
		| join(" < ")'
}

# has_stack EXTENDED-REGEX
has_stack() {
	stack_names | grep -Eq -e "$1" || {
		stack_names
		fail "no stack is like $1"
	}
}

build_leaker() {
	local output=$1 source=$2

	shift 2
	"$@" -g -D_GNU_SOURCE -o "$output" "$E2E_DIR/../leakers/$source" 2>cc.log ||
		fail "cannot build $output: $(cat cc.log)"
}

@test "stacks: C at -O2 without frame pointers" {
	against_gdb 100 "$LEAKERS/stack_shapes" $WARM
	otherwise_linked 100 "$LEAKERS/stack_shapes" $WARM
}

# Then a copy of the stack is unwound, which has an end: cut stacks are marked.
@test "stacks: C from the first instruction on, before tables are there" {
	build_leaker shapes stack_shapes.c cc -O2 -pthread
	against_gdb 0 ./shapes
}

@test "stacks: names of callers, of strdup's caller, of inlined functions" {
	trace --fail-on none -- "$LEAKERS/stack_shapes" $WARM
	check_truth "$WORK/json" "$WORK/out"
	has_stack '^leak_plain < run_frames < main < .*_start$'
	has_stack '^(__GI_)?_*strdup < leak_in_strdup < run_frames < main < '
	has_stack '^inlined_inner\+ < inlined_outer\+ < leak_by_inlined < (run_frames < )?main < '
	has_stack '^(leak_recursive < ){61}run_frames < main < '
	has_stack '^leak_in_compare < .*qsort_r.* < run_frames < main < '
	has_stack '^leak_in_thread < thread < start_thread < clone3?$'
	has_stack "^leak_in_handler < $SIGNAL < .*raise < leak_in_nested_handler < .* < main < "
	# Exactly the function that faulted at its first instruction, not the one before it.
	callers="faulting < call_faulting < run_signals < main "
	has_stack "^leak_in_fault_handler < $SIGNAL < $callers"
}

@test "stacks: C++ at -O2, exceptions in flight" {
	against_gdb 100 "$LEAKERS/stack_cxx" $WARM
	local caught='leaky::leak_in_catch\(\) < main <' pass='leaky::pass_on\(int\) <'
	local guard='leaky::guard::~guard\(\) <' throw='leaky::throw_problem\(\) <'

	has_stack '^operator new\(unsigned long\) < leaky::inner\(int\) < leaky::outer\(int\) < '
	has_stack "^$guard $throw ($pass ){4}$caught"
	has_stack "^$guard $pass $caught"
	has_stack "^$caught"
	has_stack '^leaky::leak_in_backtrace.* < _Unwind_Backtrace < leaky::call_backtrace\(\) <'
	has_stack "^(__cxa_allocate_exception|\?) < $throw ($pass ){4}$caught"
}

@test "stacks: other compilers and options" {
	local flags compiler

	for flags in "cc -O0" "cc -O3 -fno-omit-frame-pointer" "clang -O2"; do
		read -ra compiler <<<"$flags"
		[ -n "$(command -v "${compiler[0]}")" ] || continue
		build_leaker shapes stack_shapes.c "${compiler[@]}" -pthread
		against_gdb 100 ./shapes $WARM || fail "with $flags"
	done
}

@test "stacks: longjmp, signal stacks and coroutines" {
	against_gdb 0 "$LEAKERS/jumps"
}

@test "stacks: a plugin that is loaded and unloaded" {
	against_gdb 100 "$LEAKERS/plugin_host" unload
	has_stack '^leak_in_plugin < plugin_run < main < '
}

@test "stacks: plugins that take each other's place" {
	local name

	for name in "first 64" "same 64" "larger 600" "shifted 72"; do
		build_leaker "lib${name% *}.so" plugin/stack_plugin.c cc -O2 -shared -fPIC \
			"-DNAME=${name% *}" "-DFRAME_BYTES=${name#* }"
	done
	# One after the other at the same place, or this tests nothing.
	against_gdb 100 "$LEAKERS/stack_swap" ./libfirst.so ./libsame.so ./libfirst.so
	equal "$(awk '{ print $2 }' "$WORK/out" | sort -u | wc -l)" 1 "places of equal plugins"
	for name in first:40 same:20; do
		equal "$(report "[.sites[] | select(.stack[0].function == \"leak_in_${name%:*}\")
			| .blocks] | add // 0")" "${name#*:}" "blocks of ${name%:*}"
	done
	against_gdb 100 "$LEAKERS/stack_swap" ./libfirst.so ./liblarger.so ./libshifted.so
	for name in first larger shifted; do
		equal "$(report "[.sites[] | select(.stack[0].function == \"leak_in_$name\")
			| .blocks] | add // 0")" 20 "blocks of $name"
	done
}

@test "stacks: statically linked" {
	build_leaker shapes stack_shapes.c cc -O2 -static -pthread
	against_gdb 100 ./shapes $WARM
	has_stack '^leak_plain < run_frames < main < .*_start$'
}

@test "stacks: static-pie" {
	build_leaker shapes stack_shapes.c cc -O2 -static-pie -pthread
	against_gdb 100 ./shapes $WARM
}

@test "stacks: code without unwind information is marked" {
	build_leaker shapes stack_shapes.c cc -O2 -fno-asynchronous-unwind-tables \
		-fno-exceptions -fcf-protection=none -pthread
	gdb_and_trace ./shapes $WARM
	# Where gdb itself has to guess, only the caller of the allocator can be compared.
	jq '.sites[].stack |= .[:1] | .sites[].stack_end |= if . == "complete" then "truncated"
		else . end' "$WORK/json" >first.json
	mv first.json "$WORK/json.first"
	equal "$(stack_differences "$WORK/json.first")" "" "callers of allocators"
	equal "$(count '.sites[] | select(.stack_end == "complete"
		and any(.stack[]; .function == "main"))')" 0 "stacks through main marked complete"
}

# gdb 13 does not know the frame of a signal in this library, which has no name for it.
without_signals() {
	jq 'del(.sites[] | select(any(.stack[]; .function == "<signal handler called>")))' \
		"$WORK/json" >"$WORK/json.calls"
	mv "$WORK/json.calls" "$WORK/json"
}

@test "stacks: musl" {
	need musl-gcc
	build_leaker shapes stack_shapes.c musl-gcc -O2 -pthread
	gdb_and_trace ./shapes $WARM
	at_least "$(calls)" 20 "allocations"
	without_signals
	compare_stacks
}

@test "stacks: musl, statically linked" {
	need musl-gcc
	build_leaker shapes stack_shapes.c musl-gcc -O2 -static -pthread
	gdb_and_trace ./shapes $WARM
	at_least "$(calls)" 20 "allocations"
	compare_stacks
}

@test "stacks: git" {
	need git
	git init -q repository
	cd repository
	seq 1 100 >file
	git add file
	git -c user.name=a -c user.email=a@b commit -qm first
	against_gdb 100 "$(command -v git)" --no-pager log --stat -p --no-color
	at_least "$(count '.sites[]')" 50 "call sites"
}

@test "stacks: sqlite3" {
	need sqlite3
	cat >work.sql <<-'SQL'
		create table t(a integer primary key, b text);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 50)
			insert into t select i, hex(i * 7919) || 'text' from n;
		create index t_b on t(b);
		select count(*), sum(length(b)), min(b), max(b) from t where b like '3%';
		.system kill -KILL $PPID
	SQL
	# Killed, because it releases nearly all when it ends by itself.
	against_gdb 100 "$(command -v sqlite3)" -batch -init work.sql :memory: .tables
	equal "$status" 137 "exit status"
	at_least "$(count '.sites[]')" 30 "call sites"
}

@test "stacks: redis-server with jemalloc" {
	need redis-server
	ldd "$(command -v redis-server)" | grep -q jemalloc || skip "redis-server has no jemalloc"
	cp -L "$(library_path libjemalloc.so.2)" lib/
	PRELOAD=libjemalloc.so.2
	against_gdb 100 "$(command -v redis-server)" --version
	at_least "$(count '.sites[]')" 3 "call sites"
}

@test "stacks: python3" {
	[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not installed"
	cat >work.py <<-'PYTHON'
		import json, re, ctypes
		data = [json.loads(json.dumps({"a": str(i) * 600})) for i in range(20)]
	PYTHON
	# While a library is new, so much of a deep stack is copied and no more.
	against_gdb 95 /usr/bin/python3 -S work.py
	at_least "$(count '.sites[]')" 50 "call sites"
}
