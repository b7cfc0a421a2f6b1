# SPDX-License-Identifier: BSD-2-Clause
# The style rules that no formatter knows: licence line, sizes of functions and files, white
# space, what may print, words that must not stay. Prints file:line: message.

BEGIN {
	max_function = 60
	max_file = 500
	max_columns = 100
}

function report(message)
{
	printf "%s:%d: %s\n", FILENAME, FNR, message
}

function end_file()
{
	if (previous != "" && is_code && n_lines > max_file)
		printf "%s:%d: %d lines; the limit is %d\n", previous, n_lines, n_lines, max_file
	if (previous != "" && wants_spdx)
		printf "%s:1: no SPDX-License-Identifier in its first line\n", previous
}

# The number of columns that a line takes with tabs of 8; bytes of UTF-8 sequences count once.
function columns(line, n, i, c)
{
	if (length(line) * 8 <= max_columns)
		return 0
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (c == "\t")
			n += 8 - n % 8
		else if (c !~ /[\200-\277]/)
			n++
	}
	return n
}

FNR == 1 {
	end_file()
	previous = FILENAME
	function_start = 0
	is_c = FILENAME ~ /\.(c|h|cc|def)$/
	is_script = FILENAME ~ /\.(bats|bash|sh|awk|mk)$/ || /^#!/
	is_make = FILENAME ~ /(^|\/)(Makefile|CMakeLists\.txt)$/ || FILENAME ~ /\.(mk|cmake)$/
	is_code = is_c || is_script || is_make
	wants_spdx = is_code || FILENAME ~ /\.py$/
	is_quiet = FILENAME ~ "^src/" && FILENAME !~ "^src/(cmd/|main\\.c|base/log\\.c)"
}

{ n_lines = FNR }

(FNR == 1 || (FNR == 2 && !is_c)) && /SPDX-License-Identifier: / { wants_spdx = 0 }
FNR == 1 && FILENAME ~ /\.cc?$/ && !/^\/\/ SPDX/ { wants_spdx = 1 }

/[ \t]$/ && !(FILENAME ~ /\.md$/ && /[^ ]  $/) { report("white space at the end of the line") }
/\r/ { report("carriage return") }
/(^|[^A-Za-z0-9_.\/-])\/(work|home|root)\// { report("a path of one machine") }
/(^|[^A-Za-z0-9_])([T]ODO|[F]IXME|[X]XX)([^A-Za-z0-9_|]|$)/ { report("work that is not done") }
is_code && columns($0) > max_columns { report("longer than " max_columns " columns") }

is_c && FNR > 1 && /^[ \t]*\/\/ / { report("comments are written /* like this */") }
is_c && FILENAME ~ "^src/" && /^[ \t]+goto / { report("goto; use a cleanup attribute") }
is_quiet && /(^|[^a-z_])(printf|puts|putchar|perror)\(/ { report("only src/cmd prints") }
is_quiet && /[^a-z_"](stdout|stderr)[^a-z_"]/ { report("only src/cmd knows standard output") }

# A function is what stands between { and } in the first column (or NAME() { in a script).
is_c && /^{/ { function_start = FNR }
is_script && /^[a-z_]+\(\) {$/ { function_start = FNR }
/^}/ && function_start {
	if (FNR - function_start - 1 > max_function)
		report("a function of " FNR - function_start - 1 " lines ends here; the limit is " \
		       max_function)
	function_start = 0
}

END { end_file() }
