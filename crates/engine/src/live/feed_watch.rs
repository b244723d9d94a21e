//! The feed itself: whether it speaks, and whether it can be read.

use driftline_model::{LiveAlarm, Severity, WindowSettings};
use serde::{Deserialize, Serialize};

use super::panes::Pane;

/// A feed is silent after this many times the longest pause that it has made.
const LONGER: i64 = 3;
/// Pauses that are no silence, whatever the feed did before: in windows, and in milliseconds.
const WINDOWS: i64 = 10;
const LEAST_MS: i64 = 5_000;
/// Share of records that cannot be read from which the feed is not what it claims to be, and the least number.
const UNREADABLE: f64 = 0.1;
const UNREADABLE_AT_LEAST: u64 = 10;

/// Watches the feed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct FeedWatch {
    last_row_ms: Option<i64>,
    longest_pause_ms: i64,
    is_silent: bool,
    /// Since when it is watched without a break.
    resumed_ms: i64,
}

impl FeedWatch {
    /// Takes in a window; gives what is wrong with the feed in it, whether it begins now or goes on. `idle_ms` is how
    /// long no row has come since, where that is known before the next window.
    pub(super) fn closed(&mut self, pane: &Pane, idle_ms: i64, settings: &WindowSettings) -> Vec<LiveAlarm> {
        let mut wrong = Vec::new();
        wrong.extend(self.silence(pane, idle_ms, settings));
        wrong.extend(unreadable(pane));
        wrong
    }

    /// Nobody watched until now.
    pub(super) fn resume(&mut self, now_ms: i64) {
        self.resumed_ms = self.resumed_ms.max(now_ms);
        self.last_row_ms = self.last_row_ms.map(|last| last.max(now_ms));
    }

    /// How long a feed may say nothing, with windows of this length.
    pub(super) fn patience_ms(&self, length_ms: i64, settings: &WindowSettings) -> i64 {
        let configured = (settings.silent_after_secs * 1000.0) as i64;
        let by_itself = (LONGER * self.longest_pause_ms).max(WINDOWS * length_ms).max(LEAST_MS);
        if configured > 0 { configured } else { by_itself }
    }

    fn silence(&mut self, pane: &Pane, idle_ms: i64, settings: &WindowSettings) -> Option<LiveAlarm> {
        let length_ms = (pane.end_ms - pane.start_ms).max(1);
        if pane.rows() > 0 {
            let pause = self.last_row_ms.map_or(0, |last| (pane.start_ms - last).max(0));
            // A silence that was told does not make itself usual.
            if !self.is_silent {
                self.longest_pause_ms = self.longest_pause_ms.max(pause);
            }
            self.last_row_ms = Some(pane.end_ms.max(self.resumed_ms));
            self.is_silent = false;
        }
        let last = self.last_row_ms?;
        let pause = idle_ms.max(pane.end_ms - last);
        self.is_silent = pause >= self.patience_ms(length_ms, settings);
        let is_told_so = settings.silent_after_secs > 0.0;
        let never = if is_told_so { "" } else { "; the feed was never silent for so long" };
        let message = format!("No row has come for {}{never}.", span(pause));
        self.is_silent.then(|| alarm("feed.silent", Severity::High, message, (last, pane.end_ms)))
    }
}

fn unreadable(pane: &Pane) -> Option<LiveAlarm> {
    let (rejected, rows) = (pane.rejected_rows, pane.rows());
    let share = rejected as f64 / (rows + rejected).max(1) as f64;
    if share < UNREADABLE || rejected < UNREADABLE_AT_LEAST {
        return None;
    }
    let severity = if share >= 0.5 { Severity::High } else { Severity::Medium };
    let message =
        format!("{rejected} of {} records ({:.0} %) could not be read.", rows + rejected, share * 100.0);
    Some(alarm("feed.unreadable", severity, message, (pane.start_ms, pane.end_ms)))
}

fn alarm(code: &str, severity: Severity, message: String, (began_ms, raised_ms): (i64, i64)) -> LiveAlarm {
    LiveAlarm { code: code.to_owned(), severity, column: None, metric: None, message, began_ms, raised_ms }
}

fn span(ms: i64) -> String {
    match ms / 1000 {
        secs @ 0..120 => format!("{secs} s"),
        secs @ 120..7200 => format!("{} min", secs / 60),
        secs => format!("{} h", secs / 3600),
    }
}
