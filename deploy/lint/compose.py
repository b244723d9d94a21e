"""The compose file: as YAML, by the schema of the specification, and by Compose itself, with and without PostgreSQL."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tool import run, yamllint


def resolved(deploy, profiles):
    """The compose file as Compose understands it, or what it has against it."""
    program = Path(sys.executable).parent / "docker-compose"
    with tempfile.TemporaryDirectory() as home:
        # Nothing from this machine comes in: no variables, no plugins, no file `.env`.
        environment = {"PATH": os.environ["PATH"], "HOME": home, "POSTGRES_PASSWORD": "secret"}
        command = [program, "--file", deploy / "compose.yaml", "--env-file", deploy / "env.sample"]
        command += [f"--profile={profile}" for profile in profiles]
        done = subprocess.run([*command, "config", "--format", "json"], capture_output=True, text=True,
                              check=False, env=environment)
    if done.returncode != 0:
        return None, done.stderr.strip().splitlines()
    return json.loads(done.stdout), []


def weak(name, service):
    """What a container has and should not have, or lacks."""
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    asked = {
        "no limit of memory": "memory" not in limits,
        "no limit of processors": "cpus" not in limits,
        "no limit of processes": "pids" not in limits,
        "keeps capabilities": service.get("cap_drop") != ["ALL"],
        "may get new privileges": "no-new-privileges:true" not in service.get("security_opt", []),
        "says nothing of its health": "healthcheck" not in service,
        "can write to its root": not service.get("read_only") and name != "postgres",
        "its image has no tag": ":" not in service["image"],
    }
    return [f"{name}: {what}" for what, holds in asked.items() if holds]


def open_ports(project):
    """Ports of the cluster or the database that are reached from outside."""
    found = []
    for name, service in project["services"].items():
        if name == "service":
            continue
        if service.get("ports"):
            found.append(f"{name}: its ports are published")
        for network in service.get("networks", {}):
            if not project["networks"][network].get("internal"):
                found.append(f"{name}: is on the network `{network}`, which is not internal")
    return found


def look(deploy):
    file = deploy / "compose.yaml"
    found = yamllint(deploy, file)
    found += run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)
    for profiles in [[], ["postgres"]]:
        project, said = resolved(deploy, profiles)
        found += said
        if project:
            for name, service in project["services"].items():
                found += weak(name, service)
            found += open_ports(project)
    return found, []
