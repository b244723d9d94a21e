//! What windows are compared with.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use driftline_chunk::Chunk;
use driftline_detect::drift::Prepared;
use driftline_model::{BaselineSource, SideReport};
use driftline_profile::{ChunkHashes, ProfileOptions, RowSample, Side, TableProfile};
use serde::{Deserialize, Serialize};

use super::kept;
use super::panes::Pane;

/// Rows of the reference that a look compares with: enough that the window decides how small a change is seen.
const COMPARED_ROWS: usize = 16_384;
/// Rows without which nothing was learned.
const LEARNED_ROWS: u64 = 1000;

const HOUR_MS: i64 = 3_600_000;

/// The reference, as far as there is one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reference {
    learn_ms: i64,
    is_saved: bool,
    state: State,
    /// Hours of what is being learned, by hour of the day; those that were looked at are gone.
    hours: BTreeMap<u8, Hour>,
    #[serde(skip)]
    samples: BTreeMap<usize, (RowSample, Prepared)>,
    #[serde(skip)]
    hashes: ChunkHashes,
}

#[derive(Debug, Serialize, Deserialize)]
struct Hour {
    at_ms: i64,
    #[serde(with = "kept")]
    profile: TableProfile,
}

#[derive(Debug, Serialize, Deserialize)]
enum State {
    Nothing,
    Learning {
        #[serde(with = "kept")]
        profile: TableProfile,
        since_ms: Option<i64>,
    },
    Known {
        #[serde(with = "kept")]
        profile: TableProfile,
        /// The description, as JSON.
        side: String,
    },
}

impl Reference {
    pub(super) fn new(source: &BaselineSource, saved: Option<(SideReport, TableProfile)>) -> Self {
        let learn_ms = match source {
            BaselineSource::Learned(secs) => (secs * 1000.0).clamp(0.0, 1e12) as i64,
            BaselineSource::Saved(_) => 0,
        };
        match saved {
            Some((side, profile)) => Self::of(learn_ms, known(profile, &side), true),
            None => Self::of(learn_ms, State::Nothing, false),
        }
    }

    fn of(learn_ms: i64, state: State, is_saved: bool) -> Self {
        let (hours, samples) = (BTreeMap::new(), BTreeMap::new());
        Self { learn_ms, is_saved, state, hours, samples, hashes: ChunkHashes::new() }
    }

    /// Whether it was saved before, and not learned from this feed.
    pub(super) fn is_saved(&self) -> bool {
        self.is_saved
    }

    /// Learns rows, as long as it does.
    pub(super) fn learn(&mut self, rows: &Chunk) {
        let empty = || TableProfile::new(rows.schema().clone(), learned_options(rows.schema().len()), None);
        match &mut self.state {
            State::Known { .. } => return,
            State::Nothing => self.state = State::Learning { profile: empty(), since_ms: None },
            // Other columns: what was learned is of another table.
            State::Learning { profile, since_ms } if profile.schema() != rows.schema() => {
                (*profile, *since_ms) = (empty(), None);
            }
            State::Learning { .. } => {}
        }
        if let State::Learning { profile, .. } = &mut self.state {
            self.hashes.fill(rows);
            profile.update(rows, &self.hashes);
        }
    }

    /// A window was closed: says whether enough is known with it.
    pub(super) fn closed(&mut self, pane: &Pane) -> bool {
        let State::Learning { profile, since_ms } = &mut self.state else { return false };
        let since_ms = *since_ms.get_or_insert(pane.start_ms);
        if let Some(rows) = &pane.profile {
            let slot = u8::try_from(pane.start_ms.div_euclid(HOUR_MS).rem_euclid(24)).unwrap_or_default();
            let hour = self.hours.entry(slot);
            match hour {
                Entry::Vacant(vacant) => {
                    vacant.insert(Hour { at_ms: pane.start_ms, profile: rows.clone() });
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    if known.profile.merge_copy(rows).is_err() {
                        *known = Hour { at_ms: pane.start_ms, profile: rows.clone() };
                    }
                }
            }
        }
        if pane.end_ms - since_ms < self.learn_ms || profile.rows() < LEARNED_ROWS {
            return false;
        }
        let side = described("learned from the feed", profile);
        self.state = known(profile.clone(), &side);
        true
    }

    /// An hour of what was learned, each once, with the moment at which it began.
    pub(super) fn next_hour(&mut self) -> Option<(i64, TableProfile)> {
        if !matches!(self.state, State::Known { .. }) {
            return None;
        }
        self.hours.pop_first().map(|(_, hour)| (hour.at_ms, hour.profile))
    }

    /// The reference with a sample of about so many rows, and what looks have worked out about it.
    pub(super) fn side(&mut self, rows: usize) -> Option<(Side<'_>, &Prepared)> {
        let State::Known { profile, .. } = &self.state else { return None };
        let rows = rows.min(COMPARED_ROWS).next_power_of_two();
        let (sample, prepared) = self.samples.entry(rows).or_insert_with(|| {
            let sample = profile.sample().thinned(rows);
            let prepared = Prepared::new(&Side { profile, sample: &sample });
            (sample, prepared)
        });
        Some((Side { profile, sample }, prepared))
    }

    /// What there is to say of it.
    pub(super) fn description(&self) -> SideReport {
        match &self.state {
            State::Known { side, .. } => serde_json::from_str(side).unwrap_or_default(),
            _ => SideReport::default(),
        }
    }

    /// How much of what is to be learned has been, 0..1.
    pub(super) fn learned_ratio(&self, now_ms: i64) -> f64 {
        match &self.state {
            State::Known { .. } => 1.0,
            State::Nothing => 0.0,
            State::Learning { profile, since_ms } => {
                let time = (now_ms - since_ms.unwrap_or(now_ms)) as f64 / self.learn_ms.max(1) as f64;
                time.min(profile.rows() as f64 / LEARNED_ROWS as f64).clamp(0.0, 1.0)
            }
        }
    }
}

/// A learned reference keeps as many rows as looks compare with.
fn learned_options(columns: usize) -> ProfileOptions {
    let usual = ProfileOptions::for_columns(columns);
    ProfileOptions { sample_rows: usual.sample_rows.min(COMPARED_ROWS), ..usual }
}

fn known(profile: TableProfile, side: &SideReport) -> State {
    // Plain data with text keys: writing it as JSON cannot fail.
    State::Known { profile, side: serde_json::to_string(side).unwrap_or_default() }
}

/// The description of rows that were seen on a feed.
pub(super) fn described(name: &str, profile: &TableProfile) -> SideReport {
    let sample_rows = (profile.sample().len() as u64).min(profile.rows());
    SideReport {
        name: name.to_owned(),
        rows: profile.rows(),
        columns: profile.columns().len() as u64,
        bytes: 0,
        sample_rows,
        exact: sample_rows == profile.rows(),
        duplicate_ratio: profile.duplicate_ratio(),
        ..SideReport::default()
    }
}
