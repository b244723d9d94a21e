#!/usr/bin/env python3
"""Schemathesis against the service: no answer 5xx, none that the description of the API does not name.

`make fuzz-api` builds the program and calls this; schemathesis comes from PyPI into the target folder. Traffic stays
on the loopback and is bounded. Operations that would take the token away that the run asks with are left out.
"""

import re
import subprocess
import sys
import tempfile

from run_bench import TARGET

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# The stream does not end; the others end the session, the token or the person that the run asks with.
LEFT_OUT = ["/api/v1/events", "/api/v1/tokens/{id}", "/api/v1/users/{id}", "/api/v1/users/{id}/role"]


def schemathesis():
    venv = TARGET / "bench" / "venv-api"
    program = venv / "bin" / "schemathesis"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin" / "python", "-m", "pip", "install", "--quiet", "schemathesis"], check=True)
    return program


def main():
    program, tool = TARGET / "release" / "driftline", schemathesis()
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", f"{folder}/data"]
        token = subprocess.run([program, "token", "create", "fuzz", "--role", "owner", *data], check=True,
                               capture_output=True, text=True).stdout.strip()
        process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--set", "server.sign_ins_per_min=100000",
             "--set", "server.requests_per_sec=1000000", "--set", "server.log_level=warn", *data],
            stdout=subprocess.PIPE, text=True)
        try:
            address = re.search(r"http://(\S+)", process.stdout.readline()).group(1)
            left_out = [part for path in LEFT_OUT for part in ("--exclude-path", path)]
            return subprocess.run(
                [tool, "run", f"http://{address}/api/v1/openapi.json", "--url", f"http://{address}",
                 "-H", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "coverage,fuzzing",
                 # The tool cannot make a body of the type that this operation takes.
                 "--exclude-operation-id", "patch_uploads_id",
                 "--max-examples", "30", "--seed", "1", *left_out], check=False).returncode
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
