//! The truth about what was planted.

use serde::Serialize;

use crate::cell::Cell;
use crate::data::Data;
use crate::fault::{FOR_EVER, FaultKind, Occurrence, Planted, Target};
use crate::generator::Generator;
use crate::moment::moment_text;

/// Most entries of an answer.
const MAX_ENTRIES: usize = 1_000;
/// Most rows that are looked at for one entry.
const MAX_LOOKED_AT: u64 = 20_000_000;

/// Which stretch of time is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruthWindow {
    /// From this moment on.
    pub from_ms: i64,
    /// Before this moment.
    pub to_ms: i64,
    /// These data only.
    pub data: Option<Data>,
    /// Most single rows that are listed for one entry.
    pub max_rows: usize,
}

/// What was planted in a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// Seed of the data.
    pub seed: u64,
    /// When the schedule started.
    pub start: String,
    /// The stretch of time, from here.
    pub from: String,
    /// The stretch of time, before here.
    pub to: String,
    /// Whether there is more than what is listed.
    pub more: bool,
    /// What was planted, by the time of its beginning.
    pub faults: Vec<TruthEntry>,
}

/// One time that a fault came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TruthEntry {
    /// The name of the fault.
    pub id: String,
    /// The word of its kind.
    pub kind: &'static str,
    /// Which data; none when all of them.
    pub data: Option<&'static str>,
    /// Which column.
    pub column: Option<&'static str>,
    /// Only these rows: `column=value`.
    pub only: Option<String>,
    /// How strong; none for kinds without.
    pub strength: Option<f64>,
    /// How many rows or requests; none for kinds without.
    pub share: Option<f64>,
    /// The word that the kind needs.
    pub value: Option<String>,
    /// How long it grows.
    pub ramp_ms: i64,
    /// Which time it is, from 0, for schedules that repeat.
    pub round: i64,
    /// When it begins.
    pub start: String,
    /// When it ends; none for one that does not.
    pub end: Option<String>,
    /// When it begins, in thousandths of a second since 1970.
    pub start_ms: i64,
    /// When it ends.
    pub end_ms: Option<i64>,
    /// The first row that it can meet; none for what happens to requests and for what is to come.
    pub first_row: Option<u64>,
    /// The first row behind those that it can meet, as far as the stretch of time goes.
    pub end_row: Option<u64>,
    /// The rows that it met, for kinds that meet single ones.
    pub rows: Option<Vec<u64>>,
    /// Whether it met more rows than are listed.
    pub more_rows: bool,
}

impl Generator {
    /// What was planted in a stretch of time.
    pub fn truth(&self, window: TruthWindow) -> Truth {
        let TruthWindow { from_ms, to_ms, data, .. } = window;
        let asked = |planted: &&Planted| data.is_none_or(|data| planted.meets(data));
        let mut found: Vec<(&Planted, Occurrence)> = Vec::new();
        for planted in self.planted.iter().filter(asked) {
            let occurrences = planted.between(from_ms, to_ms).take(MAX_ENTRIES + 1);
            found.extend(occurrences.map(|occurrence| (planted, occurrence)));
        }
        found.sort_by(|a, b| (a.1.start_ms, &a.0.fault.id).cmp(&(b.1.start_ms, &b.0.fault.id)));
        let more = found.len() > MAX_ENTRIES;
        found.truncate(MAX_ENTRIES);
        Truth {
            seed: self.settings().seed,
            start: moment_text(self.settings().start_ms),
            from: moment_text(from_ms),
            to: moment_text(to_ms),
            more,
            faults: found.into_iter().map(|(planted, at)| self.entry(planted, at, &window)).collect(),
        }
    }

    /// What is known of a fault that is to come, without rows.
    pub(crate) fn truth_to_come(&self, id: &str, from_ms: i64) -> Option<TruthEntry> {
        let planted = self.planted.iter().find(|planted| planted.fault.id == id)?;
        let occurrence = planted.between(from_ms, FOR_EVER).next()?;
        let window = TruthWindow { from_ms, to_ms: from_ms, data: None, max_rows: 0 };
        Some(self.entry(planted, occurrence, &window))
    }

    fn entry(&self, planted: &Planted, occurrence: Occurrence, window: &TruthWindow) -> TruthEntry {
        let fault = &planted.fault;
        let info = fault.kind.info();
        let name = |place: usize| Some(fault.data?.columns().get(place)?.name);
        let end_ms = (occurrence.end_ms < FOR_EVER).then_some(occurrence.end_ms);
        // Rows that are to come are not counted: that could be years.
        let has_rows = info.target != Target::Requests && occurrence.start_ms < window.to_ms;
        let rows = fault.data.filter(|_| has_rows).map(|data| {
            let end = occurrence.end_ms.min(window.to_ms);
            (self.count_before(data, occurrence.start_ms), self.count_before(data, end))
        });
        let listed =
            rows.filter(|_| info.single_rows).map(|range| self.met(planted, occurrence, range, window));
        let (rows_met, more_rows) = listed.map_or((None, false), |(rows, more)| (Some(rows), more));
        TruthEntry {
            id: fault.id.clone(),
            kind: info.id,
            data: fault.data.map(Data::name),
            column: fault.column.and_then(name),
            only: fault.only.as_ref().map(|(place, value)| format!("{}={value}", name(*place).unwrap_or(""))),
            strength: info.strength.map(|_| fault.strength),
            share: info.share.map(|_| fault.share),
            value: fault.value.clone(),
            ramp_ms: fault.ramp_ms,
            round: occurrence.round,
            start: moment_text(occurrence.start_ms),
            end: end_ms.map(moment_text),
            start_ms: occurrence.start_ms,
            end_ms,
            first_row: rows.map(|(first, _)| first),
            end_row: rows.map(|(_, end)| end),
            rows: rows_met,
            more_rows,
        }
    }

    /// The rows of a range that a fault met, and whether there are more.
    fn met(
        &self,
        planted: &Planted,
        occurrence: Occurrence,
        (first, end): (u64, u64),
        window: &TruthWindow,
    ) -> (Vec<u64>, bool) {
        let Some(data) = planted.fault.data else { return (Vec::new(), false) };
        // What lies before the stretch of time is not asked for.
        let begin = first.max(self.count_before(data, window.from_ms));
        let last = end.min(begin.saturating_add(MAX_LOOKED_AT));
        let mut rows = Vec::new();
        for (number, at_ms) in self.times(data, begin, last) {
            // The first row of all cannot be a copy of one of them.
            let can_be = planted.fault.kind != FaultKind::DuplicateRows || number > first;
            if !(can_be && planted.hits(occurrence, number, at_ms) && self.is_one_of(planted, number)) {
                continue;
            }
            if rows.len() >= window.max_rows {
                return (rows, true);
            }
            rows.push(number);
        }
        (rows, last < end)
    }

    /// Whether a fault can meet a row: by its `only`, and because there is a value to change.
    fn is_one_of(&self, planted: &Planted, number: u64) -> bool {
        let fault = &planted.fault;
        let value = |place: usize| self.plain_value(fault.data?, number, place);
        let has_value = fault.column.is_none_or(|place| value(place).is_some_and(|cell| cell != Cell::Null));
        let is_meant = || {
            let only = fault.only.as_ref();
            only.is_none_or(|(place, wanted)| value(*place).is_some_and(|cell| cell.is(wanted)))
        };
        has_value && is_meant()
    }
}
