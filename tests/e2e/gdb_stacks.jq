# SPDX-License-Identifier: BSD-2-Clause
# Compares the stacks of a JSON report (the input) with those that gdb_stacks.py has recorded ($gdb,
# its text) and gives one string for each stack that gdb has not seen. Places are compared, names
# are not: the frames of inlined functions are at the place of the function they are in.
#
# Only the command itself is compared: gdb does not follow the processes that it starts.
# A stack that is marked complete must be one of gdb's; any other must be the beginning of one.

def place: "\(.module // "?")+\(.offset)";

def places: [.stack[] | select(.inlined | not) | place];

def names: [.stack[] | .function // place] | join(" < ");

# The stacks of gdb that begin with the same frame, the longest common beginning first.
def nearest($stacks; $places):
  [ $stacks[] | . as $stack
    | { $stack, n: ([range($places | length) | select($stack[.] != $places[.])] | first
                    // ($places | length)) } ]
  | max_by(.n);

# The process that no process of the report has started.
def command_pid:
  [.processes[].pid] as $pids | first(.processes[] | select(.ppid | IN($pids[]) | not)) | .pid;

($gdb | split("\n") | map(select(length > 0) | split("\t"))) as $stacks
| ($stacks | map({ (.[0]): true }) | add // {}) as $first
| ($stacks | map({ (join("\t")): true }) | add // {}) as $whole
| ( if ($stacks | length) == 0 then "gdb has recorded nothing" else empty end ),
  ( command_pid as $pid
    | .sites[] | select(.kind == "memory" and .pid == $pid)
    | places as $places
    | .stack_end as $trust
    | select(if $trust == "complete" then $whole[$places | join("\t")] | not
             elif $trust == "none" then true
             elif $trust == "frame-pointer" then $first[$places[0]] | not
             else all($stacks[]; .[:($places | length)] != $places) end)
    | nearest($stacks; $places) as $near
    | "\($trust) stack that gdb has not seen: \(names)\n  \($near.n) frames are as in gdb's nearest;"
      + " then \($places[$near.n] // "the end") instead of \($near.stack[$near.n] // "the end")" )
