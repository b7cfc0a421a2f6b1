# SPDX-License-Identifier: BSD-2-Clause
# Whether the answers were right: the tables of leaktrace and of all tools. Part of report.awk.

# Where no arithmetic says how many there are, valgrind has counted.
function known_find(work, values, n)
{
	if (known[work] != dash)
		return
	n = plain(work, "valgrind", allocations, values)
	if (!n)
		return
	known[work] = median(values, n)
	n = plain(work, "valgrind", alive, values)
	known_live[work] = median(values, n)
	source[work] = "valgrind"
}

function differences(work, from, right, values, n)
{
	n = plain(work, "leaktrace", from, values)
	if (!n || right == dash)
		return dash
	median(values, n)
	if (values[1] == right && values[n] == right)
		return "exact"
	if (values[1] == values[n])
		return sprintf("%+d", values[1] - right)
	return sprintf("%+d to %+d", values[1] - right, values[n] - right)
}

function answers_print(i, work, n, r, at, incomplete, total, why, line)
{
	print "## Was the answer right?\n"
	say("What leaktrace counted, minus what is known, over all rounds. The " \
	    "number is known by arithmetic for the loops, and counted by valgrind " \
	    "elsewhere, in runs of its own (a real program need not do the same " \
	    "twice; a child that forks counts again there).")
	header("| work | known by | allocations | difference | blocks alive at the end " \
	       "| difference | incomplete |")
	for (i = 1; i <= n_works; i++) {
		work = works[i]
		known_find(work)
		total = incomplete = 0
		why = ""
		for (r = 1; r <= n_rounds; r++) {
			at = work SUBSEP "leaktrace" SUBSEP r
			if (has[at]) {
				total++
				incomplete += verdict[at] == "incomplete"
				if (losses[at] != dash && index(why, losses[at]) == 0)
					why = why (why == "" ? ": " : ",") losses[at]
			}
		}
		if (!total || known[work] == dash)
			continue
		line = "| " title[work] " | " source[work] " | " known[work]
		line = line " | " differences(work, allocations, known[work]) " | " known_live[work]
		print line " | " differences(work, alive, known_live[work]) " | " incomplete \
			" of " total why " |"
	}
	print ""
	processes_print()
}

function processes_print(r, at, total, right)
{
	for (r = 1; r <= n_rounds; r++) {
		at = "suite" SUBSEP "leaktrace" SUBSEP r
		if (has[at]) {
			total++
			right += processes[at] == n_done[at]
		}
	}
	say("Of the short processes all were in the report, none twice, in " \
	    (right + 0) \
	    " of " \
	    (total + 0) \
	    " rounds.")
}

# What each tool says, against what is known: allocations, then blocks alive.
function tool_answer(work, tool, from, right, values, n)
{
	n = plain(work, tool, from, values)
	if (!n || right == dash)
		return dash
	return median(values, n) == right ? "right" : sprintf("%+d", median(values, n) - right)
}

function tools_print(i, p, work, line, some, cell)
{
	print "## What each tool says\n"
	say("Allocations and blocks alive at the end, as the tool counts them: right, or " \
	    "how many more or fewer than there are. LeakSanitizer counts no allocations, " \
	    "and only those blocks that nothing points to.")
	line = "| work | leaktrace"
	for (p = 2; p <= n_peers; p++)
		line = line " | " peers[p]
	header(line " |")
	for (i = 1; i <= n_works; i++) {
		work = works[i]
		if (known[work] == dash)
			continue
		some = 0
		line = "| " title[work] " | " tool_cell(work, "leaktrace")
		for (p = 2; p <= n_peers; p++) {
			cell = tool_cell(work, peers[p])
			some += cell != dash
			line = line " | " cell
		}
		if (some)
			print line " |"
	}
	print ""
}

function tool_cell(work, tool, a, b)
{
	a = tool_answer(work, tool, allocations, known[work])
	b = tool_answer(work, tool, alive, known_live[work])
	if (a == dash && b == dash)
		return dash
	return a == b ? a : a " / " b
}
