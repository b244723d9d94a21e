"""The units, by systemd: that they are understood, and how much of the machine they leave open."""

import shutil
import tempfile
from pathlib import Path

from tool import run

PROGRAM = "/usr/local/bin/driftline"
# Of 100, where 0 is the safest. What is left: the network, and the machine's root to read.
MOST_EXPOSED = 15


def look(deploy):
    if not shutil.which("systemd-analyze"):
        return [], ["systemd-analyze is not there"]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        units = []
        for unit in sorted((deploy / "systemd").glob("*.service")):
            text = unit.read_text()
            if f"ExecStart={PROGRAM} " not in text:
                found.append(f"{unit.name}: does not start {PROGRAM}")
            # The program need not be on this machine.
            copy = Path(folder) / unit.name
            copy.write_text(text.replace(PROGRAM, "/bin/true"))
            units.append(copy)
        found += run("systemd-analyze", "verify", "--man=no", *units, has_mild_ends=True)
        for unit in units:
            said = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", unit)
            found += [line for line in said if "Overall" in line or "Failed" in line]
        if not units:
            found.append("there are no units")
    return found, []
