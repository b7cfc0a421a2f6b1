#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# leaktrace as the memory checker of "ctest -T memcheck".

load lib
load frameworks

setup() {
	common_setup
	need ctest cmake cc
	build_case cases cases.c
	export LEAKTRACE_OPTIONS=
}

teardown() {
	common_teardown
}

write_project() {
	cat >CMakeLists.txt <<-EOS
		cmake_minimum_required(VERSION 3.19)
		project(memcheck NONE)
		list(APPEND CMAKE_MODULE_PATH "$E2E_DIR/../../contrib/cmake")
		include(Leaktrace)
		include(CTest)
		add_test(clean "$WORK/cases" clean)
		add_test(leaks "$WORK/cases" leak)
		add_test(fds "$LEAKERS/fd_ends" other_thread)
		add_test(fails "$WORK/cases" fail)
	EOS
}

# memcheck OPTIONS...: configures and runs it with these options of leaktrace.
memcheck() {
	write_project
	cmake -B b -DLEAKTRACE_COMMAND="$LT" -DLEAKTRACE_CTEST_OPTIONS="$*" >"$WORK/cmake" ||
		fail "the project cannot be configured: $(cat "$WORK/cmake")"
	status=0
	(cd b && timeout --kill-after=5 "$PATIENCE" ctest -T memcheck) \
		>"$WORK/out" 2>"$WORK/err" </dev/null 3>&- || status=$?
}

# defects TEST: the defects of a test in DynamicAnalysis.xml, a line each: NUMBER NAME.
defects() {
	sed -n "/<Name>$1</,/<\/Test>/s/.*<Defect type=\"\(.*\)\">\(.*\)<.*/\2 \1/p" \
		b/Testing/*/DynamicAnalysis.xml
}

log_of() {
	cat "b/Testing/Temporary/MemoryChecker.$1.log"
}

@test "memcheck: the defects of each kind are in the logs and in DynamicAnalysis.xml" {
	memcheck
	equal "$status" 16 "exit status of ctest"
	equal "$(defects leaks)" "1 Memory leak" "defects of leaks"
	equal "$(defects fds)" "1 File descriptor leak" "defects of fds"
	equal "$(defects clean)" "" "defects of clean"
	equal "$(log_of 1 | sed 's/leaktrace .*/leaktrace/')" "========= leaktrace" "log of clean"
	log_of 2 | grep -q '^=========     300 B in 3 blocks lost' || fail "no bytes: $(log_of 2)"
	log_of 2 | grep -q '^=========         .*cases.c:[0-9]' || fail "no stack: $(log_of 2)"
	log_of 3 | grep -q '^=========  *fd [0-9]' || fail "no descriptor: $(log_of 3)"
	grep -q 'Memory leak - 1' out || fail "ctest does not count the memory"
	grep -q 'File descriptor leak - 1' out || fail "ctest does not count the descriptors"
	grep -q '25% tests passed, 3 tests failed out of 4' out || fail "other tests failed"
}

@test "memcheck: defects alone fail nothing where that is wanted" {
	memcheck --error-exitcode 0 --kinds memory
	equal "$status" 16 "exit status of ctest" # of the test that fails by itself
	grep -q '75% tests passed, 1 tests failed out of 4' out || fail "other tests failed"
	equal "$(defects leaks)" "1 Memory leak" "defects of leaks"
	equal "$(defects fds)" "" "defects of fds"
}
