//! Planted trouble: what it is, when it is there, and what it does to a row.

mod check;
pub(crate) mod edit;
mod kind;
mod schedule;

use serde::Serialize;

pub use check::{FaultText, FieldError};
pub use kind::{Dial, FAULT_KINDS, FaultInfo, FaultKind, Target};
pub(crate) use schedule::MAX_FAULTS;
pub use schedule::{DEFAULT_SCHEDULE, Schedule, ScheduleError};

use crate::data::Data;

/// When a fault begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// So long after the start of the schedule, in every round when it repeats.
    After(i64),
    /// At this moment, once.
    At(i64),
}

/// A fault as it was asked for, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its name; unique in a schedule.
    pub id: String,
    /// What it does.
    pub kind: FaultKind,
    /// Which data it meets; all of them when none are named (requests only).
    pub data: Option<Data>,
    /// The place of the column in the columns of the data.
    pub column: Option<usize>,
    /// When it begins.
    pub start: Start,
    /// How long it lasts, in thousandths of a second; for ever without.
    pub length_ms: Option<i64>,
    /// How long it grows until it has its strength.
    pub ramp_ms: i64,
    /// How strong it is; the kind says in what.
    pub strength: f64,
    /// How many rows or requests it meets, for kinds that have a strength beside it.
    pub share: f64,
    /// A word that the kind needs.
    pub value: Option<String>,
    /// Only rows whose column has this value.
    pub only: Option<(usize, String)>,
}

/// A fault with its place in time.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) fault: Fault,
    /// When it begins for the first time.
    first_ms: i64,
    /// How long until it comes again.
    period_ms: Option<i64>,
    /// It was taken away at this moment.
    pub(crate) gone_ms: i64,
    /// What its lots are drawn from.
    pub(crate) seed: u64,
}

/// One time that a fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Occurrence {
    pub(crate) round: i64,
    pub(crate) start_ms: i64,
    /// [`FOR_EVER`] for one that does not end.
    pub(crate) end_ms: i64,
}

/// A moment that never comes.
pub(crate) const FOR_EVER: i64 = i64::MAX / 4;

impl Planted {
    /// Puts a fault on the axis of time: `start_ms` is when the schedule starts.
    pub(crate) fn new(fault: Fault, start_ms: i64, repeat_ms: Option<i64>, seed: u64) -> Self {
        let (first_ms, period_ms) = match fault.start {
            Start::After(after) => (start_ms.saturating_add(after), repeat_ms),
            Start::At(at) => (at, None),
        };
        let seed = crate::draw::mix(seed, crate::draw::seed_of(&fault.id));
        Self { fault, first_ms, period_ms, gone_ms: FOR_EVER, seed }
    }

    pub(crate) fn meets(&self, data: Data) -> bool {
        self.fault.data.is_none_or(|own| own == data)
    }

    fn occurrence(&self, round: i64) -> Option<Occurrence> {
        let start_ms = match self.period_ms {
            Some(period) if round >= 0 => self.first_ms.checked_add(period.checked_mul(round)?)?,
            None if round == 0 => self.first_ms,
            _ => return None,
        };
        let length = self.fault.length_ms.unwrap_or(FOR_EVER);
        let end_ms = start_ms.saturating_add(length).min(self.gone_ms);
        (start_ms < end_ms).then_some(Occurrence { round, start_ms, end_ms })
    }

    /// The round that a moment lies in.
    fn round_at(&self, at_ms: i64) -> i64 {
        self.period_ms.map_or(0, |period| (at_ms - self.first_ms).div_euclid(period).max(0))
    }

    /// The occurrence that a moment lies in.
    pub(crate) fn at(&self, at_ms: i64) -> Option<Occurrence> {
        let occurrence = self.occurrence(self.round_at(at_ms))?;
        (occurrence.start_ms..occurrence.end_ms).contains(&at_ms).then_some(occurrence)
    }

    /// The next moment after this one at which it begins or ends.
    pub(crate) fn next_edge(&self, after_ms: i64) -> Option<i64> {
        let round = self.round_at(after_ms);
        [round, round + 1]
            .into_iter()
            .filter_map(|round| self.occurrence(round))
            .flat_map(|occurrence| [occurrence.start_ms, occurrence.end_ms])
            .find(|edge| *edge > after_ms && *edge < FOR_EVER)
    }

    /// The occurrences that touch a stretch of time, in their order.
    pub(crate) fn between(&self, from_ms: i64, to_ms: i64) -> impl Iterator<Item = Occurrence> + '_ {
        let mut round = self.round_at(from_ms);
        std::iter::from_fn(move || {
            let occurrence = self.occurrence(round).filter(|occurrence| occurrence.start_ms < to_ms)?;
            round += 1;
            Some(occurrence)
        })
        .filter(move |occurrence| occurrence.end_ms > from_ms)
    }

    /// How far it has grown at a moment, 0 to 1.
    pub(crate) fn level(&self, occurrence: Occurrence, at_ms: i64) -> f64 {
        match self.fault.ramp_ms {
            0 => 1.0,
            ramp => ((at_ms - occurrence.start_ms) as f64 / ramp as f64).clamp(0.0, 1.0),
        }
    }

    /// What multiplies the number of rows at a moment, for faults that change it.
    pub(crate) fn volume(&self, at_ms: i64) -> f64 {
        let Some(occurrence) = self.at(at_ms) else { return 1.0 };
        let level = self.level(occurrence, at_ms);
        match self.fault.kind {
            FaultKind::VolumeDrop => 1.0 - self.fault.strength * level,
            FaultKind::VolumeSpike => 1.0 + (self.fault.strength - 1.0) * level,
            FaultKind::Outage => 0.0,
            _ => 1.0,
        }
    }

    /// The share of rows or requests that it meets when fully grown.
    pub(crate) fn full_share(&self) -> f64 {
        if self.fault.kind.info().share.is_some() { self.fault.share } else { self.fault.strength }
    }

    /// Whether it meets the row (or request) of this number, for faults that meet some.
    pub(crate) fn hits(&self, occurrence: Occurrence, number: u64, at_ms: i64) -> bool {
        let lot = self.lot(occurrence, number);
        crate::draw::unit_of(lot, 1) < self.full_share() * self.level(occurrence, at_ms)
    }

    /// What is drawn for a row.
    pub(crate) fn lot(&self, occurrence: Occurrence, number: u64) -> u64 {
        crate::draw::mix(self.seed ^ occurrence.round.cast_unsigned().rotate_left(32), number)
    }
}
