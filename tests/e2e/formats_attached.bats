#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Formats with several reports in a row.

load lib

setup() {
	common_setup
	need xmllint jq
}

teardown() {
	common_teardown
}

@test "formats: metrics of a process that runs are replaced as a whole" {
	grower_start
	echo "leaktrace_old 1" >prom
	ln prom kept
	start "$WORK/trace" "$LT" --log attach -p "$grower" -i 200ms --sample-interval 100ms \
		--prometheus prom --junit junit --json json
	tracer=$!
	wait_attached "$WORK/trace" "$grower"
	grower_tell USR1 step >/dev/null
	wait_for 20 grep -q "^leaktrace_resident_bytes{pid=\"$grower\",process=\"grower\"} [1-9]" \
		prom || fail "no metrics: $(cat prom trace.err)"
	# Whoever has opened the old one still has all of it.
	equal "$(cat kept)" "leaktrace_old 1" "the file of before"
	kill -INT "$tracer"
	wait_child 20 "$tracer"
	equal "$status" 0 "exit status"
	grower_end

	equal "$(sed -n 's/^leaktrace_outstanding_bytes{.* //p' prom)" \
		"$(report .totals.outstanding_bytes)" "outstanding bytes"
	xmllint --noout junit
	equal "$(xmllint --xpath 'string(//testcase/@name)' junit)" "pid $grower (grower)" "name"
	equal "$(echo prom*)" "prom" "temporary files"
}
