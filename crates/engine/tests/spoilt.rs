//! A damaged file among others: what can be read counts, the same whoever reads it, and the report says so.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use driftline_engine::{
    CancelToken, CheckRequest, EngineError, Input, ProfileFile, ProfileRequest, Silent, check, profile,
};
use driftline_model::{RunSettings, Settings};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;

fn write(path: &Path, rows: std::ops::Range<i64>) {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows));
    let batch = RecordBatch::try_from_iter([("id", ids)]).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(1_000)).build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn damage(path: &Path, group: usize) {
    let file = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let (start, len) = file.metadata().row_group(group).column(0).byte_range();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[start as usize..(start + len) as usize].fill(0xFF);
    std::fs::write(path, bytes).unwrap();
}

fn profiled(folder: &Path, run: RunSettings) -> Result<ProfileFile, EngineError> {
    let input = Input::Table(folder.to_string_lossy().into_owned());
    let request = ProfileRequest { input, settings: Settings::default(), run };
    profile(&request, &Silent, &CancelToken::default())
}

#[test]
fn the_rows_that_count_do_not_depend_on_threads_or_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write(&path("a.parquet"), 0..20_000);
    write(&path("b.parquet"), 20_000..30_000);
    write(&path("c.parquet"), 30_000..40_000);
    std::fs::write(path("d.parquet"), "no table at all").unwrap();
    damage(&path("a.parquet"), 12);
    damage(&path("a.parquet"), 14);
    damage(&path("b.parquet"), 0);
    let mut seen = Vec::new();
    for threads in [1, 2, 5] {
        for chunk_bytes in [1, 4_000, 1 << 20] {
            let run = RunSettings { threads, chunk_bytes, ..RunSettings::default() };
            let file = profiled(folder.path(), run).unwrap();
            let broken = file.side().broken_off.clone();
            assert_eq!(broken.len(), 3, "{broken:?}");
            assert!(broken[0].contains("d.parquet") && broken[1].contains("behind its first 12000 rows"));
            assert_eq!(file.side().rows, 12_000 + 10_000);
            seen.push(file.to_bytes());
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the profiles differ");
}

#[test]
fn a_file_of_which_nothing_can_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0..3_000);
    damage(&folder.path().join("a.parquet"), 0);
    let error = profiled(folder.path(), RunSettings::default()).err().unwrap();
    assert!(error.to_string().contains("no Parquet file that can be read"), "{error}");
}

#[test]
fn a_check_of_damaged_data_says_that_they_are_not_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, 0..20_000);
    let table = || Input::Table(path.to_string_lossy().into_owned());
    let other = folder.path().join("reference");
    std::fs::create_dir(&other).unwrap();
    write(&other.join("a.parquet"), 0..20_000);
    damage(&path, 17);
    let request = CheckRequest {
        current: table(),
        reference: Input::Table(other.to_string_lossy().into_owned()),
        settings: Settings::default(),
        run: RunSettings { threads: 3, chunk_bytes: 2_000, ..RunSettings::default() },
    };
    let report = check(&request, &Silent, &CancelToken::default()).unwrap();
    assert_eq!(report.current.rows, 17_000);
    assert!(report.findings.iter().any(|finding| finding.code == "ingest.incomplete"));
}
