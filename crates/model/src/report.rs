use serde::{Deserialize, Serialize};

use crate::{
    Anomalies, ColumnReport, ContractOutcome, Finding, Insight, Quarantine, Reading, Settings, Severity,
    SuspectedCells,
};

/// Version of the report's form; raised when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The outcome of one check: the file, wire and API format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Version of this form.
    pub schema_version: u32,
    /// The answer in one word.
    pub verdict: Verdict,
    /// The highest severity of all findings.
    pub severity: Severity,
    /// The answer in one sentence.
    pub headline: String,
    /// What was compared against.
    pub reference: SideReport,
    /// What was judged.
    pub current: SideReport,
    /// All columns of both sides, most severe first.
    pub columns: Vec<ColumnReport>,
    /// The strangest rows.
    pub anomalies: Anomalies,
    /// Cells of the current data that are probably wrong; absent where nobody asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cells: Option<SuspectedCells>,
    /// Broken contract rules; always empty without a contract.
    pub violations: Vec<Finding>,
    /// What came of every rule of the contract; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractOutcome>,
    /// Everything worth a look, most severe first.
    pub findings: Vec<Finding>,
    /// Explanations, most telling first.
    pub insights: Vec<Insight>,
    /// The settings that this report was made with.
    pub settings: Settings,
    /// How long the parts took. Differs from run to run.
    pub timings: Timings,
    /// Most memory the process has held at once, in bytes. Differs from run to run.
    pub memory_peak_bytes: u64,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// At least one column drifted.
    Drifted,
    /// No column drifted, but something else is worth a look.
    Suspect,
    /// Nothing is worth a look.
    Stable,
}

/// One side of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SideReport {
    /// File, glob, or `baseline:NAME@VERSION`, as the user gave it.
    pub name: String,
    /// Data rows that were read.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// Bytes that were read, decompressed.
    pub bytes: u64,
    /// Rows kept in the row sample.
    pub sample_rows: u64,
    /// Whether the row sample is the whole table, so that every figure is exact.
    pub exact: bool,
    /// Estimated share of rows that repeat an earlier row, 0..1.
    pub duplicate_ratio: f64,
    /// Rows that could not be read.
    pub quarantine: Quarantine,
    /// How it was read; empty in reports of earlier releases.
    #[serde(default)]
    pub reading: Reading,
    /// What was left out, such as columns of binary data, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why the data ended before their time, where they did: the figures are of what came before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_off: Vec<String>,
}

impl SideReport {
    /// The names of the sources of all rows and lines that are told of, to give them other ones.
    pub fn sources_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let rejected = self.quarantine.examples.iter_mut().map(|row| &mut row.source);
        let notes = self.reading.repairs.iter_mut().chain(&mut self.reading.asides);
        rejected.chain(notes.flat_map(|note| &mut note.examples).map(|place| &mut place.source))
    }
}

/// How long the parts took, in seconds, and how the reading was cut.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timings {
    /// Reading the reference.
    pub reference_secs: f64,
    /// Reading and scoring the current data.
    pub current_secs: f64,
    /// Deciding drift, explaining.
    pub detect_secs: f64,
    /// All of it.
    pub total_secs: f64,
    /// Chunks that were read.
    pub chunks: u64,
    /// Longest time one chunk took.
    pub slowest_chunk_secs: f64,
    /// Threads that read.
    pub threads: u32,
}
