//! Searches for wrong cells: one at a time, and the last of them kept, as a page asks again when somebody comes back
//! to it or saves what it shows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use driftline_model::CellReport;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Searches that run at once: each uses all threads that a run may have.
const AT_ONCE: usize = 1;
/// Searches whose outcome is kept.
const KEPT: usize = 4;

/// What was searched last.
#[derive(Debug)]
pub(crate) struct FoundCells {
    turns: Arc<Semaphore>,
    kept: Mutex<VecDeque<(String, Arc<CellReport>)>>,
}

impl Default for FoundCells {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), kept: Mutex::default() }
    }
}

impl FoundCells {
    /// Waits for the turn to search; nothing when the service stops.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// The outcome of a search that was kept.
    pub(crate) fn get(&self, question: &str) -> Option<Arc<CellReport>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == question).map(|(_, report)| Arc::clone(report))
    }

    /// Keeps the outcome of a search, and forgets the oldest.
    pub(crate) fn keep(&self, question: String, report: &Arc<CellReport>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != question);
        kept.push_back((question, Arc::clone(report)));
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }
}
