//! Suspected cells on a terminal.

use driftline_model::{CellReport, CellSuspect, Report, Severity};

use crate::cells::rows_in_words;
use crate::safe_text::width;
use crate::{RenderOptions, duration, thousands};

use super::page::{Page, Tone};
use super::{masked, rows, side_facts};

/// Room for the number of a row.
const ROW: usize = 9;
/// Characters of a value and of a suggestion.
const VALUE: usize = 28;
/// Suspects listed in the report of a check.
const OF_CHECK: usize = 10;
/// Dependencies named when there is nothing else to tell.
const DEPENDENCIES: usize = 5;

/// The suspects, surest first: where, what, what probably belongs there, why.
pub(crate) fn cells_as_text(report: &CellReport, options: &RenderOptions) -> String {
    let mut page = Page::new(*options);
    let severity = if report.cells_suspected == 0 { Severity::None } else { Severity::Medium };
    let text = format!("{} {}", page.mark(severity), page.harmless(&report.headline));
    let text = page.paint(Tone::of(severity).strong(), &text);
    page.line(&text);
    page.blank();
    let name = page.harmless(&report.table.name);
    page.heading(&name, &side_facts(&report.table));
    page.blank();
    columns(&mut page, report);
    suspects(&mut page, report);
    dependencies(&mut page, report);
    rows::write_unreadable_of(&mut page, "", &report.table);
    masked(&mut page, &report.masked_columns);
    let time = duration(report.timings.total_secs);
    page.wrapped(Tone::Quiet, "", &time, 0);
    page.finish()
}

fn columns(page: &mut Page, report: &CellReport) {
    if report.columns.is_empty() {
        return;
    }
    let head = page.paint(Tone::Quiet, &format!("{:>ROW$}  column", "cells"));
    page.line(&head);
    for column in &report.columns {
        let rest = match column.left_out {
            0 => String::new(),
            many => {
                format!("  ({} different ones, {} listed)", thousands(column.listed + many), column.listed)
            }
        };
        let name = page.shorten(&page.harmless(&column.column), 40);
        page.line(&format!("{:>ROW$}  {name}{rest}", thousands(column.cells)));
    }
    page.blank();
}

fn suspects(page: &mut Page, report: &CellReport) {
    if report.suspects.is_empty() {
        return;
    }
    page.heading("Suspected cells", "surest first");
    table(page, &report.suspects, &report.table.name);
    page.blank();
}

/// Suspects of a table; the source stands with each where it is another one than the table.
fn table(page: &mut Page, suspects: &[CellSuspect], name: &str) {
    let mut places = suspects.iter().flat_map(|suspect| &suspect.places);
    let several = places.any(|place| place.source != name);
    let head = page.paint(Tone::Quiet, &format!("{:>ROW$}  sure  cell", "row"));
    page.line(&head);
    for suspect in suspects {
        suspect_lines(page, suspect, several);
    }
}

/// Suspected cells of the current data of a check: a part of its report.
pub(super) fn write(page: &mut Page, report: &Report) {
    let Some(cells) = &report.cells else { return };
    page.heading("Suspected cells", "for information, no verdict rests on them");
    let text = page.harmless(&cells.headline);
    page.wrapped(Tone::Plain, "  ", &text, 2);
    let shown = cells.suspects.len().min(page.rows().max(OF_CHECK));
    if shown > 0 {
        table(page, &cells.suspects[..shown], &report.current.name);
    }
    let rest = cells.suspects.len() - shown;
    let left_out: u64 = cells.columns.iter().map(|column| column.left_out).sum();
    if rest > 0 || left_out > 0 {
        let more = thousands(rest as u64 + left_out);
        let where_to = if rest > 0 { "; the other formats list them" } else { "" };
        page.wrapped(Tone::Quiet, "  ", &format!("{more} more different suspects{where_to}."), 2);
    }
    page.blank();
}

fn suspect_lines(page: &mut Page, suspect: &CellSuspect, several: bool) {
    let first = suspect.places.first();
    let row = first.map(|place| thousands(place.row)).unwrap_or_default();
    let lead = format!("{row:>ROW$}  {:>4.2}  ", suspect.confidence);
    let indent = width(&lead);
    let lead = page.paint(Tone::Strong, &lead);
    let part = |text: &str, limit: usize| {
        let text = page.shorten(&page.harmless(text), limit);
        if text.trim() == text && !text.is_empty() { text } else { format!("`{text}`") }
    };
    let mut cell = format!("{} = {}", part(&suspect.column, VALUE), part(&suspect.value, VALUE));
    if let Some(suggestion) = &suspect.suggestion {
        cell.push_str(&format!(" {} {}", page.choose("→", "->"), part(suggestion, VALUE)));
    }
    let mut why = page.harmless(&suspect.reason);
    if suspect.rows > 1 {
        why.push_str(&format!("; in row {}", rows_in_words(suspect)));
    }
    if several {
        why.push_str(&format!("; in {}", page.harmless(first.map_or("", |place| &place.source))));
    }
    page.wrapped(Tone::Plain, &lead, &cell, indent);
    page.wrapped(Tone::Quiet, "", &why, indent);
}

fn dependencies(page: &mut Page, report: &CellReport) {
    let found = report.dependencies.len();
    if found == 0 {
        return;
    }
    let named: Vec<String> = report
        .dependencies
        .iter()
        .take(DEPENDENCIES)
        .map(|found| {
            format!("{} decides {}", page.harmless(&found.determinant), page.harmless(&found.dependent))
        })
        .collect();
    let more = match found.saturating_sub(DEPENDENCIES) {
        0 => String::new(),
        many => format!(" and {many} more"),
    };
    page.wrapped(Tone::Quiet, "", &format!("Seen in the data: {}{more}.", named.join(", ")), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Charset;

    #[test]
    fn it_reads_well_at_80_columns() {
        let report = crate::cells::tests::report();
        let text = cells_as_text(&report, &RenderOptions::default());
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        insta::assert_snapshot!(text);
        let options = RenderOptions { charset: Charset::Ascii, ..RenderOptions::default() };
        assert!(cells_as_text(&report, &options).is_ascii());
    }

    #[test]
    fn the_report_of_a_check_has_them_where_they_were_asked_for() {
        let part = |report: &Report| {
            let mut page = Page::new(RenderOptions::default());
            write(&mut page, report);
            page.finish()
        };
        let mut report = crate::cells::tests::of_check();
        let text = part(&report);
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        insta::assert_snapshot!(text);
        if let Some(cells) = &mut report.cells {
            cells.suspects = vec![cells.suspects[0].clone(); 25];
        }
        assert!(part(&report).contains("19 more different suspects; the other formats list them."));
        report.cells = None;
        assert_eq!(part(&report).trim(), "");
    }
}
