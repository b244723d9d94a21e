//! Whatever bytes come in as JSON, as a workbook, in an archive or as a statement, reading ends: with rows, with
//! rows set aside, or with an error, never with a panic.
//!
//! As a plain test it runs a bounded number of inputs and prints the seed of one that fails
//! (`BOLERO_RANDOM_SEED` repeats it); `cargo bolero test` fuzzes without end.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::{Cursor, Write as _};
use std::path::Path;

use driftline_ingest::{Limits, Location, ReadOptions, contents, open};

/// What gives JSON its structure, so that random texts have some.
const PIECES: [&str; 28] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\n",
    "\r\n",
    " ",
    "\"a\"",
    "\"b\":",
    "{\"a\":1}",
    "{\"a\":\"x\"}\n",
    "{\"a\":{\"b\":[1,2]}}",
    "1",
    "-1e400",
    "9007199254740993",
    "true",
    "null",
    "\"2024-02-29\"",
    "\\u00e9",
    "\\ud800",
    "\u{feff}",
    "\u{e9}",
    "\0",
    "{\"a\":1,\"a\":2}",
];

/// Bytes to be changed: where, and to what; and where to cut.
type Changes = (Vec<(u32, u8)>, u16);

/// Opens and reads everything; rows and what was set aside are what was seen.
fn read(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    let limits = Limits { expansion_free_bytes: 8 << 20, ..Limits::default() };
    let location = Location::Files(path.to_string_lossy().into_owned());
    let _ = contents(&location, limits, &|| true);
    let Ok(table) = open(&location, &ReadOptions { limits, ..ReadOptions::default() }) else { return };
    for source in table.sources() {
        while let Ok(Some(raw)) = source.pull(300) {
            let Ok(decoded) = source.decode(raw) else { break };
            assert_eq!(decoded.chunk.schema().len(), table.schema().len());
            assert!(decoded.chunk.rows() as u64 <= decoded.rows_seen);
        }
    }
}

/// The bytes with some of them changed, and cut off in one of four cases.
fn changed(bytes: &[u8], (changes, cut): &Changes) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for &(at, byte) in changes.iter().take(6) {
        // Most of an archive is packed data; half of the changes go to where it says what it is.
        let range = if at & 1 == 0 { bytes.len() } else { bytes.len().min(120) };
        let from = if at & 2 == 0 { 0 } else { bytes.len() - range };
        bytes[from + at as usize / 4 % range] = byte;
    }
    if cut % 4 == 0 {
        bytes.truncate(usize::from(*cut) * 7 % bytes.len());
    }
    bytes
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..40_u32 {
        sheet.write(row, 0, format!("name {}", row % 7)).unwrap();
        sheet.write(row, 1, f64::from(row)).unwrap();
        sheet.write(row, 2, row % 2 == 0).unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn any_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.json");
    bolero::check!().with_iterations(4_000).with_type::<Vec<u8>>().for_each(|choices| {
        let text: String = choices.iter().map(|choice| PIECES[usize::from(*choice) % PIECES.len()]).collect();
        read(&path, text.as_bytes());
    });
}

#[test]
fn any_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz");
    let text: String = (0..60).map(|row| format!("{row},name {}\n", row % 7)).collect();
    let members = [("a.csv", text.as_bytes()), ("b/c.csv", text.as_bytes()), ("d.csv", b"1,x\n")];
    let zipped = zip_of(&members);
    let tar = tar_of(&members);
    let packed = zstd::encode_all(&tar[..], 1).unwrap();
    let changes = bolero::check!().with_iterations(2_000).with_type::<(u8, Changes)>();
    changes.for_each(|(which, changes)| {
        read(&path, &changed([&zipped, &tar, &packed][usize::from(*which) % 3], changes));
    });
}

#[test]
fn any_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.xlsx");
    let book = workbook();
    bolero::check!().with_iterations(400).with_type::<Changes>().for_each(|changes| {
        read(&path, &changed(&book, changes));
    });
}

/// Changes within the parts of a workbook, where no checksum notices them.
#[test]
fn any_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzz.xlsx");
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut part, &mut bytes).unwrap();
        parts.push((part.name().unwrap().into_owned(), bytes));
    }
    let changes = bolero::check!().with_iterations(400).with_type::<(u8, Changes)>();
    changes.for_each(|(which, changes)| {
        let which = usize::from(*which) % parts.len();
        let bent = changed(&parts[which].1, changes);
        let all = parts.iter().enumerate();
        let members: Vec<(&str, &[u8])> = all
            .map(|(at, (name, bytes))| (name.as_str(), if at == which { &bent[..] } else { &bytes[..] }))
            .collect();
        read(&path, &zip_of(&members));
    });
}

#[cfg(feature = "datafusion")]
mod statements {
    use driftline_ingest::{
        Location, Query, ReadOptions, SqlCondition, SqlMetric, named_tables, open, query,
    };

    const WORDS: [&str; 40] = [
        "select",
        "*",
        "a",
        "b",
        "from",
        "current",
        "reference",
        "where",
        "group by",
        "order by",
        "limit",
        "(",
        ")",
        ",",
        "=",
        "<",
        "+",
        "/",
        "'x'",
        "1",
        "0",
        "-",
        "sum(",
        "count(*)",
        "as",
        "join",
        "on",
        "with",
        "union all",
        "\"",
        "'",
        ";",
        "--",
        "/*",
        "cast(",
        "double",
        "null",
        "case when",
        "end",
        "\u{e9}",
    ];

    #[test]
    fn any_statement() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("current.csv");
        std::fs::write(&path, "a,b\n1,x\n2,y\n").unwrap();
        let location = Location::Files(path.to_string_lossy().into_owned());
        let options = ReadOptions::default();
        let table = open(&location, &options).unwrap();
        let raw = table.sources()[0].pull(1 << 16).unwrap().unwrap();
        // A condition reads a chunk and changes nothing of it, whatever breaks down.
        let chunk = std::panic::AssertUnwindSafe(table.sources()[0].decode(raw).unwrap().chunk);
        let schema = table.schema().clone();
        bolero::check!().with_iterations(1_500).with_type::<Vec<u8>>().for_each(|choices| {
            let words = choices.iter().take(40).map(|choice| WORDS[usize::from(*choice) % WORDS.len()]);
            let statement = words.collect::<Vec<_>>().join(" ");
            let _ = SqlMetric::parse("metric", &statement, "");
            let condition = SqlCondition::parse(&statement).and_then(|condition| condition.bind(&schema));
            if let Ok(condition) = condition {
                let _ = condition.of_rows(&chunk);
            }
            if named_tables(&statement).is_err() {
                return;
            }
            let wanted = Query { name: "answer".to_owned(), statement, memory_bytes: 64 << 20 };
            let mut find =
                |name: &str| if name == "current" { open(&location, &options).map(Some) } else { Ok(None) };
            let Ok(table) = query(&wanted, &mut find, &options) else { return };
            for source in table.sources() {
                while let Ok(Some(raw)) = source.pull(1 << 16) {
                    let _ = source.decode(raw);
                }
            }
        });
    }
}
