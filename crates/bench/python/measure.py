"""Running a command and measuring its time and its memory, nothing else."""

import os
import pty
import select
import subprocess
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Run:
    """One finished command: wall time, most resident memory, exit code and what it printed."""

    seconds: float
    peak_bytes: int
    code: int
    output: str


class CommandFailed(Exception):
    """A command ended with a code that was not expected."""


def run(command, expected=(0,)):
    """Runs `command` to its end.

    The peak is the kernel's own maximum resident set of the process (`ru_maxrss`). It can never be less than
    what this interpreter holds at the moment of starting, about 15 MB.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if process.returncode not in expected:
        shown = " ".join(str(part) for part in command)
        raise CommandFailed(f"{shown}\nended with {process.returncode}:\n{text[-2000:]}")
    return Run(seconds, usage.ru_maxrss * 1024, process.returncode, text)


def first_output_seconds(command):
    """Seconds until `command` shows its first byte on a terminal of 120 columns."""
    master, slave = pty.openpty()
    environment = dict(os.environ, TERM="xterm-256color", COLUMNS="120", LINES="40")
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
        env=environment,
        close_fds=True,
    )
    os.close(slave)
    first = None
    while True:
        ready, _, _ = select.select([master], [], [], 60)
        if not ready:
            break
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux tells so that the last writer has gone.
            break
        if not data:
            break
        if first is None:
            first = time.perf_counter() - start
    process.wait()
    os.close(master)
    if first is None:
        raise CommandFailed(f"{command[0]} showed nothing at all")
    return first
