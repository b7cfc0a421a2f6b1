# SPDX-License-Identifier: BSD-2-Clause
# The cost of a stack: a malloc with its free at three depths, with probes that do nothing, with
# bpf_get_stackid() and with leaktrace, interleaved. Prints a section of the report.
# shellcheck shell=bash

STACK_PAIRS=100000
STACK_DEPTHS=(8 18 66)
STACK_TOOLS=(untraced empty stackid leaktrace exact memleak)

# stack_ns TOOL DEPTH: nanoseconds of CPU time of a malloc with its free.
stack_ns() {
	local run=()

	case $1 in
	empty | stackid) run=("$programs/floor" "$1") ;;
	leaktrace) run=("$leaktrace" --fail-on none -q --) ;;
	memleak) run=("$programs/memleak" "$programs/memleak.bpf.o" /dev/null) ;;
	exact) run=("$leaktrace" --fail-on none -q --exact-stacks --) ;;
	esac
	machine_wait
	limited "${run[@]}" "$programs/pairs-fp" 1 "$2" "$STACK_PAIRS" 2>/dev/null |
		awk 'NF == 4 { printf "%.1f\n", $2 / $1 }'
}

# stacks_run ROUNDS: writes "DEPTH TOOL ns" lines.
stacks_run() {
	local round depth tool ns

	for ((round = 0; round < $1; round++)); do
		for depth in "${STACK_DEPTHS[@]}"; do
			for tool in "${STACK_TOOLS[@]}"; do
				ns=$(stack_ns "$tool" "$depth")
				[ -z "$ns" ] || echo "$depth $tool $ns"
			done
		done
	done
}

stacks_report() {
	echo
	echo "## The cost of a stack"
	echo
	echo "Nanoseconds of CPU time for a malloc with its free, as medians: with probes of which"
	echo "the programs do nothing, with bpf_get_stackid() at each return (right only because"
	echo "this loop is built with frame pointers), and with all that leaktrace does: known"
	echo "stacks compared, or each one unwound (--exact-stacks); at last, with a tracer as most"
	echo "are made (tests/bench/memleak.bpf.c: perf events at first instructions, hash maps,"
	echo "bpf_get_stackid). In brackets, as ratios to the empty probes; of leaktrace also, what"
	echo "it adds as a part of what the last one adds."
	echo
	echo "| frames of the loop | untraced | empty probes | bpf_get_stackid | leaktrace |" \
		"--exact-stacks | memleak-style | leaktrace / memleak-style |"
	echo "|--:|--:|--:|--:|--:|--:|--:|--:|"
	sort -k1,1n -k2,2 -k3,3n | awk '
		function median(key) { return values[key, int((n[key] + 1) / 2)] }
		function cell(depth, tool) {
			if (!n[depth " " tool])
				return "-"
			return sprintf("%.0f (%.2f)", median(depth " " tool),
				       median(depth " " tool) / median(depth " empty"))
		}
		function part(d) {
			if (!n[d " memleak"])
				return "-"
			ours = median(d " leaktrace") - median(d " untraced")
			theirs = median(d " memleak") - median(d " untraced")
			return sprintf("**%.2f**", ours / theirs)
		}
		{ key = $1 " " $2; values[key, ++n[key]] = $3
		  if (!($1 in seen)) { seen[$1] = 1; depths[++n_depths] = $1 } }
		END {
			for (i = 1; i <= n_depths; i++) {
				d = depths[i]
				if (!n[d " empty"]) continue
				printf "| %d | %.1f | %.0f | %s | %s | %s | %s | %s |\n", d,
				       median(d " untraced"), median(d " empty"),
				       cell(d, "stackid"), cell(d, "leaktrace"),
				       cell(d, "exact"), cell(d, "memleak"), part(d)
			}
		}'
}
