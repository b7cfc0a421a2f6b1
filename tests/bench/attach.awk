# SPDX-License-Identifier: BSD-2-Clause
# Reads the lines of the loop and says how it went from BEGIN to END, when the tool was there:
# time until the first slow line, time from the last slow line to END, nanoseconds of CPU per
# pair before, during and after, longest stop before and while, pairs made while it was slow,
# pairs of one line. Needs numbers.awk.

NR > 1 && $2 > pairs {
	time[++n] = $1
	cost[n] = ($3 - cpu) / ($2 - pairs)
	made[n] = $2 - pairs
	stopped[n] = $4
	if ($1 < begin)
		before[++n_before] = cost[n]
}
{ cpu = $3; pairs = $2 }
END {
	base = median(before, n_before)
	for (i = 1; i <= n; i++) {
		if (time[i] < begin) {
			stop_before = larger(stop_before, stopped[i])
		} else if (time[i] <= end + 10000000) {
			stop_while = larger(stop_while, stopped[i])
		} else {
			after[++n_after] = cost[i]
		}
		if (cost[i] < 5 * base || time[i] < begin || time[i] > end + 10000000)
			continue
		if (!first)
			first = i
		last = i
		slow[++n_slow] = cost[i]
	}
	for (i = first; i <= last && first; i++)
		total += made[i]
	if (!first || !n_after)
		exit 1
	printf "%d\t%d\t%.2f\t%.2f\t%.2f\t%d\t%d\t%d\t%d\n", time[first] - begin,
		end - time[last], base, median(slow, n_slow), median(after, n_after),
		stop_before, stop_while, total, larger(made[first], made[last])
}
