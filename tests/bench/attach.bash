# SPDX-License-Identifier: BSD-2-Clause
# Attaching to a running loop: how long until the probes work, what the loop feels, and whether it
# is as fast afterwards as before. attach_run ROUND writes a line of the bench's raw numbers.
# shellcheck shell=bash

# Kernel memory of the maps and programs that a process holds, in KiB.
kernel_memory() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null |
		awk '/^memlock:/ { n += $2 } END { printf "%d\n", n / 1024 }'
}

attach_run() {
	local loop tool child outer=() numbers answer=() kernel=0

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
	if [ -f "$dir/outer" ] && read -ra outer <"$dir/outer" &&
		numbers=$(awk -v begin="${outer[0]}" -v end="${outer[1]}" \
			-f "$here/numbers.awk" -f "$here/attach.awk" "$dir/loop"); then
		read -ra answer < <(leaktrace_answer)
		printf 'attach\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$numbers" \
			$((outer[1] - outer[0])) "${outer[4]}" "$kernel" "${answer[0]}"
	else
		echo "bench: attach failed: $(tail -n 1 "$dir/errors")" >&2
		n_failed=$((n_failed + 1))
	fi
}
