# SPDX-License-Identifier: BSD-2-Clause
# Attaching to a running loop: how long until the probes work, what the loop feels, and whether it
# is as fast afterwards as before. attach_run ROUND writes a line of the bench's raw numbers.
# shellcheck shell=bash

# Once; the numbers go to $numbers. Fails if something else traced the loop too.
attach_once() {
	local loop tool child

	machine_wait
	rm -f "$dir/outer" "$dir/json"
	"$programs/loop" 4 >"$dir/loop" </dev/null &
	loop=$!
	sleep 0.7
	timeout "$RUN_SECONDS" "$measure" -p "$dir/outer" "$leaktrace" -p "$loop" -d 1 \
		--fail-on none -q --json "$dir/json" >/dev/null 2>"$dir/errors" </dev/null &
	tool=$!
	sleep 0.9
	# timeout started measure, and that leaktrace.
	child=$(pgrep -P "$(pgrep -P "$tool" | head -n 1)" | head -n 1)
	[ -z "$child" ] || kernel=$(kernel_memory "$child")
	wait "$tool"
	wait "$loop"
	[ -f "$dir/outer" ] && read -ra outer <"$dir/outer" &&
		numbers=$(awk -v begin="${outer[0]}" -v end="${outer[1]}" \
			-f "$here/numbers.awk" -f "$here/attach.awk" "$dir/loop")
}

attach_run() {
	local outer=() numbers='' answer=() kernel=0 i

	for ((i = 0; i < 4; i++)); do
		if attach_once; then
			read -ra answer < <(leaktrace_answer)
			printf 'attach\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$numbers" \
				$((outer[1] - outer[0])) "${outer[4]}" "$kernel" "${answer[0]}"
			return
		fi
		n_repeated=$((n_repeated + 1))
	done
	echo "bench: no result of attaching: $(tail -n 1 "$dir/errors")" >&2
	n_failed=$((n_failed + 1))
}
