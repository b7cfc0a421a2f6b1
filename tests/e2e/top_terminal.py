# SPDX-License-Identifier: BSD-2-Clause
"""Uses "leaktrace top" on a terminal of its own, for top.bats:

    top_terminal.py CHECK LEAKTRACE PID [NAME]

PID is a grower (tests/leakers/grower.c), NAME how it is called. What is on the screen is what
pyte, a terminal in Python, makes of what leaktrace writes."""

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
    # "xterm-color" knows nothing that pyte does not.
    def __init__(self, command, columns=80, lines=24, environment=None):
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.after = None # the settings of the terminal when the program had ended
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The size is there before the program looks, and the settings after it has ended.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.environ.update({"TERM": "xterm-color", **(environment or {})})
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


    # The program on it.
    def program(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            return int(file.read())


# Runs top with OPTIONS, lets USE work with it and END it, and looks at what is left behind.
def check(command, use, end, wanted=0, **more):
    terminal = Terminal(command, **more)
    before = termios.tcgetattr(terminal.fd)
    try:
        use(terminal)
        end(terminal)
        status = terminal.finish()
    except BaseException:
        os.kill(terminal.pid, signal.SIGKILL)
        raise
    assert status == wanted, f"exit status {status}"
    assert terminal.after == before, "the terminal is not as it was"
    return terminal.written


def check_screen_is_back(written):
    last = written.rfind(b"\x1b[?47")
    assert written[last:].startswith(b"\x1b[?47l"), "the old screen is not back"


def press_q(terminal):
    terminal.press("q")


def check_keys(leaktrace, grower):
    check_screen_is_back(check([leaktrace, "top", "-i", "300ms", "-p", str(grower)],
                               lambda terminal: use(terminal, grower), press_q))


# Makes the grower hold more and more until the screen says so: nobody tells when it is attached
# to.
def grow_until(terminal, grower, text):
    last = 0

    def shown(lines):
        nonlocal last
        if time.monotonic() > last + 1:
            last = time.monotonic()
            os.kill(grower, signal.SIGUSR1)
        return any(text in line for line in lines)

    terminal.wait(shown, text)


# However it ends, the terminal is given back; the last way is that of the program itself.
def check_ends(leaktrace, grower):
    def kill(number):
        return lambda terminal: os.kill(terminal.program(), number)

    command = [leaktrace, "top", "-i", "300ms", "-p", str(grower)]
    for end in (kill(signal.SIGTERM), kill(signal.SIGINT),
                lambda terminal: os.kill(grower, signal.SIGSEGV)):
        check_screen_is_back(check(command, lambda terminal: terminal.wait_for(" by growth"), end))


# Terminals that can do less: one without UTF-8, and one where text has no place. The grower is
# called "café".
def check_poor(leaktrace, grower):
    command = [leaktrace, "top", "-i", "300ms", "-p", str(grower)]

    def in_ascii(terminal):
        grow_until(terminal, grower, "leak_step grower.c")
        terminal.press("\t")
        terminal.wait_for("caf?")

    written = check(command, in_ascii, press_q, columns=60, environment={"LC_ALL": "C"})
    assert all(byte < 0x80 for byte in written), "there is something other than ASCII"
    written = check(command, lambda terminal: grow_until(terminal, grower, "leak_step grower.c:"),
                    lambda terminal: os.kill(terminal.program(), signal.SIGTERM),
                    columns=140, environment={"TERM": "dumb"})
    assert b"\x1b" not in written, "a terminal that cannot draw gets control sequences"


# All processes of that name, in columns for which the terminal is just wide enough.
def check_all(leaktrace, grower, name):
    def see(terminal):
        grow_until(terminal, grower, "leak_step")
        terminal.press("\t")
        terminal.wait(lambda lines: any(str(grower) in line and name in line for line in lines),
                      "the process")
        assert all(len(line) <= 60 for line in terminal.lines())

    check([leaktrace, "top", "-a", "--comm", name, "-i", "300ms"], see, press_q, columns=60)


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


def main():
    name, leaktrace, grower, *more = sys.argv[1:]
    globals()[f"check_{name}"](leaktrace, int(grower), *more)


main()
