#!/usr/bin/env bash
# One scheduler and two executors on this machine read 20 files a side; the report is that of one machine.
set -euo pipefail
program=$(realpath "$1")
folder=$(mktemp -d)
started=()
finish() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
mkdir old new
for file in $(seq -w 1 20); do
    "$program" mock rows orders --rows 20000 --seed "$file" --schedule none -q -o "old/$file.csv"
    "$program" mock rows orders --rows 20000 --seed "1$file" -q -o "new/$file.csv"
done
"$program" cluster scheduler --bind 127.0.0.1:0 -q >scheduler.txt &
started+=($!)
until grep -q df:// scheduler.txt; do sleep 0.1; done
address=$(grep -o 'df://[0-9.:]*' scheduler.txt)
for _ in 1 2; do
    "$program" cluster executor --scheduler "$address" --bind 127.0.0.1:0 --slots 1 -q &
    started+=($!)
done
"$program" check new --against old --fail-on never -q -f json -o local.json
"$program" check new --against old --fail-on never -q -f json -o far.json --cluster "$address" --set cluster.part_bytes=500000
"$program" check new --against old --fail-on never --cluster "$address"
# Only times and memory differ.
python3 - <<'PYTHON'
import json

local, far = (json.load(open(name)) for name in ("local.json", "far.json"))
for report in (local, far):
    del report["timings"], report["memory_peak_bytes"]
assert local == far, "the reports differ"
print("Two executors say what one machine says, bit for bit.")
PYTHON
