use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Kind, Personal, Severity};

/// Everything a report says about one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnReport {
    /// Column name.
    pub name: String,
    /// Kind in the current data (in the reference when the column has vanished).
    pub kind: Kind,
    /// Kind in the reference, when it has the column.
    pub reference_kind: Option<Kind>,
    /// What part the column plays; only `feature` columns are judged for value drift.
    pub role: ColumnRole,
    /// The decision.
    pub verdict: ColumnVerdict,
    /// How much the decision matters.
    pub severity: Severity,
    /// Why the column was skipped or failed, or a remark on how it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The headline score with its threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// The statistical evidence that something changed at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// How large the change is, in units that a person can weigh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Null shares on both sides and whether they differ.
    pub nulls: NullChange,
    /// Values that the decision rests on, nulls set aside: reference, current.
    pub n: [u64; 2],
    /// How much this column moves between blocks of the reference itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub natural_movement: Option<NaturalMovement>,
    /// Where in the current data the change began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<Onset>,
    /// Bins of the comparison with what each contributes.
    pub bins: Vec<BinReport>,
    /// Other methods asked for, by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub methods: BTreeMap<String, MethodScore>,
    /// Scores exactly as the tool named by `--conform` computes them, under its own names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub conform: BTreeMap<String, f64>,
    /// Summary statistics of both sides: reference, current.
    pub statistics: [Option<ColumnStatistics>; 2],
    /// Codes of the findings raised about this column.
    pub findings: Vec<String>,
    /// What personal data the column holds, where it holds any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal>,
}

/// What part a column plays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ColumnRole {
    /// Judged for drift.
    #[default]
    Feature,
    /// Names its row; its values are new by nature.
    Identifier,
    /// Runs on with the rows (a timestamp or a counter); its values are new by nature.
    Clock,
    /// Left out by configuration.
    Excluded,
}

/// The decision about one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ColumnVerdict {
    /// It changed, and enough to matter.
    Drifted,
    /// No change that matters.
    Stable,
    /// A method failed; the reason says which and why.
    Failed,
    /// Not judged; the reason says why.
    Skipped,
}

impl ColumnVerdict {
    /// The word used in reports and in the JSON form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drifted => "drifted",
            Self::Stable => "stable",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A score with the threshold it is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// Id of the method, `kl` unless configured.
    pub metric: String,
    /// The value, in the method's own unit.
    pub value: f64,
    /// From which value on the column counts as moved by this score.
    pub threshold: f64,
    /// Where the threshold came from, such as `default`, `natural movement`, `driftline.toml`.
    pub threshold_origin: String,
}

/// What a test says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// Id of the test.
    pub test: String,
    /// Its statistic.
    pub statistic: f64,
    /// Probability of a statistic at least as extreme without any change.
    pub p_value: f64,
    /// The p-value after Benjamini-Hochberg over all tests of the report.
    pub q_value: f64,
}

/// The size of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effect {
    /// Share of rows that would have to change bin, corrected for its expected value under no change, 0..1.
    pub mass_moved: f64,
    /// Shift of the mean in standard deviations of the reference; numbers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift_sd: Option<f64>,
    /// Least `mass_moved` that is called a change for this column.
    pub threshold: f64,
    /// The smallest mass moved that these sample sizes could have shown with power one half.
    pub smallest_detectable: f64,
}

/// Null shares on both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NullChange {
    /// Share of nulls in the reference, 0..1.
    pub reference_ratio: f64,
    /// Share of nulls in the current data, 0..1.
    pub current_ratio: f64,
    /// The p-value of the two-proportion test after Benjamini-Hochberg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q_value: Option<f64>,
    /// Whether the difference is a finding.
    pub changed: bool,
}

/// How much a column moves by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NaturalMovement {
    /// Blocks of the reference that were compared.
    pub blocks: u32,
    /// Typical (upper) mass moved between a block and the rest, beyond sampling noise.
    pub mass_moved: f64,
}

/// Where in the current data a change began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Onset {
    /// Share of the current rows that come before the change, 0..1; 0 means from the start.
    pub position_ratio: f64,
    /// Approximate number of the first changed row, first data row = 1.
    pub row: u64,
    /// Mass moved before that point.
    pub mass_moved_before: f64,
    /// Mass moved after it.
    pub mass_moved_after: f64,
}

/// One bin of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BinReport {
    /// What the bin holds, as text: `[3.5, 7)`, `EWR`, `(other)`.
    pub label: String,
    /// Lower edge for numbers; absent when open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Upper edge for numbers; absent when open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Share of the reference in it, 0..1.
    pub reference_ratio: f64,
    /// Share of the current data in it, 0..1.
    pub current_ratio: f64,
    /// Its part of the headline divergence.
    pub contribution: f64,
}

/// What one more method says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MethodScore {
    /// The value; absent when the method could not judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The p-value, for tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// Why there is no value, or which fallback was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Summary statistics of one column on one side. Numbers of datetimes are microseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnStatistics {
    /// Rows.
    pub count: u64,
    /// Nulls among them.
    pub nulls: u64,
    /// Cells that did not fit the kind.
    pub parse_failures: u64,
    /// Distinct values (an estimate when `distinct_exact` is false).
    pub distinct: u64,
    /// Whether `distinct` is exact.
    pub distinct_exact: bool,
    /// Mean of the finite values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Sample standard deviation of the finite values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// Least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Quantiles 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, in that order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub quantiles: Vec<f64>,
    /// Zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zeros: Option<u64>,
    /// Values below zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negatives: Option<u64>,
    /// Infinite values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infinities: Option<u64>,
    /// Shortest, mean and longest text in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lengths: Option<[f64; 3]>,
    /// Most frequent values with their counts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub top: Vec<(String, u64)>,
    /// Most frequent character shapes of text with their shares.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub patterns: Vec<(String, f64)>,
}
