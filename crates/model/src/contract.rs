use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Finding, Severity, SideReport, Timings, Verdict};

/// Rules that a table must keep, as they stand in a contract file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contract {
    /// Version of the form of the file.
    pub version: u32,
    /// What the contract is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The rules, in the order of the file.
    pub rules: Vec<ContractRule>,
}

/// One rule of a contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractRule {
    /// Id of the rule, as in the catalogue.
    pub rule: String,
    /// The column it is about; absent for rules about the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// How much it matters when it is broken.
    pub severity: Severity,
    /// Why the rule is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Share of rows that may break it, 0..1.
    #[serde(default)]
    pub tolerance: f64,
    /// What it takes, by name; moments are text such as `2013-01-31T10:00:00`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: BTreeMap<String, serde_json::Value>,
}

/// What came of a contract.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractOutcome {
    /// File or name of the contract.
    pub name: String,
    /// Rules that the data keep.
    pub kept: u64,
    /// Rules that the data break.
    pub broken: u64,
    /// Rules that could not be judged.
    pub unjudged: u64,
    /// Every rule, in the order of the contract.
    pub rules: Vec<RuleOutcome>,
}

/// What came of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleOutcome {
    /// Id of the rule.
    pub rule: String,
    /// The column it is about; absent for rules about the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The rule in words: "`price` is at least 0".
    pub promise: String,
    /// What came of it.
    pub status: RuleStatus,
    /// How much it matters.
    pub severity: Severity,
    /// What was found, in a sentence; empty when there is nothing to say.
    pub message: String,
    /// Why the rule is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Rows (or values) that were judged, where it judges rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_judged: Option<u64>,
    /// Rows that break it, where it judges rows; exact unless `estimated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_broken: Option<u64>,
    /// Share of rows that may break it, 0..1.
    pub tolerance: f64,
    /// Whether the judgement rests on an estimate.
    pub estimated: bool,
    /// The first rows that break it; bounded.
    pub examples: Vec<RuleExample>,
}

/// What came of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RuleStatus {
    /// The data keep it.
    Kept,
    /// The data break it.
    Broken,
    /// It could not be judged; the message says why.
    Unjudged,
    /// Its column is not there, which is a matter of another rule.
    Skipped,
}

impl RuleStatus {
    /// The word used in reports and in the JSON form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Unjudged => "unjudged",
            Self::Skipped => "skipped",
        }
    }
}

/// One row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleExample {
    /// The file or stream it came from.
    pub source: String,
    /// Number of the record in its source, first data record = 1.
    pub row: u64,
    /// Byte at which the record starts in the (decompressed) source, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte_offset: Option<u64>,
    /// The value, or the values by column; shortened when long.
    pub value: String,
}

/// The outcome of checking one table against a contract, without a reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractReport {
    /// Version of this form.
    pub schema_version: u32,
    /// The answer in one word: `suspect` when a rule is broken or could not be judged, else `stable`.
    pub verdict: Verdict,
    /// The highest severity of all violations.
    pub severity: Severity,
    /// The answer in one sentence.
    pub headline: String,
    /// The table that was judged.
    pub table: SideReport,
    /// Every rule.
    pub contract: ContractOutcome,
    /// Broken rules, and rules that could not be judged.
    pub violations: Vec<Finding>,
    /// How long the parts took. Differs from run to run.
    pub timings: Timings,
}

/// A rule that could stand in a contract, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestedRule {
    /// The rule.
    #[serde(flatten)]
    pub rule: ContractRule,
    /// The rule in words.
    pub promise: String,
    /// What in the data it was inferred from.
    pub why: String,
}
