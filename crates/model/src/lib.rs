//! The vocabulary of Driftline as plain data.
//!
//! Everything that leaves a check (file, wire, screen) is one of these types, defined once. This crate
//! knows nothing of input or output, of Arrow, or of how anything here was computed.

mod anomaly;
mod category;
mod cells;
mod column;
mod contract;
mod finding;
mod insight;
mod kind;
mod live;
mod partial;
mod personal;
mod quarantine;
mod reading;
mod report;
mod series;
pub mod service;
mod settings;
mod severity;

pub use anomaly::{Anomalies, CellBlame, RowAnomaly};
pub use category::ErrorCategory;
pub use cells::{CellDependency, CellPlace, CellReport, CellSuspect, SuspectColumn, SuspectedCells};
pub use column::{
    BinReport, ColumnReport, ColumnRole, ColumnStatistics, ColumnVerdict, Effect, Evidence, MethodScore,
    NaturalMovement, NullChange, Onset, Score,
};
pub use contract::{
    Contract, ContractOutcome, ContractReport, ContractRule, RuleExample, RuleOutcome, RuleStatus,
    SuggestedRule,
};
pub use finding::{Finding, FindingState};
pub use insight::{Insight, InsightKind};
pub use kind::Kind;
pub use live::{
    AlarmSettings, BaselineSource, CustomMetric, LiveAlarm, LiveRecovery, MonitorSettings, WindowSettings,
    WindowSummary,
};
pub use partial::{PartialColumn, PartialVerdict};
pub use personal::{Personal, PersonalKind};
pub use quarantine::{Quarantine, RejectedRow};
pub use reading::{ReadDecision, ReadNote, ReadPlace, Reading};
pub use report::{Report, SCHEMA_VERSION, SideReport, Timings, Verdict};
pub use series::{SeriesAlarm, SeriesReport, SeriesSpan};
pub use settings::{
    AnomalySettings, Conform, CsvSettings, DriftSettings, Headline, PrivacySettings, RunSettings,
    Sensitivity, Settings,
};
pub use severity::Severity;
