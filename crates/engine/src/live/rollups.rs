//! Windows rolled up into minutes and hours.

use std::collections::BTreeMap;

use driftline_chunk::Chunk;
use driftline_model::WindowSummary;
use driftline_profile::{ChunkHashes, TableProfile};
use serde::{Deserialize, Serialize};

use super::kept;
use super::panes::{Pane, empty_profile};

/// One span of a fixed length that fills with windows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rollup {
    length_ms: i64,
    open: Option<Rolled>,
    #[serde(skip)]
    hashes: ChunkHashes,
}

/// What has been rolled up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rolled {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) late_rows: u64,
    pub(super) rejected_rows: u64,
    pub(super) bytes: u64,
    pub(super) alarms: u64,
    /// Sum and number of the values of every metric.
    pub(super) means: BTreeMap<String, (f64, u64)>,
    #[serde(with = "kept::optional")]
    pub(super) profile: Option<TableProfile>,
}

impl Rollup {
    pub(super) fn new(length_ms: i64) -> Self {
        Self { length_ms, open: None, hashes: ChunkHashes::new() }
    }

    /// Takes in a window that was closed. Gives the span before when this window begins another.
    pub(super) fn push(&mut self, pane: &Pane, summary: &WindowSummary) -> Option<Rolled> {
        let start_ms = pane.start_ms.div_euclid(self.length_ms) * self.length_ms;
        let done = self.open.take_if(|open| open.start_ms != start_ms);
        let open = self.open.get_or_insert_with(|| Rolled {
            start_ms,
            end_ms: start_ms + self.length_ms,
            late_rows: 0,
            rejected_rows: 0,
            bytes: 0,
            alarms: 0,
            means: BTreeMap::new(),
            profile: None,
        });
        open.late_rows += pane.late_rows;
        open.rejected_rows += pane.rejected_rows;
        open.bytes += pane.bytes;
        open.alarms += summary.alarms;
        for (metric, value) in &summary.values {
            let (sum, count) = open.means.entry(metric.clone()).or_default();
            *sum += value;
            *count += 1;
        }
        if let Some(theirs) = &pane.profile {
            // A window with other columns begins the profile anew: two tables cannot be one.
            let merged = open.profile.as_mut().is_some_and(|mine| mine.merge_copy(theirs).is_ok());
            if !merged {
                open.profile = Some(theirs.clone());
            }
        }
        done
    }

    /// Places rows that came too late for their window, where this span is still open; says whether it is.
    pub(super) fn place(&mut self, at_ms: i64, late: &Chunk) -> bool {
        let Some(open) = self.open.as_mut().filter(|open| (open.start_ms..open.end_ms).contains(&at_ms))
        else {
            return false;
        };
        self.hashes.fill(late);
        let profile = open.profile.get_or_insert_with(|| empty_profile(late.schema()));
        profile.update(late, &self.hashes);
        true
    }

    /// What has come of the span that fills.
    pub(super) fn profile(&self) -> Option<&TableProfile> {
        self.open.as_ref()?.profile.as_ref()
    }

    /// Where the span that fills begins.
    pub(super) fn closed_until_ms(&self) -> Option<i64> {
        self.open.as_ref().map(|open| open.start_ms)
    }

    /// Closes what is open.
    pub(super) fn end(&mut self) -> Option<Rolled> {
        self.open.take()
    }
}
