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

# built COMPILER: the grower as root/bin/inside, with its loader and the libraries that it loads.
built() {
	local library libraries

	need "$1" readelf
	mkdir -p root/bin
	"$1" -g -O2 -w -D_GNU_SOURCE -pthread -o root/bin/inside "$E2E_DIR/../leakers/grower.c"
	libraries=$(readelf -lW root/bin/inside |
		sed -n 's/.*program interpreter: \(.*\)]/\1/p')
	# musl's loader is its library.
	[ "$1" = musl-gcc ] || libraries+=" $(ldd root/bin/inside | grep -o '/[^ ]*')"
	for library in $libraries; do
		mkdir -p "root$(dirname "$library")"
		cp -L "$library" "root$library"
	done
}

# inside ALLOCATOR COMMAND...: the command becomes /bin/inside within its own root. Attached to, it
# is seen from then on; what it does before another C library is found for the first time is not.
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
	built musl-gcc
	inside musl chroot root /bin/inside
}

@test "containers: an overlay in a mount namespace, with a copy of glibc" {
	need unshare
	built gcc
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
	built gcc
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
