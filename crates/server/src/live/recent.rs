//! The last windows of a monitor, for whoever looks on.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use driftline_model::{LiveAlarm, LiveRecovery, WindowSummary};
use serde::Serialize;
use tokio::sync::broadcast;

/// Windows that are kept: a quarter of an hour of seconds; older ones are in the database.
const KEPT: usize = 900;
/// Windows that wait for one who is slow.
const WAITING: usize = 64;

/// A closed window with what began and ended with it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ClosedWindow)]
pub(crate) struct Seen {
    /// The window.
    pub(crate) window: WindowSummary,
    /// What begins with it.
    pub(crate) raised: Vec<LiveAlarm>,
    /// What is over with it.
    pub(crate) recovered: Vec<LiveRecovery>,
}

/// The last windows, and a way to wait for the next one.
#[derive(Debug)]
pub(crate) struct Recent {
    windows: Mutex<VecDeque<Arc<Seen>>>,
    news: broadcast::Sender<Arc<Seen>>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { windows: Mutex::default(), news: broadcast::Sender::new(WAITING) }
    }

    pub(super) fn push(&self, seen: Seen) {
        let seen = Arc::new(seen);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= KEPT {
            windows.pop_front();
        }
        windows.push_back(Arc::clone(&seen));
        // Sent under the lock, so that nobody who asks for both misses one or sees one twice.
        let _ = self.news.send(seen);
    }

    /// The windows that end after this moment, and those that come.
    pub(crate) fn follow(&self, after_ms: i64) -> (Vec<Arc<Seen>>, broadcast::Receiver<Arc<Seen>>) {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let known = windows.iter().filter(|seen| seen.window.end_ms > after_ms).cloned().collect();
        (known, self.news.subscribe())
    }

    /// Keys of the metrics of the last window with rows.
    pub(crate) fn metrics(&self) -> Vec<String> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let all: BTreeSet<&String> =
            windows.iter().rev().take(60).flat_map(|seen| seen.window.values.keys()).collect();
        all.into_iter().cloned().collect()
    }
}

/// A window with some of its metrics only; all of them when none is named.
pub(crate) fn shown(window: &WindowSummary, metrics: &[String]) -> WindowSummary {
    let mut shown = window.clone();
    if !metrics.is_empty() {
        shown.values.retain(|key, _| metrics.contains(key));
    }
    shown
}
