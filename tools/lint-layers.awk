# SPDX-License-Identifier: BSD-2-Clause
# The layer rule, read from #include lines: main -> cmd -> stages -> model -> base, stages never
# include each other, and each foreign library has its doors. Prints file:line: message.

BEGIN {
	level["base"] = 0
	level["model"] = 1
	n = split("probe unwind scan collect testrun store symbol oom report", stages, " ")
	for (i = 1; i <= n; i++)
		level[stages[i]] = 2
	level["cmd"] = 3
	level["main"] = 4

	# A header that begins with the left side belongs only where the right side says.
	doors["bpf/"] = "src/probe/ src/collect/"
	doors["linux/bpf.h"] = "src/probe/ src/collect/"
	doors["linux/btf.h"] = "src/probe/ src/collect/"
	doors["linux/perf_event.h"] = "src/probe/ src/collect/"
	doors["leaktrace.skel.h"] = "src/probe/"
	doors["recorder.skel.h"] = "src/probe/"
	doors["leaktrace/recorder_abi.h"] = "src/probe/ src/collect/"
	doors["leaktrace/choice_abi.h"] = "src/probe/"
	doors["leaktrace/call_abi.h"] = "src/probe/"
	doors["leaktrace/abi.h"] = "src/probe/ src/collect/ src/unwind/"
	doors["leaktrace/unwind_abi.h"] = "src/probe/ src/collect/ src/unwind/"
	doors["leaktrace/test_abi.h"] = "src/probe/ src/collect/ src/testrun/"
	doors["leaktrace/loss.def"] = "src/model/loss"
	doors["libelf.h"] = "src/symbol/ src/unwind/ src/probe/"
	doors["gelf.h"] = "src/symbol/ src/unwind/ src/probe/"
	doors["dwarf.h"] = "src/symbol/ src/unwind/ src/probe/"
	doors["elfutils/"] = "src/symbol/ src/unwind/ src/probe/"
	doors["Zydis/"] = "src/probe/site src/probe/returns src/probe/callers"
	doors["libiberty/"] = "src/symbol/"
	doors["demangle.h"] = "src/symbol/"
	doors["jansson.h"] = "src/report/ src/testrun/"
	doors["sqlite3.h"] = "src/store/"
	doors["protobuf-c/"] = "src/report/"
	doors["zlib.h"] = "src/report/gzip src/base/debuglink"
	doors["lzma.h"] = "src/probe/elf_symbols"
	doors["argp.h"] = "src/cmd/"
	doors["sys/capability.h"] = "src/cmd/ src/probe/"
	doors["uthash.h"] = "src/base/table.h"
	doors["utlist.h"] = "src/base/table.h"
	doors["xxhash.h"] = "src/base/table.h"
}

function report(message)
{
	printf "%s:%d: %s\n", FILENAME, FNR, message
}

function check_folder(header, to)
{
	to = header
	sub("/.*", "", to)
	if (header !~ "/" || !(to in level) || to == folder)
		return
	if (level[to] == level[folder])
		report("the stages " folder " and " to " must not include each other")
	else if (level[to] > level[folder])
		report(folder "/ is below " to "/ and must not include " header)
}

function check_doors(header, door, parts, n, i)
{
	for (door in doors) {
		if (index(header, door) != 1)
			continue
		n = split(doors[door], parts, " ")
		for (i = 1; i <= n; i++)
			if (index(FILENAME, parts[i]) == 1)
				break
		if (i > n)
			report(header " is for " doors[door] " only")
	}
}

FNR == 1 {
	folder = ""
	if (FILENAME == "src/main.c") {
		folder = "main"
	} else if (FILENAME ~ "^src/[^/]*/") {
		folder = FILENAME
		sub("^src/", "", folder)
		sub("/.*", "", folder)
		if (!(folder in level))
			report("src/" folder "/ is not a folder of docs/ARCHITECTURE.md")
	}
}

!/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	next
}

{
	header = $0
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*/, "", header)
}

folder != "" && folder in level {
	check_folder(header)
	check_doors(header)
}

FILENAME ~ "^bpf/" && header !~ "^(leaktrace/|linux/|bpf/|asm/)" &&
		header !~ /^[a-z_]+(\.bpf)?\.h$/ {
	report("bpf/ includes only include/leaktrace, kernel headers and its own")
}

FILENAME ~ "^include/leaktrace/" && header !~ "^(linux/|asm/|leaktrace/)" && header != "assert.h" {
	report("include/leaktrace/ is compiled for the kernel too: no " header)
}
