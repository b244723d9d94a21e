//! Rows as they come: pieces of CSV or NDJSON whose columns are not known before, and may change.

mod columns;
mod csv;
mod decoder;
mod grid;
mod ndjson;

#[cfg(test)]
mod tests;

pub use decoder::{KnownColumn, LiveBatch, LiveDecoder, RowFormat};
pub use driftline_chunk::Physical;
