use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::{Array, types::Float64Type};
use proptest::prelude::*;

use super::*;
use crate::scan::Structure;
use crate::scan::reference::read as read_plainly;
use crate::{Decoded, Rejected, Repairs, Table, open};

fn file(text: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    file
}

fn opened(file: &tempfile::NamedTempFile, options: &ReadOptions) -> Result<Table, IngestError> {
    open(&Location::parse(&file.path().to_string_lossy()), options)
}

/// Everything in the table, pulled in pieces of this size.
fn chunks(table: &Table, piece: usize) -> Result<Vec<Decoded>, IngestError> {
    let mut all = Vec::new();
    for source in table.sources() {
        while let Some(raw) = source.pull(piece)? {
            all.push(source.decode(raw)?);
        }
    }
    Ok(all)
}

/// Rows as text, with their offsets; every column must be held as text.
fn rows(chunks: &[Decoded]) -> Vec<(u64, Vec<Option<String>>)> {
    let mut rows = Vec::new();
    for Decoded { chunk, .. } in chunks {
        for (row, offset) in chunk.offsets().iter().enumerate() {
            let cell = |array: &arrow_array::ArrayRef| {
                let texts = array.as_string_view();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            };
            rows.push((*offset, chunk.batch().columns().iter().map(cell).collect()));
        }
    }
    rows
}

fn rejected(chunks: &[Decoded]) -> Vec<(u64, Rejected)> {
    let mut before = 0;
    let mut all = Vec::new();
    for decoded in chunks {
        all.extend(
            decoded
                .rejected
                .iter()
                .map(|bad| (before + bad.row_in_chunk, Rejected { row_in_chunk: 0, ..bad.clone() })),
        );
        before += decoded.rows_seen;
    }
    all
}

#[test]
fn kinds_nulls_and_failures_come_out_as_they_are() {
    let mut text = "n,d,b,t\n".to_owned();
    for row in 0..30 {
        text.push_str(&format!("{row}.5,2013-01-{:02},{},\"x, {row}\"\n", row % 28 + 1, row % 2 == 0));
    }
    text.push_str("oops,,NA,\n");
    let file = file(text.as_bytes());
    let table = opened(&file, &ReadOptions::default()).unwrap();
    let held: Vec<_> = table.schema().fields().iter().map(|field| field.physical).collect();
    assert_eq!(held, [Physical::Number, Physical::Datetime, Physical::Boolean, Physical::Text]);
    let chunks = chunks(&table, 1 << 20).unwrap();
    let chunk = &chunks[0].chunk;
    assert_eq!((chunk.rows(), chunk.failures().len()), (31, 1));
    assert_eq!((chunk.failures()[0].column, chunk.failures()[0].row), (0, 30));
    assert_eq!(chunk.batch().column(0).as_primitive::<Float64Type>().value(7), 7.5);
    assert_eq!(chunk.batch().column(3).as_string_view().value(7), "x, 7");
    assert!((0..4).all(|column| chunk.batch().column(column).is_null(30)));
}

#[test]
fn records_of_another_length_are_set_aside_with_their_place() {
    let file = file(b"a,b\n1,2\n3\n4,5,6\n7,8\n");
    let table = opened(&file, &ReadOptions::default()).unwrap();
    let chunks = chunks(&table, 1 << 20).unwrap();
    let bad = rejected(&chunks);
    let places: Vec<_> = bad.iter().map(|(row, bad)| (*row, bad.byte_offset, bad.raw.as_str())).collect();
    assert_eq!(places, [(1, 8, "3"), (2, 10, "4,5,6")]);
    assert_eq!(bad[1].1.reason, "3 cells where 2 were expected");
    assert_eq!(chunks[0].chunk.rows(), 2);
}

#[test]
fn a_lost_quote_swallows_one_line_only() {
    let file = file(b"a,b\n1,2\n\"3,4\n5,6\n7,8\n");
    let options = ReadOptions { delimiter: Some(b','), ..ReadOptions::default() };
    let unrepaired = ReadOptions { repairs: Repairs::None, ..options.clone() };
    let table = opened(&file, &unrepaired).unwrap();
    let found = chunks(&table, 1 << 20).unwrap();
    assert_eq!(found.iter().map(|decoded| decoded.chunk.rows()).sum::<usize>(), 3);
    assert_eq!(rejected(&found)[0].1.reason, "a quote is opened and never closed");
    // The quote is text, and every line is a row.
    let table = opened(&file, &options).unwrap();
    let found = chunks(&table, 1 << 20).unwrap();
    assert_eq!(found.iter().map(|decoded| decoded.chunk.rows()).sum::<usize>(), 4);
    assert_eq!(found[0].forensics.repairs[0].byte_offset, 8);
}

#[test]
fn a_kind_that_proves_wrong_is_corrected() {
    let mut text = "a,b\n".to_owned();
    (0..40_000).for_each(|row| text.push_str(&format!("{row},\n")));
    (0..40_000).for_each(|row| text.push_str(&format!("x{row},{row}\n")));
    let file = file(text.as_bytes());
    let options = ReadOptions { prefer: vec![("a".to_owned(), Physical::Number)], ..ReadOptions::default() };
    let table = opened(&file, &options).unwrap();
    assert_eq!(table.schema().fields()[0].physical, Physical::Number);
    chunks(&table, 1 << 20).unwrap();
    let half = Seen { fitting: 40_000, failures: 40_000 };
    let corrected = table.corrected(&[half, Seen { fitting: 40_000, failures: 0 }]).unwrap();
    assert_eq!(corrected.fields()[0].physical, Physical::Text);
    let again = table.reopen(&corrected).unwrap();
    assert_eq!(
        chunks(&again, 1 << 20).unwrap().iter().map(|decoded| decoded.chunk.rows()).sum::<usize>(),
        80_000
    );
}

#[test]
fn a_cut_gzip_gives_what_it_has_and_then_says_so() {
    let mut text = "a,b\n".to_owned();
    (0..50_000).for_each(|row| text.push_str(&format!("{row},{}\n", row * 7919 % 10_007)));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let whole = file(&packed);
    let table = opened(&whole, &ReadOptions::default()).unwrap();
    assert_eq!(chunks(&table, 1 << 16).unwrap().iter().map(|decoded| decoded.rows_seen).sum::<u64>(), 50_000);
    let cut = file(&packed[..packed.len() / 2]);
    let table = opened(&cut, &ReadOptions::default()).unwrap();
    let source = &table.sources()[0];
    let mut seen = 0;
    let error = loop {
        match source.pull(1 << 16) {
            Ok(Some(raw)) => seen += source.decode(raw).unwrap().rows_seen,
            Ok(None) => panic!("the damage went unnoticed"),
            Err(error) => break error,
        }
    };
    assert!(seen > 10_000 && matches!(error, IngestError::Damaged { format: "gzip", .. }), "{seen} {error}");
}

#[test]
fn files_of_a_folder_are_one_table_whatever_the_order_of_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1.csv"), "a,b\n1,x\n").unwrap();
    std::fs::write(folder.path().join("2.csv"), "b,a\ny,2\n").unwrap();
    let location = Location::parse(&folder.path().to_string_lossy());
    let table = open(&location, &ReadOptions::default()).unwrap();
    let all = chunks(&table, 1 << 20).unwrap();
    assert_eq!(all[1].chunk.batch().column(0).as_primitive::<Float64Type>().value(0), 2.0);
    assert_eq!(all[1].chunk.batch().column(1).as_string_view().value(0), "y");
    std::fs::write(folder.path().join("3.csv"), "b,c\ny,2\n").unwrap();
    assert!(matches!(open(&location, &ReadOptions::default()), Err(IngestError::ColumnsDiffer { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn any_text_in_any_pieces_reads_as_the_plain_reading_does(
        body in "[ab,\"\n\r1]{0,400}",
        piece in 1_usize..500,
    ) {
        let text = format!("p,q\nx,y\nx,y\n{body}");
        let file = file(text.as_bytes());
        let options = ReadOptions {
            delimiter: Some(b','),
            header_rows: Some(1),
            newline: Some(crate::Newline::Lf),
            repairs: Repairs::None,
            null_spellings: Vec::new(),
            prefer: vec![("p".to_owned(), Physical::Text), ("q".to_owned(), Physical::Text)],
            ..ReadOptions::default()
        };
        let table = opened(&file, &options).unwrap();
        prop_assume!(table.schema().fields().iter().all(|field| field.physical == Physical::Text));
        let whole = chunks(&table, 1 << 20).unwrap();
        let pieces = chunks(&table.reopen(table.schema()).unwrap(), piece).unwrap();
        prop_assert_eq!(rows(&whole), rows(&pieces));
        prop_assert_eq!(rejected(&whole), rejected(&pieces));

        let structure = Structure { delimiter: b',', quote: b'"', terminator: b'\n' };
        let plain = read_plainly(text.as_bytes(), structure);
        // An open quote at the end is given up line by line, which the plain reading does not do.
        if plain.iter().any(|record| record.open) {
            return Ok(());
        }
        let content = |cell: &Vec<u8>| {
            let text = String::from_utf8(cell.clone()).unwrap();
            (!text.trim().is_empty()).then_some(text)
        };
        let wanted: Vec<_> = plain
            .iter()
            .skip(1)
            .filter(|record| record.cells.len() == 2)
            .map(|record| (record.offset as u64, record.cells.iter().map(content).collect::<Vec<_>>()))
            .collect();
        prop_assert_eq!(rows(&whole), wanted);
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told_after_what_it_holds() {
    let mut file = file(b"a,b\n1,2\n3,4\n");
    let table = opened(&file, &ReadOptions::default()).unwrap();
    file.write_all(b"5,6\n").unwrap();
    let source = &table.sources()[0];
    let mut rows = 0;
    let ended = loop {
        match source.pull(1 << 20) {
            Ok(Some(raw)) => rows += source.decode(raw).unwrap().chunk.rows(),
            ended => break ended,
        }
    };
    assert_eq!(rows, 3);
    let error = ended.unwrap_err();
    assert!(matches!(error, IngestError::Changed { .. }), "{error}");
    assert_eq!((error.code(), error.category()), ("ingest.changed", crate::Category::Data));
}
