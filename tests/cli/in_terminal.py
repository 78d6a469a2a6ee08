"""Runs a command in a terminal of its own and plays a person at it.

Usage: in_terminal.py STEPS COMMAND...

STEPS is JSON, a list of {"await": text} (until the terminal has shown it), {"type": text}, {"raw": true} (until the
terminal no longer echoes) and {"signal": name} (to the command). Prints JSON: what was shown, whether the terminal echoes
before and after, and how the command ended.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT_SECONDS = 60
# Of 20 ms: what is typed takes a moment to arrive.
QUIET_TURNS = 15


def echoes(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def unread(terminal):
    return struct.unpack("i", fcntl.ioctl(terminal, termios.FIONREAD, bytes(4)))[0]


def main():
    steps, command = json.loads(sys.argv[1]), sys.argv[2:]
    controller, terminal = pty.openpty()
    before = echoes(terminal)
    # The command's own session, whose terminal this is.
    child = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    shown = b""
    deadline = time.monotonic() + LIMIT_SECONDS

    def read():
        nonlocal shown
        if select.select([controller], [], [], 0.02)[0]:
            shown += os.read(controller, 65536)
        if time.monotonic() > deadline:
            child.kill()
            sys.exit("nothing happened for too long; shown so far: " + repr(shown))

    for step in steps:
        if "await" in step:
            # A command that ends instead has given its answer: how it ended.
            while step["await"].encode() not in shown and child.poll() is None:
                read()
        elif "raw" in step:
            while echoes(terminal):
                read()
        elif "type" in step:
            os.write(controller, step["type"].encode())
        elif "signal" in step:
            # What the command has not read yet would be shown by the terminal once it echoes again.
            quiet_turns = 0
            while quiet_turns < QUIET_TURNS and child.poll() is None:
                read()
                quiet_turns = 0 if unread(terminal) else quiet_turns + 1
            child.send_signal(getattr(signal, step["signal"]))
    while child.poll() is None:
        read()
    while select.select([controller], [], [], 0.1)[0]:
        shown += os.read(controller, 65536)
    print(json.dumps({"shown": shown.decode(), "echoes": [before, echoes(terminal)], "code": child.returncode}))


main()
