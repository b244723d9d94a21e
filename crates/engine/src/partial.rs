//! What can be said of the current data while they are still being read.
//!
//! Each thread that reads has a profile of its own. When it is time, every thread hands in a copy of it at the
//! end of a chunk; the last one decides over all copies and then reads on. What the threads hold is not touched,
//! so the report is the same with and without. Nothing waits for a thread that is late, and everything here may
//! fail without the run noticing more than that the news stop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use driftline_detect::drift;
use driftline_model::{
    ColumnReport, ColumnVerdict, DriftSettings, PartialColumn, PartialVerdict, Settings, Severity,
};
use driftline_profile::{RowSample, Side, TableProfile};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::check::Reference;
use crate::event::{Event, Observer};
use crate::headline::{headline, verdict};
use crate::pacing::{Budget, Pacing, Reached};

/// Rows of each side that are looked at: a quarter of the usual sample, which shows half the difference less well
/// and costs a quarter.
const ROWS: usize = 16_384;
/// Time that one sampled cell takes before anything was measured, in seconds.
const CELL_SECS: f64 = 0.2e-6;

/// Decides over what was read so far, when it is time.
pub(crate) struct Partials<'a> {
    observer: &'a dyn Observer,
    reference: (&'a TableProfile, RowSample),
    settings: Settings,
    pool: ThreadPool,
    threads: usize,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    stage: Stage,
    budget: Budget,
}

enum Stage {
    Waiting,
    Gathering(Box<Gathering>),
    Deciding,
    Over,
}

/// Copies that were handed in, merged.
struct Gathering {
    profile: TableProfile,
    has_given: Vec<bool>,
    cost: Duration,
}

impl<'a> Partials<'a> {
    /// Nothing when the observer does not want to know, or there is no thread to be had.
    pub(crate) fn new(
        observer: &'a dyn Observer,
        reference: &'a Reference,
        settings: &Settings,
        (threads, pacing): (usize, Pacing),
    ) -> Option<Self> {
        if !observer.wants_partial() {
            return None;
        }
        // A thread that decides waits for the pool, so that no more threads work than the run may use.
        let pool = ThreadPoolBuilder::new().num_threads(1).build().ok()?;
        let sample = pool.install(|| reference.sample.thinned(ROWS));
        #[expect(clippy::cast_precision_loss, reason = "a guess")]
        let cells = (2 * sample.len() * sample.columns.len()) as f64;
        let budget = Budget::new(pacing, reference.secs(), cells * CELL_SECS);
        Some(Self {
            observer,
            reference: (&reference.profile, sample),
            settings: quick(settings),
            pool,
            threads,
            began: Instant::now(),
            state: Mutex::new(State { stage: Stage::Waiting, budget }),
        })
    }

    /// Called by thread number `thread` between two chunks. Takes no time unless it is time for a decision.
    pub(crate) fn offer(&self, thread: usize, profile: &TableProfile, reached: &Reached) {
        // A panic leaves the state locked up for good: there are no more news, and the run goes on.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(gathered) = self.gather(thread, profile, reached) {
                self.tell(gathered, reached);
            }
        }));
    }

    /// Called by a thread that finds nothing more to read: the report will follow soon.
    pub(crate) fn end(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.stage = Stage::Over;
        }
    }

    /// Takes in the copy of one thread when it is due, and gives all once the last one has come.
    fn gather(&self, thread: usize, profile: &TableProfile, reached: &Reached) -> Option<Gathering> {
        // Who finds another thread at it comes back after the next chunk.
        let mut state = self.state.try_lock().ok()?;
        let begun = Instant::now();
        let is_due = matches!(state.stage, Stage::Waiting) && state.budget.is_due(self.now_secs(), reached);
        match &mut state.stage {
            Stage::Waiting if is_due => {
                let mut has_given = vec![false; self.threads];
                *has_given.get_mut(thread)? = true;
                let profile = profile.snapshot();
                let gathering = Gathering { profile, has_given, cost: begun.elapsed() };
                state.stage = Stage::Gathering(Box::new(gathering));
            }
            Stage::Gathering(gathering) if !gathering.has_given.get(thread).copied()? => {
                *gathering.has_given.get_mut(thread)? = true;
                self.pool.install(|| gathering.profile.merge_copy(profile)).ok()?;
                gathering.cost += begun.elapsed();
            }
            _ => return None,
        }
        let Stage::Gathering(gathering) = &state.stage else { return None };
        if gathering.has_given.contains(&false) {
            return None;
        }
        match std::mem::replace(&mut state.stage, Stage::Deciding) {
            Stage::Gathering(gathering) => Some(*gathering),
            _ => None,
        }
    }

    /// Seconds since the pass began.
    fn now_secs(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Decides and tells the observer.
    fn tell(&self, gathered: Gathering, reached: &Reached) {
        let begun = Instant::now();
        let mut partial = self.pool.install(|| self.decide(&gathered.profile));
        partial.bytes_ratio = reached.share();
        let cost = (gathered.cost + begun.elapsed()).as_secs_f64();
        drop(gathered);
        self.observer.event(&Event::Partial(partial));
        if let Ok(mut state) = self.state.lock() {
            state.budget.spend(cost, self.now_secs());
            if matches!(state.stage, Stage::Deciding) {
                state.stage = Stage::Waiting;
            }
        }
    }

    fn decide(&self, profile: &TableProfile) -> PartialVerdict {
        let sample = profile.sample().thinned(ROWS);
        let (reference, of_reference) = (self.reference.0, &self.reference.1);
        let sides = [Side { profile: reference, sample: of_reference }, Side { profile, sample: &sample }];
        let decided = drift::decide(&sides[0], &sides[1], &self.settings);
        let count = |is: fn(&ColumnReport) -> bool| {
            u32::try_from(decided.columns.iter().filter(|column| is(column)).count()).unwrap_or(u32::MAX)
        };
        let is_judged =
            |column: &ColumnReport| matches!(column.verdict, ColumnVerdict::Drifted | ColumnVerdict::Stable);
        let worst_column = decided.columns.iter().map(|column| column.severity).max();
        let worst_finding = decided.findings.iter().map(|finding| finding.severity).max();
        PartialVerdict {
            rows: profile.rows(),
            bytes_ratio: None,
            columns_judged: count(is_judged),
            columns_drifted: count(|column| column.verdict == ColumnVerdict::Drifted),
            verdict: verdict(&decided.columns, &decided.findings),
            severity: worst_column.max(worst_finding).unwrap_or(Severity::None),
            headline: headline(&decided.columns, &decided.findings, &[]),
            columns: decided
                .columns
                .iter()
                .filter(|column| is_judged(column) || column.severity > Severity::None)
                .take(PartialVerdict::MAX_COLUMNS)
                .map(|column| PartialColumn {
                    name: column.name.clone(),
                    severity: column.severity,
                    verdict: column.verdict,
                    mass_moved: column.effect.as_ref().map(|effect| effect.mass_moved),
                    score: column.score.as_ref().map(|score| score.value),
                })
                .collect(),
        }
    }
}

/// The settings without what is only shown in the report.
fn quick(settings: &Settings) -> Settings {
    let drift = DriftSettings { methods: Vec::new(), conform: None, ..settings.drift.clone() };
    Settings { drift, ..settings.clone() }
}

#[cfg(test)]
mod tests;
