//! Whatever bytes come in as an Arrow stream of rows, it is an error, or CSV within its bound of which every row can be
//! read: never a panic that gets out.
//!
//! As a plain test it runs a bounded number of inputs and prints the seed of one that fails
//! (`BOLERO_RANDOM_SEED` repeats it); `cargo bolero test` fuzzes without end.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float32Array, Int64Array, RecordBatch, StringArray,
    TimestampNanosecondArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use driftline_ingest::ReadOptions;
use driftline_ingest::live::{LiveDecoder, RowFormat, csv_of_arrow};

/// The most that a stream may become.
const MOST_BYTES: usize = 1 << 16;

/// Bytes to be changed: where, and to what; and where to cut.
type Changes = (Vec<(u32, u8)>, u16);

fn stream(compression: Option<CompressionType>) -> Vec<u8> {
    let words = [Some("a,b"), None, Some("\"\n"), Some("a,b")];
    let columns: [(&str, ArrayRef); 6] = [
        ("id;", Arc::new(Int64Array::from(vec![1, -2, i64::MAX, 0]))),
        ("ratio", Arc::new(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN), Some(1e30)]))),
        ("paid", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]))),
        ("at", Arc::new(TimestampNanosecondArray::from(vec![Some(0), Some(i64::MAX), None, Some(-1)]))),
        ("word", Arc::new(words.into_iter().collect::<DictionaryArray<Int8Type>>())),
        ("text", Arc::new(StringArray::from(vec![Some("x"), Some(""), None, Some("\u{e9}\r")]))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn changed(bytes: &[u8], (changes, cut): &Changes) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, value) in changes.iter().take(8) {
        let place = *place as usize % bytes.len();
        bytes[place] = *value;
    }
    // Mostly whole: what is cut off is refused at once.
    if cut % 16 == 0 {
        bytes.truncate(usize::from(*cut) % (bytes.len() + 1));
    }
    bytes
}

#[test]
fn any_arrow_stream() {
    let forms = [None, Some(CompressionType::ZSTD), Some(CompressionType::LZ4_FRAME)].map(stream);
    let changes = bolero::check!().with_iterations(4_000).with_type::<(u8, Changes)>();
    changes.for_each(|(form, changes)| {
        let bytes = changed(&forms[usize::from(*form) % forms.len()], changes);
        let Ok(rows) = csv_of_arrow(&bytes, MOST_BYTES) else { return };
        assert!(rows.csv.len() <= MOST_BYTES);
        let mut decoder = LiveDecoder::new(&ReadOptions::default(), Vec::new(), 0);
        let batch = decoder.decode(RowFormat::Csv, &rows.csv).unwrap();
        assert_eq!(batch.rejected_rows, 0, "{}", String::from_utf8_lossy(&rows.csv));
    });
}
