# SPDX-License-Identifier: BSD-2-Clause
# Turns the raw numbers of the bench into docs/BENCHMARKS.md. Needs numbers.awk, answers.awk and
# plot.awk. Lines (by tabs):
#   machine WHAT VALUE                      repeated N
#   work NAME TITLE UNIT OWN KNOWN KNOWN_LIVE
#   run WORK TOOL ROUND WALL CPU ALL_CPU N RSS START STOP ALLOCATIONS LIVE PROCESSES VERDICT
#          LOSSES KERNEL
#   attach ROUND FIRST LAST BEFORE DURING AFTER STOP_BEFORE STOP_WHILE PAIRS WALL RSS KERNEL
#          ALLOCATIONS
#   server NAME ROUND BEFORE FLOOR DURING AFTER
# Writes the plot into the file PLOT.

BEGIN {
	FS = "\t"
	n_peers = split("floor memleak bpftrace heaptrack valgrind lsan", peers, " ")
	dash = "-"
}

$1 == "machine" { machine[++n_machine] = $2; value[$2] = $3 }
$1 == "repeated" { n_repeated = $2 }
$1 == "work" {
	works[++n_works] = $2
	title[$2] = $3
	unit[$2] = $4
	own[$2] = $5
	known[$2] = $6
	known_live[$2] = $7
	if ($6 != dash)
		source[$2] = "arithmetic"
}
$1 == "run" {
	key = $2 SUBSEP $3
	rounds[key] = larger(rounds[key], $4)
	at = key SUBSEP $4
	n_rounds = larger(n_rounds, $4)
	has[at] = 1
	wall[at] = $5; cpu[at] = $6; all_cpu[at] = $7; n_done[at] = $8
	rss[at] = $9; start[at] = $10; stop[at] = $11
	allocations[at] = $12; alive[at] = $13; processes[at] = $14; verdict[at] = $15
	losses[at] = $16; kernel[at] = $17
	runs[key]++
}
$1 == "attach" {
	n_attach++
	for (i = 3; i <= NF; i++)
		attach[i, n_attach] = $i
}

$1 == "server" {
	n = ++n_server[$2]
	server[$2, "before", n] = $4
	server[$2, "floor", n] = $5 == dash ? 0 : $5 / $4
	server[$2, "during", n] = $6 / $4
	server[$2, "after", n] = $7 / $4
}

# A paragraph, in lines that a person can read in the file.
function say(text, words, n, i, line)
{
	n = split(text, words, " ")
	for (i = 1; i <= n; i++) {
		if (length(line) + length(words[i]) > 96) {
			print line
			line = ""
		}
		line = line (line == "" ? "" : " ") words[i]
	}
	print line "\n"
}

# The number with as many digits as it deserves.
function digits(x)
{
	if (x < 0)
		return "-" digits(-x)
	return sprintf(x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x)
}

function ms(ns) { return digits(ns / 1e6) }

# Nanoseconds of the target per thing done, in one round.
function cost(at) { return n_done[at] == dash ? cpu[at] : cpu[at] / n_done[at] }

# Fills VALUES with one number per round: WHAT of TOOL, compared with the untraced run of the
# same round. Returns how many there are.
function compared(work, tool, what, values, r, at, base, n)
{
	split("", values)
	for (r = 1; r <= n_rounds; r++) {
		at = work SUBSEP tool SUBSEP r
		base = work SUBSEP "untraced" SUBSEP r
		if (!has[at] || !has[base])
			continue
		if (what == "ratio")
			values[++n] = cost(at) / cost(base)
		else if (what == "wall")
			values[++n] = wall[at] / wall[base] * part_done(base, at)
		else if (what == "all")
			values[++n] = all_cpu[at] / all_cpu[base] * part_done(base, at)
		else if (what == "wall-added")
			values[++n] = wall[at] - wall[base]
		else if (what == "added")
			values[++n] = added(work, at, base)
		else if (what == "wall-added-each" && n_done[at] > 0 && n_done[base] > 0)
			values[++n] = wall[at] / n_done[at] - wall[base] / n_done[base]
	}
	return n + 0
}

# A peer may do a part of the work.
function part_done(base, at)
{
	if (own[work_of(at)] || n_done[at] <= 0 || n_done[base] <= 0)
		return 1
	return n_done[base] / n_done[at]
}

function work_of(at, parts)
{
	split(at, parts, SUBSEP)
	return parts[1]
}

function added(work, at, base)
{
	if (unit[work] == "allocation")
		return allocations[at] > 0 ? (cpu[at] - cpu[base]) / allocations[at] : 0
	return cost(at) - cost(base)
}

# Fills VALUES with one number per round of TOOL; "-" is left out.
function plain(work, tool, from, values, r, at, n)
{
	split("", values)
	for (r = 1; r <= n_rounds; r++) {
		at = work SUBSEP tool SUBSEP r
		if (has[at] && from[at] != dash)
			values[++n] = from[at]
	}
	return n + 0
}

function compared_median(work, tool, what, values, n)
{
	n = compared(work, tool, what, values)
	return n ? digits(median(values, n)) : dash
}

function spread(values, n, m)
{
	m = median(values, n)
	return n > 1 && m ? sprintf("%.0f %%", 100 * (values[n] - values[1]) / m) : dash
}

function header(line, n, i, rule)
{
	print line
	n = gsub(/\|/, "|", line)
	rule = "|---|"
	for (i = 2; i < n; i++)
		rule = rule "--:|"
	print rule
}

function machine_print(i)
{
	print "# Benchmarks\n"
	say("Written by `make bench`; not to be edited. What tracing costs the " \
	    "traced program, as ratios to the same work untraced, and whether the " \
	    "answer was right. All numbers are of this machine:")
	header("| | |")
	for (i = 1; i <= n_machine; i++)
		if (value[machine[i]] != "")
			print "| " machine[i] " | " value[machine[i]] " |"
	print ""
	say(n_rounds \
	    " rounds. In each round the tools run one after the other, so that what " \
	    "the machine does otherwise touches all; a ratio is always that of one " \
	    "round, and the table has the least, the median and the spread (largest " \
	    "minus least, of the median) of the rounds. Peers run in fewer rounds " \
	    "and have medians only. " \
	    (n_repeated + 0) \
	    " runs were repeated because something else traced the machine at the " \
	    "same time.")
}

function cpu_print(i, work, tool, values, n, p, line)
{
	print "## CPU time of the target\n"
	say("The time that the target itself takes, in the probes too; for loops " \
	    "that of the loop alone. For heaptrack and valgrind it is, in real " \
	    "programs, that of all they start, because they cannot be told apart. " \
	    "floor is leaktrace's probes with programs that do nothing: no tracer by " \
	    "uprobes can be cheaper. memleak is a tracer as most are made (perf " \
	    "events on the first instructions, hash maps, bpf_get_stackid; " \
	    "tests/bench/memleak.bpf.c), which sees one process. " \
	    "The bpftrace script is what one writes by hand with hash maps and " \
	    "`ustack`; it sees the processes of one name. lsan is LeakSanitizer, " \
	    "built into the loop. The number for valgrind under ctest is that of a " \
	    "twentieth of the tests, by `ctest -T memcheck`.")
	line = "| work | untraced | leaktrace: least | median | spread | rounds"
	line = line " | added per operation"
	for (p = 1; p <= n_peers; p++)
		line = line " | " peers[p]
	header(line " |")
	for (i = 1; i <= n_works; i++) {
		work = works[i]
		n = work == "true" ? 0 : compared(work, "leaktrace", "ratio", values)
		if (!n)
			continue
		line = "| " title[work] " | " untraced_print(work)
		line = line " | " digits(least(values, n)) " | **" digits(median(values, n)) "** | "
		line = line spread(values, n) " | " n " | " added_print(work)
		for (p = 1; p <= n_peers; p++)
			line = line " | " compared_median(work, peers[p], "ratio")
		print line " |"
	}
	print ""
	say("An operation is a malloc with its free in the loops, an allocation " \
	    "(with or without its release) in real programs, a process in the row of " \
	    "short processes.")
}

function server_median(name, which, values, i)
{
	for (i = 1; i <= n_server[name]; i++)
		values[i] = server[name, which, i]
	return median(values, n_server[name])
}

function server_row(name, text, floor)
{
	if (!n_server[name])
		return
	floor = server_median(name, "floor")
	printf "| %s | %d | %s | **%.2f** of that | %.2f of that |\n", text, \
		server_median(name, "before"), \
		floor ? sprintf("%.2f of that", floor) : dash, \
		server_median(name, "during"), server_median(name, "after")
}

function servers_print()
{
	if (!n_server["redis"] && !n_server["nginx"])
		return
	print "## Servers under load\n"
	say("Requests a second, with the client on the same machine, before, while leaktrace " \
	    "is attached to the server, and afterwards: medians. nginx sends a page over a " \
	    "connection of its own each time, and its descriptors are traced (`--kinds fd`). " \
	    "floor is with probes that do nothing.")
	header("| | before | floor | while attached | afterwards |")
	server_row("redis", "redis-server, SET, 10,000 keys, 10 clients")
	server_row("redis-fd", "the same, --kinds fd")
	server_row("nginx", "nginx, 4 KiB, 10 clients, --kinds fd")
	print ""
}

function least(values, n)
{
	median(values, n)
	return values[1]
}

function untraced_print(work, values, n, r, at)
{
	for (r = 1; r <= n_rounds; r++) {
		at = work SUBSEP "untraced" SUBSEP r
		if (has[at])
			values[++n] = own[work] ? cost(at) : cpu[at]
	}
	return own[work] ? digits(median(values, n)) " ns" : ms(median(values, n)) " ms"
}

function added_print(work, values, n, m)
{
	n = compared(work, "leaktrace", "added", values)
	m = median(values, n)
	return m >= 1e5 ? ms(m) " ms" : digits(m) " ns"
}

function bystanders_print(i, work, n, values, line)
{
	print "## A process beside it that is not traced\n"
	say("CPU time of a process while leaktrace traces another one (`leaktrace -- " \
	    "COMMAND` puts its probes into the C library of all processes, so that " \
	    "children are seen from their start).")
	header("| work | untraced | ratio: least | median | spread | rounds |")
	for (i = 1; i <= n_works; i++) {
		work = works[i]
		n = compared(work, "bystander", "ratio", values)
		if (!n)
			continue
		line = "| " title[work] " | " untraced_print(work) " | " digits(least(values, n))
		print line " | **" digits(median(values, n)) "** | " spread(values, n) " | " n " |"
	}
	print ""
}

function wall_print(i, work, values, n, p, line)
{
	print "## The whole command\n"
	say("Wall time from the start of the tool to its end, and CPU time of the " \
	    "tool with all that it started, as ratios to the untraced command " \
	    "(medians). bpftrace is left out: its start and stop are not timed.")
	line = "| work | untraced | leaktrace: wall | added | all CPU"
	for (p = 1; p <= n_peers; p++)
		if (peers[p] != "bpftrace")
			line = line " | " peers[p] ": wall | all CPU"
	header(line " |")
	for (i = 1; i <= n_works; i++) {
		work = works[i]
		if (own[work] || !compared(work, "leaktrace", "wall", values))
			continue
		n = plain(work, "untraced", wall, values)
		line = "| " title[work] " | " ms(median(values, n)) " ms"
		line = line " | **" compared_median(work, "leaktrace", "wall") "** | "
		n = compared(work, "leaktrace", "wall-added", values)
		line = line ms(median(values, n)) " ms | " compared_median(work, "leaktrace", "all")
		for (p = 1; p <= n_peers; p++)
			if (peers[p] != "bpftrace")
				line = line " | " compared_median(work, peers[p], "wall") " | " \
					compared_median(work, peers[p], "all")
		print line " |"
	}
	print ""
	tests_print()
}

# What the suite of short tests is there for.
function tests_print(values, n, line, plainly)
{
	plainly = "ctest" SUBSEP "untraced"
	n = plain("ctest", "untraced", wall, values)
	if (!n || !compared("ctest", "leaktrace", "wall-added-each", values))
		return
	plain("ctest", "untraced", wall, values)
	line = "A test of this suite, which does nothing, takes " \
		ms(median(values, n) / n_done[plainly SUBSEP rounds[plainly]]) " ms under " \
		"ctest alone, from the start of one to the start of the next. "
	n = compared("ctest", "leaktrace", "wall-added-each", values)
	line = line "leaktrace adds " ms(median(values, n)) " ms to each, its own start and end " \
		"included"
	n = compared("ctest", "valgrind", "wall-added-each", values)
	if (n)
		line = line "; valgrind, by `ctest -T memcheck`, adds " ms(median(values, n)) " ms"
	say(line ".")
}

# Median and range of START or STOP, over all loops of TOOL whose name matches.
function edge(tool, from, pattern, i, j, n, m, some, values)
{
	for (i = 1; i <= n_works; i++) {
		if (works[i] !~ pattern || !own[works[i]])
			continue
		m = plain(works[i], tool, from, some)
		for (j = 1; j <= m; j++)
			values[++n] = some[j]
	}
	if (!n)
		return dash
	median(values, n)
	return ms(median(values, n)) " ms (" ms(values[1]) " to " ms(values[n]) ")"
}

function memory(work, tool, from, values, n)
{
	n = plain(work, tool, from, values)
	return n ? sprintf("%.1f MiB", median(values, n) / 1024) : dash
}

function edges_print(i, p, tool, tools)
{
	print "## Start, stop and memory\n"
	say("From the start of the tool to the first line of the target's `main`, " \
	    "and from its last line to the end of the tool: median and range. Memory " \
	    "is the highest resident memory of the tool's process; with valgrind and " \
	    "heaptrack, which live in the target, that of the largest process. For " \
	    "bpftrace it is that of bpftrace itself.")
	n_tools = split("leaktrace memleak valgrind heaptrack bpftrace lsan", tools, " ")
	for (i = 1; i <= n_tools; i++)
		p = p " | " tools[i]
	header("| " p " |")
	edge_row("start", "start", "^(pairs|live)", tools)
	edge_row("stop, nothing alive", "stop", "^pairs", tools)
	for (i = 1; i <= n_works; i++)
		if (works[i] ~ /^live/)
			edge_row("stop, " substr(works[i], 6) " blocks alive", "stop", \
				"^" works[i] "$", tools)
	for (i = 1; i <= n_works; i++)
		if (works[i] ~ /^(pairs-1-8|live-.*|python|git-gc|suite)$/)
			memory_row("memory: " title[works[i]], works[i], rss, tools)
	for (i = 1; i <= n_works; i++)
		if (works[i] ~ /^live-/)
			memory_row("kernel memory of maps and programs: " title[works[i]], \
				works[i], kernel, tools)
	print ""
}

function edge_row(name, which, pattern, tools, i, line)
{
	line = "| " name
	for (i = 1; i <= n_tools; i++)
		line = line " | " (tools[i] == "bpftrace" ? dash : which == "start" ? \
			edge(tools[i], start, pattern) : edge(tools[i], stop, pattern))
	print line " |"
}

function memory_row(name, work, from, tools, i, line)
{
	line = "| " name
	for (i = 1; i <= n_tools; i++)
		line = line " | " memory(work, tools[i], from)
	print line " |"
}

function attach_row(name, column, scale, suffix, i, values)
{
	for (i = 1; i <= n_attach; i++)
		values[i] = attach[column, i] / scale
	printf "| %s | %s%s | %s to %s |\n", name, digits(median(values, n_attach)), suffix,
		digits(values[1]), digits(values[n_attach])
}

function attach_print()
{
	if (!n_attach)
		return
	print "## Attaching to a running loop for 1 s\n"
	header("| | median | range |")
	attach_row("from the start of leaktrace to working probes", 3, 1e6, " ms")
	attach_row("from the last probe hit to the end of leaktrace", 4, 1e6, " ms")
	attach_row("whole time beyond the second that was asked for", 11, 1e6, " ms")
	attach_row("CPU time of a malloc and free, before", 5, 1, " ns")
	attach_row("while attached", 6, 1, " ns")
	attach_row("afterwards", 7, 1, " ns")
	attach_row("longest stop of the loop, before", 8, 1e6, " ms")
	attach_row("longest stop of the loop while leaktrace was there", 9, 1e6, " ms")
	attach_row("highest resident memory of leaktrace", 12, 1024, " MiB")
	attach_row("kernel memory of its maps and programs", 13, 1024, " MiB")
	attach_row("allocations counted, of those made while probes were there", 14, 0.01, " %")
	print ""
	say("The last line is an estimate from the loop's own lines, each a few " \
	    "milliseconds: the probes are there for a moment before the first and " \
	    "after the last report counts.")
}

END {
	for (i = 1; i <= n_attach; i++) {
		attach[11, i] -= 1e9
		attach[14, i] /= attach[10, i]
	}
	machine_print()
	cpu_print()
	plot_write()
	if (PLOT != "")
		print "![The same as a plot](BENCHMARKS.svg)\n"
	servers_print()
	bystanders_print()
	wall_print()
	edges_print()
	answers_print()
	tools_print()
	attach_print()
}
