//! How far a column moves by itself, from look to look.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// A change has to pass the farthest that the column went by itself by this factor.
const BEYOND: f64 = 1.25;
/// Weight of the last look in what a column did just before.
const WEIGHT: f64 = 0.125;
/// Share of the bar by which a change has to have come up at once, as long as no whole day is known.
const SUDDEN: f64 = 0.5;
/// Looks without any alarm at the beginning, where the reference was learned from the feed itself.
const LEARNING_LOOKS: u64 = 8;

/// What is measured of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Measure {
    /// Mass moved.
    Mass,
    /// The headline score, which sees tails and rare classes too.
    Score,
    /// Change of the share of nulls.
    Nulls,
}

/// The movement of all columns at all looks.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Movements {
    known: BTreeMap<(String, Measure, usize), Movement>,
}

/// A measure of a column at a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) column: &'a str,
    pub(super) measure: Measure,
    pub(super) look: usize,
    /// Where the rows of the look begin and end.
    pub(super) span_ms: (i64, i64),
    /// How many there are.
    pub(super) rows: u64,
}

/// How far one column has moved at one look, while nothing was wrong with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Movement {
    /// The farthest for each hour of the day.
    farthest: [f64; 24],
    /// About the last eight looks.
    lately: f64,
    since_ms: i64,
    looks: u64,
}

impl Movements {
    /// Whether a change of this size at this moment is more than the column does by itself.
    ///
    /// Once a day is known, it has to go farther than ever at about this hour. Before that, it has to come up
    /// suddenly: days have shapes, and what moves slowly may be one.
    pub(super) fn is_beyond(&self, at: At<'_>, size: f64, (bar, is_saved): (f64, bool)) -> bool {
        let Some(movement) = self.known.get(&at.key()) else { return is_saved };
        if movement.looks < LEARNING_LOOKS && !is_saved {
            return false;
        }
        if at.span_ms.1 - movement.since_ms >= DAY_MS {
            return size >= BEYOND * movement.farthest_in(at.span_ms) + at.chance();
        }
        size - movement.lately >= SUDDEN * bar.max(movement.lately)
    }

    /// Takes in a look at a column that is as it should be.
    pub(super) fn learn(&mut self, at: At<'_>, size: f64) {
        let movement = self.of(at);
        movement.reach(at.span_ms.1 - 1, size);
        let weight = (1.0 / (movement.looks as f64 + 1.0)).max(WEIGHT);
        movement.lately += weight * (size - movement.lately);
        movement.looks += 1;
    }

    /// Takes in how far an hour of the reference itself is from all of it.
    pub(super) fn learn_hour(&mut self, at: At<'_>, size: f64) {
        let movement = self.of(at);
        movement.reach(at.span_ms.0, size);
        movement.since_ms = movement.since_ms.min(at.span_ms.0);
    }

    fn of(&mut self, at: At<'_>) -> &mut Movement {
        self.known.entry(at.key()).or_insert(Movement {
            farthest: [0.0; 24],
            lately: 0.0,
            since_ms: at.span_ms.0,
            looks: 0,
        })
    }
}

impl At<'_> {
    fn key(&self) -> (String, Measure, usize) {
        (self.column.to_owned(), self.measure, self.look)
    }

    /// How far chance alone takes a measure of so many rows: three standard deviations, roughly, of the mass moved
    /// over 20 bins, of a share of nulls, and of a divergence over as many bins.
    fn chance(&self) -> f64 {
        let rows = self.rows.max(1) as f64;
        match self.measure {
            Measure::Mass => 1.0 / rows.sqrt(),
            Measure::Nulls => 0.7 / rows.sqrt(),
            Measure::Score => 20.0 / rows,
        }
    }
}

impl Movement {
    fn reach(&mut self, at_ms: i64, size: f64) {
        if let Some(farthest) = self.farthest.get_mut(hour_of(at_ms)) {
            *farthest = farthest.max(size);
        }
    }

    /// The farthest at the hours of this span and their neighbours.
    fn farthest_in(&self, (start_ms, end_ms): (i64, i64)) -> f64 {
        let first = hour_of(start_ms) + 23;
        let hours = ((end_ms - start_ms).max(0) / HOUR_MS).min(23) as usize + 3;
        (first..first + hours).filter_map(|hour| self.farthest.get(hour % 24)).fold(0.0, |a, &b| a.max(b))
    }
}

fn hour_of(now_ms: i64) -> usize {
    usize::try_from(now_ms.div_euclid(HOUR_MS).rem_euclid(24)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_slowly_waits_for_a_day_and_what_comes_suddenly_does_not() {
        let mut movements = Movements::default();
        let at = |minute: i64| At {
            column: "a",
            measure: Measure::Mass,
            look: 1,
            span_ms: (minute * 60_000, (minute + 1) * 60_000),
            rows: 1_000_000,
        };
        let daily = |minute: i64| 0.1 * (1.0 - (minute as f64 / 1440.0 * std::f64::consts::TAU).cos());
        for minute in 0..1440 {
            assert!(!movements.is_beyond(at(minute), daily(minute), (0.03, false)), "{minute}");
            movements.learn(at(minute), daily(minute));
        }
        assert!(!movements.is_beyond(at(1450), daily(1450), (0.03, false)));
        assert!(movements.is_beyond(at(1450), 0.05, (0.03, false)), "farther than ever at midnight");
        assert!(!movements.is_beyond(at(1440 + 720), 0.2, (0.03, false)), "usual at noon");
    }

    #[test]
    fn a_saved_reference_is_believed_from_the_first_look_on() {
        let movements = Movements::default();
        let at = At { column: "a", measure: Measure::Mass, look: 0, span_ms: (0, 1000), rows: 500 };
        assert!(movements.is_beyond(at, 0.2, (0.03, true)));
        assert!(!movements.is_beyond(at, 0.2, (0.03, false)));
    }
}
