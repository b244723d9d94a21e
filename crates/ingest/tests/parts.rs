//! Parts of a table give what the whole table gives, or say that they do not fit together.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::path::Path;

use arrow_array::cast::AsArray;
use driftline_chunk::Physical;
use driftline_ingest::{
    Decoded, IngestError, Location, Part, ReadOptions, Repairs, Span, Table, TablePlan, open,
};
use proptest::prelude::*;

/// Everything that reading gives, without the borders of chunks.
#[derive(Debug, Default, PartialEq)]
struct Read {
    /// Source, offset, and cells as text.
    rows: Vec<(u32, u64, Vec<String>)>,
    /// Source, offset, reason and beginning.
    rejected: Vec<(u32, u64, String, String)>,
    /// What was repaired and left aside: kind, place, beginning.
    forensics: Vec<(u32, String, u64, String)>,
    failures: u64,
    seen: u64,
    bytes: u64,
    /// Source and number of each chunk.
    sequences: Vec<(u32, u64)>,
}

impl Read {
    fn take(&mut self, decoded: &Decoded) {
        let chunk = &decoded.chunk;
        let source = chunk.source();
        let kinds: Vec<Physical> = chunk.schema().fields().iter().map(|field| field.physical).collect();
        for (row, offset) in chunk.offsets().iter().enumerate() {
            let cell = |(array, kind): (&arrow_array::ArrayRef, &Physical)| match (array.is_null(row), kind) {
                (true, _) => "∅".to_owned(),
                (_, Physical::Number) => format!(
                    "{:x}",
                    array.as_primitive::<arrow_array::types::Float64Type>().value(row).to_bits()
                ),
                (_, Physical::Boolean) => array.as_boolean().value(row).to_string(),
                (_, Physical::Datetime) => array
                    .as_primitive::<arrow_array::types::TimestampMicrosecondType>()
                    .value(row)
                    .to_string(),
                (_, Physical::Text) => array.as_string_view().value(row).to_owned(),
            };
            let cells = chunk.batch().columns().iter().zip(&kinds).map(cell).collect();
            self.rows.push((source, *offset, cells));
        }
        for bad in &decoded.rejected {
            self.rejected.push((source, bad.byte_offset, bad.reason.clone(), bad.raw.clone()));
        }
        let forensics = &decoded.forensics;
        for repair in &forensics.repairs {
            let kind = format!("{:?}", repair.kind);
            self.forensics.push((source, kind, repair.byte_offset, repair.raw.clone()));
        }
        for aside in &forensics.asides {
            let kind = format!("{:?}", aside.kind);
            self.forensics.push((source, kind, aside.byte_offset, aside.raw.clone()));
        }
        self.failures += chunk.failures().len() as u64;
        self.seen += decoded.rows_seen;
        self.bytes += decoded.bytes;
        self.sequences.push((source, chunk.sequence()));
    }
}

fn read(table: &Table, piece: usize, all: &mut Read) -> Result<(), IngestError> {
    for source in table.sources() {
        while let Some(raw) = source.pull(piece)? {
            all.take(&source.decode(raw)?);
        }
    }
    Ok(())
}

/// Reads a part that came over the wire.
fn read_part(plan: &[u8], part: &Part, all: &mut Read) -> Result<Option<Span>, IngestError> {
    let plan: TablePlan = postcard::from_bytes(plan).unwrap();
    let part: Part = postcard::from_bytes(&postcard::to_stdvec(part).unwrap()).unwrap();
    let table = Table::of_part(&plan, &part)?;
    read(&table, 300, all)?;
    assert_eq!(table.sources().len(), 1);
    assert_eq!(table.sources()[0].name(), part.source_name());
    Ok(table.sources()[0].span())
}

/// What all parts give, and how many files had to be read whole because a part began at a wrong place.
fn in_parts(table: &Table, part_bytes: u64) -> (Read, usize) {
    let (plan, parts) = table.cut(part_bytes).unwrap();
    let plan = postcard::to_stdvec(&plan).unwrap();
    assert!(parts.iter().map(Part::ordinal).eq(0..parts.len() as u64));
    assert!(parts.is_sorted_by_key(Part::source));
    let (mut all, mut broken) = (Read::default(), 0);
    for parts in parts.chunk_by(|one, other| one.source() == other.source()) {
        let mut of_file = Read::default();
        let spans: Vec<Option<Span>> =
            parts.iter().map(|part| read_part(&plan, part, &mut of_file).unwrap()).collect();
        let fits = |pair: &[Option<Span>]| match (pair[0], pair[1]) {
            (Some(one), Some(other)) => one.end == other.start,
            (one, other) => one.is_none() && other.is_none(),
        };
        if !spans.windows(2).all(fits) {
            broken += 1;
            of_file = Read::default();
            assert_eq!(read_part(&plan, &parts[0].whole_file(), &mut of_file).unwrap(), None);
        }
        all.rows.append(&mut of_file.rows);
        all.rejected.append(&mut of_file.rejected);
        all.forensics.append(&mut of_file.forensics);
        all.sequences.append(&mut of_file.sequences);
        all.failures += of_file.failures;
        all.seen += of_file.seen;
        all.bytes += of_file.bytes;
    }
    assert!(all.sequences.is_sorted_by(|one, other| one < other), "{:?}", all.sequences);
    (all, broken)
}

/// Cuts the files at every size up to `largest`, and compares with the reading that is not cut. Says how many
/// cuts did not fit.
fn compare(folder: &Path, options: &ReadOptions, sizes: impl Iterator<Item = u64>) -> usize {
    let table = || open(&Location::parse(&folder.to_string_lossy()), options).unwrap();
    let mut wanted = Read::default();
    read(&table(), 1 << 20, &mut wanted).unwrap();
    let mut broken = 0;
    for size in sizes {
        let (mut found, again) = in_parts(&table(), size);
        found.sequences.clone_from(&wanted.sequences);
        assert_eq!(found, wanted, "parts of {size} bytes");
        broken += again;
    }
    broken
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, text) in files.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.csv")), text).unwrap();
    }
    folder
}

/// What every part size gives for these files.
fn every_size(files: &[&str], options: &ReadOptions) -> usize {
    let folder = folder(files);
    let largest = files.iter().map(|text| text.len()).max().unwrap_or(0) as u64;
    compare(folder.path(), options, 1..largest + 2)
}

fn unrepaired() -> ReadOptions {
    let delimiter = Some(b',');
    ReadOptions { repairs: Repairs::None, delimiter, quote: Some(Some(b'"')), ..ReadOptions::default() }
}

fn plain(rows: usize, end: &str) -> String {
    let mut text = format!("id,name,when,ok{end}");
    for row in 0..rows {
        let day = row % 28 + 1;
        write!(text, "{row}.5,name {row},2013-01-{day:02},{}{end}", row % 2 == 0).unwrap();
    }
    text
}

#[test]
fn plain_tables_fit_at_every_size() {
    for end in ["\n", "\r\n", "\r"] {
        let text = plain(12, end);
        assert_eq!(every_size(&[&text], &ReadOptions::default()), 0, "{end:?}");
        // Without the last line end.
        let text = text.strip_suffix(end).unwrap();
        assert_eq!(every_size(&[text], &ReadOptions::default()), 0, "{end:?}");
    }
}

#[test]
fn quoted_cells_fit_wherever_they_are_cut() {
    let mut text = "id,note\n".to_owned();
    for row in 0..10 {
        writeln!(text, "{row},\"said \"\"{row}\"\",\nand, more,\r\n\n\"").unwrap();
    }
    let folder = folder(&[&text]);
    let broken = compare(folder.path(), &unrepaired(), 1..text.len() as u64 + 2);
    assert!(broken < text.len() / 4, "{broken} of {} cuts did not fit", text.len());
    assert_eq!(compare(folder.path(), &unrepaired(), 100..text.len() as u64 + 2), 0);
}

#[test]
fn a_cell_larger_than_a_part_is_of_one_part() {
    let mut text = "id,note\n1,x\n2,\"".to_owned();
    (0..40).for_each(|line| writeln!(text, "line {line} of the cell").unwrap());
    text.push_str("\"\n3,y\n4,z\n5,\"q\"\n6,\"r\"\n");
    let folder = folder(&[&text]);
    compare(folder.path(), &unrepaired(), (1..40).chain(40..text.len() as u64 + 2));
}

#[test]
fn dirty_rows_blank_lines_and_open_quotes_come_out_the_same() {
    let dirty = "a,b,c\n1,2,3\n\n4,5\n6,7,8,9\n\r\n10,11,12\nx\n\n\n13,14,15\n16,17,18\n";
    every_size(&[dirty], &unrepaired());
    every_size(&[dirty], &ReadOptions::default());
    let open_quote = "a,b\n1,2\n\"3,4\n5,6\n7,8\n9,10\n11,12\n";
    every_size(&[open_quote], &unrepaired());
    every_size(&[open_quote], &ReadOptions::default());
    let long = format!("a,b\n1,2\n3,{}\n5,6\n7,8\n", "x".repeat(50));
    every_size(&[&long], &ReadOptions { max_cell_bytes: 20, ..unrepaired() });
    every_size(&["a\n1\n\n2\n\"3\n4\"\n\n5\n"], &unrepaired());
}

#[test]
fn several_files_keep_their_numbers_and_the_order_of_their_columns() {
    let first = plain(8, "\n");
    let other = "ok,when,name,id\ntrue,2014-02-03,n,7\nfalse,2014-02-04,\"a,\nb\",8\n";
    assert_eq!(every_size(&[&first, other, &plain(3, "\r\n")], &ReadOptions::default()), 0);
}

#[test]
fn what_reading_learnt_corrects_the_table() {
    let mut text = "id,late\n".to_owned();
    (0..600_000).for_each(|row| writeln!(text, "{row},").unwrap());
    // Behind the beginning and between the places that are looked at.
    text.insert_str(text.len() / 98 * 97, "\n1,2.5\n2,3.5\n3,4.5\n");
    let folder = folder(&[&text]);
    let options = ReadOptions::default();
    let table = || open(&Location::parse(&folder.path().to_string_lossy()), &options).unwrap();
    let uncut = table();
    read(&uncut, 1 << 20, &mut Read::default()).unwrap();
    let (plan, parts) = table().cut(1_000_000).unwrap();
    let client = table();
    for part in &parts {
        let table = Table::of_part(&plan, part).unwrap();
        read(&table, 1 << 20, &mut Read::default()).unwrap();
        let learnt = postcard::to_stdvec(&table.learnt()).unwrap();
        client.learn(postcard::from_bytes(&learnt).unwrap());
    }
    assert_eq!(client.learnt(), uncut.learnt());
    assert!(uncut.corrected(&[]).is_some());
    assert_eq!(client.corrected(&[]), uncut.corrected(&[]));
}

#[test]
fn the_plan_and_the_parts_of_twenty_columns_are_small() {
    let line = |cell: &dyn Fn(usize) -> String| (0..20).map(cell).collect::<Vec<_>>().join(",");
    let row = line(&|column| if column % 2 == 0 { format!("{column}.5") } else { format!("t{column}") });
    let folder = folder(&[&format!(
        "{}\n{}",
        line(&|column| format!("column {column}")),
        format!("{row}\n").repeat(99)
    )]);
    let table = open(&Location::parse(&folder.path().to_string_lossy()), &ReadOptions::default()).unwrap();
    let (plan, parts) = table.cut(1_000).unwrap();
    let (plan, part) =
        (postcard::to_stdvec(&plan).unwrap().len(), postcard::to_stdvec(&parts[3]).unwrap().len());
    assert!(plan < 1_000 && part < 200, "plan {plan} bytes, part {part} bytes");
}

#[test]
fn what_cannot_be_read_from_anywhere_is_one_part() {
    let text = plain(50, "\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv.zst"), zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("b.csv"), utf16).unwrap();
    std::fs::write(folder.path().join("c.csv"), plain(20, "\n")).unwrap();
    let table = open(&Location::parse(&folder.path().to_string_lossy()), &ReadOptions::default()).unwrap();
    let sources: Vec<usize> = table.cut(300).unwrap().1.iter().map(Part::source).collect();
    assert_eq!(sources[..3], [0, 1, 2]);
    assert!(sources.len() > 3 && sources[2..].iter().all(|source| *source == 2));
    assert_eq!(compare(folder.path(), &ReadOptions::default(), [1, 50, 300].into_iter()), 0);
}

#[test]
fn other_formats_and_files_that_changed_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    std::fs::write(&path, "{\"a\":1}\n").unwrap();
    let table = open(&Location::parse(&path.to_string_lossy()), &ReadOptions::default()).unwrap();
    let error = table.cut(100).unwrap_err();
    assert!(error.code() == "ingest.uncuttable" && error.to_string().contains("is JSON"), "{error}");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, plain(9, "\n")).unwrap();
    let table = open(&Location::parse(&path.to_string_lossy()), &ReadOptions::default()).unwrap();
    let (plan, parts) = table.cut(100).unwrap();
    std::fs::write(&path, plain(10, "\n")).unwrap();
    let error = Table::of_part(&plan, &parts[1]).err().unwrap();
    assert!(error.code() == "ingest.resized" && error.to_string().contains("a.csv"), "{error}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(Table::of_part(&plan, &parts[1]).err().unwrap().code(), "ingest.missing");
}

/// Cells that quoting makes hard to tell from structure.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,4}",
        "[0-9]{1,3}",
        "[a\",\n\r]{0,9}".prop_map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))),
        "[a\"]{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_is_never_read_otherwise_without_a_word(
        rows in prop::collection::vec(prop::collection::vec(cell(), 1..4), 1..30),
        end in prop_oneof![Just("\n"), Just("\r\n")],
        size in 1_u64..80,
    ) {
        let lines: Vec<String> = rows.iter().map(|cells| cells.join(",")).collect();
        let folder = folder(&[&format!("a,b{end}1,2{end}3,4{end}{}", lines.join(end))]);
        let options = ReadOptions { header_rows: Some(1), skip_rows: Some(0), ..unrepaired() };
        compare(folder.path(), &options, [size, 2 * size, 7 * size].into_iter());
    }
}
