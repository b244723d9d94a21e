#!/usr/bin/env python3
"""How well rows are ranked by strangeness: Driftline's methods beside those of scikit-learn and PyOD.

Reads labelled tables (gzipped CSV, last column `label`, 1 = outlier) from a folder, by default
`../shared/data/outliers` beside the project. No method sees the labels. Prints the area under the receiver
operating characteristic, in per cent, of every file and on average: judged against the data themselves, and
against every second ordinary row as a clean reference.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
OURS = ["default", "ensemble", "isolation_forest", "nearest_neighbours", "rank_neighbours", "histogram", "tails",
        "zscore", "robust_z", "iqr"]
PEERS = ["sklearn IForest", "pyod ECOD", "z-score"]
PACKAGES = ["numpy", "scikit-learn", "pyod"]


def inside_venv():
    """Runs this program again where the peers are installed, unless they are here."""
    try:
        import pyod, sklearn  # noqa: E401, F401
    except ImportError:
        venv = TARGET / "bench" / "venv-outliers"
        python = venv / "bin" / "python"
        if os.environ.get("DRIFTLINE_OUTLIERS_VENV"):
            sys.exit(f"the peers do not load in {venv}: remove it and try again")
        if not (venv / "complete").exists():
            print("installing scikit-learn and PyOD from PyPI", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
            (venv / "complete").touch()
        os.environ["DRIFTLINE_OUTLIERS_VENV"] = "1"
        os.execv(python, [str(python), *sys.argv])


def peer_scores(fit, judged):
    """The peers with their defaults, and the plain z-score: the largest over the columns."""
    import numpy as np
    from pyod.models.ecod import ECOD
    from sklearn.ensemble import IsolationForest

    spread = fit.std(axis=0)
    spread[spread == 0] = 1
    yield "sklearn IForest", -IsolationForest(random_state=0).fit(fit).score_samples(judged)
    yield "pyod ECOD", ECOD().fit(fit).decision_function(judged)
    yield "z-score", np.abs((judged - fit.mean(axis=0)) / spread).max(axis=1)


def peer_areas(path):
    """The area of each peer in both modes."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    table = np.loadtxt(path, delimiter=",", skiprows=1)
    values, labels = table[:, :-1], table[:, -1] > 0.5
    reference = np.flatnonzero(~labels)[::2]
    others = np.setdiff1d(np.arange(len(values)), reference)
    everything = np.arange(len(values))
    for mode, fit, judged in (("self", everything, everything), ("reference", reference, others)):
        for name, scores in peer_scores(values[fit], values[judged]):
            yield mode, name, 100 * roc_auc_score(labels[judged], scores)


def our_areas(folder):
    command = ["cargo", "run", "--release", "--quiet", "--package", "driftline-detect", "--example",
               "calibrate_rows", "--", folder]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        name, mode, method, area = line.split(",")
        yield name, mode, method, float(area)


def print_table(mode, areas, names):
    methods = PEERS + OURS
    title = {"self": "judged against themselves", "reference": "judged against a clean reference"}[mode]
    print(f"\nAUROC in %, {title}\n")
    print(f"{'':24}" + "".join(f"{method[:15]:>16}" for method in methods))
    for name in names:
        print(f"{name[:23]:24}" + "".join(f"{areas[name, mode, method]:16.1f}" for method in methods))
    means = [sum(areas[name, mode, method] for name in names) / len(names) for method in methods]
    print(f"{'mean':24}" + "".join(f"{mean:16.2f}" for mean in means))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "data" / "outliers")
    folder = parser.parse_args().folder
    packed = sorted(folder.glob("*.csv.gz"))
    if not packed:
        print(f"row anomalies: skipped, there are no labelled tables (*.csv.gz) in {folder}")
        return
    inside_venv()
    with tempfile.TemporaryDirectory() as plain:
        areas = {}
        for path in packed:
            unpacked = Path(plain) / path.name.removesuffix(".gz")
            unpacked.write_bytes(gzip.decompress(path.read_bytes()))
            for mode, method, area in peer_areas(unpacked):
                areas[unpacked.stem, mode, method] = area
        for name, mode, method, area in our_areas(plain):
            areas[name, mode, method] = area
        names = [path.name.removesuffix(".csv.gz") for path in packed]
        for mode in ("self", "reference"):
            print_table(mode, areas, names)


if __name__ == "__main__":
    main()
