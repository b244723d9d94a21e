use driftline_model::{Anomalies, ReadNote, Reading, Report, RowAnomaly, SideReport};

use crate::safe_text::width;
use crate::{approximate, thousands};

use super::page::{Page, Tone};

/// Cells named of one strange row.
const CELLS_SHOWN: usize = 2;
/// Unreadable rows shown of one side.
const UNREADABLE_SHOWN: usize = 3;

/// The strangest rows: number, score, value, reason.
pub(super) fn write_strangest(page: &mut Page, report: &Report) {
    write_strangest_of(page, &report.anomalies);
}

/// The same for a table by itself.
pub(super) fn write_strangest_of(page: &mut Page, anomalies: &Anomalies) {
    let shown: Vec<&RowAnomaly> =
        anomalies.top.iter().filter(|row| row.score >= anomalies.threshold).take(page.rows()).collect();
    if shown.is_empty() {
        return;
    }
    let against =
        if anomalies.judged_against == "reference" { "the reference" } else { "the rows themselves" };
    let remark = format!(
        "{} of {} score {} or more against {against}",
        thousands(anomalies.rows_flagged),
        thousands(anomalies.rows_scored),
        approximate(anomalies.threshold),
    );
    page.heading("Strangest rows", &remark);
    let several = shown.iter().any(|row| row.source != shown[0].source);
    let number_width = shown.iter().map(|row| thousands(row.row).len()).max().unwrap_or(0).max(3);
    let head = page.paint(Tone::Quiet, &format!("{:>1$}  score  cells to blame", "row", number_width + 2));
    page.line(&head);
    for row in shown {
        strange_row(page, row, number_width, several);
    }
    page.blank();
}

fn strange_row(page: &mut Page, row: &RowAnomaly, number_width: usize, several: bool) {
    let lead = format!("{:>1$}  {2:>5.3}  ", thousands(row.row), number_width + 2, row.score);
    let indent = width(&lead);
    let lead = page.paint(Tone::Strong, &lead);
    let mut lines: Vec<String> = row
        .cells
        .iter()
        .take(CELLS_SHOWN)
        .map(|cell| {
            let column = page.shorten(&page.harmless(&cell.column), 28);
            let value = page.shorten(&page.harmless(&cell.value), 32);
            let value = if value.is_empty() { "(nothing)" } else { &value };
            format!("{column} = {value}: {}", page.harmless(&cell.reason))
        })
        .collect();
    if lines.is_empty() {
        lines.push("unusual as a whole".to_owned());
    }
    if several {
        lines.push(format!("in {}", page.harmless(&row.source)));
    }
    for (index, line) in lines.iter().enumerate() {
        page.wrapped(Tone::Plain, if index == 0 { &lead } else { "" }, line, indent);
    }
}

/// Lines that are shown of what was left out.
const LEFT_OUT_SHOWN: usize = 10;

/// Rows that were set aside, on either side.
pub(super) fn write_unreadable(page: &mut Page, report: &Report) {
    write_unreadable_of(page, "current", &report.current);
    write_unreadable_of(page, "reference", &report.reference);
}

/// Rows of one table that were set aside, those that were repaired, and what else was left out of it.
pub(super) fn write_unreadable_of(page: &mut Page, role: &str, side: &SideReport) {
    write_left_out(page, role, side);
    write_set_aside(page, role, side);
    write_repaired(page, role, side);
}

/// What was repaired and left aside while reading, with the first place of each kind.
fn write_repaired(page: &mut Page, role: &str, side: &SideReport) {
    let Reading { repairs, asides, .. } = &side.reading;
    let notes: Vec<&ReadNote> = repairs.iter().chain(asides).filter(|note| note.kind != "comment").collect();
    if notes.is_empty() {
        return;
    }
    let title = if role.is_empty() { "Reading".to_owned() } else { format!("Reading of the {role}") };
    page.heading(&title, "what was repaired or left out");
    for note in notes {
        let kind = note.kind.replace('_', " ");
        let first = note.examples.first().map_or(String::new(), |place| {
            let byte = thousands(place.byte_offset);
            match place.row {
                // Above the first record.
                0 => format!("; first at byte {byte}: {}", place.raw),
                row => format!("; first at row {} (byte {byte}): {}", thousands(row), place.raw),
            }
        });
        let text = page.harmless(&format!("{} {kind}{first}", thousands(note.count)));
        page.wrapped(Tone::Plain, "  ", &text, 4);
    }
    page.blank();
}

fn write_set_aside(page: &mut Page, role: &str, side: &SideReport) {
    let quarantine = &side.quarantine;
    if quarantine.rows == 0 {
        return;
    }
    let title =
        if role.is_empty() { "Unreadable rows".to_owned() } else { format!("Unreadable rows of the {role}") };
    let remark = format!("{} set aside, {} read", thousands(quarantine.rows), thousands(side.rows));
    page.heading(&title, &remark);
    for row in quarantine.examples.iter().take(UNREADABLE_SHOWN) {
        let place = format!("row {} (byte {}): ", thousands(row.row), thousands(row.byte_offset));
        let text = page.harmless(&format!("{place}{}", row.reason));
        page.wrapped(Tone::Plain, "  ", &text, 4);
        let raw = page.shorten(&page.harmless(&row.raw), page.width() - 4);
        if !raw.is_empty() {
            let raw = page.paint(Tone::Quiet, &format!("    {raw}"));
            page.line(&raw);
        }
    }
    page.blank();
}

/// What was left out of a table, and why. In a comparison a finding tells that data broke off.
fn write_left_out(page: &mut Page, role: &str, side: &SideReport) {
    let broken_off: &[String] = if role.is_empty() { &side.broken_off } else { &[] };
    let left_out = if role.is_empty() { "Left out".to_owned() } else { format!("Left out of the {role}") };
    for (title, lines) in [("Not complete", broken_off), (&*left_out, &side.notes)] {
        if lines.is_empty() {
            continue;
        }
        page.heading(title, "");
        for line in lines.iter().take(LEFT_OUT_SHOWN) {
            let text = page.harmless(line);
            page.wrapped(Tone::Plain, "  ", &text, 4);
        }
        page.blank();
    }
}
