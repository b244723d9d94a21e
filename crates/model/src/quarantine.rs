use serde::{Deserialize, Serialize};

/// The rows that could not be read, counted, with the first of them kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quarantine {
    /// Number of rows set aside in all.
    pub rows: u64,
    /// The first rejected rows in file order; bounded.
    pub examples: Vec<RejectedRow>,
}

/// One row that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RejectedRow {
    /// The file or stream it came from.
    pub source: String,
    /// Number of the record in its source, first data record = 1.
    pub row: u64,
    /// Byte at which the record starts in the (decompressed) source.
    pub byte_offset: u64,
    /// Why it was set aside, such as `6 cells where 5 were expected`.
    pub reason: String,
    /// The beginning of the raw record, made printable; bounded, and ends with `…` where more of it was there.
    pub raw: String,
}
