//! The report on a terminal: the answer first, then the columns, then why, then the rows.

mod cells;
mod columns;
mod contract;
mod page;
mod rows;
mod series;
mod summary;

use driftline_model::{Report, Severity, SideReport};

use crate::{ExportError, RenderOptions, byte_size, duration, percent, thousands};

pub(crate) use cells::cells_as_text;
pub(crate) use contract::contract_as_text;
use page::{Page, Tone};
pub(crate) use series::series_as_text;
pub(crate) use summary::{rows_as_text, summary_as_text};

/// Worst rank error of a sample of 65,536 rows with 99 % confidence (Dvoretzky-Kiefer-Wolfowitz bound:
/// sqrt(ln(2 / 0.01) / (2 n))).
fn rank_error(sample_rows: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown to two digits")]
    let n = sample_rows.max(1) as f64;
    ((200.0_f64).ln() / (2.0 * n)).sqrt()
}

/// The report as lines of at most `options.width` columns.
pub(crate) fn render(report: &Report, options: &RenderOptions) -> Result<String, ExportError> {
    let mut page = Page::new(*options);
    headline(&mut page, report);
    sides(&mut page, report);
    contract::write(&mut page, report);
    columns::write(&mut page, report);
    table_findings(&mut page, report);
    insights(&mut page, report);
    rows::write_strangest(&mut page, report);
    cells::write(&mut page, report);
    rows::write_unreadable(&mut page, report);
    masked(&mut page, &crate::masked::masked_columns(report));
    footer(&mut page, report);
    Ok(page.finish())
}

fn headline(page: &mut Page, report: &Report) {
    let tone = Tone::of(report.severity);
    let mark = page.mark(report.severity);
    let text = page.harmless(&report.headline);
    for (index, line) in crate::safe_text::wrap(&text, page.width() - 2).iter().enumerate() {
        let lead = if index == 0 { mark } else { " " };
        let line = page.paint(tone.strong(), &format!("{lead} {line}"));
        page.line(&line);
    }
    page.blank();
}

fn sides(page: &mut Page, report: &Report) {
    let both = [("current", &report.current), ("reference", &report.reference)];
    let longest = |lengths: [usize; 2]| lengths[0].max(lengths[1]);
    let names = both.map(|(_, side)| page.harmless(&side.name));
    let facts_width = longest(both.map(|(_, side)| side_facts(side).len()));
    let room = page.width().saturating_sub(13 + 2 + facts_width).max(16);
    let name_width = longest([0, 1].map(|side: usize| crate::safe_text::width(&names[side]))).min(room);
    for ((role, side), name) in both.into_iter().zip(&names) {
        let facts = side_facts(side);
        let name = crate::safe_text::shorten_front(name, name_width, page.charset());
        let name = format!("{name}{:1$}", "", name_width.saturating_sub(crate::safe_text::width(&name)));
        let role = page.paint(Tone::Quiet, &format!("  {role:<9}  "));
        let facts = page.paint(Tone::Quiet, &format!("  {facts}"));
        page.line(&format!("{role}{name}{facts}"));
    }
    let sampled = [&report.current, &report.reference]
        .into_iter()
        .filter(|side| !side.exact)
        .map(|side| side.sample_rows);
    if let Some(least) = sampled.min() {
        let note = format!(
            "  Quantiles rest on a sample of {} rows: ranks are right within {} (99 % confidence).",
            thousands(least),
            percent(rank_error(least))
        );
        page.wrapped(Tone::Quiet, "", &note, 2);
    }
    page.blank();
}

fn side_facts(side: &SideReport) -> String {
    let columns = if side.columns == 1 { "column" } else { "columns" };
    let rows = if side.rows == 1 { "row" } else { "rows" };
    let mut facts = format!("{} {rows}, {} {columns}", thousands(side.rows), thousands(side.columns));
    if side.bytes > 0 {
        facts.push_str(&format!(", {}", byte_size(side.bytes)));
    }
    if side.duplicate_ratio >= 0.001 {
        facts.push_str(&format!(", {} repeated", percent(side.duplicate_ratio)));
    }
    facts
}

fn table_findings(page: &mut Page, report: &Report) {
    let about_table: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.column.is_none() && finding.severity > Severity::None)
        .collect();
    if about_table.is_empty() {
        return;
    }
    page.heading("The table as a whole", "");
    for finding in about_table {
        let lead = format!("{} {:<9} ", page.mark(finding.severity), finding.severity);
        let lead = page.paint(Tone::of(finding.severity), &lead);
        let text = page.harmless(&finding.message);
        page.wrapped(Tone::Plain, &lead, &text, 12);
    }
    page.blank();
}

fn insights(page: &mut Page, report: &Report) {
    if report.insights.is_empty() {
        return;
    }
    page.heading("What explains it", "");
    let bullet = page.choose("•", "*");
    for insight in &report.insights {
        let text = page.harmless(&insight.text);
        page.wrapped(Tone::Plain, &format!("{bullet} "), &text, 2);
    }
    page.blank();
}

/// That values are masked, and how they would be shown.
fn masked(page: &mut Page, columns: &[String]) {
    if let Some(note) = crate::masked::note(columns) {
        let note = page.harmless(&note);
        page.wrapped(Tone::Quiet, "", &note, 0);
    }
}

fn footer(page: &mut Page, report: &Report) {
    let timings = &report.timings;
    let dot = page.choose(" · ", " | ");
    let reading = timings.reference_secs + timings.current_secs;
    let mut parts = vec![duration(timings.total_secs)];
    if page.width() >= 100 {
        let (reading, deciding) = (duration(reading), duration(timings.detect_secs));
        parts = vec![format!("{} (reading {reading}, deciding {deciding})", parts.concat())];
    }
    if timings.current_secs > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "shown to three digits")]
        let rate = report.current.rows as f64 / timings.current_secs;
        parts.push(format!("{} rows/s", rounded(rate)));
    }
    parts.push(format!("{} peak memory", byte_size(report.memory_peak_bytes)));
    let threads = timings.threads;
    parts.push(format!("{threads} {}", if threads == 1 { "thread" } else { "threads" }));
    let text = parts.join(dot);
    page.wrapped(Tone::Quiet, "", &text, 0);
}

/// A rate to two or three digits, so that it does not pretend to be exact.
fn rounded(rate: f64) -> String {
    if !rate.is_finite() || rate >= 1e15 {
        return "-".to_owned();
    }
    let step = 10_f64.powf((rate.max(1.0).log10().floor() - 2.0).max(0.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
    let whole = ((rate / step).round() * step) as u64;
    thousands(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Charset, Colour, fixture};

    fn shown(width: usize, charset: Charset) -> String {
        let options = RenderOptions { width, charset, ..RenderOptions::default() };
        render(&fixture::report(), &options).unwrap()
    }

    #[test]
    fn it_reads_well_at_80_columns() {
        insta::assert_snapshot!(shown(80, Charset::Unicode));
    }

    #[test]
    fn it_reads_well_at_120_columns() {
        insta::assert_snapshot!(shown(120, Charset::Unicode));
    }

    #[test]
    fn it_reads_well_in_ascii() {
        let text = shown(80, Charset::Ascii);
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        for width in [72, 80, 100, 120, 200] {
            for line in shown(width, Charset::Unicode).lines() {
                assert!(crate::safe_text::width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn colours_appear_only_when_asked_for() {
        let options = RenderOptions { colour: Colour::On, ..RenderOptions::default() };
        let painted = render(&fixture::report(), &options).unwrap();
        assert!(painted.contains("\u{1b}[1;31m"));
        let plain = shown(80, Charset::Unicode);
        assert!(!plain.contains('\u{1b}'));
        assert_eq!(strip(&painted), plain);
    }

    /// The text without its colours.
    fn strip(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\u{1b}') {
            out.push_str(&rest[..at]);
            rest = rest[at..].split_once('m').map_or("", |(_, rest)| rest);
        }
        out + rest
    }

    #[test]
    fn a_stable_report_is_short() {
        let mut report = fixture::report();
        report.columns.retain(|column| column.verdict == driftline_model::ColumnVerdict::Stable);
        report.columns.retain(|column| column.severity == Severity::None);
        report.findings.clear();
        report.insights.clear();
        report.anomalies = Default::default();
        report.current.quarantine = Default::default();
        report.current.reading = Default::default();
        report.severity = Severity::None;
        report.headline = "Nothing drifted in 4 columns.".to_owned();
        insta::assert_snapshot!(render(&report, &RenderOptions::default()).unwrap());
    }
}
