//! What a watcher sees: pure text, drawn anew for every window.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use driftline_engine::live::Closed;
use driftline_export::{Charset, approximate, harmless};
use driftline_model::{LiveAlarm, Severity};

/// Windows that a line shows at most.
const KEPT: usize = 120;
/// Columns shown, those that moved most first.
const COLUMNS: usize = 8;
/// Alarms shown, the last ones.
const ALARMS: usize = 6;
/// Characters of a name, and of the figure at the end of a line.
const NAME: usize = 16;
const FIGURE: usize = 14;

/// How it is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) width: usize,
    pub(super) charset: Charset,
    pub(super) has_colour: bool,
}

/// All that is shown.
#[derive(Debug)]
pub(super) struct View {
    name: String,
    rates: VecDeque<f64>,
    moved: BTreeMap<String, VecDeque<f64>>,
    rows: u64,
    rejected: u64,
    windows: u64,
    alarms: VecDeque<(LiveAlarm, bool)>,
    raised: u64,
}

impl View {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rates: VecDeque::new(),
            moved: BTreeMap::new(),
            rows: 0,
            rejected: 0,
            windows: 0,
            alarms: VecDeque::new(),
            raised: 0,
        }
    }

    /// Takes in a window.
    pub(super) fn push(&mut self, closed: &Closed) {
        self.windows += 1;
        self.rows += closed.summary.rows;
        self.rejected += closed.summary.rejected_rows;
        keep(&mut self.rates, closed.summary.values.get("rows_per_sec").copied().unwrap_or(0.0));
        for (metric, value) in &closed.summary.values {
            if let Some(column) = metric.strip_suffix(".mass_moved") {
                keep(self.moved.entry(column.to_owned()).or_default(), *value);
            }
        }
        for alarm in &closed.raised {
            self.raised += 1;
            self.alarms.push_back((alarm.clone(), false));
        }
        for over in &closed.recovered {
            for (alarm, is_over) in &mut self.alarms {
                if alarm.code == over.code && alarm.column == over.column && alarm.metric == over.metric {
                    *is_over = true;
                }
            }
        }
        while self.alarms.len() > ALARMS {
            self.alarms.pop_front();
        }
    }

    /// Alarms raised so far.
    pub(super) fn raised(&self) -> u64 {
        self.raised
    }

    /// The picture.
    pub(super) fn draw(&self, learned_ratio: f64, error: Option<&str>, look: Look) -> String {
        let mut text = String::new();
        let learned = if learned_ratio < 1.0 {
            format!("learning what is usual: {:.0} %", learned_ratio * 100.0)
        } else {
            "watching".to_owned()
        };
        let facts = format!("{} rows in {} windows, {learned}", self.rows, self.windows);
        let _ =
            writeln!(text, "{}  {facts}", cut(&self.name, look.width.saturating_sub(facts.len() + 2), look));
        if let Some(error) = error {
            let _ = writeln!(text, "The feed: {}", cut(error, look.width.saturating_sub(10), look));
        }
        if self.rejected > 0 {
            let _ = writeln!(text, "{} records could not be read.", self.rejected);
        }
        let _ = writeln!(text);
        let rate = self.rates.back().copied().unwrap_or(0.0);
        line(&mut text, "rows/s", &self.rates, (&approximate(rate), look));
        let mut columns: Vec<(&String, &VecDeque<f64>, f64)> = self
            .moved
            .iter()
            .map(|(name, moved)| (name, moved, moved.back().copied().unwrap_or(0.0)))
            .collect();
        columns.sort_by(|(a_name, _, a), (b_name, _, b)| b.total_cmp(a).then_with(|| a_name.cmp(b_name)));
        for (name, moved, now) in columns.iter().take(COLUMNS) {
            line(&mut text, name, moved, (&format!("moved {:.1} %", now * 100.0), look));
        }
        if columns.len() > COLUMNS {
            let _ = writeln!(text, "and {} columns that moved less", columns.len() - COLUMNS);
        }
        self.draw_alarms(&mut text, look);
        text
    }

    fn draw_alarms(&self, text: &mut String, look: Look) {
        let _ = writeln!(text);
        if self.alarms.is_empty() {
            let _ = writeln!(text, "No alarm so far.");
        }
        for (alarm, is_over) in &self.alarms {
            let at = time_of_day(alarm.raised_ms);
            let word = if *is_over { "over".to_owned() } else { alarm.severity.to_string() };
            let message = cut(&alarm.message, look.width.saturating_sub(at.len() + 12), look);
            let painted = match (look.has_colour, is_over, alarm.severity) {
                (true, false, Severity::High | Severity::Critical) => format!("\x1b[31m{word:<8}\x1b[0m"),
                (true, false, _) => format!("\x1b[33m{word:<8}\x1b[0m"),
                _ => format!("{word:<8}"),
            };
            let _ = writeln!(text, "{at}  {painted}  {message}");
        }
    }
}

/// The time of day, UTC.
pub(super) fn time_of_day(ms: i64) -> String {
    let secs = ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
}

fn keep(values: &mut VecDeque<f64>, value: f64) {
    if values.len() == KEPT {
        values.pop_front();
    }
    values.push_back(value);
}

fn line(text: &mut String, name: &str, values: &VecDeque<f64>, (figure, look): (&str, Look)) {
    let cells = look.width.saturating_sub(NAME + FIGURE + 4).clamp(8, KEPT);
    let shown: Vec<f64> = values.iter().skip(values.len().saturating_sub(cells)).copied().collect();
    let course = sparkline(&shown, look.charset);
    let name = cut(name, NAME, look);
    let _ = writeln!(text, "{name:<NAME$}  {course:>cells$}  {figure:>FIGURE$}");
}

/// Heights from zero up to the highest value.
fn sparkline(values: &[f64], charset: Charset) -> String {
    let glyphs: [char; 8] = match charset {
        Charset::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
        Charset::Ascii => ['_', '.', ',', '-', '=', '+', '*', '#'],
    };
    let highest = values.iter().copied().fold(0.0, f64::max);
    let glyph = |value: &f64| {
        let share = if highest > 0.0 { value / highest } else { 0.0 };
        glyphs.get((share * 7.0).round().clamp(0.0, 7.0) as usize).copied().unwrap_or(' ')
    };
    values.iter().map(glyph).collect()
}

/// A text made harmless, cut to so many characters.
fn cut(text: &str, most: usize, look: Look) -> String {
    let text = harmless(text, look.charset);
    if text.chars().count() <= most {
        return text.to_string();
    }
    let dots = if look.charset == Charset::Unicode { "…" } else { "~" };
    text.chars().take(most.saturating_sub(1)).collect::<String>() + dots
}

#[cfg(test)]
mod tests {
    use driftline_engine::live::Resolution;
    use driftline_model::{LiveRecovery, WindowSummary};

    use super::*;

    fn window(second: i64, rows: u64, moved: f64) -> Closed {
        let start_ms = 1_767_571_200_000 + second * 1000;
        let values = [("rows_per_sec", rows as f64), ("amount.mass_moved", moved), ("city.mass_moved", 0.01)];
        let values = values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let summary =
            WindowSummary { start_ms, end_ms: start_ms + 1000, rows, values, ..WindowSummary::default() };
        Closed {
            resolution: Resolution::Window,
            summary,
            raised: Vec::new(),
            recovered: Vec::new(),
            report: None,
        }
    }

    #[test]
    fn it_reads_well_at_80_columns() {
        let mut view = View::new("orders.ndjson");
        for second in 0..90 {
            let mut closed = window(second, 40 + second as u64 % 7, if second < 60 { 0.01 } else { 0.2 });
            if second == 62 {
                closed.raised.push(LiveAlarm {
                    code: "drift.value".to_owned(),
                    severity: Severity::High,
                    column: Some("amount".to_owned()),
                    metric: None,
                    message: "`amount` moved up: the median went from 39.7 to 61.3 (27 % of the rows moved)."
                        .to_owned(),
                    began_ms: closed.summary.start_ms,
                    raised_ms: closed.summary.end_ms,
                });
            }
            view.push(&closed);
        }
        let look = Look { width: 80, charset: Charset::Unicode, has_colour: false };
        let text = view.draw(1.0, None, look);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
        let mut over = window(91, 40, 0.01);
        over.recovered.push(LiveRecovery {
            code: "drift.value".to_owned(),
            column: Some("amount".to_owned()),
            metric: None,
            raised_ms: 0,
            recovered_ms: 0,
        });
        view.push(&over);
        assert!(view.draw(0.5, Some("not there"), look).contains("over"));
    }
}
