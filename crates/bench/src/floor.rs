use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Context;
use simd_csv::{SeekerBuilder, ZeroCopyReaderBuilder};

/// Ranges a thread gets on average, so that no thread waits long for the last one.
const RANGES_PER_THREAD: usize = 8;
/// Records that are looked at to tell which columns are numbers.
const SAMPLE_RECORDS: usize = 1_000;
const BUFFER_BYTES: usize = 1 << 20;

#[derive(clap::Args)]
pub(crate) struct FloorArguments {
    /// The CSV file
    file: PathBuf,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Print one JSON object instead of a sentence
    #[arg(long)]
    json: bool,
}

/// What one thread, or all of them, went through.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    rows: u64,
    cells: u64,
    numbers: u64,
    sum: f64,
}

/// Reads the file once and says how long it took.
///
/// The work is the least that any reader of this file must do: find every cell of every record, and turn the
/// cells of the columns of numbers into `f64`. Nothing is kept.
pub(crate) fn run(arguments: &FloorArguments) -> anyhow::Result<String> {
    let path = &arguments.file;
    let bytes = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    let start = Instant::now();
    let numeric = numeric_columns(path)?;
    let tally = split_and_parse(path, &numeric, arguments.threads.max(1))?;
    let seconds = start.elapsed().as_secs_f64();
    let rate = bytes as f64 / seconds / 1e9;
    let Tally { rows, cells, numbers, sum } = tally;
    black_box(sum);
    Ok(match arguments.json {
        true => format!(
            "{{\"seconds\":{seconds:.6},\"gb_per_second\":{rate:.4},\"bytes\":{bytes},\"rows\":{rows},\
             \"cells\":{cells},\"numbers\":{numbers},\"threads\":{}}}",
            arguments.threads
        ),
        false => format!(
            "{rows} rows, {cells} cells, {numbers} numbers in {seconds:.3} s: {rate:.2} GB/s on {} threads",
            arguments.threads
        ),
    })
}

/// For every column whether all its cells in the first records are numbers or empty, and one is a number.
fn numeric_columns(path: &Path) -> anyhow::Result<Vec<bool>> {
    let mut reader =
        ZeroCopyReaderBuilder::with_capacity(BUFFER_BYTES).flexible(true).from_reader(File::open(path)?);
    let columns = reader.byte_headers()?.len();
    let mut seen = vec![false; columns];
    let mut numeric = vec![true; columns];
    for _ in 0..SAMPLE_RECORDS {
        let Some(record) = reader.read_byte_record()? else { break };
        for (column, cell) in record.iter().enumerate().take(columns) {
            if !cell.is_empty() {
                seen[column] = true;
                numeric[column] &= lexical_core::parse::<f64>(cell).is_ok();
            }
        }
    }
    Ok(numeric.into_iter().zip(seen).map(|(numeric, seen)| numeric && seen).collect())
}

fn split_and_parse(path: &Path, numeric: &[bool], threads: usize) -> anyhow::Result<Tally> {
    let seeker = SeekerBuilder::new().from_reader(BufReader::new(File::open(path)?))?;
    let Some(mut seeker) = seeker else { return Ok(Tally::default()) };
    let ranges = seeker.segments(threads * RANGES_PER_THREAD)?;
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        while let Some(range) = ranges.get(next.fetch_add(1, Ordering::Relaxed)) {
            scan_range(path, *range, numeric, &mut tally)?;
        }
        Ok(tally)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut total = Tally::default();
        for worker in workers {
            let part = worker.join().map_err(|_| anyhow::anyhow!("a reading thread died"))??;
            total.rows += part.rows;
            total.cells += part.cells;
            total.numbers += part.numbers;
            total.sum += part.sum;
        }
        Ok(total)
    })
}

fn scan_range(
    path: &Path,
    (start, end): (u64, u64),
    numeric: &[bool],
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut reader = ZeroCopyReaderBuilder::with_capacity(BUFFER_BYTES)
        .has_headers(false)
        .flexible(true)
        .from_reader(file.take(end - start));
    while let Some(record) = reader.read_byte_record()? {
        tally.rows += 1;
        for (cell, numeric) in record.iter().zip(numeric) {
            tally.cells += 1;
            if !numeric {
                black_box(cell);
            } else if let Ok(number) = lexical_core::parse::<f64>(cell) {
                tally.numbers += 1;
                tally.sum += number;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use driftline_testkit::mixed_table::{COLUMNS, Extent, MixedTable};

    use super::{numeric_columns, split_and_parse};

    #[test]
    fn every_cell_is_seen_once_for_any_number_of_threads() {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        let mut bytes = Vec::new();
        MixedTable::new(4).write(Extent::Rows(40_000), 2, &mut bytes).expect("a vector takes everything");
        file.write_all(&bytes).expect("the file takes it");

        let numeric = numeric_columns(file.path()).expect("readable");
        assert_eq!(numeric.iter().filter(|numeric| **numeric).count(), 10);
        let one = split_and_parse(file.path(), &numeric, 1).expect("readable");
        assert_eq!((one.rows, one.cells), (40_000, 40_000 * COLUMNS as u64));
        let three = split_and_parse(file.path(), &numeric, 3).expect("readable");
        assert_eq!((one.rows, one.cells, one.numbers), (three.rows, three.cells, three.numbers));
    }
}
