#!/usr/bin/env python3
"""How many requests the service answers, with 10,000 checks and 30,000 findings stored.

`make bench-service` builds the program and calls this. wrk (from Debian's packages, installed when missing) asks from
the same machine over the loopback, 64 connections at once, each path for a few seconds. Targets: 5,000 requests a
second and 99 of 100 within 20 ms on two cores; memory at rest under 80 MB.
"""

import argparse
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run_bench import TARGET

CHECKS, FINDINGS = 10_000, 30_000
CONNECTIONS = 64


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="for each path (8)")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the table as Markdown to FILE")
    return parser.parse_args()


def fill(database):
    """Finished checks and open findings, as if they had been made over years; gives the id of one check."""
    connection = sqlite3.connect(database, timeout=20)
    workspace, = connection.execute("SELECT id FROM workspaces").fetchone()
    user, = connection.execute("SELECT id FROM users").fetchone()
    ids = [f"{0x018000000000:012x}{number:020x}" for number in range(max(CHECKS, FINDINGS))]
    connection.executemany(
        "INSERT INTO checks (id, workspace_id, state, current_side, reference_side, current_name, reference_name, "
        "settings, created_ms, created_by, ended_ms, verdict, severity, headline, report_blob) "
        "VALUES (?, ?, 'done', ?, ?, 'july.csv', 'baseline:orders@1', '{}', ?, ?, ?, 'drifted', 'high', ?, ?)",
        [(ids[n], workspace, '{"dataset":"d"}', '{"baseline":"orders@1"}', n, user, n + 1,
          "4 of 20 columns drifted; `latency_ms` moved up", f"b{n}") for n in range(CHECKS)])
    connection.executemany(
        "INSERT INTO findings (id, workspace_id, check_id, code, severity, column_name, message, state, version, "
        "created_ms, updated_ms) VALUES (?, ?, ?, 'drift.value', 'high', 'amount', ?, 'open', 1, ?, ?)",
        [(ids[n], workspace, ids[n % CHECKS], "`amount` moved up: the median went from 137 to 164", n, n)
         for n in range(FINDINGS)])
    connection.commit()
    connection.close()
    return ids[CHECKS // 2]


def memory_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1000


def measured(address, path, token, seconds):
    """Requests a second, the 99th percentile in milliseconds, and answers that were no success."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency",
               "-H", f"Authorization: Bearer {token}", f"http://{address}{path}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return rate, float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit], int(failed.group(1)) if failed else 0


def main():
    options = arguments()
    if not shutil.which("wrk"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=True)
    program = TARGET / "release" / "driftline"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", f"{folder}/data"]
        token = subprocess.run([program, "token", "create", "bench", "--role", "owner", *data], check=True,
                               capture_output=True, text=True).stdout.strip()
        check = fill(f"{folder}/data/driftline.db")
        began = time.perf_counter()
        process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--set", "server.requests_per_sec=1000000",
             "--set", "server.log_level=warn", *data], stdout=subprocess.PIPE, text=True)
        try:
            address = re.search(r"http://(\S+)", process.stdout.readline()).group(1)
            print(f"serves after {1000 * (time.perf_counter() - began):.0f} ms, {memory_mb(process):.0f} MB at rest")
            for path in ["/api/v1/checks", f"/api/v1/checks/{check}", "/api/v1/findings?state=open",
                         "/api/v1/settings", "/api/v1/session"]:
                rate, p99, failed = measured(address, path, token, options.seconds)
                name = path.replace(check, "ID")
                holds = "yes" if rate >= 5000 and p99 < 20 and not failed else "NO"
                rows.append((name, f"{rate:,.0f}", f"{p99:.1f} ms", holds))
                print(f"  {name:32} {rate:>9,.0f} requests/s   p99 {p99:7.1f} ms   {failed} failed   {holds}")
            print(f"{memory_mb(process):.0f} MB afterwards")
        finally:
            process.terminate()
            process.wait()
    if options.write:
        head = ["| path | requests/s | p99 | 5,000/s and 20 ms |", "|---|--:|--:|---|"]
        options.write.write_text("\n".join(head + ["| " + " | ".join(row) + " |" for row in rows]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
