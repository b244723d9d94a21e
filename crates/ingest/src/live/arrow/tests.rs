use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, NullArray, RecordBatch, RunArray, StringArray, StructArray,
    TimestampMillisecondArray,
};
use arrow_buffer::NullBuffer;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field};

use super::{ArrowRowsError, csv_of_arrow};
use crate::ReadOptions;
use crate::live::{LiveDecoder, RowFormat};

const MOST: usize = 1 << 20;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn stream(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn csv(batches: &[RecordBatch]) -> String {
    String::from_utf8(csv_of_arrow(&stream(batches, None), MOST).unwrap().csv).unwrap()
}

fn texts(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn orders() -> RecordBatch {
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![7, 8, 9]));
    let inner = StructArray::new(
        vec![Field::new("x", DataType::Int64, true)].into(),
        vec![inner],
        Some(NullBuffer::from(vec![true, false, true])),
    );
    let mut list = ListBuilder::new(Int32Builder::new());
    list.append_value([Some(1), None]);
    list.append_null();
    list.append_value([]);
    let words = [Some("a,b"), None, Some("a,b")];
    batch(vec![
        ("id", Arc::new(Int64Array::from(vec![9_007_199_254_740_993, -1, 3]))),
        ("amount", Arc::new(Float64Array::from(vec![Some(1.5), Some(f64::NAN), Some(2.0)]))),
        ("paid", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        (
            "at",
            Arc::new(
                TimestampMillisecondArray::from(vec![Some(1_767_607_200_250), None, Some(0)])
                    .with_timezone("Europe/Berlin"),
            ),
        ),
        ("day", Arc::new(Date32Array::from(vec![Some(1), None, Some(20_000)]))),
        ("word", Arc::new(words.into_iter().collect::<DictionaryArray<Int32Type>>())),
        (
            "run",
            Arc::new(RunArray::try_new(&Int32Array::from(vec![2, 3]), &texts(&[Some("r"), None])).unwrap()),
        ),
        (
            "price",
            Arc::new(Decimal128Array::from(vec![1250, -5, 0]).with_precision_and_scale(10, 2).unwrap()),
        ),
        ("list", Arc::new(list.finish())),
        ("inner", Arc::new(inner)),
        ("none", Arc::new(NullArray::new(3))),
        ("bytes", Arc::new(BinaryArray::from(vec![&b"x"[..], b"y", b"z"]))),
        ("id", texts(&[None, None, None])),
    ])
}

#[test]
fn every_type_is_what_csv_would_have() {
    let rows = csv_of_arrow(&stream(&[orders(), orders()], None), MOST).unwrap();
    let header = "\"id\",\"amount\",\"paid\",\"at\",\"day\",\"word\",\"run\",\"price\",\"list\",\"inner.x\",\"none\"\n";
    let body = "9007199254740993,1.5,true,2026-01-05T10:00:00.250,1970-01-02,\"a,b\",r,12.50,\"[1,null]\",7,\n\
                -1,,,,,,r,-0.05,,,\n\
                3,2,false,1970-01-01,2024-10-04,\"a,b\",,0.00,[],9,\n";
    assert_eq!(String::from_utf8(rows.csv).unwrap(), format!("{header}{body}{body}"));
    assert_eq!(
        rows.skipped,
        [
            "column `bytes` is skipped: it holds binary data",
            "column `id` is skipped: another one has its name"
        ]
    );
}

#[test]
fn compressed_streams_are_the_same() {
    let batches = [orders(), orders()];
    for compression in [CompressionType::ZSTD, CompressionType::LZ4_FRAME] {
        let rows = csv_of_arrow(&stream(&batches, Some(compression)), MOST).unwrap();
        assert_eq!(String::from_utf8(rows.csv).unwrap(), csv(&batches));
    }
}

#[test]
fn names_and_texts_survive_whatever_they_hold() {
    let odd = ["a;b;;", "q\"uote", "line\nend", " x ", ""];
    for names in [&odd[..], &odd[..1], &odd[2..3], &["|,;\t", "plain"]] {
        let cells: Vec<Option<&str>> = vec![Some("1;2|3\t4,5"), None, Some("\"\r\n"), Some("é")];
        let batch = batch(names.iter().map(|name| (*name, texts(&cells))).collect());
        let text = csv(&[batch]);
        let mut decoder = LiveDecoder::new(&ReadOptions::default(), Vec::new(), 0);
        let read = decoder.decode(RowFormat::Csv, text.as_bytes()).unwrap();
        assert_eq!((read.chunk.rows(), read.rejected_rows, read.chunk.schema().len()), (4, 0, names.len()));
        for column in 0..names.len() {
            match read.chunk.column(column) {
                driftline_chunk::ColumnValues::Text(array) => {
                    assert_eq!(array.iter().collect::<Vec<_>>(), cells, "{text:?}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_stream_that_is_cut_off_or_damaged_gives_nothing() {
    for compression in [None, Some(CompressionType::ZSTD), Some(CompressionType::LZ4_FRAME)] {
        let whole = stream(&[orders(), orders()], compression);
        for length in 0..whole.len() {
            let error = csv_of_arrow(&whole[..length], MOST).unwrap_err();
            assert!(matches!(error, ArrowRowsError::Damaged { .. }), "{length}: {error}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(csv_of_arrow(&longer, MOST).is_err());
        // Whatever a flipped byte makes of it: rows or an error, and no more of it than is allowed.
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 0x55;
            if let Ok(rows) = csv_of_arrow(&other, MOST) {
                assert!(rows.csv.len() <= MOST);
            }
        }
    }
    assert!(matches!(csv_of_arrow(b"a,b\n1,2\n", MOST), Err(ArrowRowsError::Damaged { .. })));
}

#[test]
fn what_unfolds_to_too_much_is_refused() {
    let too_large = |batches: &[RecordBatch], compression| {
        let bytes = stream(batches, compression);
        assert!(bytes.len() < MOST / 4, "{}", bytes.len());
        let error = csv_of_arrow(&bytes, MOST).unwrap_err();
        assert!(matches!(error, ArrowRowsError::TooLarge { .. }), "{error}");
    };
    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 1 << 20]));
    too_large(&[batch(vec![("a", zeros.clone())])], Some(CompressionType::ZSTD));
    too_large(&[batch(vec![("a", zeros)])], Some(CompressionType::LZ4_FRAME));
    let long = "x".repeat(1 << 16);
    let values = texts(&[Some(&long)]);
    let dictionary = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0; 100]), Arc::clone(&values));
    too_large(&[batch(vec![("a", Arc::new(dictionary))])], None);
    let runs = RunArray::try_new(&Int32Array::from(vec![1000]), &values).unwrap();
    too_large(&[batch(vec![("a", Arc::new(runs))])], None);
    too_large(&[batch(vec![("a", Arc::new(NullArray::new(1 << 40)))])], None);
    let inner = Field::new("n", DataType::Null, true);
    let list = arrow_array::FixedSizeListArray::new(
        Arc::new(inner),
        1 << 20,
        Arc::new(NullArray::new(4 << 20)),
        None,
    );
    too_large(&[batch(vec![("a", Arc::new(list))])], None);
}

#[test]
fn a_compressed_buffer_that_lies_about_its_length_is_refused() {
    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 10_000]));
    let honest = stream(&[batch(vec![("a", zeros)])], Some(CompressionType::LZ4_FRAME));
    let claim = 80_000_i64.to_le_bytes();
    let at = honest.windows(8).rposition(|bytes| bytes == claim).unwrap();
    for lie in [8_i64, 79_999, 80_001, i64::MAX, -2] {
        let mut bytes = honest.clone();
        bytes[at..at + 8].copy_from_slice(&lie.to_le_bytes());
        assert!(csv_of_arrow(&bytes, MOST).is_err(), "{lie}");
    }
}

#[test]
fn what_has_no_columns_or_no_rows_is_told() {
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
    let error = csv_of_arrow(&stream(&[batch(vec![("a", bytes)])], None), MOST).unwrap_err();
    assert!(matches!(error, ArrowRowsError::NoColumns));
    let none = batch(vec![("a", Arc::new(Int64Array::from(Vec::<i64>::new())))]);
    assert_eq!(csv(&[none]), "\"a\"\n");
}
