use std::sync::Mutex;
use std::time::{Duration, Instant};

use driftline_model::PartialVerdict;

/// Least time between two [`Event::Progress`].
const INTERVAL: Duration = Duration::from_millis(100);

/// Something that happens while a run works.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A part of the run begins.
    Phase(Phase),
    /// How far the present part is; at most every 100 ms.
    Progress(Progress),
    /// What can be said of the current data so far; only for observers that want it, at most twice a second.
    Partial(PartialVerdict),
    /// Something that the run copes with, but somebody may want to know.
    Notice(String),
}

/// The parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the reference.
    Reference,
    /// Reading (and scoring) the current data.
    Current,
    /// Deciding and explaining.
    Deciding,
    /// Looking for cells that are probably wrong: the data are read twice.
    Cells,
}

/// How far the present part is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The part.
    pub phase: Phase,
    /// Bytes read so far, as stored.
    pub bytes: u64,
    /// Bytes in all, as stored; absent for a stream.
    pub bytes_total: Option<u64>,
    /// Rows read so far.
    pub rows: u64,
    /// Rows a second since the part began.
    pub rows_per_sec: f64,
    /// Time that the last chunk took, in seconds.
    pub chunk_secs: f64,
    /// The same for the last chunks of the part, oldest first; at most 60.
    pub recent_chunk_secs: Vec<f64>,
    /// Memory that the process holds, in bytes; 0 where the system does not tell.
    pub memory_bytes: u64,
    /// Memory that the run may use, in bytes.
    pub memory_budget_bytes: u64,
}

/// Whoever wants to see the events of a run. Called from the threads that work, so it returns quickly.
pub trait Observer: Sync {
    /// One event.
    fn event(&self, event: &Event);

    /// Whether [`Event::Partial`] is wanted. Deciding meanwhile costs up to one part in twenty of a run; who does
    /// not want it pays nothing.
    fn wants_partial(&self) -> bool {
        false
    }
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event) {}
}

/// Lets an event through at most every 100 ms.
#[derive(Debug)]
pub(crate) struct Pace {
    last: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { last: Mutex::new(None) }
    }

    /// Whether it is time for the next event. Threads that find another one asking are told no.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        let Ok(mut last) = self.last.try_lock() else { return false };
        if last.is_some_and(|last| now.duration_since(last) < INTERVAL) {
            return false;
        }
        *last = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_keep_their_distance() {
        let pace = Pace::new();
        let start = Instant::now();
        assert!(pace.is_due(start));
        assert!(!pace.is_due(start + Duration::from_millis(99)));
        assert!(pace.is_due(start + Duration::from_millis(101)));
        assert!(!pace.is_due(start + Duration::from_millis(150)));
    }
}
