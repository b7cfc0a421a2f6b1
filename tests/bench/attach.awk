# SPDX-License-Identifier: BSD-2-Clause
# Reads the lines of the loop and says how it went from BEGIN to END, when the tool was there:
# time until the first slow line, time from the last slow line to END, nanoseconds of CPU per
# pair before, during and after, longest stop before and while, pairs that met probes. Fails if
# it was slow at other times too: then somebody else traced it. Needs numbers.awk.

NR > 1 && $2 > pairs {
	time[++n] = $1
	cost[n] = ($3 - cpu) / ($2 - pairs)
	made[n] = $2 - pairs
	stopped[n] = $4
	if ($1 < begin)
		before[++n_before] = cost[n]
}
{ cpu = $3; pairs = $2 }

function is_slow(i)
{
	return cost[i] >= 5 * base
}

# How many lines in sequence from I on, or before it, are slow.
function run_length(i, step, count)
{
	while (i in cost && is_slow(i) && count < 5) {
		count++
		i += step
	}
	return count
}

END {
	base = median(before, n_before)
	# The line in which the tool ends is in part before it.
	end += 10000000
	for (i = 1; i <= n; i++) {
		if (time[i] < begin || time[i] > end) {
			foreign += is_slow(i)
			if (time[i] > end)
				after[++n_after] = cost[i]
			else
				stop_before = larger(stop_before, stopped[i])
			continue
		}
		stop_while = larger(stop_while, stopped[i])
		if (!is_slow(i))
			continue
		slow[++n_slow] = cost[i]
		# One slow line may be the machine; the probes make dozens.
		if (!first && run_length(i, 1) >= 5)
			first = i
		if (run_length(i, -1) >= 5)
			last = i
	}
	if (!first || !n_after || foreign > 5)
		exit 1
	during = median(slow, n_slow)
	# In the lines at either end only some of the pairs met probes.
	for (i = first; i <= last; i++)
		probed += i > first && i < last ? made[i] : \
			made[i] * (cost[i] - base) / (larger(during, cost[i]) - base)
	printf "%d\t%d\t%.2f\t%.2f\t%.2f\t%d\t%d\t%d\n", time[first] - begin,
		end - 10000000 - time[last], base, during, median(after, n_after), stop_before,
		stop_while, probed
}
