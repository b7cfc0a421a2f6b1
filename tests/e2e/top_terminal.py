# SPDX-License-Identifier: BSD-2-Clause
"""Uses "leaktrace top" on a terminal of its own, for top.bats:

    top_terminal.py LEAKTRACE PID

PID is a grower (tests/leakers/grower.c). What is on the screen is what pyte, a terminal in
Python, makes of what leaktrace writes."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

import pyte

PATIENCE = 40  # seconds for anything to appear


class Terminal:
    def __init__(self, command, columns=80, lines=24):
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.after = None # the settings of the terminal when the program had ended
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The size is there before the program looks, and the settings after it has ended.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.environ["TERM"] = "xterm-color" # which knows nothing that pyte does not
            os.execv("/bin/sh", ["sh", "-c", '"$@"; status=$?; echo ended; read -r _;'
                                 'exit "$status"', "sh", *command])

    def resize(self, columns, lines):
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys):
        os.write(self.fd, keys.encode())

    # Reads for a moment; False at the end of what the program writes.
    def read(self):
        if not select.select([self.fd], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.written += data
        self.stream.feed(data)
        return bool(data)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def wait(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds(self.lines()):
            if time.monotonic() > end or not self.read():
                raise AssertionError(f"not on the screen: {what}\n" + "\n".join(self.lines()))

    def wait_for(self, text):
        self.wait(lambda lines: any(text in line for line in lines), text)

    def wait_gone(self, text):
        self.wait(lambda lines: not any(text in line for line in lines), f"no {text}")

    # Its exit status, when it has ended by itself.
    def finish(self):
        self.wait_for("ended")
        self.after = termios.tcgetattr(self.fd)
        self.press("\n")
        end = time.monotonic() + PATIENCE
        while self.read():
            assert time.monotonic() < end, "it does not end"
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def main():
    leaktrace, grower = sys.argv[1], int(sys.argv[2])
    terminal = Terminal([leaktrace, "top", "-i", "300ms", "-p", str(grower)])
    before = termios.tcgetattr(terminal.fd)
    try:
        use(terminal, grower)
        terminal.press("q")
        status = terminal.finish()
    except BaseException:
        os.kill(terminal.pid, signal.SIGKILL)
        raise
    assert status == 0, f"exit status {status}"
    assert terminal.after == before, "the terminal is not as it was"
    last = terminal.written.rfind(b"\x1b[?47")
    assert terminal.written[last:].startswith(b"\x1b[?47l"), "the old screen is not back"


def use(terminal, grower):
    terminal.wait_for("0 call sites by growth")
    assert termios.tcgetattr(terminal.fd)[3] & termios.ECHO == 0, "keys are echoed"
    # 100 blocks of 64 bytes.
    os.kill(grower, signal.SIGUSR1)
    terminal.wait_for("6.2 KiB     100")
    terminal.wait_for("leak_step grower.c:")
    terminal.wait_for("leaktrace: 6.2 KiB in 100 blocks")
    terminal.press("b")
    terminal.wait_for("1 call site by bytes")
    terminal.press("/nowhere")
    terminal.wait_for("0 call sites by bytes  search: nowhere_")
    terminal.press("\x1b")
    terminal.wait_for("1 call site by bytes")
    terminal.press("\r")
    terminal.wait_for("             main grower.c:")
    terminal.press("\r")
    terminal.wait_gone("             main grower.c:")
    terminal.wait(lambda lines: all(line == "" for line in lines[4:23]), "blank lines")
    terminal.press("p")
    terminal.wait_for("PAUSED")
    os.kill(grower, signal.SIGUSR1)
    terminal.press("\t")
    terminal.wait_for(" grower")
    terminal.press("p")
    # Another 100 of them, which were not seen while it was paused.
    terminal.wait_for("12.5 KiB     200")
    terminal.resize(60, 12)
    terminal.wait(lambda lines: lines[11].startswith("q quit"), "the keys, in the last line")
    terminal.wait_for("leaktrace: 12.5 KiB in 200 blocks")


main()
