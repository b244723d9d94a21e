use serde::{Deserialize, Serialize};

use super::reason::{SeriesReason, Side};
use super::tail::TailProbability;

/// Hours of a week.
const HOURS: usize = 168;
/// Values of an hour before anything is expected of it.
const EXPECT_FROM: u32 = 4;
/// The least weight of a new value, once an hour has seen 1 / 0.04 = 25: hours follow slow changes. Between 0.02 and
/// 0.08 nothing much changes.
const LEAST_WEIGHT: f64 = 0.04;
/// Moments further from 1970 than this are no moments.
const FARTHEST_SECS: f64 = 1e13;

/// What is usual at each hour of the week, learned value by value.
///
/// An hour that comes for the first time is judged by its own first values, so that within the first week this is a
/// short memory that starts afresh every hour; from then on it knows mornings, nights and weekends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct HourProfile {
    hours: Vec<Hour>,
    above: TailProbability,
    below: TailProbability,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Hour {
    mean: f64,
    seen: u32,
    first: i64,
}

impl Default for HourProfile {
    fn default() -> Self {
        Self {
            hours: vec![Hour::default(); HOURS],
            above: TailProbability::default(),
            below: TailProbability::default(),
        }
    }
}

impl HourProfile {
    /// What is usual at this moment; nothing when the hour is not known yet.
    pub(super) fn expected(&self, secs: Option<f64>) -> Option<f64> {
        let (_, slot) = hour_of(secs)?;
        self.hours.get(slot).filter(|hour| hour.seen >= EXPECT_FROM).map(|hour| hour.mean)
    }

    /// How strange a value is at this moment.
    pub(super) fn evidence(&self, secs: Option<f64>, value: f64) -> f64 {
        let Some(expected) = self.expected(secs) else { return 0.0 };
        let off = value - expected;
        if off >= 0.0 { self.above.evidence(off) } else { self.below.evidence(-off) }
    }

    /// The same in words.
    pub(super) fn reason(&self, secs: Option<f64>, value: f64) -> Option<SeriesReason> {
        let (number, slot) = hour_of(secs)?;
        let hour = self.hours.get(slot)?;
        let side = Side::of(value - hour.mean);
        if hour.first == number {
            return Some(SeriesReason::ThisHour { side });
        }
        // Hour 0 of 1970 was a Thursday's.
        let weekday = u8::try_from((slot / 24 + 3) % 7).unwrap_or_default();
        Some(SeriesReason::Hour { side, weekday, hour: u8::try_from(slot % 24).unwrap_or_default() })
    }

    /// Takes in a value. Errors are counted only where something was expected, on the other side as none.
    pub(super) fn learn(&mut self, secs: Option<f64>, value: f64) {
        let expected = self.expected(secs);
        let off = expected.map_or(0.0, |expected| value - expected);
        self.above.learn(off.max(0.0));
        self.below.learn((-off).max(0.0));
        let Some((number, slot)) = hour_of(secs) else { return };
        if let Some(hour) = self.hours.get_mut(slot) {
            if hour.seen == 0 {
                hour.first = number;
            }
            let weight = (1.0 / (f64::from(hour.seen) + 1.0)).max(LEAST_WEIGHT);
            hour.mean += (value - hour.mean) * weight;
            hour.seen = hour.seen.saturating_add(1);
        }
    }
}

/// The number of the hour since 1970, and which of the week it is.
#[expect(clippy::cast_possible_truncation, reason = "bounded above")]
fn hour_of(secs: Option<f64>) -> Option<(i64, usize)> {
    let secs = secs.filter(|secs| secs.abs() <= FARTHEST_SECS)?;
    let number = (secs / 3600.0).floor() as i64;
    Some((number, usize::try_from(number.rem_euclid(168)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_before_1970_and_no_hours() {
        assert_eq!(hour_of(Some(0.0)), Some((0, 0)));
        assert_eq!(hour_of(Some(-1.0)), Some((-1, 167)));
        assert_eq!(hour_of(Some(f64::NAN)), None);
        assert_eq!(hour_of(Some(1e300)), None);
        assert_eq!(hour_of(None), None);
    }

    #[test]
    fn a_value_of_the_day_at_night_is_strange() {
        let mut hours = HourProfile::default();
        let usual = |i: u32| if (6..18).contains(&(i / 4 % 24)) { 100.0 } else { 10.0 } + f64::from(i % 7);
        for i in 0..4 * 168 * 5 {
            hours.learn(Some(f64::from(i) * 900.0), usual(i));
        }
        // Monday 1970-02-09 is day 39.
        let night = Some(39.0 * 86_400.0 + 2.0 * 3600.0);
        let noon = Some(39.0 * 86_400.0 + 12.0 * 3600.0);
        assert!(hours.evidence(night, 100.0) > 3.0);
        assert!(hours.evidence(noon, 103.0) < 1.0);
        assert_eq!(
            hours.reason(night, 100.0),
            Some(SeriesReason::Hour { side: Side::Above, weekday: 0, hour: 2 })
        );
    }
}
