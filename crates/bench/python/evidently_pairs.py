#!/usr/bin/env python3
"""How Evidently decides the pairs of tables with planted changes that the calibration of Driftline uses.

For its default choice of tests, and for KL divergence on every column, prints by size what the calibration prints
for Driftline: F1, precision and recall over the changes that count, the share of unchanged columns flagged, and
the share of stable tables in which any column was flagged. Texts and moments are left out, on which one report of
200 rows can take minutes, and columns that are new in every row; both favour the tool.
"""

import argparse
import collections
import csv
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
PACKAGES = ["duckdb", "evidently==0.7.21", "pandas<3"]
LEFT_OUT = ["free_text", "moments", "running_number", "row_name", "clock"]
METHODS = {"Evidently default": {}, "Evidently KL": {"method": "kl_div"}}


def inside_venv():
    """Runs this program again where Evidently is installed, unless it is here."""
    try:
        import evidently  # noqa: F401
    except ImportError:
        venv = TARGET / "bench" / "venv"
        python = venv / "bin" / "python"
        if os.environ.get("DRIFTLINE_PAIRS_VENV"):
            sys.exit(f"Evidently does not load in {venv}: remove it and try again")
        if not (venv / "complete").exists():
            print("installing DuckDB and Evidently from PyPI", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
            (venv / "complete").touch()
        os.environ["DRIFTLINE_PAIRS_VENV"] = "1"
        os.execv(python, [str(python), *sys.argv])


def flagged(reference, current, options):
    """The names of the columns that are called drifted; `None` for a pair on which the tool fails."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    try:
        metrics = Report([DataDriftPreset(**options)]).run(current, reference).dict()["metrics"]
    except Exception as error:  # One broken pair must not end the comparison: it is counted and named.
        print(f"a pair failed: {error}", file=sys.stderr)
        return None
    names = set()
    for metric in metrics:
        config = metric.get("config", {})
        if config.get("type", "").endswith("ValueDrift"):
            value, threshold = float(metric["value"]), float(config["threshold"])
            if value < threshold if "p_value" in config["method"] else value >= threshold:
                names.add(config["column"])
    return names


def chosen_pairs(folder, most):
    """The columns of the first `most` pairs of every size, with planted changes and stable."""
    pairs = collections.defaultdict(list)
    with open(folder / "truth.csv", newline="") as lines:
        for row in csv.DictReader(lines):
            pairs[int(row["pair"])].append(row)
    taken = collections.Counter()
    for pair, columns in sorted(pairs.items()):
        kind = tuple(columns[0][name] for name in ("reference_rows", "current_rows", "is_stable"))
        taken[kind] += 1
        if taken[kind] <= most:
            yield pair, [column for column in columns if column["column"] not in LEFT_OUT]


def judge(folder, pair, columns, tallies):
    import pandas

    sides = [
        pandas.read_csv(folder / f"{pair}-{side}.csv").drop(columns=LEFT_OUT) for side in ("reference", "current")
    ]
    is_stable = columns[0]["is_stable"] == "1"
    size = (int(columns[0]["reference_rows"]), int(columns[0]["current_rows"]))
    for method, options in METHODS.items():
        tally = tallies[method, size]
        found = flagged(*sides, options)
        tally["failed"] += found is None
        found = found or set()
        for column in columns:
            hit = column["column"] in found
            if column["counts"] == "1":
                tally["hits" if hit else "misses"] += 1
            elif column["counts"] == "0":
                tally["unchanged"] += 1
                tally["false_alarms"] += hit
                tally["false_among_changes"] += hit and not is_stable
        tally["stable"] += is_stable
        tally["alarmed"] += is_stable and bool(found)


def share(part, whole):
    return part / whole if whole else 0.0


def print_table(tallies):
    print("method             reference  current     F1  precision  recall  stable columns flagged  tables alarmed")
    for (method, (reference, current)), tally in sorted(tallies.items()):
        precision = share(tally["hits"], tally["hits"] + tally["false_among_changes"])
        recall = share(tally["hits"], tally["hits"] + tally["misses"])
        f1 = share(2 * precision * recall, precision + recall)
        print(
            f"{method:18} {reference:>9} {current:>8}  {f1:.3f}      {precision:.3f}   {recall:.3f}"
            f"  {100 * share(tally['false_alarms'], tally['unchanged']):>20.2f} %"
            f"  {100 * share(tally['alarmed'], tally['stable']):>12.1f} %"
            + (f"  ({tally['failed']} pairs failed)" if tally["failed"] else "")
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10, help="pairs of each size, changed and stable (10)")
    parser.add_argument("--smoke", action="store_true", help="few and small pairs, to see that it works")
    options = parser.parse_args()
    inside_venv()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = ["cargo", "run", "--release", "--quiet", "--package", "driftline-testkit", "--example",
                   "calibrate", "--", "--dump", folder, "--smoke"]
        subprocess.run(command[: None if options.smoke else -1], cwd=ROOT, check=True)
        tallies = collections.defaultdict(collections.Counter)
        for pair, columns in chosen_pairs(folder, 2 if options.smoke else options.pairs):
            judge(folder, pair, columns, tallies)
    print_table(tallies)


if __name__ == "__main__":
    main()
