//! Reports as text and as files for other programs, one file a format.
//!
//! Knows the report and nothing else: not how it was computed, not where it is kept. Whatever a format
//! shows of the data (names, values, raw lines) is taken to be hostile and made harmless first.

mod cells;
mod change;
mod contract;
mod csv;
mod error;
mod field;
mod forensics;
mod format;
mod histogram;
mod html;
mod json;
mod junit;
mod markdown;
mod masked;
mod number;
mod parquet;
mod safe_text;
mod series;
mod summary;
mod text;
mod xlsx;

#[cfg(test)]
mod fixture;

pub use cells::{cells_to_csv, cells_to_markdown, cells_to_text};
pub use change::change_in_words;
pub use contract::{contract_to_junit, contract_to_text};
pub use error::ExportError;
pub use format::{Charset, Colour, FORMATS, Format, RenderOptions, Rendered, find};
pub use histogram::Histogram;
pub use json::to_json;
pub use number::{approximate, byte_size, duration, instant, percent, score_digits, thousands};
pub use safe_text::{csv_cell, harmless, inert, shorten};
pub use series::series_to_text;
pub use summary::{ColumnSummary, RowSummary, TableSummary};
