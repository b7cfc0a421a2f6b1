#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Programs that see other files than leaktrace does: another C library, another root, an overlay,
# a user namespace, a file that is gone. Paths in reports are the program's own.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# built COMPILER SOURCE [FLAG...]: a leaker as root/bin/inside, with its loader and libraries.
built() {
	local compiler=$1 source=$2 library libraries

	shift 2
	need "$compiler" readelf
	rm -rf root
	mkdir -p root/bin
	"$compiler" -g -O2 -w -D_GNU_SOURCE -pthread -o root/bin/inside \
		"$E2E_DIR/../leakers/$source" "$@" >err 2>&1 || skip "$compiler $* does not work"
	libraries=$(readelf -lW root/bin/inside |
		sed -n 's/.*program interpreter: \(.*\)]/\1/p')
	# musl's loader is its library; a static program has neither.
	[ "$compiler" = musl-gcc ] || [ -z "$libraries" ] ||
		libraries+=" $(ldd root/bin/inside | grep -o '/[^ ]*')"
	for library in $libraries; do
		mkdir -p "root$(dirname "$library")"
		cp -L "$library" "root$library"
	done
}

# inside ALLOCATOR COMMAND...: the command becomes /bin/inside within its own root, and is attached
# to.
inside() {
	local name=$1 tracer

	shift
	start "$WORK/grower" "$@"
	grower=$!
	wait_for 20 grep -q '^ready' "$WORK/grower" || fail "it does not start: $(cat grower.err)"
	start "$WORK/lt" "$LT" --log attach -i 1h --json "$WORK/json" -p "$grower"
	tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	grower_end
	wait_child 60 "$tracer"
	equal "$(report '.processes[] | "\(.exe) \(.allocator)"')" "/bin/inside $name" "process"
	equal "$(report '.sites[] | select(.stack[0].function == "leak_step")
		| "\(.blocks) \(.bytes) \(.stack[0].module)"')" "100 6400 /bin/inside" "a step"
}

@test "containers: a root with musl, of its own" {
	built musl-gcc grower.c
	inside musl chroot root /bin/inside
}

# ended FILTER: of the program that came to its end.
ended() {
	report ".processes[] | select(.end == \"exit\") | $1"
}

# No loader of this machine holds these programs back until their allocator has its probes.
@test "containers: the first allocation in a root with a glibc of its own" {
	built gcc static_linked.c
	# The path leads there in the root alone.
	ln -s /bin/inside root/bin/link
	printf '#! /bin/link -x\n' >root/bin/script
	chmod +x root/bin/script
	cp -al root linked
	LEAKTRACE_OPTIONS+=" --log=attach"
	trace_leaker 0 sh -c 'chroot root /bin/script && chroot linked /bin/inside; exit $?'
	check_complete
	equal "$(ended 'select(.exe == "/bin/inside") | .allocator' | sort | uniq -c | tr -s ' ')" \
		" 2 glibc" "processes"
	# This machine's, and one for both roots: they have the same file.
	equal "$(grep -c '/libc.so.6 (glibc): .* attached' err)" 2 "C libraries with probes"
}

@test "containers: the first allocation in a root with musl" {
	built musl-gcc static_linked.c
	trace --fail-on none -- chroot root /bin/inside
	equal "$status" 0 "exit status"
	check_complete
	# There are no unwind tables: the sums count.
	equal "$(ended .allocator)" musl "allocator"
	equal "$(ended .outstanding_blocks)" \
		"$(awk '$1 == "site" { n += $3 } END { print n }' out)" "blocks"
}

@test "containers: the first allocation of a static program" {
	built gcc static_linked.c -static
	trace_leaker 0 chroot root /bin/inside
	check_complete
	# Not the command, and not by its whole path.
	trace_leaker 0 sh -c 'cd root/bin && ./inside; exit 0'
	check_complete
	equal "$(ended 'select(.exe | endswith("/inside")) | .allocator')" glibc "allocator"
}

# It makes the system call itself, and so does not wait there.
@test "containers: a program that no C library has started is in time, or late by the report" {
	local tracer early

	built gcc grower.c
	start "$WORK/lt" "$LT" --log attach --fail-on none \
		--json "$WORK/json" -- "$LEAKERS/raw_exec" root /bin/inside
	tracer=$!
	wait_for 20 grep -q '^ready' "$WORK/lt" || fail "it does not start: $(cat lt.err)"
	# This machine's C library, and the one in the root.
	wait_for 20 awk '/libc.so.6 .glibc.: .* attached/ { n++ } END { exit n < 2 }' lt.err ||
		fail "its C library has no probes: $(cat lt.err)"
	kill "$(awk '$1 == "ready" { print $2 }' lt)"
	wait_child 60 "$tracer"
	early=$(report '[.sites[] | select(.stack[0].function == "leak_early") | .blocks] | add')
	# Nobody knows who is faster, but what was missed is said.
	[ "$early" = 50 ] ||
		at_least "$(report '.losses[] | select(.id == "late-attach") | .count')" 1 "late"
}

@test "containers: an overlay in a mount namespace, with a copy of glibc" {
	need unshare
	built gcc grower.c
	mkdir top
	cat >enter <<-'EOS'
		mount -t tmpfs none top || exit 77
		mkdir top/upper top/work top/all
		layers=lowerdir=root,upperdir=top/upper,workdir=top/work
		mount -t overlay none -o "$layers" top/all || exit 77
		# The program is then in the upper layer, its libraries are in the lower one.
		cp root/bin/inside top/all/bin/new
		mv top/all/bin/new top/all/bin/inside
		exec chroot top/all "$1"
	EOS
	unshare --mount sh -e enter /bin/true >err 2>&1 || [ $? != 77 ] ||
		skip "no overlay can be mounted here"
	inside glibc unshare --mount sh -e enter /bin/inside
}

@test "containers: a user namespace" {
	need unshare
	unshare --user --map-root-user true 2>/dev/null ||
		skip "no user namespace can be made here"
	built gcc grower.c
	inside glibc unshare --user --map-root-user chroot root /bin/inside
}

# A file is known by what it is, not by its name: the one that took its place is another.
@test "containers: programs whose file was deleted or replaced" {
	cp "$LEAKERS/grower" ./grower_gone
	start "$WORK/grower" ./grower_gone
	grower=$!
	wait_for 20 grep -q '^ready' "$WORK/grower" || fail "the grower does not start"
	rm grower_gone
	cp /bin/true grower_gone
	start "$WORK/lt" "$LT" --log attach -i 1h --json "$WORK/json" -p "$grower"
	local tracer=$!
	wait_attached "$WORK/lt" "$grower"
	grower_tell USR1 step
	grower_end
	wait_child 60 "$tracer"
	equal "$(report '[.sites[] | select(.stack[0].function == "leak_step") | .blocks] | add')" \
		100 "blocks of a step"
}
