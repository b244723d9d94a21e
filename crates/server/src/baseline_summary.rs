//! Baselines as the API tells them.

use driftline_model::service::{BaselineSummary, BaselineVersionSummary};
use driftline_store::{Baseline, BaselineVersion};

/// A baseline with all its versions.
pub(crate) fn summary(baseline: Baseline) -> BaselineSummary {
    let version = |known: BaselineVersion| BaselineVersionSummary {
        version: known.version,
        size_bytes: known.size_bytes,
        source: known.details.source,
        rows: known.details.rows,
        columns: known.details.columns,
        saved_ms: i64::try_from(known.details.saved_unix_secs).unwrap_or(0).saturating_mul(1000),
    };
    BaselineSummary {
        name: baseline.name,
        current: baseline.current,
        versions: baseline.versions.into_iter().map(version).collect(),
    }
}
