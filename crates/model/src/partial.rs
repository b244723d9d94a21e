use serde::{Deserialize, Serialize};

use crate::{ColumnVerdict, Severity, Verdict};

/// What can be said of the current data while they are still being read: the decision over the rows so far. It
/// is made from fewer rows than the report, so it may still change; the report does not rest on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartialVerdict {
    /// Rows of the current data that were judged.
    pub rows: u64,
    /// Share of the bytes of the current data that was read, 0..1; absent for a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_ratio: Option<f64>,
    /// Columns that could be judged.
    pub columns_judged: u32,
    /// Columns that drifted.
    pub columns_drifted: u32,
    /// The answer in one word.
    pub verdict: Verdict,
    /// The highest severity of columns and findings.
    pub severity: Severity,
    /// The answer in a sentence or two.
    pub headline: String,
    /// The columns that moved most, most severe first; at most 20.
    pub columns: Vec<PartialColumn>,
}

impl PartialVerdict {
    /// Most columns that are named.
    pub const MAX_COLUMNS: usize = 20;
}

/// One column of a [`PartialVerdict`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartialColumn {
    /// The column.
    pub name: String,
    /// How much it deserves attention.
    pub severity: Severity,
    /// The decision.
    pub verdict: ColumnVerdict,
    /// Share of rows that changed place, 0..1; absent where values could not be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mass_moved: Option<f64>,
    /// The headline score; absent where values could not be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}
