#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The same leaking programs under each allocator: bytes, blocks and callers are the same whoever
# gives the memory.

# Variables are set in lib.bash; each test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2154

load lib

LIBRARIES=/usr/lib/$(uname -m)-linux-gnu

setup() {
	common_setup
	options=()
}

teardown() {
	common_teardown
}

# What an allocator takes for itself is its own: of the sums only the least is known.
truth_at_least() {
	sed -e 's/^allocations /allocations_at_least /' -e 's/^frees /frees_at_least /' "$1"
}

# trace_with NAME COMMAND...: the truth, and who the allocator was.
trace_with() {
	local name=$1

	shift
	trace --fail-on none "${options[@]}" -- "$@"
	equal "$status" 0 "exit status of $*"
	truth_at_least "$WORK/out" >"$WORK/truth"
	check_truth "$WORK/json" "$WORK/truth" || fail "of $*" || return 1
	check_complete
	equal "$(report '.processes[] | select(.end == "exit") | .allocator' | sort -u)" \
		"$name" "allocator"
}

# trace_preloaded NAME LIBRARY: all programs that do not depend on how malloc(0) behaves.
trace_preloaded() {
	local library=$LIBRARIES/$2 form

	[ -e "$library" ] || skip "$2 is not installed"
	trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/allocators" all
	trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/failures"
	# Lost or reachable: the scan knows which memory is the allocator's.
	trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/scan_shapes"
	for form in new array aligned vector string deleted nothrow; do
		trace_with "$1" env LD_PRELOAD="$library" "$LEAKERS/cxx" "$form"
	done
}

# An exception leaves operator new: the program lives, and what comes next is counted.
trace_bad_alloc() {
	trace_with "$1" env LD_PRELOAD="$LIBRARIES/$2" "$LEAKERS/cxx" bad_alloc
}

@test "allocator: jemalloc, preloaded" {
	trace_preloaded jemalloc libjemalloc.so.2
	trace_bad_alloc jemalloc libjemalloc.so.2
}

@test "allocator: tcmalloc, preloaded" {
	trace_preloaded tcmalloc libtcmalloc.so.4
	trace_bad_alloc tcmalloc libtcmalloc.so.4
}

@test "allocator: tcmalloc without its profiler, preloaded" {
	trace_preloaded tcmalloc libtcmalloc_minimal.so.4
	trace_bad_alloc tcmalloc libtcmalloc_minimal.so.4
}

# Debian's is made by the C compiler: its operator new ends the program instead of throwing.
@test "allocator: mimalloc, preloaded" {
	trace_preloaded mimalloc libmimalloc.so.2
}

# build COMPILER FILE FLAG...: a leaker of tests/leakers, linked or instrumented in another way.
build() {
	local compiler=$1 source=$2

	shift 2
	need "$compiler"
	"$compiler" -g -O2 -w -D_GNU_SOURCE -o "$WORK/built" "$E2E_DIR/../leakers/$source" "$@" \
		>"$WORK/err" 2>&1 || skip "$compiler $* does not work here"
}

@test "allocator: static programs, C and C++" {
	build gcc allocators.c -static
	trace_with glibc "$WORK/built" all
	build g++ cxx.cc -static
	trace_with glibc "$WORK/built" new
	trace_with glibc "$WORK/built" bad_alloc
}

# A static program has no other symbols than those that strip takes away: they are found where
# distributions put them, or what is missing is said.
@test "allocator: stripped static programs, with their symbols elsewhere or nowhere" {
	local compiler

	need xz objcopy
	for compiler in gcc musl-gcc; do
		build "$compiler" static_linked.c -static
		objcopy --only-keep-debug built built.debug
		cp built.debug mini
		xz -f mini
		strip built
		trace --fail-on none --kinds memory,mapping -- ./built
		equal "$(report '.processes[] | select(.end == "exit")
			| [.allocations, (.silent | test("static program without"))] | @json')" \
			"[null,true]" "what is said without symbols"
		equal "$(report .verdict)" incomplete "verdict without symbols"
		cp built bare
		objcopy --add-gnu-debuglink=built.debug built
		trace_static "$compiler"
		cp bare built
		rm built.debug
		objcopy --add-section .gnu_debugdata=mini.xz built
		trace_static "$compiler"
	done
}

# musl has no unwind tables: of its programs the sums count.
trace_static() {
	if [ "$1" = gcc ]; then
		trace_with glibc ./built
		return
	fi
	trace --fail-on none -- ./built
	equal "$status" 0 "exit status"
	equal "$(report '.processes[] | select(.end == "exit") | .allocator')" musl "allocator"
	equal "$(report '[.sites[] | select(.kind == "memory") | .blocks, .bytes] | length > 1')" \
		true "sites"
	equal "$(report '.totals.outstanding_blocks')" \
		"$(awk '$1 == "site" { n += $3 } END { print n }' "$WORK/out")" "blocks"
}

@test "allocator: jemalloc inside a static program" {
	[ -e "$LIBRARIES/libjemalloc.a" ] || skip "libjemalloc.a is not installed"
	build g++ cxx.cc -static "$LIBRARIES/libjemalloc.a" -pthread -ldl -lm
	trace_with jemalloc "$WORK/built" new
	trace_with jemalloc "$WORK/built" string
}

@test "allocator: AddressSanitizer and LeakSanitizer" {
	export ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=detect_leaks=0
	# Older kernels have no quick way to tell what of its map of all memory is in use.
	[ "$(printf '%s\n' 6.7 "$(uname -r)" | sort -V | head -n 1)" = 6.7 ] || options=(--no-scan)
	build gcc allocators.c -fsanitize=address
	trace_with AddressSanitizer "$WORK/built" all
	build clang allocators.c -fsanitize=leak
	trace_with LeakSanitizer "$WORK/built" all
	[ ${#options[@]} -eq 0 ] || return 0
	# Lost or reachable as in a program without it.
	build gcc scan_shapes.c -fsanitize=address
	trace_with AddressSanitizer "$WORK/built"
	build clang scan_shapes.c -fsanitize=leak
	trace_with LeakSanitizer "$WORK/built"
}

@test "allocator: a private one, by --allocator" {
	local get='acquire=pool_get(result=arg0, count=arg2, size=arg3)'

	trace --fail-on none --allocator "$get release=pool_put(block=arg1)" \
		--allocator 'new=pool_nowhere(size=arg0)' -- "$LEAKERS/pool"
	check_truth "$WORK/json" "$WORK/out"
	equal "$(report '.notes[] | select(test("pool"))')" \
		"--allocator: no file that was mapped has a function pool_nowhere" "note"
	equal "$(report '[.sites[] | .class] | unique | join(" ")')" reachable "classes"
	status=0
	"$LT" --allocator 'acquire=pool_get(size=arg9)' -- true 2>"$WORK/err" || status=$?
	equal "$status" 2 "exit status of what makes no sense"
}
