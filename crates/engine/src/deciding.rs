use std::panic::{AssertUnwindSafe, catch_unwind};

use driftline_detect::{drift, insight};
use driftline_model::{ColumnReport, Finding, FindingState, Insight, Settings, Severity};
use driftline_profile::Side;

/// What was decided and how it is explained.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) columns: Vec<ColumnReport>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) insights: Vec<Insight>,
}

/// Decides and explains. A part that breaks down becomes a finding; what the others found stands.
pub(crate) fn decide(sides: &[Side<'_>; 2], settings: &Settings) -> Decided {
    let [reference, current] = sides;
    let mut decided = Decided::default();
    match catch_unwind(AssertUnwindSafe(|| drift::decide(reference, current, settings))) {
        Ok(outcome) => {
            decided.columns = outcome.columns;
            decided.findings = outcome.findings;
        }
        Err(_) => decided.findings.push(failed("analytics.drift_failed", "drift could not be decided")),
    }
    match catch_unwind(AssertUnwindSafe(|| insight::explain(reference, current, &decided.columns))) {
        Ok(insights) => decided.insights = insights,
        Err(_) => {
            decided.findings.push(failed("analytics.insight_failed", "the change could not be explained"));
        }
    }
    decided
}

fn failed(code: &str, what: &str) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Medium,
        column: None,
        message: format!("An internal error: {what}. Please report it with the message on standard error."),
        state: FindingState::Open,
    }
}
