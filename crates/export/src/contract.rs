//! What came of a contract, for every format that shows it.

use std::time::Duration;

use driftline_model::{ContractOutcome, ContractReport, Report, RuleOutcome, RuleStatus};
use quick_junit::{NonSuccessKind, Report as JunitReport, TestCase, TestCaseStatus, TestSuite};

use crate::junit::{non_success, safe};
use crate::{ExportError, RenderOptions, thousands};

/// How many rules came out how: `3 of 40 rules broken, 1 not judged`.
pub(crate) fn tally(outcome: &ContractOutcome) -> String {
    let all = outcome.rules.len() as u64;
    let rules = if all == 1 { "rule" } else { "rules" };
    let mut text = match outcome.broken {
        0 => format!("{} of {} {rules} kept", thousands(outcome.kept), thousands(all)),
        broken => format!("{} of {} {rules} broken", thousands(broken), thousands(all)),
    };
    if outcome.unjudged > 0 {
        text.push_str(&format!(", {} not judged", thousands(outcome.unjudged)));
    }
    text
}

/// The sentences about the rules of a column that are broken or not judged; of the table without one.
pub(crate) fn broken_rules(report: &Report, column: Option<&str>) -> String {
    let of_column = report.violations.iter().filter(|finding| finding.column.as_deref() == column);
    of_column.map(|finding| finding.message.as_str()).collect::<Vec<_>>().join(" ")
}

/// One test case a rule.
pub(crate) fn test_cases(outcome: &ContractOutcome) -> impl Iterator<Item = TestCase> {
    outcome.rules.iter().map(|rule| {
        let mut case = TestCase::new(safe(&rule.promise), status(rule));
        case.set_classname(format!("driftline.contract.{}", rule.rule));
        case
    })
}

fn status(rule: &RuleOutcome) -> TestCaseStatus {
    match rule.status {
        RuleStatus::Kept => TestCaseStatus::success(),
        RuleStatus::Broken => non_success(NonSuccessKind::Failure, rule.severity.name(), &rule.message),
        RuleStatus::Unjudged => non_success(NonSuccessKind::Error, rule.severity.name(), &rule.message),
        RuleStatus::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(safe(&rule.message));
            status
        }
    }
}

/// A contract report for the terminal.
#[must_use]
pub fn contract_to_text(report: &ContractReport, options: &RenderOptions) -> String {
    crate::text::contract_as_text(report, options)
}

/// A contract report for build servers: one test case a rule.
///
/// # Errors
/// When it cannot be written as XML.
pub fn contract_to_junit(report: &ContractReport) -> Result<String, ExportError> {
    let mut suite = TestSuite::new(safe(&format!("{} by {}", report.table.name, report.contract.name)));
    test_cases(&report.contract).for_each(|case| {
        suite.add_test_case(case);
    });
    if report.timings.total_secs.is_finite() && report.timings.total_secs >= 0.0 {
        suite.set_time(Duration::from_secs_f64(report.timings.total_secs));
    }
    let mut junit = JunitReport::new("driftline");
    junit.add_test_suite(suite);
    let mut text = junit.to_string()?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn contract_report() -> ContractReport {
        let report = fixture::with_contract();
        ContractReport {
            schema_version: report.schema_version,
            verdict: report.verdict,
            severity: report.severity,
            headline: report.headline,
            table: report.current,
            contract: report.contract.unwrap(),
            violations: report.violations,
            timings: report.timings,
        }
    }

    #[test]
    fn every_format_shows_the_contract() {
        let report = fixture::with_contract();
        for format in crate::FORMATS.iter().filter(|format| format.is_text()) {
            let rendered = format.render(&report, &RenderOptions::default()).unwrap().into_bytes();
            let text = String::from_utf8(rendered).unwrap();
            assert!(text.contains("is below 0"), "{}: {text}", format.id);
        }
    }

    #[test]
    fn rules_become_test_cases() {
        insta::assert_snapshot!(contract_to_junit(&contract_report()).unwrap());
    }

    #[test]
    fn a_contract_report_reads_well() {
        insta::assert_snapshot!(contract_to_text(&contract_report(), &RenderOptions::default()));
    }

    #[test]
    fn a_report_with_a_contract_reads_well() {
        let report = fixture::with_contract();
        insta::assert_snapshot!(crate::text::render(&report, &RenderOptions::default()).unwrap());
    }
}
