use arrow_array::Array as _;
use driftline_chunk::{ColumnValues, Physical};

use super::{LiveDecoder, RowFormat};
use crate::ReadOptions;

fn decoder() -> LiveDecoder {
    LiveDecoder::new(&ReadOptions::default(), Vec::new(), 0)
}

fn names(batch: &super::LiveBatch) -> Vec<(String, Physical)> {
    batch.chunk.schema().fields().iter().map(|field| (field.name.clone(), field.physical)).collect()
}

fn numbers(batch: &super::LiveBatch, column: usize) -> Vec<Option<f64>> {
    match batch.chunk.column(column) {
        ColumnValues::Number(array) => array.iter().collect(),
        _ => panic!("not numbers"),
    }
}

#[test]
fn json_lines_become_rows_and_bad_ones_are_set_aside() {
    let mut decoder = decoder();
    let text = "{\"id\":1,\"at\":\"2026-01-05T10:00:00Z\",\"who\":{\"name\":\"A\\u00e9\\n\"},\"list\":[1,2],\"ok\":true}\n\
                {\"ok\":false,\"id\":2.5,\"extra\":null}\n{\"id\": oops}\n\n[1]\n{\"id\":";
    let batch = decoder.decode(RowFormat::Ndjson, text.as_bytes()).unwrap();
    let expected = [
        ("id", Physical::Number),
        ("at", Physical::Datetime),
        ("who.name", Physical::Text),
        ("list", Physical::Text),
        ("ok", Physical::Boolean),
    ];
    assert_eq!(names(&batch), expected.map(|(name, physical)| (name.to_owned(), physical)));
    assert_eq!((batch.chunk.rows(), batch.rejected_rows, batch.present.len()), (2, 3, 5));
    assert_eq!(numbers(&batch, 0), [Some(1.0), Some(2.5)]);
    match batch.chunk.column(2) {
        ColumnValues::Text(array) => assert_eq!((array.value(0), array.is_null(1)), ("A\u{e9}\n", true)),
        other => panic!("{other:?}"),
    }
    assert!(batch.chunk.offsets().is_sorted() && batch.rejected[0].raw.contains("oops"));
}

#[test]
fn csv_pieces_bring_their_header_in_any_order() {
    let mut decoder = decoder();
    let first = decoder.decode(RowFormat::Csv, b"a;b\n1;x\n2;\"y;z\"\n3\n").unwrap();
    assert_eq!((first.chunk.rows(), first.rejected_rows), (2, 1));
    let second = decoder.decode(RowFormat::Csv, b"b,c,a\r\nw,7,4\r\n").unwrap();
    assert_eq!(names(&second).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(numbers(&second, 0), [Some(4.0)]);
    let third = decoder.decode(RowFormat::Csv, b"a\n5\n").unwrap();
    assert_eq!(third.present, [true, false, false]);
    assert!(third.chunk.offsets()[0] > second.chunk.offsets()[0]);
}

#[test]
fn a_column_changes_its_type_when_that_is_clear() {
    let mut decoder = decoder();
    decoder.decode(RowFormat::Csv, b"a\n1\n2\n").unwrap();
    let one = decoder.decode(RowFormat::Csv, b"a\nx\n3\n").unwrap();
    assert_eq!((one.chunk.failures().len(), numbers(&one, 0)), (1, vec![None, Some(3.0)]));
    let text = format!("a\n{}", "low\n".repeat(30));
    let other = decoder.decode(RowFormat::Csv, text.as_bytes()).unwrap();
    assert_eq!(names(&other), [("a".to_owned(), Physical::Text)]);
    let known = decoder.columns().to_vec();
    let mut next = LiveDecoder::new(&ReadOptions::default(), known, decoder.offset());
    let same = next.decode(RowFormat::Csv, b"a\nlow\n").unwrap();
    assert_eq!(names(&same), names(&other));
}
