use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ColumnRole;

/// Every setting of a check that changes what it finds. Settings that only change how it runs (threads,
/// memory) are in [`RunSettings`] and never part of a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// How CSV is read.
    pub csv: CsvSettings,
    /// How drift is decided.
    pub drift: DriftSettings,
    /// How rows are scored.
    pub anomalies: AnomalySettings,
    /// Roles given by name, instead of being recognised.
    pub roles: BTreeMap<String, ColumnRole>,
    /// How personal data are shown.
    pub privacy: PrivacySettings,
}

/// How personal data are shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrivacySettings {
    /// Whether values of columns with personal data are shown as they are, instead of masked.
    pub show_personal: bool,
}

/// How CSV is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CsvSettings {
    /// Delimiter; empty means: find out.
    pub delimiter: String,
    /// Quote character, or `none`; empty means: find out.
    pub quote: String,
    /// How a quote inside quotes is written: `doubled` or `\\`; empty means: find out.
    pub escape: String,
    /// How characters are written as bytes, such as `utf-8` or `windows-1252`; empty means: find out.
    pub encoding: String,
    /// Whether the first record names the columns; absent means: find out.
    pub has_header: Option<bool>,
    /// How many records name the columns: `none` or a number; empty means: find out. Comes before `has_header`.
    pub header: String,
    /// How many lines stand above the table; empty means: find out.
    pub skip_rows: String,
    /// Character that starts a line of comment; empty means: find out.
    pub comment: String,
    /// What ends a record: `lf`, `crlf` or `cr`; empty means: find out.
    pub newline: String,
    /// What separates decimals: `.` or `,`; empty means: find out.
    pub decimal: String,
    /// Spellings of "no value", compared after trimming blanks, in any case.
    pub null_spellings: Vec<String>,
    /// Longest cell in bytes; a row with a longer one goes to quarantine.
    pub max_cell_bytes: u64,
}

impl Default for CsvSettings {
    fn default() -> Self {
        Self {
            delimiter: String::new(),
            quote: String::new(),
            escape: String::new(),
            encoding: String::new(),
            has_header: None,
            header: String::new(),
            skip_rows: String::new(),
            comment: String::new(),
            newline: String::new(),
            decimal: String::new(),
            null_spellings: ["", "na", "n/a", "null", "none", "nan", "nil", "#n/a", "\\n", "<na>"]
                .map(str::to_owned)
                .to_vec(),
            max_cell_bytes: 1 << 20,
        }
    }
}

/// How drift is decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriftSettings {
    /// The headline score.
    pub headline: Headline,
    /// How easily a change is called drift.
    pub sensitivity: Sensitivity,
    /// False discovery rate over all tests of a report, 0..1.
    pub false_discovery_rate: f64,
    /// Least mass moved that matters, 0..1.
    pub min_mass_moved: f64,
    /// Least change of the null share that matters, 0..1.
    pub min_null_change: f64,
    /// Bins for numbers.
    pub bins: u32,
    /// Methods to report beside the headline, by id; `all` for every one.
    pub methods: Vec<String>,
    /// Columns that are not judged.
    pub exclude: Vec<String>,
    /// A tool whose scores are computed as well, exactly as it does.
    pub conform: Option<Conform>,
}

impl Default for DriftSettings {
    fn default() -> Self {
        Self {
            headline: Headline::default(),
            sensitivity: Sensitivity::default(),
            false_discovery_rate: 0.01,
            min_mass_moved: 0.03,
            min_null_change: 0.02,
            bins: 20,
            methods: Vec::new(),
            exclude: Vec::new(),
            conform: None,
        }
    }
}

/// The headline score of a report: the id of a registered drift method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Headline(pub String);

impl Default for Headline {
    fn default() -> Self {
        Self("kl".to_owned())
    }
}

/// How easily a change is called drift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Sensitivity {
    /// Only large changes: effect thresholds are doubled.
    Low,
    /// The calibrated default.
    #[default]
    Normal,
    /// Small changes too: effect thresholds are halved.
    High,
}

/// A tool whose scores can be reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Conform {
    /// Evidently 0.7.21.
    Evidently,
    /// Great Expectations.
    GreatExpectations,
    /// NannyML.
    Nannyml,
}

/// How rows are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnomalySettings {
    /// Methods for single cells of numbers: `zscore`, `robust_z`, `iqr`.
    pub column_methods: Vec<String>,
    /// Whether rare categories and patterns count.
    pub rarity: bool,
    /// Joint method on whole rows: `isolation_forest`, `nearest_neighbours`, `ensemble` or `none`.
    pub joint: String,
    /// Standard deviations from which the classical z-score flags a value.
    pub z_threshold: f64,
    /// Score from which a row is flagged, 0..1.
    pub threshold: f64,
    /// How many of the strangest rows are kept.
    pub top: u32,
}

impl Default for AnomalySettings {
    fn default() -> Self {
        Self {
            column_methods: vec!["zscore".to_owned()],
            rarity: true,
            joint: "ensemble".to_owned(),
            z_threshold: 3.0,
            threshold: 0.9,
            top: 20,
        }
    }
}

/// How a check runs, without any influence on what it finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSettings {
    /// Threads that read; 0 means one a core.
    pub threads: u32,
    /// Memory the run may use in bytes; 0 means `memory_ratio` of what is available.
    pub memory_bytes: u64,
    /// Share of the available memory that the run may use when `memory_bytes` is 0.
    pub memory_ratio: f64,
    /// Time that one chunk should take, in seconds.
    pub chunk_target_secs: f64,
    /// Bytes of one chunk; 0 means: adapt to the time target and the memory budget.
    pub chunk_bytes: u64,
    /// Seed of everything that draws lots.
    pub seed: u64,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            threads: 0,
            memory_bytes: 0,
            memory_ratio: 0.8,
            chunk_target_secs: 1.0,
            chunk_bytes: 0,
            seed: 0,
        }
    }
}
