//! Windows as they are kept in the database: a row holds a minute of windows, an hour of minutes or a day of hours.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use driftline_engine::live::Resolution;
use driftline_model::WindowSummary;
use driftline_store::{Change, Database, StoreError};

/// Level of compression: rows are written once and read seldom.
const LEVEL: i32 = 3;

/// How windows of a resolution are kept: the word for it, and the span of a row in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) name: &'static str,
    pub(crate) span_ms: i64,
}

impl Kept {
    pub(crate) fn of(resolution: Resolution) -> Self {
        match resolution {
            Resolution::Window => Self { name: "window", span_ms: 60_000 },
            Resolution::Minute => Self { name: "minute", span_ms: 3_600_000 },
            Resolution::Hour => Self { name: "hour", span_ms: 86_400_000 },
        }
    }

    /// Where the row of a window begins.
    pub(crate) fn row_of(self, start_ms: i64) -> i64 {
        start_ms.div_euclid(self.span_ms) * self.span_ms
    }
}

/// Windows that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Pending {
    start_ms: i64,
    windows: Vec<WindowSummary>,
    is_changed: bool,
    /// Rows that are whole, oldest first, until they are written.
    whole: VecDeque<(i64, Vec<WindowSummary>)>,
}

impl Pending {
    /// Takes in a window. The row before is whole when this one begins another.
    pub(super) fn push(&mut self, kept: Kept, window: WindowSummary) {
        let start_ms = kept.row_of(window.start_ms);
        if start_ms != self.start_ms && !self.windows.is_empty() {
            self.whole.push_back((self.start_ms, std::mem::take(&mut self.windows)));
        }
        self.start_ms = start_ms;
        self.is_changed = true;
        self.windows.push(window);
    }

    /// The oldest row that is whole and was not written.
    pub(super) fn whole(&self) -> Option<(i64, &[WindowSummary])> {
        self.whole.front().map(|(start_ms, windows)| (*start_ms, windows.as_slice()))
    }

    /// The oldest whole row is written.
    pub(super) fn whole_is_written(&mut self) {
        self.whole.pop_front();
    }

    /// The row as far as it is, when something came since it was written last.
    pub(super) fn so_far(&self) -> Option<(i64, &[WindowSummary])> {
        self.is_changed.then_some((self.start_ms, self.windows.as_slice()))
    }

    /// The row is written as far as it is.
    pub(super) fn so_far_is_written(&mut self) {
        self.is_changed = false;
    }

    /// Goes on with a row that was written before a restart, up to the first window that comes again.
    pub(super) fn resume(&mut self, kept: Kept, windows: Vec<WindowSummary>, until_ms: i64) {
        let known = windows.into_iter().filter(|window| window.end_ms <= until_ms);
        self.windows = known.collect();
        // Where the row ends with it, these windows are still of the row that ends.
        self.start_ms = kept.row_of(until_ms - 1);
    }
}

/// Writes a row.
pub(super) async fn write(
    change: &mut Change,
    monitor_id: &str,
    (kept, start_ms): (Kept, i64),
    windows: &[WindowSummary],
) -> Result<(), StoreError> {
    let body = packed(windows)?;
    change.keep_windows(monitor_id, (kept.name, start_ms), &body).await
}

/// The windows that begin within `from_ms..until_ms`, oldest first.
pub(crate) async fn read(
    database: &Database,
    monitor_id: &str,
    kept: Kept,
    (from_ms, until_ms): (i64, i64),
) -> Result<Vec<WindowSummary>, StoreError> {
    let rows = database.windows((monitor_id, kept.name), (kept.row_of(from_ms), until_ms)).await?;
    let mut windows = Vec::new();
    for row in rows {
        let within = |window: &WindowSummary| (from_ms..until_ms).contains(&window.start_ms);
        windows.extend(unpacked(&row)?.into_iter().filter(within));
    }
    Ok(windows)
}

fn packed(windows: &[WindowSummary]) -> Result<String, StoreError> {
    let stored = |reason: String| StoreError::Stored { reason };
    let json = serde_json::to_vec(windows).map_err(|error| stored(error.to_string()))?;
    let bytes = zstd::bulk::compress(&json, LEVEL).map_err(|error| stored(error.to_string()))?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

fn unpacked(body: &str) -> Result<Vec<WindowSummary>, StoreError> {
    let stored = |reason: String| StoreError::Stored { reason };
    let bytes = STANDARD_NO_PAD.decode(body).map_err(|error| stored(error.to_string()))?;
    let json = zstd::stream::decode_all(&bytes[..]).map_err(|error| stored(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| stored(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start_ms: i64) -> WindowSummary {
        WindowSummary { start_ms, end_ms: start_ms + 1000, rows: 3, ..WindowSummary::default() }
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let windows: Vec<WindowSummary> = (0..60).map(|i| window(i * 1000)).collect();
        assert_eq!(unpacked(&packed(&windows).unwrap()).unwrap(), windows);
    }

    #[test]
    fn a_row_goes_on_after_a_restart_also_where_it_has_just_ended() {
        let kept = Kept::of(Resolution::Window);
        for until_ms in [59_000, 60_000] {
            let mut pending = Pending::default();
            pending.resume(kept, (0..60).map(|i| window(i * 1000)).collect(), until_ms);
            for start_ms in (until_ms..=60_000).step_by(1000) {
                pending.push(kept, window(start_ms));
            }
            assert_eq!(pending.whole().map(|(start, windows)| (start, windows.len())), Some((0, 60)));
            assert_eq!(pending.so_far().map(|(start, windows)| (start, windows.len())), Some((60_000, 1)));
        }
    }

    #[test]
    fn a_row_waits_until_it_is_written() {
        let kept = Kept::of(Resolution::Window);
        let mut pending = Pending::default();
        for window in (0..61).map(|i| window(i * 1000)) {
            assert!(pending.whole().is_none());
            pending.push(kept, window);
        }
        // Asked for again after the database has said no, it is still there.
        for _ in 0..2 {
            assert_eq!(pending.whole().map(|(start, windows)| (start, windows.len())), Some((0, 60)));
            assert_eq!(pending.so_far().map(|(start, windows)| (start, windows.len())), Some((60_000, 1)));
        }
        pending.push(kept, window(120_000));
        let mut whole = Vec::new();
        while let Some((start_ms, _)) = pending.whole() {
            whole.push(start_ms);
            pending.whole_is_written();
        }
        assert_eq!(whole, [0, 60_000]);
        pending.so_far_is_written();
        assert!(pending.so_far().is_none());
    }
}
