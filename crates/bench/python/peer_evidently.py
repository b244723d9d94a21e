"""Evidently's data drift preset on two CSV files; prints the seconds for reading and for the report."""

import sys
import time
import warnings

import pandas
from evidently import Report
from evidently.presets import DataDriftPreset

warnings.filterwarnings("ignore")
reference_path, current_path = sys.argv[1:3]
start = time.perf_counter()
reference = pandas.read_csv(reference_path)
current = pandas.read_csv(current_path)
read = time.perf_counter()
Report([DataDriftPreset()]).run(current, reference).dict()
print(f"{read - start:.6f} {time.perf_counter() - read:.6f}")
