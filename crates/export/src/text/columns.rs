use driftline_model::{ColumnReport, ColumnRole, ColumnVerdict, Report};

use crate::markdown::is_notable;
use crate::safe_text::{width, wrap};
use crate::{Histogram, change_in_words, percent, score_digits, thousands};

use super::page::{Page, Tone};

/// Columns of the terminal that a mark and the longest severity take.
const SEVERITY: usize = 10;
/// The longest kind, `categorical`.
const KIND: usize = 11;
/// Cells of one histogram; the word `reference` stands above it.
const SPARK: usize = 10;
/// Room for a score or a share.
const NUMBER: usize = 8;
/// Everything but the name: severity, kind, two histograms, two numbers and the gaps between them.
const FIXED: usize = SEVERITY + 2 + 2 + KIND + 2 + SPARK + 1 + SPARK + NUMBER + NUMBER;
/// The change stands on the same line where it has at least this much room.
const MIN_CHANGE: usize = 34;
/// Longest name that is shown whole.
const MAX_NAME: usize = 28;
/// Where names would have less room than this, the change goes below.
const MIN_NAME: usize = 14;
/// Stable columns named before the rest is only counted.
const NAMES_SHOWN: usize = 40;

/// How the table is cut.
struct Layout {
    name: usize,
    /// Room for the change beside the numbers; none means that it goes below them.
    change: Option<usize>,
}

impl Layout {
    fn new(page: &Page, notable: &[&ColumnReport]) -> Self {
        let longest =
            notable.iter().map(|column| width(&page.harmless(&column.name))).max().unwrap_or(0).max(6);
        let beside = page.width().saturating_sub(FIXED + 2 + MIN_CHANGE);
        if beside >= longest.min(MIN_NAME) {
            let name = longest.min(beside).min(MAX_NAME);
            return Self { name, change: Some(page.width() - FIXED - 2 - name) };
        }
        let name = longest.min(page.width().saturating_sub(FIXED).clamp(6, MAX_NAME));
        Self { name, change: None }
    }
}

/// The table of what changed, then the rest in a line each.
pub(super) fn write(page: &mut Page, report: &Report) {
    let notable: Vec<&ColumnReport> = report.columns.iter().filter(|column| is_notable(column)).collect();
    if !notable.is_empty() {
        let layout = Layout::new(page, &notable);
        header(page, &layout, &notable);
        for column in &notable {
            row(page, &layout, column);
        }
        page.blank();
    }
    folded(page, report);
    page.blank();
}

fn header(page: &mut Page, layout: &Layout, notable: &[&ColumnReport]) {
    let metric =
        notable.iter().find_map(|column| column.score.as_ref()).map_or("score", |score| &score.metric);
    let metric = if metric.len() <= 3 { metric.to_uppercase() } else { metric.to_owned() };
    let metric = page.shorten(&page.harmless(&metric), NUMBER - 1);
    let change = if layout.change.is_some() { "  what changed" } else { "" };
    let text = format!(
        "{:<SEVERITY$}  {:<name$}  {:<KIND$}  {:<SPARK$} {:<SPARK$}{metric:>NUMBER$}{:>NUMBER$}{change}",
        "severity",
        "column",
        "kind",
        "reference",
        "current",
        "moved",
        name = layout.name,
    );
    let text = page.paint(Tone::Quiet, text.trim_end());
    page.line(&text);
}

fn row(page: &mut Page, layout: &Layout, column: &ColumnReport) {
    let name = page.shorten(&page.harmless(&column.name), layout.name);
    let name = format!("{name}{:1$}", "", layout.name - width(&name));
    let [reference, current] = Histogram::of(column, SPARK)
        .map(|histogram| histogram.sparklines(page.charset()))
        .unwrap_or_default()
        .map(|line| format!("{line:<SPARK$}"));
    let score = column.score.as_ref().map(|score| score_digits(score.value)).unwrap_or_default();
    let moved = column.effect.as_ref().map(|effect| percent(effect.mass_moved)).unwrap_or_default();
    let (mark, word, tone) = if column.verdict == ColumnVerdict::Failed {
        (page.choose("?", "?"), "failed", Tone::Medium)
    } else {
        (page.mark(column.severity), column.severity.name(), Tone::of(column.severity))
    };
    let severity = page.paint(tone, &format!("{mark} {word:<8}"));
    let mut line = format!(
        "{severity}  {}  {:<KIND$}  {} {}{score:>NUMBER$}{moved:>NUMBER$}",
        page.paint(Tone::Strong, &name),
        column.kind,
        page.paint(Tone::Quiet, &reference),
        page.paint(Tone::Accent, &current),
    );
    let change = page.harmless(&change_in_words(column, page.charset()));
    let Some(room) = layout.change else {
        page.line(&line);
        if !change.is_empty() {
            page.wrapped(Tone::Plain, "", &change, SEVERITY + 2);
        }
        return;
    };
    for (index, part) in wrap(&change, room).iter().enumerate() {
        if index > 0 {
            line = " ".repeat(FIXED + layout.name);
        }
        page.line(&format!("{line}  {part}"));
    }
}

/// Columns without anything to see: how many there are, and their names.
fn folded(page: &mut Page, report: &Report) {
    let quiet = |verdict: ColumnVerdict| {
        report.columns.iter().filter(move |column| column.verdict == verdict && !is_notable(column))
    };
    let stable: Vec<String> =
        quiet(ColumnVerdict::Stable).map(|column| page.harmless(&column.name)).collect();
    list(page, Tone::Good, "stable", &stable);
    let skipped: Vec<String> = quiet(ColumnVerdict::Skipped)
        .map(|column| match column.role {
            ColumnRole::Identifier => format!("{} (identifier)", page.harmless(&column.name)),
            ColumnRole::Clock => format!("{} (clock)", page.harmless(&column.name)),
            ColumnRole::Excluded => format!("{} (excluded)", page.harmless(&column.name)),
            ColumnRole::Feature => match &column.reason {
                Some(reason) => page.harmless(&format!("{} ({reason})", column.name)),
                None => page.harmless(&column.name),
            },
        })
        .collect();
    list(page, Tone::Quiet, "not judged", &skipped);
}

fn list(page: &mut Page, tone: Tone, word: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let lead = format!("{} {word}: ", thousands(names.len() as u64));
    let indent = width(&lead);
    let mut text = names.iter().take(NAMES_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMES_SHOWN {
        text.push_str(&format!(" and {} more", thousands((names.len() - NAMES_SHOWN) as u64)));
    }
    let lead = page.paint(tone, &lead);
    page.wrapped(Tone::Plain, &lead, &text, indent);
}
