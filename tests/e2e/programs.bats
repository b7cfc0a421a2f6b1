#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Thousands of short runs of real programs, none of them traced, while leaktrace comes and goes with
# its probes in the C library of all processes, and is sometimes killed: what each says and how it
# ends must be the same as without, and the kernel must have nothing to say. "make check-harm" runs
# 50,000. (harm.bats does this with processes that are traced.)

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031

load lib

N_PROGRAMS=10

setup() {
	common_setup
	need git perl python3 setarch
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
}

teardown() {
	common_teardown
}

repository_make() {
	git init -q repository
	git -C repository -c user.name=x -c user.email=x@localhost commit -q --allow-empty \
		-m first --date "2020-01-01 00:00 +0000"
	seq 200 -1 1 >numbers
}

# Program number N; odd numbers at addresses that are always the same.
program_run() {
	local fixed=()

	(($1 % 2 == 0)) || fixed=(setarch -R)
	case $(($1 / 2)) in
	0) "${fixed[@]}" git -C repository log --format=%s ;;
	1) "${fixed[@]}" sh -c 'a=$(echo one); for i in 1 2 3; do a="$a $i"; done; echo "$a"' ;;
	2) "${fixed[@]}" sort -n numbers ;;
	3) "${fixed[@]}" perl -e 'my %h = map { $_ => [$_] } 1 .. 50; print sort keys %h' ;;
	4) "${fixed[@]}" python3 -S -c 'print(sorted({str(i): [i] for i in range(50)}))' ;;
	esac
}

# programs_run COUNT FILE: runs so many, and writes down what was not as expected.
programs_run() {
	local i said status expected=()

	for ((i = 0; i < N_PROGRAMS; i++)); do
		expected[i]=$(cat "said.$i")
	done
	for ((i = 0; i < $1; i++)); do
		status=0
		said=$(program_run $((i % N_PROGRAMS)) 2>&1) || status=$?
		[ "$status" = 0 ] && [ "$said" = "${expected[i % N_PROGRAMS]}" ] ||
			echo "program $((i % N_PROGRAMS)): status $status: $said" >>"$2"
	done
	echo "ran $1" >>"$2"
}

# What the kernel has to say of these programs, and of itself.
kernel_complaints() {
	dmesg 2>/dev/null | grep -E \
		'\<(git|sh|sort|perl|python3[.0-9]*)\[|BUG:|WARNING:|Oops' || :
}

# Comes and goes until both runners have ended; every third time it is killed at any moment.
leaktrace_loop() {
	local features=('' -session '' -session '' -session -multi) tracer

	n=0
	until process_is_gone "$first" && process_is_gone "$second"; do
		LEAKTRACE_FEATURES=${features[n % 7]} start lt "$LT" -q --fail-on none -- \
			sleep "0.$((RANDOM % 3))"
		tracer=$!
		if ((n % 3 == 2)); then
			sleep "0.$((RANDOM % 10))"
			kill -KILL "$tracer" 2>/dev/null || true
		fi
		wait_child 120 "$tracer"
		n=$((n + 1))
	done
}

@test "programs: unharmed while leaktrace comes and goes" {
	local first second i count=$((500 * SCALE))

	repository_make
	for ((i = 0; i < N_PROGRAMS; i++)); do
		program_run "$i" >"said.$i" 2>&1
	done
	kernel_complaints >complaints.before
	start /dev/null programs_run "$count" wrong.first
	first=$!
	start /dev/null programs_run "$count" wrong.second
	second=$!
	leaktrace_loop
	wait_child $((PATIENCE * SCALE)) "$first"
	wait_child $((PATIENCE * SCALE)) "$second"
	equal "$(cat wrong.first wrong.second)" "$(printf 'ran %s\nran %s' "$count" "$count")" \
		"what went wrong"
	at_least "$n" 3 "times that leaktrace came"
	kernel_complaints >complaints.after
	cmp complaints.before complaints.after || fail "$(diff complaints.before complaints.after)"
	echo "# leaktrace came $n times" >&3
}
