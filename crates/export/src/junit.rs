use std::time::Duration;

use driftline_model::{ColumnReport, ColumnVerdict, Finding, Report, Severity};
use quick_junit::{NonSuccessKind, Report as JunitReport, TestCase, TestCaseStatus, TestSuite};

use crate::contract::test_cases;
use crate::{Charset, ExportError, RenderOptions, change_in_words, harmless};

/// One test case a column and one for the table as a whole, so that a build server shows what drifted.
pub(crate) fn render(report: &Report, _: &RenderOptions) -> Result<String, ExportError> {
    let mut suite =
        TestSuite::new(safe(&format!("{} against {}", report.current.name, report.reference.name)));
    for column in &report.columns {
        let mut case = TestCase::new(safe(&column.name), status(column));
        case.set_classname("driftline.column");
        suite.add_test_case(case);
    }
    let mut table = TestCase::new("(table)", table_status(&report.findings));
    table.set_classname("driftline.table");
    suite.add_test_case(table);
    if let Some(outcome) = &report.contract {
        test_cases(outcome).for_each(|case| {
            suite.add_test_case(case);
        });
    }
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

fn status(column: &ColumnReport) -> TestCaseStatus {
    let message = change_in_words(column, Charset::Unicode);
    match column.verdict {
        ColumnVerdict::Failed => non_success(NonSuccessKind::Error, "failed", &message),
        ColumnVerdict::Drifted => non_success(NonSuccessKind::Failure, column.severity.name(), &message),
        _ if column.severity > Severity::None => {
            non_success(NonSuccessKind::Failure, column.severity.name(), &message)
        }
        ColumnVerdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(safe(column.reason.as_deref().unwrap_or("not judged")));
            status
        }
        ColumnVerdict::Stable => TestCaseStatus::success(),
    }
}

fn table_status(findings: &[Finding]) -> TestCaseStatus {
    let about_table: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.column.is_none() && finding.severity > Severity::None)
        .collect();
    match about_table.first() {
        None => TestCaseStatus::success(),
        Some(worst) => {
            let messages: Vec<&str> = about_table.iter().map(|finding| finding.message.as_str()).collect();
            non_success(NonSuccessKind::Failure, worst.severity.name(), &messages.join("; "))
        }
    }
}

pub(crate) fn non_success(kind: NonSuccessKind, class: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(class);
    status.set_message(safe(message));
    status
}

pub(crate) fn safe(text: &str) -> String {
    harmless(text, Charset::Unicode).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn columns_become_test_cases() {
        insta::assert_snapshot!(render(&fixture::report(), &RenderOptions::default()).unwrap());
    }
}
