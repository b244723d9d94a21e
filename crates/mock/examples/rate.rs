//! How many rows a second the generator makes on one core, without and with faults, as values, NDJSON and CSV.

#![expect(clippy::print_stdout, reason = "an example that prints what it measures")]

use std::hint::black_box;
use std::time::Instant;

use driftline_mock::{Data, Generator, GeneratorSettings, Row, Schedule};

const ROWS: u64 = 300_000;

fn main() -> Result<(), driftline_mock::MockError> {
    for (name, schedule) in
        [("without faults", Schedule::default()), ("with the demo's", Schedule::of_the_demo())]
    {
        let generator = Generator::new(GeneratorSettings { rate: 1_000.0, schedule, ..Default::default() })?;
        for data in Data::ALL {
            let started = Instant::now();
            let cells: usize = generator.numbered(data, 0, ROWS).map(|row| black_box(row.cells).len()).sum();
            let values = ROWS as f64 / started.elapsed().as_secs_f64();
            let written = |write: fn(&Row, &mut Vec<u8>)| {
                let started = Instant::now();
                let mut out = Vec::new();
                let mut bytes = 0;
                for row in generator.numbered(data, 0, ROWS) {
                    out.clear();
                    write(&row, &mut out);
                    bytes += black_box(&out).len();
                }
                let secs = started.elapsed().as_secs_f64();
                (ROWS as f64 / secs, bytes as f64 / secs / 1e6)
            };
            let ((json, json_mb), (csv, csv_mb)) =
                (written(Row::write_json), written(|row, out| row.write_csv(&row.header, out)));
            println!(
                "{:8} {name}: {values:.0} rows/s of {} cells; NDJSON {json:.0} rows/s ({json_mb:.0} MB/s); \
                 CSV {csv:.0} rows/s ({csv_mb:.0} MB/s)",
                data.name(),
                cells as u64 / ROWS,
            );
        }
    }
    Ok(())
}
