#!/usr/bin/env python3
"""Driftline beside a bare parse, DuckDB and Evidently, on the same files and threads, in one run.

`make bench` builds the two programs and calls this. Everything it makes lies in the target folder.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from measure import Run, first_output_seconds, run

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
PEERS = Path(__file__).resolve().parent
FINDINGS = (0, 1)
MB = 1e6


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="20 MB instead of 1 GB: shows that all of it works")
    parser.add_argument("--repetitions", type=int, help="interleaved repetitions (default 5, smoke 2)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without", action="append", default=[], metavar="PART",
                        choices=["duckdb", "evidently", "large", "raw"], help="leave a part out; may be repeated")
    parser.add_argument("--profile", default="release", help="build profile whose programs are measured")
    parser.add_argument("--write", metavar="FILE", type=Path, help="write the table as Markdown to FILE")
    return parser.parse_args()


class Bench:
    """The files, the programs and the figures of one run."""

    def __init__(self, options):
        self.options = options
        self.smoke = options.smoke
        self.repetitions = options.repetitions or (2 if options.smoke else 5)
        self.threads = options.threads
        self.driftline = TARGET / options.profile / "driftline"
        self.helper = TARGET / options.profile / "driftline-bench"
        self.data = TARGET / "bench" / ("smoke" if options.smoke else "full")
        self.data.mkdir(parents=True, exist_ok=True)
        self.lines = []
        self.figures = {}

    # -- files ---------------------------------------------------------------------------------------------

    def table(self, name, seed, extent, drift=False):
        """A file of the official generator; made once."""
        path = self.data / f"{name}.csv"
        done = self.data / f"{name}.done"
        recipe = f"{seed} {extent} {drift} {self.helper.stat().st_mtime_ns}"
        if not (path.exists() and done.exists() and done.read_text() == recipe):
            done.unlink(missing_ok=True)
            command = [self.helper, "generate", *extent, "--seed", seed, "--out", path]
            say(run(command + (["--drift"] if drift else [])).output.strip())
            done.write_text(recipe)
        return path

    def python(self):
        """An interpreter with the peers installed."""
        venv = TARGET / "bench" / "venv"
        python = venv / "bin" / "python"
        if not (venv / "complete").exists():
            say("installing DuckDB and Evidently from PyPI")
            subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
            packages = ["duckdb", "evidently==0.7.21", "pandas<3"]
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
            (venv / "complete").touch()
        return python

    # -- measurements --------------------------------------------------------------------------------------

    def check(self, current, against, *more):
        command = [self.driftline, "check", current, "--against", against, "--threads", self.threads]
        return run([*command, "--quiet", "--format", "json", *more], FINDINGS)

    def floor(self, path):
        measured = run([self.helper, "floor", path, "--threads", self.threads, "--json"])
        return Run(json.loads(measured.output)["seconds"], measured.peak_bytes, 0, "")

    def duckdb(self, python, path):
        measured = run([python, PEERS / "peer_duckdb.py", path, self.threads])
        return Run(float(measured.output.split()[0]), measured.peak_bytes, 0, "")

    def best(self, name, runs):
        """Keeps the figures of a series under `name` and returns its best time."""
        times = sorted(one.seconds for one in runs)
        self.figures[name] = {
            "best_secs": times[0],
            "median_secs": statistics.median(times),
            "peak_mb": max(one.peak_bytes for one in runs) / MB,
            "repetitions": len(runs),
        }
        return times[0]

    def show(self, question, measured, ratio="", target="", holds=None):
        # In small, starting a program and deciding take longer than reading, so that targets say nothing.
        verdict = "" if self.smoke else {None: "", True: "yes", False: "NO"}[holds]
        self.lines.append((question, measured, ratio, target, verdict))
        say(f"  {question:<58} {measured:>22}  {ratio:>16}  {target:<26} {verdict}")

    def timed(self, name):
        figure = self.figures[name]
        return f"{figure['best_secs']:.3f} s ({figure['median_secs']:.3f})"

    # -- questions -----------------------------------------------------------------------------------------

    def one_file(self):
        """How fast is a check of one file against a saved baseline?"""
        size = ["--bytes", "20MB" if self.smoke else "1GB"]
        reference = self.table("reference", 1, size)
        current = self.table("current", 2, size, drift=True)
        baseline = self.data / "reference.dlp"
        run([self.driftline, "profile", reference, "-o", baseline, "--threads", self.threads, "--quiet"])
        python = None if "duckdb" in self.options.without else self.python()
        series = {"floor": [], "check": [], "raw": [], "duckdb": []}
        for _ in range(self.repetitions):
            series["floor"].append(self.floor(current))
            series["check"].append(self.check(current, baseline))
            if "raw" not in self.options.without:
                series["raw"].append(self.check(current, reference))
            if python:
                series["duckdb"].append(self.duckdb(python, current))
        floor = self.best("floor", series["floor"])
        check = self.best("check", series["check"])
        self.show("bare split-and-parse of the file", self.timed("floor"))
        self.show("check against a saved baseline", self.timed("check"), f"{check / floor:.2f} x parse",
                  "at most 2 x parse", check <= 2 * floor)
        if python:
            duckdb = self.best("duckdb", series["duckdb"])
            self.show("DuckDB SUMMARIZE of the file", self.timed("duckdb"), f"{duckdb / check:.1f} x check",
                      "at least 4 x check", duckdb >= 4 * check)
        if series["raw"]:
            raw = self.best("raw", series["raw"])
            self.show("check of two raw files", self.timed("raw"), f"{raw / floor:.2f} x parse",
                      "at most 5 x parse", raw <= 5 * floor)
        self.memory(current, baseline)

    def memory(self, current, baseline):
        """How much memory does it take, and does that grow with the file?"""
        peak = self.figures["check"]["peak_mb"]
        self.show("most memory, check against a baseline", f"{peak:.0f} MB", "", "at most 400 MB", peak <= 400)
        if "raw" in self.figures:
            self.show("most memory, two raw files", f"{self.figures['raw']['peak_mb']:.0f} MB")
        if "duckdb" in self.figures:
            self.show("most memory, DuckDB", f"{self.figures['duckdb']['peak_mb']:.0f} MB")
        if "large" not in self.options.without:
            large = self.table("large", 3, ["--bytes", "80MB" if self.smoke else "4GB"], drift=True)
            measured = self.check(large, baseline)
            self.best("large", [measured])
            growth = measured.peak_bytes / MB / peak - 1
            self.show("most memory, a file four times as large", f"{measured.peak_bytes / MB:.0f} MB",
                      f"{growth:+.0%}", "within 10 %", abs(growth) <= 0.1)
            large.unlink()
        limited = self.check(current, baseline, "--memory", "300MB")
        self.best("limited", [limited])
        self.show("most memory with --memory 300MB", f"{limited.peak_bytes / MB:.0f} MB",
                  f"{limited.seconds:.3f} s", "at most 300 MB", limited.peak_bytes <= 300 * MB)

    def million_rows(self):
        """How much faster than Evidently?"""
        if "evidently" in self.options.without:
            return
        rows = 20_000 if self.smoke else 1_000_000
        reference = self.table("rows-reference", 4, ["--rows", rows])
        current = self.table("rows-current", 5, ["--rows", rows], drift=True)
        python = self.python()
        ours = self.best("rows", [self.check(current, reference) for _ in range(max(3, self.repetitions))])
        measured = run([python, PEERS / "peer_evidently.py", reference, current])
        read, report = (float(part) for part in measured.output.split()[-2:])
        self.best("evidently", [Run(read + report, measured.peak_bytes, 0, "")])
        label = f"{rows:,} + {rows:,} rows"
        self.show(f"check of {label}", self.timed("rows"), "", f"{self.figures['rows']['peak_mb']:.0f} MB")
        self.show(f"Evidently on the same {label}", f"{read + report:.2f} s", f"{(read + report) / ours:.0f} x check",
                  "at least 50 x check", (read + report) >= 50 * ours)
        self.show("  of which reading with pandas", f"{read:.2f} s", "", f"{measured.peak_bytes / MB:.0f} MB")

    def first_impression(self):
        """How long until something is on the screen, and until the sample is done?"""
        flights = ROOT / "samples" / "flights"
        command = [self.driftline, "check", flights / "flights-2013-07.csv", "--against",
                   flights / "flights-2013-01.csv"]
        times = 5 if self.smoke else 20
        flights_secs = self.best("flights", [run(command, FINDINGS) for _ in range(times)])
        self.show("check of the flights files", self.timed("flights"), "", "under 0.3 s", flights_secs < 0.3)
        large = [self.driftline, "check", self.data / "current.csv", "--against", self.data / "reference.csv"]
        first = statistics.median(first_output_seconds(large) for _ in range(5))
        self.figures["first_line"] = {"median_secs": first}
        self.show("first line on a terminal, the two raw files", f"{first * 1000:.0f} ms", "", "within 100 ms",
                  first <= 0.1)

    # -- report --------------------------------------------------------------------------------------------

    def markdown(self):
        version = run([self.driftline, "--version"]).output.strip()
        size = (self.data / "current.csv").stat().st_size / 1e9
        head = [
            "# Latest figures",
            "",
            "Made by `make bench`; this page is written by the run itself.",
            "",
            f"{version}, {self.threads} threads, {cpu()}, {platform.system()} {platform.machine()}. "
            f"The file: {size:.2f} GB of CSV, 20 columns. Times are the best of {self.repetitions} interleaved "
            "repetitions, with the median in brackets; memory is the most that any of them held.",
            "",
            "| what | measured | ratio | target | holds |",
            "|---|--:|--:|---|---|",
        ]
        rows = ["| " + " | ".join(part.strip() for part in line) + " |" for line in self.lines]
        return "\n".join(head + rows) + "\n"

    def run(self):
        if self.smoke:
            say("smoke run: shows that everything works; its ratios mean nothing")
        for program in (self.driftline, self.helper):
            if not program.exists():
                sys.exit(f"{program} is missing: call `make bench`")
        self.one_file()
        self.million_rows()
        self.first_impression()
        (self.data / "results.json").write_text(json.dumps(self.figures, indent=2) + "\n")
        if self.options.write:
            self.options.write.write_text(self.markdown())
            say(f"written to {self.options.write}")


def cpu():
    """The processor's name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"


def say(text):
    print(text, flush=True)


def main():
    options = arguments()
    # All programs share the same cores, so that none of them gains from more than `--threads` of them.
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))[: options.threads]
        os.sched_setaffinity(0, cores)
    Bench(options).run()


if __name__ == "__main__":
    main()
