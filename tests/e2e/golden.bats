#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Recordings of runs that were, and the reports of them in every format: what they said once, they
# say for good. "make golden" writes tests/golden/recordings anew after a wanted change.

# shellcheck disable=SC2154

load lib

setup() {
	common_setup
	export LEAKTRACE_OPTIONS="" NO_COLOR=1
	unset GITHUB_STEP_SUMMARY
	RECORDINGS=$E2E_DIR/../recordings
	GOLDEN=$E2E_DIR/../golden/recordings
	DEF=$E2E_DIR/../../src/report/formats.def
}

teardown() {
	common_teardown
}

# The formats in the source, each with its options: to a file, or to standard output. The page for
# browsers is mostly program, and a profile is compressed, by whatever zlib there is: recording.bats
# compares them with those of the run.
formats() {
	sed -n -e '/^FORMAT(\(HTML\|PPROF\),/d' \
		-e '/REPORT_NO_FILE/s/^FORMAT([A-Z_]*, *\([a-z_]*\),.*/\1 --\1/p' \
		-e '/REPORT_NO_FILE/d' -e 's/^FORMAT([A-Z_]*, *\([a-z_]*\),.*/\1 --\1=-/p' \
		-e 's/^FORMAT_AS([A-Z_]*, *\([a-z_]*\), *"\([a-z-]*\)".*/\1 --\2=-/p' "$DEF"
}

# check NAME FORMAT OPTION...: the report of a recording, without the name of this version, and
# without the losses that it did not have: there will be more ways to lose something.
check() {
	local name=$1 format=$2 expected=$GOLDEN/$1.$2

	shift 2
	leaktrace report "$@" "$RECORDINGS/$name.ltdb" 2>err |
		sed -e 's/"leaktrace":"[^"]*"/"leaktrace":"VERSION"/' \
			-e '/^leaktrace_losses_total{.*} 0$/d' >got || true
	if [ "${LEAKTRACE_TEST_GOLDEN:-}" = rewrite ]; then
		mkdir -p "$GOLDEN"
		cp got "$expected"
	fi
	[ ! -s err ] || fail "the report of $name as $format says: $(cat err)" || return 1
	diff -u "$expected" got || fail "the report of $name as $format is another one"
}

@test "golden: every recording in every format" {
	local file name format option n=0

	at_least "$(formats | wc -l)" 8 "formats"
	for file in "$RECORDINGS"/*.ltdb; do
		name=$(basename "$file" .ltdb)
		[ "$(leaktrace report "$file" 2>&1 | wc -l)" -gt 3 ] || fail "no report of $name"
		check "$name" text --top=0 --show=reachable,indirect,outstanding
		while read -r format option; do
			check "$name" "$format" --quiet "$option"
		done < <(formats)
		n=$((n + 1))
	done
	at_least "$n" 3 "recordings"
}
