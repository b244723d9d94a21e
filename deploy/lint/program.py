"""Whether the program has the settings and flags that are named in deploy/ and in the manual's page on it.

Read from its sources, so that a setting that is renamed is renamed here as well.
"""

import itertools
import re

VARIABLE = re.compile(r"\bDRIFTLINE_[A-Z_]+[A-Z]\b")
SETTING = re.compile(r'"([a-z]+(?:\.[a-z_]+)+)"')
FLAG = re.compile(r"--([a-z][a-z-]+)")
# Named by what starts the program, and no settings.
OTHERS = {"DRIFTLINE_CONFIG", "DRIFTLINE_WORKSPACE"}
# Whose flags are looked at.
COMMANDS = ["serve", "cluster"]


def sources(cli, command):
    """The text of the sources of a command, with what all commands take; nothing when there is no such command."""
    files = [cli / "command" / f"{command}.rs", *sorted((cli / "command" / command).glob("**/*.rs"))]
    text = "".join(file.read_text() for file in files if file.exists())
    return text and text + (cli / "arguments.rs").read_text()


def settings(cli):
    return set(SETTING.findall((cli / "config/table.rs").read_text()))


def variables(files, known):
    """Variables that set nothing. A section that the program does not have yet is not looked at."""
    valid = OTHERS | {f"DRIFTLINE_{key.replace('.', '_').upper()}" for key in known}
    sections = {key.split(".")[0].upper() for key in known}
    found = []
    for file in files:
        for name in sorted(set(VARIABLE.findall(file.read_text())) - valid):
            if name.split("_")[1] in sections:
                found.append(f"{file.name}: {name} is no setting of the program")
    left_out = [] if "CLUSTER" in sections else ["the program has no settings of the cluster"]
    return found, left_out


def arguments(line):
    """The command that a line gives arguments to, and these."""
    line = line.strip()
    for command in COMMANDS:
        if f"driftline {command}" in line and not line.startswith("#"):
            return command, line.split(f"driftline {command}", 1)[1]
    # In lists of arguments, and in samples of the environment, stand those of the cluster.
    if line.startswith("- --") or "_ARGS=" in line:
        return "cluster", line
    return None, ""


def flags(files, cli):
    """Flags that a command does not have."""
    texts = {command: sources(cli, command) for command in COMMANDS}
    found = []
    for file in files:
        for line in file.read_text().splitlines():
            command, rest = arguments(line)
            if not command or not texts[command]:
                continue
            found += [
                f"{file.name}: `driftline {command}` has no --{flag}"
                for flag in FLAG.findall(rest)
                if f"{flag.replace('-', '_')}:" not in texts[command]
            ]
    return found, [f"the program has no command `{command}`" for command, text in texts.items() if not text]


def look(deploy):
    cli = deploy.parent / "crates/cli/src"
    page = deploy.parent / "docs/src/service/deployment.md"
    texts = itertools.chain.from_iterable(
        deploy.glob(pattern)
        for pattern in ["Dockerfile", "*.yaml", "*.sample", "systemd/*", "helm/driftline/**/*.*"]
    )
    files = [*sorted(file for file in texts if file.is_file()), page]
    found, left_out = variables(files, settings(cli))
    more, without = flags(files, cli)
    return found + more, left_out + without
