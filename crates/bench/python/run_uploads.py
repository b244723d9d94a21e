#!/usr/bin/env python3
"""500 uploads of 1 MB at once, then four of 1 GB at once: every byte is checked, and memory is watched.

`make bench-uploads` builds the program and calls this. Traffic stays on the loopback.
"""

import hashlib
import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from run_bench import TARGET

SMALL, SMALL_BYTES = 500, 1_000_000
LARGE, LARGE_BYTES = 4, 1_000_000_000
PIECE = 1 << 20


def table(number, size):
    """A table of about `size` bytes in pieces, always the same for the same number."""
    yield b"id,amount,country\n"
    line = 0
    while line * 24 < size:
        rows = [f"{n + number * 7:012d},{n * 7919 % 9973:06d},{'CH' if n % 3 else 'DE'}\n" for n in range(line, line + 40_000)]
        line += len(rows)
        yield "".join(rows[: max(0, (size - (line - len(rows)) * 24) // 24 + 1)]).encode()


def upload(address, token, number, size, failures):
    try:
        digest, length = hashlib.sha256(), 0
        for piece in table(number, size):
            digest.update(piece)
            length += len(piece)
        connection = http.client.HTTPConnection(address, timeout=600)
        connection.request("POST", f"/api/v1/datasets?name=t{number}.csv", body=table(number, size),
                           headers={"Authorization": f"Bearer {token}", "Content-Length": str(length),
                                    "X-Content-SHA256": digest.hexdigest()})
        answer = connection.getresponse()
        body = answer.read().decode()
        if answer.status != 201 or digest.hexdigest() not in body:
            failures.append(f"{number}: {answer.status} {body[:200]}")
    except OSError as error:
        failures.append(f"{number}: {error}")


def together(address, token, count, size):
    failures = []
    began = time.perf_counter()
    threads = [threading.Thread(target=upload, args=(address, token, n, size, failures)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, failures


def main():
    program = TARGET / "release" / "driftline"
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", f"{folder}/data"]
        token = subprocess.run([program, "token", "create", "bench", "--role", "owner", *data], check=True,
                               capture_output=True, text=True).stdout.strip()
        process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--set", "server.log_level=warn", *data],
            stdout=subprocess.PIPE, text=True)
        try:
            address = re.search(r"http://(\S+)", process.stdout.readline()).group(1)
            for count, size in [(SMALL, SMALL_BYTES), (LARGE, LARGE_BYTES)]:
                seconds, failures = together(address, token, count, size)
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak = int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1000
                print(f"{count} uploads of {size / 1e6:,.0f} MB at once: {seconds:.1f} s, {len(failures)} failed, "
                      f"most memory {peak:.0f} MB", flush=True)
                for failure in failures[:5]:
                    print(f"  {failure}")
                failed |= bool(failures)
        finally:
            process.terminate()
            process.wait()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
