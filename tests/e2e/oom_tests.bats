#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Which test was running in what the OOM killer has killed: by what the recorder can see without
# probes, and by the trace that runs beside it.

load lib
load oom

# Tests that end in a memory cgroup: one of ctest, in a folder of its own and behind a shell; two of
# pytest, of which the first has it done by a child.
write_tests() {
	mkdir sub
	echo 'add_test([=[other]=] "true")
		subdirs("sub")' >CTestTestfile.cmake
	cat >sub/CTestTestfile.cmake <<-EOF
		if(NOT UNKNOWN)
		add_test([=[no more]=] "sh" "-c" "exit 1")
		add_test([=[eats \$much]=] "sh" "-c" "\"$LEAKERS/eater\" malloc 300; exit 3")
		endif()
	EOF
	cat >test_eats.py <<-EOF
		import os, subprocess

		def test_child():
		    assert subprocess.call(["$LEAKERS/eater", "malloc", "300"]) == -9

		class TestOwn:
		    def test_eats(self):
		        print("python", os.getpid(), flush=True)
		        held = []
		        while True:
		            held.append(bytearray(b"x" * 100000))
	EOF
}

PYTEST=(/usr/bin/python3 -m pytest -q -s -p no:cacheprovider test_eats.py)

# check_test PID NAME RUNNER KNOWN_BY; whatever these tests are a part of is around it.
check_test() {
	kept oom "$1"
	equal "$(jq -r '[(.test | split(" / ")[-1]), .test_runner, .test_known_by] |
		join(" | ")' "$json")" "$2 | $3 | $4" "the test of $1"
}

@test "oom: the test of a child of ctest" {
	need ctest
	make_cgroup 96M
	write_tests
	record
	in_cgroup ctest -V
	equal "$status" 8 "exit status of ctest"
	record_end
	sed -n 's/^.*eater /eater /p' "$WORK/eater" >found
	mv found "$WORK/eater"
	check_test "$(eater_pid)" 'eats $much' ctest command
	grep -q '^  test  .*eats \$much (ctest, ' "$WORK/out"
}

@test "oom: the tests of pytest and of its child" {
	/usr/bin/python3 -c 'import pytest' 2>/dev/null || skip "pytest is not installed"
	make_cgroup 128M
	write_tests
	record
	in_cgroup "${PYTEST[@]}"
	equal "$status" 137 "exit status of pytest"
	record_end
	check_test "$(eater_pid)" test_eats.py::test_child pytest variable
	check_test "$(sed -n 's/^.*python //p' "$WORK/eater")" \
		test_eats.py::TestOwn::test_eats pytest variable
}

# beside COMMAND...: runs the recorder beside a command in the cgroup; leaktrace itself is outside.
beside() {
	status=0
	leaktrace oom --state-dir "$WORK/kept" --no-scan -- bash -c \
		'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$CGROUP" "$@" \
		>"$WORK/eater" 2>"$WORK/err" || status=$?
}

@test "oom: beside ctest, the trace knows the test" {
	need ctest
	make_cgroup 160M
	write_tests
	beside ctest -V
	equal "$status" 8 "exit status"
	check_test "$(sed -n 's/^.*eater //p' "$WORK/eater")" 'eats $much' ctest trace
}

@test "oom: beside pytest, the trace knows the tests" {
	/usr/bin/python3 -c 'import pytest' 2>/dev/null || skip "pytest is not installed"
	make_cgroup 160M
	write_tests
	beside "${PYTEST[@]}"
	equal "$status" 137 "exit status"
	check_test "$(eater_pid)" test_eats.py::test_child pytest trace
	check_test "$(sed -n 's/^.*python //p' "$WORK/eater")" \
		test_eats.py::TestOwn::test_eats pytest trace
}
