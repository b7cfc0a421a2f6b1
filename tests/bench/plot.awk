# SPDX-License-Identifier: BSD-2-Clause
# The plot of the report: plot_write() writes PLOT, an SVG. Part of report.awk.

# Bars of a factor over the untraced run, on a logarithmic scale, as an SVG.
function plot_write(i, p, work, y, x, values, n, m, tools, colours, n_tools)
{
	if (PLOT == "")
		return
	n_tools = split("floor leaktrace memleak bpftrace heaptrack valgrind", tools, " ")
	split("#bbbbbb #1b7f3b #e08a1e #c9b037 #7a5ea8 #b03a2e", colours, " ")
	y = 60
	plot_text(20, 24, "CPU time of the target, multiples of the untraced run (logarithmic)", 15)
	for (p = 1; p <= n_tools; p++) {
		plot = plot sprintf("<rect x=\"%d\" y=\"36\" width=\"10\" height=\"10\" " \
			"fill=\"%s\"/>\n", 20 + 110 * (p - 1), colours[p])
		plot_text(34 + 110 * (p - 1), 46, tools[p], 12)
	}
	for (i = 1; i <= n_works; i++) {
		work = works[i]
		if (work !~ /^(pairs-1-(8|66-fp)|live-100000|python|perl|sqlite|git-|gcc|ctest)/)
			continue
		plot_text(20, y + 20, title[work], 12)
		y += 26
		for (p = 1; p <= n_tools; p++) {
			n = compared(work, tools[p], "ratio", values)
			if (!n)
				continue
			m = median(values, n)
			x = 80 * log(larger(m, 1)) / log(10) * 2
			plot = plot sprintf("<rect x=\"20\" y=\"%d\" width=\"%d\" height=\"9\" " \
				"fill=\"%s\"/>\n", y, larger(x, 1), colours[p])
			plot_text(26 + larger(x, 1), y + 9, digits(m), 10)
			y += 11
		}
		y += 6
	}
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" " \
		"font-family=\"sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" " \
		"fill=\"white\"/>\n%s</svg>\n", y + 10, plot > PLOT
	close(PLOT)
}

function plot_text(x, y, text, size)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	plot = plot sprintf("<text x=\"%d\" y=\"%d\" font-size=\"%d\">%s</text>\n", x, y, size,
		text)
}
