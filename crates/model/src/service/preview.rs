use serde::{Deserialize, Serialize};

use crate::{ColumnReport, ColumnRole, ColumnVerdict, Settings, Severity, Verdict};

/// Settings to try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewBody {
    /// The settings, whole: what is left out has its default.
    pub settings: Settings,
}

/// What other settings would have said of the data of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckPreview {
    /// The answer in one word.
    pub verdict: Verdict,
    /// The highest severity of its findings.
    pub severity: Severity,
    /// The answer in a sentence or two.
    pub headline: String,
    /// Columns that would have drifted.
    pub drifted: u32,
    /// Columns whose verdict or severity would be another one than in the report.
    pub changed: Vec<PreviewChange>,
    /// All columns, most severe first.
    pub columns: Vec<PreviewColumn>,
    /// What is as it was although the settings differ, since the data would have to be read again: the setting and
    /// why, a sentence each.
    pub not_previewed: Vec<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A column that other settings would judge otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewChange {
    /// The column.
    pub column: String,
    /// What the report says.
    pub before: PreviewDecision,
    /// What it would say.
    pub after: PreviewDecision,
}

/// The decision about a column in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewDecision {
    /// The decision.
    pub verdict: ColumnVerdict,
    /// How much it matters.
    pub severity: Severity,
    /// Share of rows moved, 0..1; absent where values were not compared.
    pub mass_moved: Option<f64>,
    /// Least `mass_moved` that is called a change; absent where values were not compared.
    pub threshold: Option<f64>,
}

/// A column as other settings would judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewColumn {
    /// The column.
    pub name: String,
    /// What part it plays.
    pub role: ColumnRole,
    /// The decision.
    pub verdict: ColumnVerdict,
    /// How much it matters.
    pub severity: Severity,
    /// Share of rows moved, 0..1; absent where values were not compared.
    pub mass_moved: Option<f64>,
    /// Least `mass_moved` that is called a change; absent where values were not compared.
    pub threshold: Option<f64>,
    /// The headline score; absent where values were not compared.
    pub score: Option<f64>,
    /// The q-value of the evidence; absent where there is none.
    pub q_value: Option<f64>,
}

impl From<&ColumnReport> for PreviewDecision {
    fn from(column: &ColumnReport) -> Self {
        Self {
            verdict: column.verdict,
            severity: column.severity,
            mass_moved: column.effect.as_ref().map(|effect| effect.mass_moved),
            threshold: column.effect.as_ref().map(|effect| effect.threshold),
        }
    }
}

impl From<&ColumnReport> for PreviewColumn {
    fn from(column: &ColumnReport) -> Self {
        let PreviewDecision { verdict, severity, mass_moved, threshold } = column.into();
        Self {
            name: column.name.clone(),
            role: column.role,
            verdict,
            severity,
            mass_moved,
            threshold,
            score: column.score.as_ref().map(|score| score.value),
            q_value: column.evidence.as_ref().map(|evidence| evidence.q_value),
        }
    }
}
