use serde::{Deserialize, Serialize};

/// The strangest rows of the current data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Anomalies {
    /// Rows that were scored.
    pub rows_scored: u64,
    /// Rows whose score reached the threshold.
    pub rows_flagged: u64,
    /// Score from which a row counts as flagged, 0..1.
    pub threshold: f64,
    /// Ids of the methods that took part.
    pub methods: Vec<String>,
    /// Against what rows were judged: `reference` or `self`.
    pub judged_against: String,
    /// The strangest rows, strangest first; bounded.
    pub top: Vec<RowAnomaly>,
}

/// One strange row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowAnomaly {
    /// The file or stream it came from.
    pub source: String,
    /// Number of the record in its source, first data record = 1.
    pub row: u64,
    /// Byte at which the record starts in the (decompressed) source.
    pub byte_offset: u64,
    /// How strange, 0..1; higher is stranger.
    pub score: f64,
    /// The cells to blame, worst first.
    pub cells: Vec<CellBlame>,
}

/// One cell that makes a row strange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellBlame {
    /// Column name.
    pub column: String,
    /// The value as text, shortened when long.
    pub value: String,
    /// How strange the cell is by itself, 0..1.
    pub score: f64,
    /// Id of the method that says so.
    pub method: String,
    /// Why, in words: `9.2 standard deviations above the mean (42.1)`.
    pub reason: String,
}
