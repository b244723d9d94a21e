use serde::{Deserialize, Serialize};

/// A sentence with its numbers that explains findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Insight {
    /// What sort of explanation this is.
    pub kind: InsightKind,
    /// How much of the change it explains, 0..1; insights are sorted by it, highest first.
    pub weight: f64,
    /// The columns it speaks of, the main one first.
    pub columns: Vec<String>,
    /// The sentence.
    pub text: String,
}

/// What sort of explanation an insight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InsightKind {
    /// How far and in which direction a column moved.
    Shift,
    /// From which part of the file on.
    Onset,
    /// In which category or slice the change sits.
    Slice,
    /// Which columns moved together.
    Together,
    /// A table-wide observation: volume, duplicates, columns that came or went.
    Table,
}
