use std::sync::atomic::{AtomicBool, Ordering};

use crate::CancelToken;

/// Why the threads of a scan stop early: somebody asked, or one of them failed.
#[derive(Debug)]
pub(crate) struct Halt<'a> {
    cancel: &'a CancelToken,
    failed: AtomicBool,
}

impl<'a> Halt<'a> {
    pub(crate) fn new(cancel: &'a CancelToken) -> Self {
        Self { cancel, failed: AtomicBool::new(false) }
    }

    /// One thread failed: the others need not go on.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }

    /// By what a run is stopped.
    pub(crate) fn token(&self) -> &'a CancelToken {
        self.cancel
    }

    /// What failed is done again.
    pub(crate) fn retry(&self) {
        self.failed.store(false, Ordering::Release);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Whether to stop at the next opportunity.
    pub(crate) fn is_set(&self) -> bool {
        self.failed.load(Ordering::Acquire) || self.is_cancelled()
    }
}
