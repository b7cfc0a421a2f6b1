# SPDX-License-Identifier: BSD-2-Clause
# Run inside gdb: records the call stack of every call of an allocator, as gdb unwinds it.
#   gdb -nx -batch -ex 'set $stacks = "FILE"' -x gdb_stacks.py --args COMMAND...
# FILE gets one line for each distinct stack, the places of the calls from the allocator's caller
# outwards, "MODULE+0xOFFSET" with tabs between. gdb_stacks.jq compares them with a report.
# Exit status 3: there were uprobes in the process, which take gdb's breakpoints for theirs.
import os
import subprocess

import gdb

# What leaktrace follows, too: src/probe/allocators.c has the same names.
ALLOCATORS = {
    "malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc",
    "posix_memalign", "valloc", "pvalloc",
}
MAX_STOPS = 60000
DISTURBED = 3
SETTINGS = [
    "set pagination off", "set confirm off", "set debuginfod enabled off",
    "set startup-with-shell off", "set disable-randomization on",
    "set backtrace past-main on", "set backtrace limit unlimited",
    "set print thread-events off", "set print inferior-events off",
    "set auto-load off",
    "handle all nostop noprint pass",
]


class Mappings:
    """What the process maps, read again whenever that has changed."""

    def __init__(self):
        self.text = None
        self.list = []

    def refresh(self):
        with open(f"/proc/{gdb.selected_inferior().pid}/maps", encoding="utf-8") as file:
            text = file.read()
        if text == self.text:
            return
        self.text = text
        self.list = []
        for line in text.splitlines():
            words = line.split(None, 5)
            start, end = (int(number, 16) for number in words[0].split("-"))
            path = words[5] if len(words) == 6 else "[anon]"
            self.list.append((start, end, int(words[2], 16), path))

    def place(self, pc):
        for start, end, offset, path in self.list:
            if start <= pc < end:
                return f"{path}+{pc - start + offset:#x}"
        return None

    def address(self, path, file_offset):
        """Where the byte of the file is in memory; None: nowhere."""
        for start, end, offset, mapped in self.list:
            if mapped == path and offset <= file_offset < offset + end - start:
                return start + file_offset - offset
        return None

    def have_uprobes(self):
        """Whether a uprobe has been hit: then the kernel has made this mapping."""
        self.refresh()
        return any(path == "[uprobes]" for _, _, _, path in self.list)


def command_output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def segments(path):
    """(address, file offset, bytes) of each segment of an ELF file that is loaded."""
    found = []
    for line in command_output("readelf", "-lW", path).splitlines():
        words = line.split()
        if len(words) > 5 and words[0] == "LOAD":
            found.append((int(words[2], 16), int(words[1], 16), int(words[4], 16)))
    return found


def allocator_offsets(path):
    """File offsets of the allocator's functions that the file defines."""
    text = command_output("nm", "-D", "--defined-only", path)
    if not text:
        text = command_output("nm", "--defined-only", path)
    addresses = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "TtWw" and words[2].split("@")[0] in ALLOCATORS:
            addresses.add(int(words[0], 16))
    loaded = segments(path)
    return [address - vaddr + offset for address in sorted(addresses)
            for vaddr, offset, size in loaded if vaddr <= address < vaddr + size]


def call_places(mappings):
    """The places of the calls, from the caller of the innermost function outwards."""
    frame = gdb.newest_frame()
    places = []
    inner_type = None
    while frame is not None:
        kind = frame.type()
        # Neither is on the stack: gdb infers them from debug information.
        if kind not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            if inner_type is not None:
                # What a signal broke into is where it says; a caller is behind its call.
                after = 0 if gdb.SIGTRAMP_FRAME in (inner_type, frame.type()) else 1
                place = mappings.place(frame.pc() - after)
                # Beyond the first function of a thread gdb may take data for an address.
                if place is None:
                    break
                places.append(place)
            inner_type = kind
        frame = frame.older()
    return places


class Recorder:
    def __init__(self):
        self.mappings = Mappings()
        self.stacks = set()
        self.breakpoints = {}
        self.files = set()
        self.n_stops = 0

    def record(self):
        self.n_stops += 1
        self.mappings.refresh()
        self.stacks.add("\t".join(call_places(self.mappings)))
        return self.n_stops >= MAX_STOPS

    def watch_files(self):
        """Sets breakpoints in the allocators that have been mapped since the last time."""
        self.mappings.refresh()
        for path in {mapping[3] for mapping in self.mappings.list} - self.files:
            self.files.add(path)
            # The dynamic linker's own serves it only until there is another.
            if not os.path.isfile(path) or os.path.basename(path).startswith("ld-linux"):
                continue
            for offset in allocator_offsets(path):
                self.watch(self.mappings.address(path, offset))

    def watch(self, address):
        if address is not None and address not in self.breakpoints:
            self.breakpoints[address] = AllocatorBreakpoint(self, address)


class AllocatorBreakpoint(gdb.Breakpoint):
    def __init__(self, recorder, address):
        super().__init__(f"*{address:#x}", internal=True)
        self.silent = True
        self.recorder = recorder

    def stop(self):
        return self.recorder.record()


def run():
    for setting in SETTINGS:
        gdb.execute(setting)
    recorder = Recorder()
    gdb.execute("starti", to_string=True)
    recorder.watch_files()
    gdb.events.new_objfile.connect(lambda event: recorder.watch_files())
    gdb.execute("catch syscall exit_group", to_string=True)
    gdb.execute("continue", to_string=True)
    # Either about to exit or killed by a signal.
    if gdb.selected_inferior().pid != 0:
        if recorder.mappings.have_uprobes():
            gdb.execute(f"quit {DISTURBED}")
        gdb.execute("delete")
        gdb.execute("continue", to_string=True)
    if gdb.selected_inferior().pid != 0 or recorder.n_stops >= MAX_STOPS:
        gdb.execute("quit 4")
    path = gdb.convenience_variable("stacks").string()
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(stack + "\n" for stack in sorted(recorder.stacks))
    gdb.write(f"{recorder.n_stops} calls, {len(recorder.stacks)} stacks\n")


run()
