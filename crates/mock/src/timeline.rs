//! When rows come: from the number of a row to its time and back, without going through those before.
//!
//! The expected number of rows up to a moment is a growing function of time: the rate times the week, a little
//! restlessness of each minute, and the faults that change the volume. Row *i* comes where that function reaches *i*
//! and a part of 1 that is drawn. Sums of whole minutes are kept at every 64th minute, as far as anybody has asked.

use std::sync::{PoisonError, RwLock};

use crate::data::Data;
use crate::draw::{mix, unit_of};
use crate::fault::Planted;

/// The restlessness and the sums go by minutes.
const BUCKET_MS: i64 = 60_000;
/// A sum is kept for so many minutes.
const KEPT_EVERY: usize = 64;
/// Twenty years from the first row on there is nothing more, so that the sums have a bound.
const MAX_BUCKETS: i64 = 20 * 366 * 24 * 60;

/// When the rows of some data come.
#[derive(Debug)]
pub(crate) struct Timeline {
    data: Data,
    seed: u64,
    /// Where the first minute begins.
    first_ms: i64,
    /// Rows in a minute on average.
    per_bucket: f64,
    volume: Vec<Planted>,
    /// Rows expected before every 64th minute.
    sums: RwLock<Vec<f64>>,
}

/// A stretch of time in which rows come evenly.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from_ms: i64,
    to_ms: i64,
    rows: f64,
}

/// A minute: how many rows are expected before it, and its pieces.
#[derive(Debug, Clone)]
struct Bucket {
    index: i64,
    before: f64,
    pieces: Vec<Piece>,
}

/// Where somebody who asks for one row after the other stands.
#[derive(Debug, Default)]
pub(crate) struct Place {
    bucket: Option<Bucket>,
}

impl Bucket {
    fn end(&self) -> f64 {
        // Added up in the order in which it is searched, so that no row falls between two minutes.
        self.pieces.iter().fold(self.before, |sum, piece| sum + piece.rows)
    }
}

impl Timeline {
    pub(crate) fn new(data: Data, seed: u64, first_ms: i64, rate: f64, faults: &[Planted]) -> Self {
        let volume = faults.iter().filter(|planted| planted.meets(data) && planted.fault.kind.is_volume());
        Self {
            data,
            seed,
            first_ms,
            per_bucket: rate * BUCKET_MS as f64 / 1_000.0,
            volume: volume.cloned().collect(),
            sums: RwLock::new(vec![0.0]),
        }
    }

    fn bucket_start(&self, index: i64) -> i64 {
        self.first_ms + index * BUCKET_MS
    }

    /// Rows of a minute without faults.
    fn quiet_rows(&self, index: i64) -> f64 {
        let week = self.data.week();
        let rows = self.per_bucket * week.at(self.bucket_start(index) + BUCKET_MS / 2);
        // As many as a Poisson process has, and what people do together beside it.
        let spread = (week.restless.powi(2) + 1.0 / rows.max(1.0)).sqrt();
        let lot = mix(self.seed, index.cast_unsigned());
        // The sum of three uniform numbers is near enough to a normal one, and has a bound.
        let z = 2.0 * ((0..3).map(|which| unit_of(lot, which)).sum::<f64>() - 1.5);
        rows * (1.0 + spread * z).max(0.1)
    }

    fn pieces(&self, index: i64) -> Vec<Piece> {
        let (from_ms, to_ms) = (self.bucket_start(index), self.bucket_start(index + 1));
        let quiet = self.quiet_rows(index);
        let mut pieces = Vec::with_capacity(1);
        let mut at = from_ms;
        while at < to_ms {
            let edges = self.volume.iter().filter_map(|planted| next_corner(planted, at));
            let end = edges.min().unwrap_or(to_ms).min(to_ms);
            let both =
                |moment: i64| self.volume.iter().map(|planted| planted.volume(moment)).product::<f64>();
            // Between two corners the factor goes in a line, so that its mean is that of its ends.
            let factor = 0.5 * (both(at) + both(end - 1));
            pieces.push(Piece {
                from_ms: at,
                to_ms: end,
                rows: quiet * factor * (end - at) as f64 / BUCKET_MS as f64,
            });
            at = end;
        }
        pieces
    }

    fn bucket(&self, index: i64, before: f64) -> Bucket {
        Bucket { index, before, pieces: self.pieces(index) }
    }

    /// Keeps sums until `is_enough` says so of the last one, or until a moment is reached.
    fn extend(&self, horizon_ms: i64, is_enough: impl Fn(&[f64]) -> bool) {
        if is_enough(&self.sums.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut sums = self.sums.write().unwrap_or_else(PoisonError::into_inner);
        while !is_enough(&sums) {
            let index = ((sums.len() - 1) * KEPT_EVERY) as i64;
            if index >= MAX_BUCKETS || self.bucket_start(index) > horizon_ms {
                return;
            }
            let mut bucket = self.bucket(index, sums.last().copied().unwrap_or(0.0));
            for _ in 0..KEPT_EVERY {
                bucket = self.bucket(bucket.index + 1, bucket.end());
            }
            sums.push(bucket.before);
        }
    }

    fn kept(&self, find: impl Fn(&[f64]) -> usize) -> Bucket {
        let sums = self.sums.read().unwrap_or_else(PoisonError::into_inner);
        let place = find(&sums).min(sums.len() - 1);
        self.bucket((place * KEPT_EVERY) as i64, sums.get(place).copied().unwrap_or(0.0))
    }

    /// Rows expected before a moment.
    fn expected_before(&self, at_ms: i64) -> f64 {
        let since = at_ms.saturating_sub(self.first_ms);
        if since <= 0 {
            return 0.0;
        }
        let wanted = (since / BUCKET_MS).min(MAX_BUCKETS);
        let kept = wanted as usize / KEPT_EVERY;
        self.extend(at_ms, |sums| sums.len() > kept);
        let mut bucket = self.kept(|_| kept);
        while bucket.index < wanted {
            bucket = self.bucket(bucket.index + 1, bucket.end());
        }
        bucket.pieces.iter().fold(bucket.before, |sum, piece| {
            let part = (at_ms - piece.from_ms) as f64 / (piece.to_ms - piece.from_ms) as f64;
            sum + piece.rows * part.clamp(0.0, 1.0)
        })
    }

    /// How many rows come before a moment: the number of the first row at or after it.
    pub(crate) fn count_before(&self, at_ms: i64) -> u64 {
        let mut number = (self.expected_before(at_ms).floor() as u64).saturating_sub(1);
        let mut place = Place::default();
        while self.time_of(number, at_ms, &mut place).is_some_and(|time| time < at_ms) {
            number += 1;
        }
        number
    }

    /// When a row comes; none when that is after the minute of `horizon_ms`. Asked for one row after the other with
    /// the same `place` it is quick.
    pub(crate) fn time_of(&self, number: u64, horizon_ms: i64, place: &mut Place) -> Option<i64> {
        let wanted = number as f64 + unit_of(self.seed ^ 0x7133, number);
        let is_near = place.bucket.as_ref().is_some_and(|bucket| bucket.before <= wanted);
        if !is_near {
            self.extend(horizon_ms, |sums| sums.last().is_some_and(|sum| *sum > wanted));
            place.bucket =
                Some(self.kept(|sums| sums.partition_point(|sum| *sum <= wanted).saturating_sub(1)));
        }
        let bucket = place.bucket.as_mut()?;
        while bucket.end() <= wanted {
            if bucket.index >= MAX_BUCKETS || self.bucket_start(bucket.index + 1) > horizon_ms {
                return None;
            }
            *bucket = self.bucket(bucket.index + 1, bucket.end());
        }
        let mut sum = bucket.before;
        for piece in &bucket.pieces {
            if wanted < sum + piece.rows {
                let part = (wanted - sum).max(0.0) / piece.rows * (piece.to_ms - piece.from_ms) as f64;
                return Some((piece.from_ms + part as i64).min(piece.to_ms - 1));
            }
            sum += piece.rows;
        }
        None
    }

    /// The same time with other faults, which change nothing before `from_ms`.
    pub(crate) fn with_faults(&self, faults: &[Planted], from_ms: i64) -> Self {
        let rate = self.per_bucket / (BUCKET_MS as f64 / 1_000.0);
        let mut new = Self::new(self.data, self.seed, self.first_ms, rate, faults);
        new.per_bucket = self.per_bucket;
        let sums = self.sums.read().unwrap_or_else(PoisonError::into_inner);
        let valid = from_ms.saturating_sub(self.first_ms).max(0) / BUCKET_MS / KEPT_EVERY as i64 + 1;
        new.sums = RwLock::new(sums.iter().take(valid as usize).copied().collect());
        drop(sums);
        new
    }
}

/// The next moment after this one at which the volume takes another course.
fn next_corner(planted: &Planted, after_ms: i64) -> Option<i64> {
    let grown = planted
        .at(after_ms)
        .map(|occurrence| occurrence.start_ms + planted.fault.ramp_ms)
        .filter(|grown| *grown > after_ms);
    planted.next_edge(after_ms).into_iter().chain(grown).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Schedule;
    use crate::moment::{DAY_MS, HOUR_MS, parse_moment};

    fn timeline(schedule: &str) -> (Timeline, i64) {
        let start = parse_moment("2024-04-01").unwrap();
        let schedule = Schedule::parse(schedule).unwrap();
        let place = |fault| Planted::new(fault, start, schedule.repeat_ms, 1);
        let faults: Vec<Planted> = schedule.faults.into_iter().map(place).collect();
        (Timeline::new(Data::Orders, 3, start, 2.0, &faults), start)
    }

    const NEVER: i64 = i64::MAX / 8;

    #[test]
    fn asked_in_any_order_the_times_are_the_same() {
        let schedule = "repeat = \"7m\"\n[[fault]]\nkind = \"volume_spike\"\ndata = \"orders\"\n\
                        start = \"95s\"\nlength = \"40s\"\nramp = \"10s\"";
        let (one, _) = timeline(schedule);
        let (other, _) = timeline(schedule);
        let mut place = Place::default();
        let times: Vec<i64> =
            (0..20_000).map(|number| one.time_of(number, NEVER, &mut place).unwrap()).collect();
        assert!(times.is_sorted());
        for number in (0..20_000).rev().step_by(97) {
            let time = other.time_of(number, NEVER, &mut Place::default()).unwrap();
            assert_eq!(time, times[number as usize]);
            let before = times.partition_point(|earlier| *earlier < time) as u64;
            assert_eq!(other.count_before(time), before);
        }
    }

    #[test]
    fn a_week_has_as_many_rows_as_the_rate_says() {
        let (timeline, start) = timeline("");
        let week = timeline.count_before(start + 7 * DAY_MS) as f64 / (2.0 * 7.0 * 86_400.0);
        assert!((week - 1.0).abs() < 0.02, "{week}");
        let of_hour = |hour: i64| {
            timeline.count_before(start + (hour + 1) * HOUR_MS)
                - timeline.count_before(start + hour * HOUR_MS)
        };
        assert!(of_hour(20) > 5 * of_hour(3));
        assert_eq!(timeline.count_before(start - 1), 0);
    }

    #[test]
    fn an_outage_has_no_rows_and_moves_none_before_it() {
        let quiet = timeline("").0;
        let outage = "[[fault]]\nkind = \"outage\"\ndata = \"orders\"\nstart = \"1h30s\"\nlength = \"20m\"";
        let (broken, start) = timeline(outage);
        let (from, to) = (start + HOUR_MS + 30_000, start + HOUR_MS + 30_000 + 1_200_000);
        assert_eq!(broken.count_before(from), broken.count_before(to));
        assert_eq!(broken.count_before(from), quiet.count_before(from));
        assert!(broken.count_before(to + 60_000) > broken.count_before(to));
        let first = broken.time_of(broken.count_before(from), NEVER, &mut Place::default()).unwrap();
        assert!(first >= to);
    }

    #[test]
    fn an_outage_for_ever_ends_the_rows() {
        let (timeline, start) = timeline("[[fault]]\nkind = \"outage\"\ndata = \"orders\"\nstart = \"1h\"");
        let count = timeline.count_before(start + 2 * HOUR_MS);
        assert_eq!(timeline.time_of(count, start + 30 * DAY_MS, &mut Place::default()), None);
        assert_eq!(timeline.count_before(start + 40 * DAY_MS), count);
    }

    #[test]
    fn a_fault_planted_later_leaves_what_was() {
        let (timeline, start) = timeline("");
        let now = start + 3 * HOUR_MS + 12_345;
        let count = timeline.count_before(now);
        let text = "[[fault]]\nkind = \"volume_drop\"\ndata = \"orders\"\nstart = \"2024-04-01T03:00:12.345Z\"\nstrength = 1.0";
        let fault = Schedule::parse(text).unwrap().faults.remove(0);
        let changed = timeline.with_faults(&[Planted::new(fault, 0, None, 1)], now);
        assert_eq!(changed.count_before(now), count);
        assert_eq!(changed.count_before(now + HOUR_MS), count);
        for number in (0..count).step_by(211) {
            let time = |timeline: &Timeline| timeline.time_of(number, NEVER, &mut Place::default());
            assert_eq!(time(&changed), time(&timeline));
        }
    }
}
