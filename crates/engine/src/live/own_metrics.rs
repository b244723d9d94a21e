//! Metrics that people have thought of: what they are, and of which windows they can be computed.

use std::collections::{BTreeMap, BTreeSet};

use driftline_chunk::Chunk;
use driftline_model::CustomMetric;

use super::panes::Pane;

/// Metrics that people have thought of, from the rows of a window.
pub type CustomMetrics = Box<dyn Fn(&[Chunk]) -> BTreeMap<String, f64> + Send + Sync>;

/// The metrics of one's own of a monitor.
#[derive(Default)]
pub(super) struct OwnMetrics {
    names: BTreeSet<String>,
    compute: Option<CustomMetrics>,
    is_beyond_memory: bool,
}

impl OwnMetrics {
    pub(super) fn new(metrics: &[CustomMetric]) -> Self {
        let names = metrics.iter().map(|metric| metric.name.clone()).collect();
        Self { names, ..Self::default() }
    }

    pub(super) fn set_compute(&mut self, compute: CustomMetrics) {
        self.compute = Some(compute);
    }

    /// What they are called.
    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Whether the last window with rows had more of them than are held.
    pub(super) fn is_beyond_memory(&self) -> bool {
        self.is_beyond_memory
    }

    /// Their values over a window; nothing when its rows are not all at hand: none came, some were before a restart,
    /// or they are more than are held. A part of them would give other values than all.
    pub(super) fn closed(&mut self, pane: &Pane) -> Option<BTreeMap<String, f64>> {
        let compute = self.compute.as_ref().filter(|_| pane.rows() > 0)?;
        self.is_beyond_memory = pane.is_beyond_memory;
        pane.holds_all_rows().then(|| compute(&pane.chunks))
    }
}
