use std::fmt::Write as _;

use driftline_model::{ColumnReport, ColumnVerdict, Report, Severity};

use crate::cells::markdown_table;
use crate::contract::tally;
use crate::forensics::{Fate, Incident, incidents, sides as sides_of_report, tally as tally_of_lines};
use crate::{
    Charset, ExportError, Histogram, RenderOptions, approximate, byte_size, change_in_words, duration,
    harmless, percent, score_digits, thousands,
};

/// Cells of an inline histogram.
const SPARK_CELLS: usize = 10;
/// Rows shown of those that were set aside.
const REJECTED_LINES: usize = 10;
/// Lines shown of each kind that was repaired or left out.
const NOTED_LINES: usize = 3;

/// A report for a ticket, a pull request or a wiki page.
pub(crate) fn render(report: &Report, options: &RenderOptions) -> Result<String, ExportError> {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", escape(&report.headline));
    let _ = writeln!(
        out,
        "**{}** against **{}**\n",
        escape(&report.current.name),
        escape(&report.reference.name)
    );
    sides(&mut out, report);
    contract(&mut out, report);
    columns(&mut out, report);
    table_findings(&mut out, report);
    insights(&mut out, report);
    rows(&mut out, report, options.rows.max(10));
    cells(&mut out, report);
    reading(&mut out, report);
    if let Some(note) = crate::masked::note(&crate::masked::masked_columns(report)) {
        let _ = writeln!(out, "{}\n", escape(&note));
    }
    let _ = writeln!(
        out,
        "---\n{} · {} peak memory",
        duration(report.timings.total_secs),
        byte_size(report.memory_peak_bytes)
    );
    Ok(out)
}

/// Text that Markdown takes literally.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in harmless(text, Charset::Unicode).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '*' | '_' | '[' | ']' | '#' | '`' | '!' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

fn sides(out: &mut String, report: &Report) {
    out.push_str("| | rows | columns | bytes | repeated rows |\n|---|--:|--:|--:|--:|\n");
    for (role, side) in [("reference", &report.reference), ("current", &report.current)] {
        let _ = writeln!(
            out,
            "| {role} | {} | {} | {} | {} |",
            thousands(side.rows),
            thousands(side.columns),
            byte_size(side.bytes),
            percent(side.duplicate_ratio)
        );
    }
    out.push('\n');
}

fn contract(out: &mut String, report: &Report) {
    let Some(outcome) = &report.contract else { return };
    let _ = writeln!(out, "## The contract\n\n{}: {}\n", escape(&outcome.name), tally(outcome));
    for finding in &report.violations {
        let _ = writeln!(out, "- {}: {}", finding.severity, escape(&finding.message));
    }
    out.push('\n');
}

fn columns(out: &mut String, report: &Report) {
    let notable: Vec<&ColumnReport> = report.columns.iter().filter(|column| is_notable(column)).collect();
    if !notable.is_empty() {
        out.push_str("## Columns\n\n| severity | column | kind | reference | current | score | mass moved | q | what changed |\n");
        out.push_str("|---|---|---|---|---|--:|--:|--:|---|\n");
    }
    for column in notable {
        let [reference, current] = Histogram::of(column, SPARK_CELLS)
            .map(|histogram| histogram.sparklines(Charset::Unicode).map(|line| line.replace(' ', "\u{2007}")))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            column.severity,
            escape(&column.name),
            column.kind,
            reference,
            current,
            column.score.as_ref().map(|score| score_digits(score.value)).unwrap_or_default(),
            column.effect.as_ref().map(|effect| percent(effect.mass_moved)).unwrap_or_default(),
            column.evidence.as_ref().map(|evidence| approximate(evidence.q_value)).unwrap_or_default(),
            escape(&change_in_words(column, Charset::Unicode)),
        );
    }
    for (verdict, word) in [(ColumnVerdict::Stable, "stable"), (ColumnVerdict::Skipped, "not judged")] {
        let names: Vec<String> = report
            .columns
            .iter()
            .filter(|column| column.verdict == verdict && !is_notable(column))
            .map(|column| escape(&column.name))
            .collect();
        if !names.is_empty() {
            let _ = writeln!(out, "\n{} {word}: {}", thousands(names.len() as u64), names.join(", "));
        }
    }
    out.push('\n');
}

/// Whether a column gets a line of its own.
pub(crate) fn is_notable(column: &ColumnReport) -> bool {
    column.severity > Severity::None
        || matches!(column.verdict, ColumnVerdict::Drifted | ColumnVerdict::Failed)
}

fn table_findings(out: &mut String, report: &Report) {
    let mut about_table = report.findings.iter().filter(|finding| finding.column.is_none()).peekable();
    if about_table.peek().is_none() {
        return;
    }
    out.push_str("## The table as a whole\n\n");
    for finding in about_table {
        let _ = writeln!(out, "- {}: {}", finding.severity, escape(&finding.message));
    }
    out.push('\n');
}

fn insights(out: &mut String, report: &Report) {
    if report.insights.is_empty() {
        return;
    }
    out.push_str("## Insights\n\n");
    for insight in &report.insights {
        let _ = writeln!(out, "- {}", escape(&insight.text));
    }
    out.push('\n');
}

fn rows(out: &mut String, report: &Report, limit: usize) {
    if report.anomalies.top.is_empty() {
        return;
    }
    out.push_str("## Strangest rows\n\n| row | score | cell | value | why |\n|--:|--:|---|---|---|\n");
    for row in report.anomalies.top.iter().take(limit) {
        let cell = row.cells.first();
        let _ = writeln!(
            out,
            "| {} | {:.3} | {} | {} | {} |",
            thousands(row.row),
            row.score,
            escape(cell.map_or("", |cell| &cell.column)),
            escape(cell.map_or("", |cell| &cell.value)),
            escape(cell.map_or("strange as a whole", |cell| &cell.reason)),
        );
    }
    out.push('\n');
}

/// Cells that are probably wrong, where somebody asked for them.
fn cells(out: &mut String, report: &Report) {
    let Some(cells) = &report.cells else { return };
    let _ = writeln!(out, "## Suspected cells\n\n{}\n", escape(&cells.headline));
    if !cells.suspects.is_empty() {
        markdown_table(out, (&cells.suspects, &cells.columns));
        out.push('\n');
    }
}

/// What was done with lines that are not as they should be: one table a side.
fn reading(out: &mut String, report: &Report) {
    for (title, side) in sides_of_report(report) {
        let Some(tally) = tally_of_lines(side) else { continue };
        let _ = writeln!(out, "## {title}: {tally}\n");
        out.push_str("| what happened | how many | row | byte | raw line |\n|---|--:|--:|--:|---|\n");
        for incident in incidents(side) {
            incident_lines(out, &incident);
        }
        out.push('\n');
    }
}

fn incident_lines(out: &mut String, incident: &Incident<'_>) {
    let most = if incident.fate == Fate::SetAside { REJECTED_LINES } else { NOTED_LINES };
    let what = format!("{}: {}", incident.fate.word(), incident.words);
    if incident.lines.is_empty() {
        let _ = writeln!(out, "| {what} | {} | | | |", thousands(incident.count));
    }
    for (index, line) in incident.lines.iter().take(most).enumerate() {
        let reason = line.reason.map(escape);
        let what = match (index, reason) {
            (0, None) => what.clone(),
            (_, Some(reason)) => format!("{}: {reason}", incident.fate.word()),
            (_, None) => String::new(),
        };
        let count = if index == 0 { thousands(incident.count) } else { String::new() };
        let row = line.row_shown().map(thousands).unwrap_or_default();
        let byte = thousands(line.byte_offset);
        let _ = writeln!(out, "| {what} | {count} | {row} | {byte} | {} |", escape(line.raw));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_report_reads_well() {
        insta::assert_snapshot!(render(&fixture::report(), &RenderOptions::default()).unwrap());
    }

    #[test]
    fn markup_in_names_is_taken_literally() {
        assert_eq!(escape("<img src=x>|a`b"), "&lt;img src=x&gt;\\|a\\`b");
    }
}
