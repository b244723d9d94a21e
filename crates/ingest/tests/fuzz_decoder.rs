//! Whatever bytes come in, reading them as CSV gives rows, rows set aside, or an error: no panic, and the same for
//! any size of chunk.
//!
//! As a plain test it runs a bounded number of inputs and prints the seed of one that fails
//! (`BOLERO_RANDOM_SEED` repeats it); `cargo bolero test` fuzzes without end.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

use driftline_ingest::{IngestError, Location, ReadOptions, clean, open, sniff};

/// What gives CSV its structure or its values their kinds, so that random texts have both.
const PIECES: [&[u8]; 32] = [
    b",",
    b",",
    b",",
    b",",
    b"\n",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\"",
    b"\"",
    b"\"\"",
    b";",
    b"\t",
    b" ",
    b"0",
    b"7",
    b"-1.5",
    b"1e9",
    b"NaN",
    b"inf",
    b"2024-02-29",
    b"12:30:00",
    b"true",
    b"no",
    b"NA",
    b"x",
    b"ab",
    b"\0",
    b"\xC3\xA9",
    b"\xFF",
    b"\xEF\xBB\xBF",
];

/// Sizes of chunks: the least, some in the middle of everything, and one that holds all.
const CHUNK_BYTES: [usize; 3] = [1, 300, 1 << 20];

/// What came out of a file, free of how it was cut.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    /// Byte offset and printed cells of every row.
    rows: Vec<(u64, String)>,
    /// Byte offset and reason of every record that was set aside.
    rejected: Vec<(u64, String)>,
    records: u64,
    failure: Option<String>,
}

fn location(path: &Path) -> Location {
    Location::Files(path.to_string_lossy().into_owned())
}

fn outcome(path: &Path, options: &ReadOptions, chunk_bytes: usize) -> Result<Outcome, IngestError> {
    let table = open(&location(path), options)?;
    let mut outcome = Outcome::default();
    let source = &table.sources()[0];
    loop {
        let raw = match source.pull(chunk_bytes) {
            Ok(Some(raw)) => raw,
            Ok(None) => break,
            Err(error) => {
                outcome.failure = Some(error.to_string());
                break;
            }
        };
        let decoded = source.decode(raw).unwrap();
        let batch = decoded.chunk.batch();
        assert_eq!(decoded.chunk.rows() as u64 + decoded.rejected.len() as u64, decoded.rows_seen);
        assert_eq!(decoded.chunk.offsets().len(), batch.num_rows());
        for failure in decoded.chunk.failures() {
            assert!(batch.column(failure.column as usize).is_null(failure.row as usize));
        }
        for (row, offset) in decoded.chunk.offsets().iter().enumerate() {
            outcome.rows.push((*offset, format!("{:?}", batch.slice(row, 1).columns())));
        }
        outcome.rejected.extend(decoded.rejected.into_iter().map(|row| (row.byte_offset, row.reason)));
        outcome.records += decoded.rows_seen;
    }
    Ok(outcome)
}

/// Reads the bytes in every way there is.
fn read_everywhere(path: &Path, bytes: &[u8], options: &ReadOptions) {
    fs::write(path, bytes).unwrap();
    let _ = sniff(&location(path), options);
    let [first, others @ ..] = CHUNK_BYTES;
    let Ok(expected) = outcome(path, options, first) else { return };
    assert!(expected.rows.is_sorted_by(|a, b| a.0 < b.0), "offsets rise: {expected:?}");
    // Places are those of the text in UTF-8, where a byte may take three.
    assert!(expected.rows.iter().chain(&expected.rejected).all(|(at, _)| *at < 3 * bytes.len() as u64));
    for chunk_bytes in others {
        assert_eq!(outcome(path, options, chunk_bytes).unwrap(), expected, "chunks of {chunk_bytes} bytes");
    }
    let mut copy = Vec::new();
    clean(&location(path), options, &mut copy, None).unwrap();
    assert!(std::str::from_utf8(&copy).is_ok());
}

/// A file that lives as long as the test.
fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.csv");
    (folder, path)
}

#[test]
fn any_bytes() {
    let (_folder, path) = scratch();
    bolero::check!().with_iterations(2_000).for_each(|bytes: &[u8]| {
        read_everywhere(&path, bytes, &ReadOptions::default());
    });
}

#[test]
fn any_text_that_looks_like_csv() {
    let (_folder, path) = scratch();
    bolero::check!().with_iterations(4_000).with_type::<(Vec<u8>, Option<bool>, bool)>().for_each(
        |(choices, has_header, comma)| {
            let text: Vec<u8> = choices
                .iter()
                .flat_map(|choice| PIECES[usize::from(*choice) % PIECES.len()])
                .copied()
                .collect();
            let delimiter = comma.then_some(b',');
            let header_rows = has_header.map(u64::from);
            let options = ReadOptions { header_rows, delimiter, ..ReadOptions::default() };
            read_everywhere(&path, &text, &options);
        },
    );
}

#[test]
fn any_end_of_a_compressed_file() {
    let (_folder, path) = scratch();
    let text: String = (0..400).map(|row| format!("{row},\"a, {}\"\n", row % 7)).collect();
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    bolero::check!().with_iterations(1_000).with_type::<(u16, u16, u8)>().for_each(|(cut, at, byte)| {
        let mut bytes = packed.clone();
        let length = bytes.len();
        bytes[usize::from(*at) % length] = *byte;
        bytes.truncate(usize::from(*cut) % length + 1);
        read_everywhere_unless_damaged(&path, &bytes);
    });
}

/// A damaged file gives what stands before the damage; how much that is may depend on how it is asked for.
fn read_everywhere_unless_damaged(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    for chunk_bytes in CHUNK_BYTES {
        let _ = outcome(path, &ReadOptions::default(), chunk_bytes);
    }
}
