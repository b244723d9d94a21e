//! What came of a contract, on a terminal.

use driftline_model::{ContractOutcome, ContractReport, Finding, Report, SideReport};

use crate::contract::tally;
use crate::{RenderOptions, duration, thousands};

use super::page::{Page, Tone};
use super::{rows, side_facts};

/// Violations shown beside a comparison; the others are counted.
const SHOWN_IN_REPORT: usize = 12;

/// The part of a report that tells of the contract.
pub(super) fn write(page: &mut Page, report: &Report) {
    if let Some(outcome) = &report.contract {
        violations(page, outcome, &report.violations, SHOWN_IN_REPORT);
    }
}

fn violations(page: &mut Page, outcome: &ContractOutcome, findings: &[Finding], most: usize) {
    page.heading("The contract", &tally(outcome));
    for finding in findings.iter().take(most) {
        let lead = format!("{} {:<9} ", page.mark(finding.severity), finding.severity);
        let lead = page.paint(Tone::of(finding.severity), &lead);
        let text = page.harmless(&finding.message);
        page.wrapped(Tone::Plain, &lead, &text, 12);
    }
    if findings.len() > most {
        let more = format!("and {} more; the JSON form has all", thousands((findings.len() - most) as u64));
        page.wrapped(Tone::Quiet, "", &more, 12);
    }
    page.blank();
}

/// A contract report: the answer, the table, the broken rules.
pub(crate) fn contract_as_text(report: &ContractReport, options: &RenderOptions) -> String {
    let mut page = Page::new(*options);
    let mark = page.mark(report.severity);
    let text = page.harmless(&report.headline);
    for (index, line) in crate::safe_text::wrap(&text, page.width() - 2).iter().enumerate() {
        let lead = if index == 0 { mark } else { " " };
        let line = page.paint(Tone::of(report.severity).strong(), &format!("{lead} {line}"));
        page.line(&line);
    }
    page.blank();
    let name = page.harmless(&report.table.name);
    page.heading(&name, &side_facts(&report.table));
    page.blank();
    violations(&mut page, &report.contract, &report.violations, usize::MAX);
    // A violation tells that the data broke off.
    let table = SideReport { broken_off: Vec::new(), ..report.table.clone() };
    rows::write_unreadable_of(&mut page, "", &table);
    let time = duration(report.timings.total_secs);
    page.wrapped(Tone::Quiet, "", &time, 0);
    page.finish()
}
