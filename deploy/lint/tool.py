"""Calling a tool that stands beside this Python."""

import subprocess
import sys
from pathlib import Path


def run(tool, *arguments, has_mild_ends=False):
    """What a tool printed when it did not like something; nothing when it did.

    With `has_mild_ends` it may end well although it has printed a complaint.
    """
    beside = Path(sys.executable).parent / tool
    program = str(beside) if beside.exists() else tool
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip().splitlines()
    if done.returncode == 0:
        return said if has_mild_ends else []
    return said or [f"{tool} ended with {done.returncode}"]


def yamllint(deploy, *files):
    """Complaints on how YAML is written."""
    return run("yamllint", "--strict", "--format", "parsable", "--config-file", deploy / "lint/yamllint.yaml", *files)
