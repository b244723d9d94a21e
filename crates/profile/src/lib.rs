//! Profiles of tables: what is kept of data that are read once.
//!
//! A [`TableProfile`] takes in chunks and merges with others. What comes out is the same, bit for bit, however
//! the rows were cut and in whatever order they came: sums are exact, sets are hashed, and samples are chosen
//! by hash. This crate knows nothing of where chunks come from or of what profiles are compared for.

mod bin_counter;
mod bin_edges;
mod bins;
mod codec;
mod column;
mod count_map;
mod duplicates;
mod error;
mod hashes;
mod kind;
mod labels;
mod lengths;
mod moments;
mod number_summary;
mod number_text;
mod number_values;
mod options;
mod patterns;
mod row_sample;
mod sample_cells;
mod sampler;
mod statistics;
mod table;
mod text_values;
mod wording;

pub use bins::{BinPlan, NumberBins};
pub use column::{ColumnProfile, Distinct};
pub use driftline_stats::hash::NULL_HASH;
pub use error::ProfileError;
pub use hashes::ChunkHashes;
pub use lengths::LengthSummary;
pub use number_summary::NumberSummary;
pub use options::ProfileOptions;
pub use row_sample::{Position, RowSample, SampleColumn, TextSample};
pub use table::{Side, TableProfile};
