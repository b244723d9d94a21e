//! Whatever bytes come in, sniffing and repairing end: with an answer or with an error, never with a panic, and
//! what is handed out has the columns that were announced.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::Path;

use driftline_ingest::{Decimal, Encoding, Escape, Location, Newline, ReadOptions, clean, open, sniff};

/// Lines with what breaks them: quotes, delimiters of several kinds, comments, gaps, other line ends.
const PIECES: [&str; 28] = [
    "id,name,when\n",
    "1,\"a, b\",2024-01-01\n",
    "2,c,2024-01-02\n",
    "3,\"lost,2024-01-03\n",
    "4;d;2024-01-04\n",
    "5,e\n",
    "6,f,2024-01-06,,\n",
    "7,'g, h',2024-01-07\n",
    "8,i,2024-01-08\r",
    "9,\"j\nk\",2024-01-09\r\n",
    "10,\"l \\\"m\\\"\",2024-01-10\n",
    "# a comment\n",
    "\n",
    "Total\n",
    "a;b;c\n",
    "1,5;2,5;x\n",
    "1\t2\t3\n",
    "1 2 3\n",
    "\"\"\n",
    "\"",
    "\\",
    ",",
    "'",
    "\r",
    "\u{feff}",
    "\u{e9}",
    "\0",
    "1.234,5",
];

/// Reads everything in every way: it ends, and clean copies are UTF-8 with rows of one width.
fn read(path: &Path, bytes: &[u8], options: &ReadOptions) {
    fs::write(path, bytes).unwrap();
    let location = Location::Files(path.to_string_lossy().into_owned());
    let Ok(found) = sniff(&location, options) else { return };
    assert!(found.decisions.iter().all(|decision| (0.0..=1.0).contains(&decision.confidence)));
    let (mut copy, mut rejects) = (Vec::new(), Vec::new());
    clean(&location, options, &mut copy, Some(&mut rejects)).unwrap();
    assert!(std::str::from_utf8(&copy).is_ok() && std::str::from_utf8(&rejects).is_ok());
    let Ok(table) = open(&location, options) else { return };
    assert_eq!(table.schema().len(), found.names.len());
    let source = &table.sources()[0];
    while let Ok(Some(raw)) = source.pull(200) {
        let decoded = source.decode(raw).unwrap();
        let forensics = &decoded.forensics;
        assert_eq!(decoded.chunk.rows() as u64 + decoded.rejected.len() as u64, decoded.rows_seen);
        assert!(forensics.repaired.values().sum::<u64>() <= decoded.rows_seen);
    }
}

/// Inputs that once broke what must hold, found by the targets below.
const FOUND: [&str; 1] = [
    // No delimiter leads: the confidence in it was no number.
    "a;b;c\n2,c,2024-01-02\n1\t2\t3\n'\n1,5;2,5;x\n\r1 2 3\nTotal\na;b;c\nid,name,when\n'6,f,2024-01-06,,\n\0a;b;c\nTotal\n5,e\n\"\"\na;b;c\n\\\0\0Total\n",
];

#[test]
fn what_was_found_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.csv");
    for text in FOUND {
        read(&path, text.as_bytes(), &ReadOptions::default());
    }
}

#[test]
fn any_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.csv");
    bolero::check!().with_iterations(2_000).with_type::<Vec<u8>>().for_each(|choices| {
        let text: String = choices.iter().map(|choice| PIECES[usize::from(*choice) % PIECES.len()]).collect();
        read(&path, text.as_bytes(), &ReadOptions::default());
    });
}

#[test]
fn any_bytes_in_any_dialect() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.csv");
    bolero::check!().with_iterations(1_000).with_type::<(Vec<u8>, [u8; 6])>().for_each(|(bytes, choice)| {
        let pick = |at: usize, from: u8| choice[at] % from;
        let options = ReadOptions {
            delimiter: [None, Some(b','), Some(b'\t')][usize::from(pick(0, 3))],
            quote: [None, Some(None), Some(Some(b'\''))][usize::from(pick(1, 3))],
            escape: [None, Some(Escape::Backslash), Some(Escape::Doubled)][usize::from(pick(2, 3))],
            encoding: [None, Encoding::named("utf-16le"), Encoding::named("shift_jis")]
                [usize::from(pick(3, 3))],
            newline: [None, Some(Newline::Cr), Some(Newline::CrLf)][usize::from(pick(4, 3))],
            decimal: (pick(5, 2) == 0).then_some(Decimal::Comma),
            header_rows: (pick(5, 4) == 1).then_some(2),
            skip_rows: (pick(5, 4) == 3).then_some(1),
            ..ReadOptions::default()
        };
        read(&path, bytes, &options);
    });
}
