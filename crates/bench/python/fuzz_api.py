#!/usr/bin/env python3
"""Schemathesis against the service: no answer 5xx, none that the description of the API does not name.

`make fuzz-api` builds the program and calls this; schemathesis comes from PyPI into the target folder. Traffic stays
on the loopback and is bounded. Every operation is asked:

1. most of them by schemathesis with the token of an owner;
2. those that can take the token or the person away that the run asks with, by schemathesis on a service of their own;
3. the same ones with ids that exist, and the stream of events, which does not end, by hand.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from run_bench import TARGET

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# They can end the token or the person that the run asks with.
SAWS_AT_ITS_BRANCH = ["/api/v1/tokens/{id}", "/api/v1/users/{id}", "/api/v1/users/{id}/role", "/api/v1/sessions/{id}"]
EVENTS = "/api/v1/events"
# What a stream of events may be asked to begin after.
BEGINNINGS = ["", "0", "7", "-1", "9223372036854775807", "9223372036854775808", "x", "%00", "1;drop", "é", "1" * 500]
STREAM_SECONDS = 2


def schemathesis():
    """The program, in an environment of its own."""
    venv = TARGET / "bench" / "venv-api"
    program = venv / "bin" / "schemathesis"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin" / "python", "-m", "pip", "install", "--quiet", "schemathesis"], check=True)
    return program


@contextlib.contextmanager
def served(program):
    """A service with an empty data folder: its address, and the token of an owner."""
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", f"{folder}/data"]
        token = subprocess.run([program, "token", "create", "fuzz", "--role", "owner", *data], check=True,
                               capture_output=True, text=True).stdout.strip()
        process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--set", "server.sign_ins_per_min=100000",
             "--set", "server.requests_per_sec=1000000", "--set", "server.log_level=warn", *data],
            stdout=subprocess.PIPE, text=True)
        try:
            yield re.search(r"http://(\S+)", process.stdout.readline()).group(0), token
            if process.poll() is not None:
                sys.exit(f"the service has ended by itself with {process.returncode}")
        finally:
            process.terminate()
            process.wait()


def fuzz(tool, origin, token, which):
    environment = dict(os.environ, SCHEMATHESIS_HOOKS="fuzz_hooks", PYTHONPATH=str(Path(__file__).parent))
    command = [tool, "run", f"{origin}/api/v1/openapi.json", "--url", origin, "-H", f"Authorization: Bearer {token}",
               "--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "30", "--seed", "1", *which]
    # What the tool keeps for itself goes with the folder.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


def ask(origin, token, method, path, body=None):
    """Status and body of an answer; anything but 5xx will do for those who call this."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(origin + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    assert status < 500, f"{method} {path}: {status} {text[:300]}"
    return status, json.loads(text) if text.strip() else None


def existing_ids(origin, token):
    """Operations that need something to do away with: a person, a role, a token, a session."""
    status, invited = ask(origin, token, "POST", "/api/v1/users", {"email": "bea@example.com", "role": "viewer"})
    assert status == 201, (status, invited)
    # The person comes into being when the link is followed.
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), NoRedirect())
    secret = re.search(r"[0-9a-f]{64}", json.dumps(invited)).group(0)
    with contextlib.suppress(urllib.error.HTTPError):
        opener.open(f"{origin}/sign-in?secret={secret}", timeout=10)
    _, people = ask(origin, token, "GET", "/api/v1/users")
    by_email = {member["user"]["email"]: member["user"]["id"] for member in people}
    person, owner = by_email["bea@example.com"], by_email["owner@localhost"]
    for role in ["viewer", "editor", "admin", "owner", "viewer"]:
        status, _ = ask(origin, token, "PUT", f"/api/v1/users/{person}/role", {"role": role})
        assert status in (200, 204), (role, status)
    for role, expected in [("king", (400, 422)), ("viewer", (200, 204, 403, 409, 422))]:
        status, _ = ask(origin, token, "PUT", f"/api/v1/users/{owner}/role", {"role": role})
        assert status in expected, (role, status)
    _, made = ask(origin, token, "POST", "/api/v1/tokens", {"name": "x", "role": "viewer", "expires_in_days": 1})
    made = re.search(r'"id": "([0-9a-f]{32})"', json.dumps(made)).group(1)
    status, _ = ask(origin, token, "DELETE", f"/api/v1/users/{owner}")
    assert status in (403, 409, 422), f"the last owner was taken away: {status}"
    for path, first in [(f"/api/v1/tokens/{made}", 204), (f"/api/v1/users/{person}", 204)]:
        assert ask(origin, token, "DELETE", path)[0] == first, path
        assert ask(origin, token, "DELETE", path)[0] == 404, path
    print("ids that exist: as described")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def events(origin, token):
    """The stream begins, or is refused; it is left after a moment."""
    for number, beginning in enumerate(BEGINNINGS):
        for path, header in [(f"{EVENTS}?after={urllib.request.quote(beginning)}", None), (EVENTS, beginning)]:
            headers = {"Authorization": f"Bearer {token}"}
            if header is not None:
                headers["Last-Event-ID"] = header.encode("utf-8").decode("latin-1")
            request = urllib.request.Request(origin + path, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=STREAM_SECONDS) as response:
                    assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream"
            except urllib.error.HTTPError as error:
                assert error.code == 400 and header is None, (number, path, error.code)
    print("the stream of events: as described")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=TARGET / "release" / "driftline")
    program, tool = parser.parse_args().program.resolve(), schemathesis()
    saws = [part for path in SAWS_AT_ITS_BRANCH for part in ("--include-path", path)]
    others = [part for path in [EVENTS, *SAWS_AT_ITS_BRANCH] for part in ("--exclude-path", path)]
    codes = []
    for which in (others, saws):
        with served(program) as (origin, token):
            codes.append(fuzz(tool, origin, token, which))
    with served(program) as (origin, token):
        events(origin, token)
        existing_ids(origin, token)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
