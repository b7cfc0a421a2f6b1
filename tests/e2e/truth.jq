# SPDX-License-Identifier: BSD-2-Clause
# Compares a JSON report (the input) with what leakers said about themselves ($truth, a string) and
# gives one string for each difference: none when all is equal. check_truth in lib.bash calls it.
#
# The truth is blocks of "key value" lines, each beginning with "pid N":
#   site FUNCTION BLOCKS BYTES [VIA]  still held by calls whose first frame is FUNCTION; with VIA
#                                     (names with | between) the first frame is one of these, and
#                                     FUNCTION is above it
#   class CLASS site ...              the same, all of it of this class; if a process says so of one
#                                     function, it does of all
#   thread FUNCTION CLASS N           threads that calls in FUNCTION made and nobody released
#   mapping FUNCTION N BYTES [CLASS]  mappings that calls in FUNCTION made and that are left; if a
#                                     process says the class of one, it does of all
#   truncated FUNCTION                the stacks that begin with FUNCTION are too long to be kept
#                                     whole; all others must be complete
#   maybe FUNCTION                    may be held, or not
#   absent FUNCTION                   must not be held
#   fd FUNCTION CLASS N               so many descriptors of this class that FUNCTION opened, or so
#                                     many closes of what was not open; all that is listed
#   sites N                           how many site lines there are
#   allocations, frees, unknown_frees N; allocations_at_least, frees_at_least N
#   status N, signal N                how the process ended
#   end exec                          the block is about an image that was replaced by exec
# Other lines (a program's own output) are passed over.

def parse_site($words; $class):
  { $class, function: $words[1], blocks: ($words[2] | tonumber), bytes: ($words[3] | tonumber),
    via: ($words[4:] | join(" ") | if . == "" then [] else split("|") end) };

def parse_line($words):
  if $words[0] == "pid" and ($words | length) == 2 then
    . + [{ pid: ($words[1] | tonumber), sites: [], fds: {}, threads: [], mappings: [],
           absent: [], maybe: [], truncated: [], numbers: {}, end: "exit" }]
  elif length == 0 then .
  elif $words[0] == "site" then .[-1].sites += [parse_site($words; null)]
  elif $words[0] == "class" then .[-1].sites += [parse_site($words[2:]; $words[1])]
  elif $words[0] == "fd" then .[-1].fds["\($words[1]) \($words[2])"] = ($words[3] | tonumber)
  elif $words[0] == "thread" then
    .[-1].threads += [{ function: $words[1], class: $words[2], n: ($words[3] | tonumber) }]
  elif $words[0] == "mapping" then
    .[-1].mappings += [{ function: $words[1], class: $words[4], n: ($words[2] | tonumber),
                         bytes: ($words[3] | tonumber) }]
  elif $words[0] == "absent" then .[-1].absent += [$words[1]]
  elif $words[0] == "maybe" then .[-1].maybe += [$words[1]]
  elif $words[0] == "truncated" then .[-1].truncated += [$words[1]]
  elif $words[0] == "end" then .[-1].end = $words[1]
  elif ($words[0] | IN("sites", "allocations", "frees", "unknown_frees", "allocations_at_least",
                       "frees_at_least", "status", "signal")) then
    .[-1].numbers[$words[0]] = ($words[1] | tonumber)
  else . end;

def parse:
  reduce ($truth | split("\n")[] | split(" ")) as $words ([]; parse_line($words));

# What the C and C++ libraries hold for themselves is not the leaker's: thread descriptors, tables
# of loaded libraries, the pool for exceptions.
def is_library_own:
  (.stack[0].module // "" | sub(".*/"; "")
    | test("^(libc|libm|libdl|libpthread|ld|ld-linux-[a-z0-9-]*|libgcc_s|libstdc\\+\\+|libjemalloc|libtcmalloc[a-z_]*|libmimalloc)[-.]"))
  or (.stack[0].function // "" | test("^(_dl_|__libc_|_IO_|_nl_|__pthread_|allocate_dtv|_GLOBAL__)"));

def first_function: .stack[0].function // "unknown function";

# The name under which a site of the report is compared with the truth: null to pass it over.
def owner($block):
  . as $site
  | first_function as $first
  | ([$block.sites[] | select(.via | index($first))] | first // null) as $via
  | if ($block.absent | index($first)) then "\($first) (which must be absent)"
    elif any($block.sites[]; .function == $first) then $first
    elif $via then
      first($site.stack[1:][].function | select(IN($block.sites[].function)))
        // "\($first), called from \([$site.stack[1:][].function // "?"] | join(", "))"
    elif ($block.maybe | index($first)) then null
    elif is_library_own then null
    else $first end;

# {name: {blocks, bytes}} of what the report lists for the process; the name has the class with it
# where the truth knows classes.
def reported($block; $report):
  any($block.sites[]; .class) as $classes
  | reduce ($report.sites[]
          | select(.pid == $block.pid and .kind == "memory" and .class != "retained")
          | { owner: owner($block), class, blocks, bytes }
          | select(.owner)
          | if $classes then .owner += " " + .class else . end) as $site
    ({}; .[$site.owner].blocks += $site.blocks | .[$site.owner].bytes += $site.bytes);

# {name: {blocks, bytes}} that the report must list.
def expected($block):
  reduce ($block.sites[] | if .class then .function += " " + .class else . end) as $site
    ({}; .[$site.function].blocks += $site.blocks | .[$site.function].bytes += $site.bytes);

def amount: if . then "\(.blocks) blocks, \(.bytes) bytes" else "nothing" end;

def site_differences($block; $report):
  reported($block; $report) as $reported
  | expected($block) as $expected
  | ($reported + $expected | keys[]) as $name
  | select($reported[$name] != $expected[$name])
  | "\($name): the report says \($reported[$name] | amount)"
    + ", the truth is \($expected[$name] | amount)";

# The images of the process that the block can be about.
def images($block; $report):
  [$report.processes[] | select(.pid == $block.pid)
                       | select((.end == "exec") == ($block.end == "exec"))];

# {"function class": n} of what the report lists of the process's descriptors.
def reported_fds($block; $report):
  reduce ($report.sites[] | select(.pid == $block.pid and .kind == "fd")) as $site
    ({}; .["\($site | first_function) \($site.class)"] += $site.blocks);

def fd_differences($block; $report):
  reported_fds($block; $report) as $reported
  | ($reported + $block.fds | keys[]) as $name
  | select($reported[$name] != $block.fds[$name])
  | "\($name): the report says \($reported[$name] // 0) descriptors,"
    + " the truth is \($block.fds[$name] // 0)";

def sites_of($block; $report; $kind):
  $report.sites[] | select(.pid == $block.pid and .kind == $kind and .class != "retained");

# Threads and mappings, where the report has them: one line for each function (and class).
def thread_differences($block; $report):
  [sites_of($block; $report; "thread")
   | { function: first_function, class, n: .blocks }] as $reported
  | select($report.totals.threads != null)
  | (($reported | group_by([.function, .class])
      | map({ function: .[0].function, class: .[0].class, n: (map(.n) | add) })) as $sum
     | select(($sum | sort) != ($block.threads | sort))
     | "threads: the report says \($sum), the truth is \($block.threads)"),
    (($block.threads | map(.n) | add // 0) as $n
     | images($block; $report)[] | select(.threads != $n)
     | "threads: the report counts \(.threads), the truth is \($n)");

def mapping_differences($block; $report):
  any($block.mappings[]; .class) as $classes
  | [sites_of($block; $report; "mapping")
     | { function: first_function, class: (if $classes then .class else null end), n: .blocks,
         bytes }] as $reported
  | select($report.totals.mappings != null)
  | ($reported | group_by([.function, .class])
     | map({ function: .[0].function, class: .[0].class, n: (map(.n) | add),
             bytes: (map(.bytes) | add) })) as $sum
  | select(($sum | sort) != ($block.mappings | sort))
  | "mappings: the report says \($sum), the truth is \($block.mappings)";

def stack_differences($block; $report):
  $report.sites[]
  | select(.pid == $block.pid and .class != "before-attach")
  | first_function as $first
  | (if $block.truncated | index($first) then "truncated" else "complete" end) as $wanted
  | select(.stack_end != $wanted)
  | "\($first): a stack is \(.stack_end) instead of \($wanted)";

def number_differences($numbers):
  . as $image
  | ( ("allocations", "frees", "unknown_frees") as $key
      | select($numbers[$key] != null and $image[$key] != $numbers[$key])
      | "\($key): the report says \($image[$key]), the truth is \($numbers[$key])" ),
    ( ("allocations", "frees") as $key
      | $numbers["\($key)_at_least"] as $least
      | select($least != null and ($image[$key] == null or $image[$key] < $least))
      | "\($key): the report says \($image[$key]), the truth is at least \($least)" ),
    ( select($numbers.status != null and .exit_status != $numbers.status)
      | "exit_status: the report says \(.exit_status), the truth is \($numbers.status)" ),
    ( select($numbers.signal != null and .signal != $numbers.signal)
      | "signal: the report says \(.signal), the truth is \($numbers.signal)" );

def block_differences($report):
  . as $block
  | images($block; $report) as $images
  | ( select(.numbers.sites != (.sites | length)) | "the truth itself is cut short" ),
    ( if ($images | length) == 1 then $images[0] | number_differences($block.numbers)
      else "the report lists \($images | length) processes for it instead of 1" end ),
    ( select(.end != "exec")
      | site_differences($block; $report), fd_differences($block; $report),
        thread_differences($block; $report), mapping_differences($block; $report),
        stack_differences($block; $report) )
  | "pid \($block.pid): \(.)";

# What must hold in every report, whatever ran.
def sum_differences:
  . as $report
  | ( .losses[] | select(.count > 0) | "lost \(.count): \(.meaning)" ),
    ( select(.verdict == "incomplete") | "the verdict is incomplete" ),
    ( ("allocations", "frees", "outstanding_blocks", "outstanding_bytes", "fds",
       "fds_at_exit") as $key
      | select(.totals[$key] != null)
      | ([.processes[][$key]] | add // 0) as $sum
      | select(.totals[$key] != $sum)
      | "\($key): the total is \(.totals[$key]), the processes have \($sum)" ),
    ( ([.sites[] | select(.kind == "memory" and .class != "retained") | .blocks] | add // 0) as $sum
      | select((.totals.outstanding_blocks // 0) != $sum)
      | "outstanding_blocks: the total is \(.totals.outstanding_blocks), the sites have \($sum)" ),
    ( ([.sites[] | select(.kind == "fd" and (.class | IN("leaked", "at-exit", "outstanding")))
                 | .blocks] | add // 0) as $sum
      | select((.totals.fds // 0) != $sum)
      | "fds: the total is \(.totals.fds), the sites have \($sum)" ),
    ( .processes[]
      | select(.end == "exec" and .outstanding_blocks + .outstanding_bytes > 0)
      | "pid \(.pid): \(.outstanding_blocks) blocks are outstanding of an image that called exec" ),
    ( .sites[]
      | select($report.processes[.process].end == "exec")
      | "pid \(.pid): a site is of an image that called exec" ),
    ( [.sites[] | [.process, .kind, .class, .stack]]
      | select(length != (unique | length))
      | "\(length - (unique | length)) sites are listed that have the stack of another" ),
    ( .notes | select(length != (unique | length)) | "notes are repeated: \(.)" ),
    ( .processes[]
      | select(.end != "exec" and .allocations != null)
      | select(.allocations - .frees != .outstanding_blocks)
      | "pid \(.pid): \(.allocations) allocations - \(.frees) frees is not"
        + " \(.outstanding_blocks) outstanding" );

. as $report
| parse as $blocks
| ( if ($blocks | length) == 0 then "no truth was told" else empty end ),
  ( $blocks[] | block_differences($report) ),
  ( $report | sum_differences )
