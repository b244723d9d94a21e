use driftline_model::{SeriesAlarm, SeriesReport, SeriesSpan};

use crate::safe_text::width;
use crate::{Charset, RenderOptions, approximate, instant, thousands};

use super::page::{Page, Tone};

/// Alarms shown at least, where there are as many.
const ALARMS_SHOWN: usize = 20;
/// Cells of the course at most.
const CELLS: usize = 120;
/// Columns of a value.
const VALUE_WIDTH: usize = 10;

/// The course of a replayed series and its alarms.
pub(crate) fn series_as_text(report: &SeriesReport, options: &RenderOptions) -> String {
    let mut page = Page::new(*options);
    let title = format!("{} in {}", page.harmless(&report.value), page.harmless(&report.name));
    page.heading(&title, &facts(report));
    page.blank();
    course(&mut page, &report.course);
    if report.alarms.is_empty() {
        page.line("No alarm would have been raised.");
    } else {
        alarms(&mut page, report);
    }
    match report.quarantine.rows {
        0 => {}
        1 => page.line("1 row could not be read and has no score."),
        many => page.line(&format!("{} rows could not be read and have no score.", thousands(many))),
    }
    page.finish()
}

fn facts(report: &SeriesReport) -> String {
    let missing = match report.missing {
        0 => String::new(),
        many => format!(", {} without a value", thousands(many)),
    };
    let alarms = if report.alarms_raised == 1 { "alarm" } else { "alarms" };
    format!("{} rows{missing}, {} {alarms}", thousands(report.rows), thousands(report.alarms_raised))
}

/// One line for the values and one for the alarms.
fn course(page: &mut Page, spans: &[SeriesSpan]) {
    let cells = cells(spans, page.width().saturating_sub(4).clamp(1, CELLS));
    let drawn = || cells.iter().filter_map(|cell| cell.height);
    let low = drawn().fold(f64::INFINITY, f64::min);
    let high = drawn().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return;
    }
    let line: String =
        cells.iter().map(|cell| cell.height.map_or(' ', |height| glyph(page, height, low, high))).collect();
    page.line(&format!("  {line}"));
    let mark = page.choose("▲", "^");
    let mut range = format!("  from {} to {}", approximate(low), approximate(high));
    if cells.iter().any(|cell| cell.alarms > 0) {
        let marks: String = cells.iter().map(|cell| if cell.alarms > 0 { mark } else { " " }).collect();
        let marks = page.paint(Tone::High, marks.trim_end());
        page.line(&format!("  {marks}"));
        range = format!("{range}; {mark} marks alarms");
    }
    let range = page.paint(Tone::Quiet, &range);
    page.line(&range);
    page.blank();
}

/// What is drawn in one column of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    /// The value farthest from the mean of all.
    height: Option<f64>,
    alarms: u64,
}

#[expect(clippy::cast_precision_loss, reason = "for drawing")]
fn cells(spans: &[SeriesSpan], most: usize) -> Vec<Cell> {
    let values: u64 = spans.iter().map(|span| span.values).sum();
    let weight = |span: &SeriesSpan| span.values as f64 / values.max(1) as f64;
    let middle: f64 = spans.iter().filter_map(|span| Some(span.mean? * weight(span))).sum();
    let count = spans.len().min(most);
    let mut cells = vec![Cell::default(); count];
    for (index, span) in spans.iter().enumerate() {
        let Some(cell) = cells.get_mut(index * count / spans.len()) else { continue };
        cell.alarms += span.alarms;
        for value in [span.min, span.max].into_iter().flatten() {
            let farther = |height: f64| (value - middle).abs() > (height - middle).abs();
            if cell.height.is_none_or(farther) {
                cell.height = Some(value);
            }
        }
    }
    cells
}

fn glyph(page: &Page, height: f64, low: f64, high: f64) -> char {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const PLAIN: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];
    let glyphs = if page.charset() == Charset::Unicode { BLOCKS } else { PLAIN };
    // Halves, since the range of finite values may not be finite.
    let share = if high > low { (height / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=7")]
    let level = (share * 7.0).round().clamp(0.0, 7.0) as usize;
    glyphs.get(level).copied().unwrap_or(' ')
}

fn alarms(page: &mut Page, report: &SeriesReport) {
    let mut shown: Vec<&SeriesAlarm> = report.alarms.iter().collect();
    shown.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
    shown.truncate(page.rows().max(ALARMS_SHOWN));
    shown.sort_by_key(|alarm| alarm.row);
    let remark = if report.alarms_raised > shown.len() as u64 {
        format!("the {} strongest of {}", shown.len(), thousands(report.alarms_raised))
    } else {
        String::new()
    };
    page.heading("Alarms as they would have been raised", &remark);
    let times: Vec<String> = shown.iter().map(|alarm| moment(alarm)).collect();
    let time_width = times.iter().map(|time| width(time)).max().unwrap_or(0).max(4);
    let head =
        format!("  {:<time_width$}  {:>VALUE_WIDTH$}  {:>VALUE_WIDTH$}  why", "time", "value", "expected");
    let head = page.paint(Tone::Quiet, &head);
    page.line(&head);
    for (alarm, time) in shown.iter().zip(&times) {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), approximate);
        let lead = format!(
            "  {time:<time_width$}  {:>VALUE_WIDTH$}  {:>VALUE_WIDTH$}  ",
            number(alarm.value),
            number(alarm.expected)
        );
        let reason = page.harmless(&alarm.reason);
        page.wrapped(Tone::Plain, &lead, &reason, width(&lead));
    }
    page.blank();
}

/// When it was, or in which row.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of our millennia fit into 53 bits")]
fn moment(alarm: &SeriesAlarm) -> String {
    alarm.time_ms.map_or_else(|| format!("row {}", thousands(alarm.row)), |ms| instant(ms as f64 * 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> SeriesReport {
        let span = |index: u32| {
            let value = f64::from(index % 48);
            SeriesSpan {
                values: 16,
                missing: 0,
                alarms: u64::from(index == 150),
                min: Some(value),
                max: Some(if index == 150 { 100.0 } else { value + 3.0 }),
                mean: Some(value + 1.0),
            }
        };
        let alarm = |row: u32, reason: &str| SeriesAlarm {
            row: row.into(),
            time_ms: Some(1_397_000_000_000 + i64::from(row) * 300_000),
            value: (row != 3000).then_some(100.0),
            expected: Some(21.25),
            score: 0.8,
            reason: reason.to_owned(),
        };
        SeriesReport {
            name: "load.csv".to_owned(),
            time: Some("timestamp".to_owned()),
            value: "cpu".to_owned(),
            rows: 3200,
            missing: 12,
            alarms_raised: 2,
            alarms: vec![
                alarm(2401, "far above what is usual on Mondays at 14:00"),
                alarm(3000, "12 values in a row are missing"),
            ],
            course: (0..200).map(span).collect(),
            ..SeriesReport::default()
        }
    }

    #[test]
    fn it_reads_well_at_80_columns() {
        insta::assert_snapshot!(series_as_text(&report(), &RenderOptions::default()));
    }

    #[test]
    fn without_alarms_and_in_ascii() {
        let quiet = SeriesReport { alarms: Vec::new(), alarms_raised: 0, ..report() };
        let options = RenderOptions { charset: Charset::Ascii, ..RenderOptions::default() };
        let text = series_as_text(&quiet, &options);
        assert!(text.is_ascii() && text.contains("No alarm would have been raised"), "{text}");
    }

    #[test]
    fn nothing_at_all_is_told_as_that() {
        let text = series_as_text(&SeriesReport::default(), &RenderOptions::default());
        assert!(text.contains("0 rows"), "{text}");
    }
}
