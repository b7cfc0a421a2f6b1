#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Formats for other programs: each is read by a program that knows it, and says what JSON says.

load lib
load frameworks

setup() {
	common_setup
	need ctest cc jq xmllint perl prove protoc gzip
	build_case cases cases.c
	cat >CTestTestfile.cmake <<-EOS
		add_test(clean "$WORK/cases" clean)
		add_test(leaks "$WORK/cases" leak)
		add_test("odd <name> & #1; 'x'" "$WORK/cases" leak)
		add_test(crash "$WORK/cases" crash)
	EOS
}

teardown() {
	common_teardown
}

# How many nodes of FILE an XPath finds.
xpath_count() {
	xmllint --xpath "count($2)" "$1"
}

# Classes and names of the test cases of a file, a line each.
junit_names() {
	xmllint --xpath '//testcase' "$1" | tr '\n' ' ' | sed 's/<testcase/\n&/g' |
		sed -n 's/.*<testcase[^>]* classname="\([^"]*\)".*/\1/p' | LC_ALL=C sort
}

# The sums of the five values of the samples.
profile_sums() {
	awk '/^sample \{/ { i = 0 }
		/^  value: / { sum[i++] += $2 }
		END { print sum[0] + 0, sum[1] + 0, sum[2] + 0, sum[3] + 0, sum[4] + 0 }
	' profile.txt
}

@test "formats: all of one run say the same" {
	export GITHUB_WORKSPACE=$FRAMEWORKS GITHUB_STEP_SUMMARY=$WORK/summary
	echo "before" >summary
	echo "old" >prom
	trace --quiet --top 0 --junit junit --tap tap --markdown md --github --folded folded \
		--prometheus prom --pprof profile -- ctest --output-junit own
	equal "$status" 8 "exit status"
	check_no_loss

	leaking=$(report '[.tests[] | select(.verdict == "leaks")] | length')
	equal "$leaking" 2 "tests that leak"
	outside=$(report '[.sites[] | select(.test == null and .suppression == null and
		(.class == "lost" or .class == "indirect"))] | if length > 0 then 1 else 0 end')

	xmllint --noout junit
	equal "$(xpath_count junit //testcase)" 5 "test cases"
	equal "$(xpath_count junit //failure)" $((leaking + outside)) "failures"
	equal "$(xpath_count junit '//testcase[@name="crash"]/skipped')" 1 "skipped tests"
	equal "$(xpath_count junit '//testcase[@name="leaks"]//property[
		@name="leaktrace.lost_bytes" and @value="300"]')" 1 "lost bytes as a property"
	# The same tests as in the report of ctest itself.
	equal "$(junit_names junit | grep -vx leaktrace)" "$(junit_names own)" "names of tests"

	prove --exec cat tap >proved 2>&1 && fail "prove has seen no failure"
	grep -q "^Failed $((leaking + outside))/5 subtests" proved || fail "TAP: $(cat proved)"
	grep -q "(less 1 skipped subtest:" proved || fail "TAP: $(cat proved)"

	# A profile: its values and those of the report.
	gzip -dc profile >profile.pb
	protoc --decode=pprof.Profile --proto_path="$E2E_DIR/../../src/report" profile.proto \
		<profile.pb >profile.txt || fail "protoc cannot read the profile"
	equal "$(profile_sums)" "$(report '[.totals.outstanding_blocks, .totals.outstanding_bytes,
		.totals.mapping_bytes // 0, .totals.fds // 0, .totals.threads // 0] |
		join(" ")')" "sums of a profile"

	# Folded: bytes by class.
	for class in lost reachable; do
		wanted=$(report "[.sites[] | select(.kind == \"memory\" and .class == \"$class\") |
			.bytes] | add // 0")
		equal "$(sed -n "s/.*;memory $class;.* \([0-9]*\)$/\1/p" folded |
			awk '{ n += $1 } END { print n + 0 }')" "$wanted" "folded bytes of $class"
	done
	grep -q '^cases;test leaks;memory lost;.*main;.* 300$' folded ||
		grep -q '^cases;test leaks;memory lost;.*main;' folded || fail "no folded stack"

	# A line is a comment or a metric, each once. A pid counts with its last program.
	grep -vE '^# (HELP|TYPE) leaktrace_[a-z_]+ |^leaktrace_[a-z_]+\{.*\} [0-9]+$' prom &&
		fail "not all are metrics"
	equal "$(grep -v '^#' prom | sed 's/ [0-9]*$//' | LC_ALL=C sort | uniq -d)" "" "twice"
	equal "$(sed -n 's/^leaktrace_outstanding_bytes{.* //p' prom |
		awk '{ n += $1 } END { print n + 0 }')" \
		"$(report '[.processes | group_by(.pid)[] | last | .outstanding_bytes // 0] |
			add')" \
		"outstanding bytes"
	equal "$(echo prom.*)" "prom.*" "temporary files"

	# The output of the command is in the file too.
	grep -q '^::error file=cases.c,line=[0-9]*,title=leaktrace%3A ' out || fail "no annotation"
	grep -q '^::warning title=leaktrace%3A crash::no verdict: killed by SIGABRT$' out ||
		fail "no warning"
	equal "$(head -n 1 summary)" before "first line of the summary"
	diff <(tail -n +2 summary) md || fail "another summary"
	grep -qF '| :grey_question: | <code>crash</code> | no verdict: ' md || fail "no table"
}

@test "formats: a test has the same name in the report of pytest" {
	need /usr/bin/python3
	/usr/bin/python3 -c 'import pytest' || skip "pytest is not installed"
	mkdir sub
	cat >sub/test_names.py <<-'EOS'
		import pytest, unittest
		class TestOuter:
		    def test_method(self): pass
		    class TestInner:
		        def test_deep(self): pass
		@pytest.mark.parametrize("x", ["a b", "c/d", "\u00e9"])
		def test_many(x): pass
		class Old(unittest.TestCase):
		    def test_old(self): pass
		def test_skipped(): pytest.skip("x")
	EOS
	trace --quiet --fail-on none --junit junit -- \
		/usr/bin/python3 -m pytest -q -p no:cacheprovider --junitxml=own
	equal "$status" 0 "exit status"
	/usr/bin/python3 - >differences <<-'EOS'
		from xml.etree import ElementTree
		def names(file):
		    cases = ElementTree.parse(file).iter("testcase")
		    return sorted((c.get("classname"), c.get("name")) for c in cases)
		ours, theirs = names("junit"), names("own")
		ours.remove(("leaktrace", "outside of tests"))
		print(len(ours), ours == theirs or (ours, theirs))
	EOS
	equal "$(cat differences)" "7 True" "names of tests"
}

@test "formats: files belong to the user, and two at once in one place are refused" {
	chmod 777 "$WORK"
	SUDO_UID=65534 SUDO_GID=65534 leaktrace --fail-on none --junit junit --prometheus prom \
		--tap - -- true >out 2>err
	equal "$(stat -c %u junit prom | tr '\n' ' ')" "65534 65534 " "owners of the reports"
	equal "$(xpath_count junit '//testcase[@name="true"]')" 1 "test cases"
	equal "$(head -n 1 out)" "TAP version 13" "first line of TAP"
	status=0
	leaktrace --tap - --junit - -- true >out 2>err || status=$?
	equal "$status" 2 "exit status"
	status=0
	leaktrace --prometheus missing/prom -- touch run >out 2>err || status=$?
	equal "$status" 125 "exit status without a place for the report"
	[ ! -e run ] || fail "the command has run"
}
