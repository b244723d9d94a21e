//! Row groups of Parquet files in parts, and files of a table that cannot be read to their end.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use driftline_ingest::{IngestError, Location, Part, ReadOptions, Table, TablePlan, open};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;

/// Rows of a row group.
const GROUP: usize = 100;

fn write(path: &Path, rows: std::ops::Range<i64>) {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.clone()));
    let texts: ArrayRef = Arc::new(StringArray::from_iter(
        rows.map(|row| (row % 9 != 0).then(|| format!("text {}", row % 31))),
    ));
    let batch = RecordBatch::try_from_iter([("id", ids), ("text", texts)]).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(GROUP)).build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Overwrites the pages of a row group.
fn damage(path: &Path, group: usize) {
    let file = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let (start, len) = file.metadata().row_group(group).column(0).byte_range();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[start as usize..(start + len) as usize].fill(0xFF);
    std::fs::write(path, bytes).unwrap();
}

fn opened(path: &Path) -> Result<Table, IngestError> {
    open(&Location::parse(&path.to_string_lossy()), &ReadOptions::default())
}

type Row = (u32, u64, u64, Option<String>);
/// File and number of each chunk.
type Numbers = Vec<(u32, u64)>;

/// All rows with their file and number, chunk by chunk in order.
fn read(table: &Table, piece: usize) -> Result<(Vec<Row>, Numbers), IngestError> {
    let (mut rows, mut sequences) = (Vec::new(), Vec::new());
    for source in table.sources() {
        while let Some(raw) = source.pull(piece)? {
            let chunk = source.decode(raw)?.chunk;
            sequences.push((chunk.source(), chunk.sequence()));
            let ids = chunk.batch().column(0).as_primitive::<Float64Type>();
            let texts = chunk.batch().column(1).as_string_view();
            for (row, offset) in chunk.offsets().iter().enumerate() {
                let text = texts.is_valid(row).then(|| texts.value(row).to_owned());
                rows.push((chunk.source(), *offset, ids.value(row).to_bits(), text));
            }
        }
    }
    Ok((rows, sequences))
}

#[test]
fn parts_of_row_groups_give_the_rows_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0..1_050);
    write(&folder.path().join("b.parquet"), 1_050..1_300);
    let table = opened(folder.path()).unwrap();
    let (wanted, _) = read(&table, 1 << 20).unwrap();
    assert_eq!(wanted.len(), 1_300);
    let whole: u64 = table.sources().iter().map(|source| source.size_bytes().unwrap()).sum();
    for part_bytes in [1, 500, 1_000, 3_000, 7_000, whole, u64::MAX] {
        let (plan, parts) = opened(folder.path()).unwrap().cut(part_bytes).unwrap();
        let plan: TablePlan = postcard::from_bytes(&postcard::to_stdvec(&plan).unwrap()).unwrap();
        let (mut rows, mut sequences) = (Vec::new(), Vec::new());
        for part in &parts {
            let part: Part = postcard::from_bytes(&postcard::to_stdvec(part).unwrap()).unwrap();
            let table = Table::of_part(&plan, &part).unwrap();
            let (of_part, numbers) = read(&table, 1 << 10).unwrap();
            assert!(table.sources()[0].span().is_none());
            assert_eq!(table.sources()[0].size_bytes(), Some(part.bytes()));
            rows.extend(of_part);
            sequences.extend(numbers);
        }
        assert_eq!(rows, wanted, "parts of {part_bytes} bytes");
        assert!(sequences.is_sorted_by(|one, other| one < other));
        assert_eq!(parts.len() == 2, part_bytes >= whole, "{} parts of {part_bytes} bytes", parts.len());
        let (all, _) = read(&Table::of_part(&plan, &parts[0].whole_file()).unwrap(), 1 << 20).unwrap();
        assert_eq!(all.len(), 1_050);
    }
    assert_eq!(opened(folder.path()).unwrap().cut(1).unwrap().1.len(), 11 + 3);
}

#[test]
fn a_file_changed_in_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, 0..500);
    let (plan, parts) = opened(&path).unwrap().cut(1).unwrap();
    write(&path, 0..400);
    assert_eq!(Table::of_part(&plan, &parts[0]).err().unwrap().code(), "ingest.resized");
}

/// What was read until the end or an error, which is told.
fn read_on(table: &Table, piece: usize) -> (usize, Vec<String>, bool) {
    let (mut rows, mut ends) = (0, Vec::new());
    for source in table.sources() {
        loop {
            match source.pull(piece) {
                Ok(Some(raw)) => match source.decode(raw) {
                    Ok(decoded) => rows += decoded.chunk.rows(),
                    Err(_) => break,
                },
                Ok(None) => break,
                Err(error) => {
                    assert!(error.is_broken_off(), "{error}");
                    ends.push(error.to_string());
                    break;
                }
            }
        }
    }
    (rows, ends, table.sources().iter().any(|source| source.met_damage()))
}

#[test]
fn what_stands_before_damage_is_read_when_the_table_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0..1_000);
    write(&folder.path().join("b.parquet"), 1_000..1_500);
    damage(&folder.path().join("a.parquet"), 7);
    damage(&folder.path().join("a.parquet"), 4);
    for piece in [1, 1 << 10, 1 << 20] {
        let table = opened(folder.path()).unwrap();
        assert!(read_on(&table, piece).2);
        let again = table.reopen(table.schema()).unwrap();
        let (rows, ends, met_damage) = read_on(&again, piece);
        assert_eq!((rows, met_damage), (400 + 500, false));
        assert!(ends.len() == 1 && ends[0].contains("behind its first 400 rows"), "{ends:?}");
    }
    // A part that does not reach so far is whole, and one that does says how far it goes.
    let (plan, parts) = opened(folder.path()).unwrap().cut(1).unwrap();
    assert_eq!(read_on(&Table::of_part(&plan, &parts[3]).unwrap(), 1), (100, Vec::new(), false));
    let spoilt = Table::of_part(&plan, &parts[4]).unwrap();
    assert!(read_on(&spoilt, 1).2);
    let (rows, ends, _) = read_on(&spoilt.reopen(spoilt.schema()).unwrap(), 1);
    assert!(rows == 0 && ends[0].contains("behind its first 400 rows"), "{ends:?}");
}

#[test]
fn a_file_that_is_none_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0..300);
    write(&folder.path().join("d.parquet"), 300..500);
    std::fs::write(folder.path().join("b.parquet"), b"PAR1 and no footer").unwrap();
    std::fs::write(folder.path().join("c.parquet"), b"<html>not found</html>").unwrap();
    let table = opened(folder.path()).unwrap();
    assert_eq!(table.broken().len(), 2);
    assert!(table.broken()[0].contains("b.parquet") && table.broken()[1].contains("c.parquet"));
    assert_eq!(read_on(&table, 1 << 20), (500, Vec::new(), false));
    assert_eq!(table.reopen(table.schema()).unwrap().broken(), table.broken());
    let (plan, parts) = table.cut(u64::MAX).unwrap();
    let rows: usize =
        parts.iter().map(|part| read_on(&Table::of_part(&plan, part).unwrap(), 1 << 20).0).sum();
    assert_eq!((parts.len(), rows), (2, 500));
    // Without the first no columns are known.
    std::fs::write(folder.path().join("a.parquet"), b"PAR1 and no footer").unwrap();
    assert_eq!(opened(folder.path()).err().unwrap().code(), "ingest.unreadable");
}
