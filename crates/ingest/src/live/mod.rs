//! Rows as they come: pieces of CSV or NDJSON whose columns are not known before, and may change.

mod arrow;
mod columns;
mod csv;
mod decoder;
mod grid;
mod ndjson;

#[cfg(test)]
mod tests;

pub use arrow::{ArrowRows, ArrowRowsError, csv_of_arrow};
pub use decoder::{KnownColumn, LiveBatch, LiveDecoder, RowFormat};
pub use driftline_chunk::Physical;
