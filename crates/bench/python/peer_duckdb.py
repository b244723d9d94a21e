"""DuckDB's SUMMARIZE of a CSV file; prints the seconds of the query alone."""

import sys
import time

import duckdb

path, threads = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect()
connection.execute(f"SET threads = {threads}")
start = time.perf_counter()
rows = connection.execute("SUMMARIZE SELECT * FROM read_csv(?)", [path]).fetchall()
print(f"{time.perf_counter() - start:.6f} {len(rows)}")
