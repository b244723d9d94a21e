use serde::{Deserialize, Serialize};

use crate::{SideReport, Timings};

/// Cells of one table that are probably wrong: each with a reason and, where one is known, with what probably
/// belongs there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellReport {
    /// Version of this form.
    pub schema_version: u32,
    /// The answer in one sentence.
    pub headline: String,
    /// The table that was judged.
    pub table: SideReport,
    /// Ids of the methods that took part.
    pub methods: Vec<String>,
    /// Suspected cells in all, also those of values that are not listed.
    pub cells_suspected: u64,
    /// Columns with suspected cells, most of them first.
    pub columns: Vec<SuspectColumn>,
    /// The suspects, surest first; cells of one column with the same value and reason are one suspect.
    pub suspects: Vec<CellSuspect>,
    /// Columns that decide others, as far as the table shows it.
    pub dependencies: Vec<CellDependency>,
    /// Columns with personal data, whose values are masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked_columns: Vec<String>,
    /// How long the parts took. Differs from run to run.
    pub timings: Timings,
}

/// Cells of the current data of a check that are probably wrong. They are for information: they raise no finding and
/// change no verdict.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuspectedCells {
    /// The answer in one sentence.
    pub headline: String,
    /// Ids of the methods that took part.
    pub methods: Vec<String>,
    /// Suspected cells in all, also those of values that are not listed.
    pub cells_suspected: u64,
    /// Columns with suspected cells, most of them first.
    pub columns: Vec<SuspectColumn>,
    /// The suspects, surest first; cells of one column with the same value and reason are one suspect.
    pub suspects: Vec<CellSuspect>,
    /// Time that looking for them took, in seconds. Differs from run to run.
    pub secs: f64,
}

impl From<CellReport> for SuspectedCells {
    fn from(report: CellReport) -> Self {
        let CellReport { headline, methods, cells_suspected, columns, suspects, timings, .. } = report;
        Self { headline, methods, cells_suspected, columns, suspects, secs: timings.total_secs }
    }
}

impl CellReport {
    /// Leaves only the surest `most` suspects; the others are counted as left out.
    pub fn keep_surest(&mut self, most: usize) {
        let dropped = self.suspects.split_off(self.suspects.len().min(most));
        for suspect in dropped {
            if let Some(column) = self.columns.iter_mut().find(|column| column.column == suspect.column) {
                column.listed = column.listed.saturating_sub(1);
                column.left_out += 1;
            }
        }
    }
}

/// How many cells of one column are suspected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuspectColumn {
    /// Column name.
    pub column: String,
    /// Suspected cells.
    pub cells: u64,
    /// Different suspects among them that are listed.
    pub listed: u64,
    /// Different suspects that are left out, because of the limit for one column.
    pub left_out: u64,
}

/// A value in a column that is probably wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellSuspect {
    /// Column name.
    pub column: String,
    /// Id of the method that says so.
    pub method: String,
    /// The value as it stands there, shortened when long.
    pub value: String,
    /// Rows that hold it for this reason.
    pub rows: u64,
    /// The first of them; bounded.
    pub places: Vec<CellPlace>,
    /// Why, in words.
    pub reason: String,
    /// What probably belongs there, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// How sure that is, 0..1.
    pub confidence: f64,
}

/// Where a cell stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellPlace {
    /// The file or stream it came from.
    pub source: String,
    /// Number of the record in its source, first data record = 1.
    pub row: u64,
    /// Byte at which the record starts in the (decompressed) source.
    pub byte_offset: u64,
}

/// A column whose values decide those of another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellDependency {
    /// The column that decides.
    pub determinant: String,
    /// The column that is decided.
    pub dependent: String,
    /// Share of the rows in which the usual value stands, 0..1.
    pub holds_ratio: f64,
    /// Rows that it was seen in.
    pub rows: u64,
}
