//! Small tables for tests, made from rules and not from chance.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use driftline_chunk::{CellFailure, Chunk, Field, Physical, Schema};
use driftline_profile::{BinPlan, ChunkHashes, ProfileOptions, TableProfile};

/// One row of the test table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) number: Option<f64>,
    pub(crate) whole: Option<f64>,
    pub(crate) moment: Option<i64>,
    pub(crate) truth: Option<bool>,
    pub(crate) word: Option<String>,
    pub(crate) prose: Option<String>,
    /// Whether a null number is a cell that did not fit.
    pub(crate) failed: bool,
}

pub(crate) fn schema() -> Schema {
    let field = |name: &str, physical| Field { name: name.to_owned(), physical };
    Schema::new(vec![
        field("number", Physical::Number),
        field("whole", Physical::Number),
        field("moment", Physical::Datetime),
        field("truth", Physical::Boolean),
        field("word", Physical::Text),
        field("prose", Physical::Text),
    ])
}

/// A chunk of these rows, which start at row `first` of source `source`.
pub(crate) fn chunk(rows: &[Row], source: u32, first: u64) -> Chunk {
    let mut number = Float64Builder::new();
    let mut whole = Float64Builder::new();
    let mut moment = TimestampMicrosecondBuilder::new();
    let mut truth = BooleanBuilder::new();
    let mut word = StringViewBuilder::new();
    let mut prose = StringViewBuilder::new();
    let mut failures = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        number.append_option(row.number);
        whole.append_option(row.whole);
        moment.append_option(row.moment);
        truth.append_option(row.truth);
        word.append_option(row.word.as_deref());
        prose.append_option(row.prose.as_deref());
        if row.failed && row.number.is_none() {
            failures.push(CellFailure { column: 0, row: index as u32 });
        }
    }
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(number.finish()),
        Arc::new(whole.finish()),
        Arc::new(moment.finish()),
        Arc::new(truth.finish()),
        Arc::new(word.finish()),
        Arc::new(prose.finish()),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema().arrow()), arrays).unwrap();
    let offsets = (first..first + rows.len() as u64).map(|row| row * 37).collect();
    Chunk::new(schema(), batch, (source, first), offsets, failures).unwrap()
}

/// The profile of one chunk.
pub(crate) fn profile(chunk: &Chunk, options: ProfileOptions, plan: Option<Arc<BinPlan>>) -> TableProfile {
    let mut profile = TableProfile::new(chunk.schema().clone(), options, plan);
    update(&mut profile, chunk);
    profile
}

pub(crate) fn update(profile: &mut TableProfile, chunk: &Chunk) {
    let mut hashes = ChunkHashes::new();
    hashes.fill(chunk);
    profile.update(chunk, &hashes);
}

/// Row `i` of a table with some of everything.
pub(crate) fn row(i: u64) -> Row {
    let scrambled = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    Row {
        number: (!i.is_multiple_of(7)).then_some(scrambled as f64 / 16.0 - 3e5),
        whole: Some((i * 7919 % 101) as f64),
        moment: (!i.is_multiple_of(11)).then_some(1_372_636_800_000_000 + i as i64 * 60_000_000),
        truth: (!i.is_multiple_of(5)).then_some(i.is_multiple_of(3)),
        word: (!i.is_multiple_of(13)).then(|| format!("W{:02}", i % 40)),
        prose: Some(format!("sentence number {i} with a few more words, and an ümlaut")),
        failed: i.is_multiple_of(14),
    }
}

pub(crate) fn rows(range: std::ops::Range<u64>) -> Vec<Row> {
    range.map(row).collect()
}
