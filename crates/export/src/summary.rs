use driftline_model::{Anomalies, ColumnStatistics, Kind, Personal, SideReport};
use serde::Serialize;

use crate::RenderOptions;
use crate::text::{rows_as_text, summary_as_text};

/// What one table holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableSummary {
    /// The table as a whole.
    pub table: SideReport,
    /// Its columns, in their order in the table.
    pub columns: Vec<ColumnSummary>,
    /// Columns with personal data, whose values are masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked_columns: Vec<String>,
}

/// What one column holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Column name.
    pub name: String,
    /// What its values mean.
    pub kind: Kind,
    /// Its figures.
    #[serde(flatten)]
    pub statistics: ColumnStatistics,
    /// What personal data it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal>,
}

/// The strangest rows of one table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowSummary {
    /// The table as a whole.
    pub table: SideReport,
    /// Its strangest rows.
    pub anomalies: Anomalies,
    /// Columns with personal data, whose values are masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked_columns: Vec<String>,
}

impl TableSummary {
    /// The summary for the terminal.
    pub fn to_text(&self, options: &RenderOptions) -> String {
        summary_as_text(self, options)
    }
}

impl RowSummary {
    /// The rows for the terminal.
    pub fn to_text(&self, options: &RenderOptions) -> String {
        rows_as_text(self, options)
    }
}
