use std::fmt;

use serde::{Deserialize, Serialize};

use super::reason::weekday_name;
use crate::wording::number;

const MINUTE_SECS: f64 = 60.0;
const HOUR_SECS: f64 = 3600.0;
const DAY_SECS: f64 = 24.0 * HOUR_SECS;
/// Monday 1970-01-05.
const FIRST_MONDAY_SECS: f64 = 4.0 * DAY_SECS;
/// Moments further from 1970 than this are no moments.
const FARTHEST_SECS: f64 = 1e13;
/// Full periods that must have been seen before a season is believed.
const PERIODS: f64 = 2.0;
/// A season is one when what is left without it is larger by this factor at least.
const BETTER: f64 = 0.9;
/// Values that the level beside a season remembers: slow changes of a feed are no news.
const LEVEL_MEMORY: f64 = 60.0;
/// The least weight of a new value in its part of a season, as for the hours of the week.
const LEAST_WEIGHT: f64 = 0.04;
/// Values whose strayings are the spread of the moment, and those of the long run.
const SHORT_MEMORY: f64 = 120.0;
const LONG_MEMORY: f64 = 2000.0;
/// Values of a batch: what strays the same way for a while strays farther in sums of a batch.
const BATCH: u32 = 8;
/// Strayings beyond this many deviations count as this many, once so many values are known.
const FARTHEST_DEVIATIONS: f64 = 4.0;
const CLIP_FROM: u32 = 50;
/// Values before a spread is known.
const SPREAD_FROM: u32 = 100;
/// What is usual lies within this many deviations of what is expected.
const USUAL_DEVIATIONS: f64 = 2.0;

/// A period that a series may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeasonPeriod {
    /// An hour, by minutes.
    Hour,
    /// A day, by hours.
    Day,
    /// A week, by hours.
    Week,
    /// A month, by days, on top of what follows another period.
    Month,
}

/// What is usual at a moment of a series that follows a season. Displays as a sentence without its full stop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeriesUsual {
    /// The season that was found.
    pub period: SeasonPeriod,
    /// Day of the week, Monday = 0.
    pub weekday: u8,
    /// Hour of the day.
    pub hour: u8,
    /// Minute of the hour.
    pub minute: u8,
    /// Day of the month, 1..31.
    pub day: u8,
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

impl fmt::Display for SeriesUsual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            SeasonPeriod::Hour => write!(f, "usual at minute {} of the hour", self.minute)?,
            SeasonPeriod::Day => write!(f, "usual at {:02}:00", self.hour)?,
            SeasonPeriod::Week => write!(f, "usual for {} {:02}:00", weekday_name(self.weekday), self.hour)?,
            SeasonPeriod::Month => write!(f, "usual for day {} of the month", self.day)?,
        }
        write!(f, ": {} to {}", number(self.low), number(self.high))
    }
}

/// What a series does by itself: a level that moves slowly, and the season that it follows where there is one.
///
/// Hour, day, week and day of the month are tried side by side with no season. One is believed when two full periods
/// were seen and what is left without it, on values that it had not learned, is larger by a tenth at least.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Seasons {
    /// No season first.
    tried: Vec<Forecast>,
    least: f64,
}

/// What is expected of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    pub(super) value: f64,
    pub(super) deviation: f64,
    pub(super) period: Option<SeasonPeriod>,
}

impl Default for Seasons {
    fn default() -> Self {
        let periods = [SeasonPeriod::Hour, SeasonPeriod::Day, SeasonPeriod::Week, SeasonPeriod::Month];
        let tried = std::iter::once(None).chain(periods.map(Some)).map(Forecast::new).collect();
        Self { tried, least: f64::INFINITY }
    }
}

impl Seasons {
    /// What is expected at this moment; nothing while too little is known.
    pub(super) fn expected(&self, secs: Option<f64>) -> Option<Expected> {
        let moment = secs.and_then(Moment::of);
        let plain = self.tried.first()?.expected(moment, 0.0)?;
        let bar = BETTER * plain.deviation;
        let below = self.below_month(moment);
        let seasons = self.tried.iter().skip(1).filter(|forecast| forecast.is_known(moment));
        let best = seasons
            .filter_map(|forecast| forecast.expected(moment, below))
            .filter(|expected| expected.deviation <= bar)
            .min_by(|a, b| a.deviation.total_cmp(&b.deviation));
        Some(best.unwrap_or(plain))
    }

    /// What is usual at this moment, where a season says so.
    pub(super) fn usual(&self, secs: Option<f64>) -> Option<SeriesUsual> {
        let expected = self.expected(secs)?;
        let period = expected.period?;
        let moment = secs.and_then(Moment::of)?;
        let reach = USUAL_DEVIATIONS * expected.deviation;
        let low = expected.value - reach;
        // What was never below zero is not said to be usual there.
        let low = if self.least >= 0.0 { low.max(0.0) } else { low };
        let high = (expected.value + reach).max(low);
        let Moment { weekday, hour, minute, day, .. } = moment;
        Some(SeriesUsual { period, weekday, hour, minute, day, low, high })
    }

    /// Takes in a value.
    pub(super) fn learn(&mut self, secs: Option<f64>, value: f64) {
        let moment = secs.and_then(Moment::of);
        let below = self.below_month(moment);
        self.least = self.least.min(value);
        for forecast in &mut self.tried {
            forecast.learn(moment, value, below);
        }
    }

    /// What the best of the shorter seasons says, on top of which a month is looked for.
    fn below_month(&self, moment: Option<Moment>) -> f64 {
        let shorter = self.tried.iter().filter(|forecast| forecast.period != Some(SeasonPeriod::Month));
        let known = shorter.filter(|forecast| forecast.is_known(moment));
        let known =
            known.filter_map(|forecast| Some((forecast.spread.deviation()?, forecast.base(moment, 0.0)?)));
        known.min_by(|(a, _), (b, _)| a.total_cmp(b)).map_or(0.0, |(_, base)| base)
    }
}

/// Where a moment is within every period.
#[derive(Debug, Clone, Copy)]
struct Moment {
    secs: f64,
    weekday: u8,
    hour: u8,
    minute: u8,
    day: u8,
}

impl Moment {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a day or a week")]
    fn of(secs: f64) -> Option<Self> {
        let secs = Some(secs).filter(|secs| secs.abs() <= FARTHEST_SECS)?;
        let of_day = secs.rem_euclid(DAY_SECS);
        let week = (secs - FIRST_MONDAY_SECS).rem_euclid(7.0 * DAY_SECS);
        let day = day_of_month((secs / DAY_SECS).floor() as i64);
        Some(Self {
            secs,
            weekday: (week / DAY_SECS) as u8,
            hour: (of_day / HOUR_SECS) as u8,
            minute: (of_day.rem_euclid(HOUR_SECS) / MINUTE_SECS) as u8,
            day,
        })
    }

    /// How far a period has gone, in parts of it.
    fn place(self, period: SeasonPeriod) -> f64 {
        let parts = float(parts(period));
        match period {
            SeasonPeriod::Hour => self.secs.rem_euclid(HOUR_SECS) / HOUR_SECS * parts,
            SeasonPeriod::Day => self.secs.rem_euclid(DAY_SECS) / DAY_SECS * parts,
            SeasonPeriod::Week => {
                let week = 7.0 * DAY_SECS;
                (self.secs - FIRST_MONDAY_SECS).rem_euclid(week) / week * parts
            }
            SeasonPeriod::Month => f64::from(self.day) - 0.5,
        }
    }
}

/// Parts that a period is cut into.
fn parts(period: SeasonPeriod) -> usize {
    match period {
        SeasonPeriod::Hour => 12,
        SeasonPeriod::Day => 24,
        SeasonPeriod::Week => 168,
        SeasonPeriod::Month => 31,
    }
}

fn length_secs(period: SeasonPeriod) -> f64 {
    match period {
        SeasonPeriod::Hour => HOUR_SECS,
        SeasonPeriod::Day => DAY_SECS,
        SeasonPeriod::Week => 7.0 * DAY_SECS,
        SeasonPeriod::Month => 31.0 * DAY_SECS,
    }
}

/// Day of the month, 1..31, of a day since 1970 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible
/// low-level date algorithms", `civil_from_days`).
fn day_of_month(day: i64) -> u8 {
    let of_era = (day + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    u8::try_from(of_year - (153 * month + 2) / 5 + 1).unwrap_or(1)
}

/// One season, or none, with the level beside it and what is left of the values then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Forecast {
    period: Option<SeasonPeriod>,
    slots: Vec<Slot>,
    first_secs: Option<f64>,
    level: f64,
    levelled: u32,
    spread: Spread,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Slot {
    mean: f64,
    seen: u32,
}

impl Forecast {
    fn new(period: Option<SeasonPeriod>) -> Self {
        let slots = vec![Slot::default(); period.map_or(0, parts)];
        Self { period, slots, first_secs: None, level: 0.0, levelled: 0, spread: Spread::default() }
    }

    /// Whether enough was seen to believe in it.
    fn is_known(&self, moment: Option<Moment>) -> bool {
        self.period.is_none_or(|period| self.periods_seen(moment, period) >= PERIODS)
    }

    fn periods_seen(&self, moment: Option<Moment>, period: SeasonPeriod) -> f64 {
        let seen = moment.zip(self.first_secs).map(|(moment, first)| moment.secs - first);
        seen.map_or(0.0, |seen| seen / length_secs(period))
    }

    /// The season at this moment without the level. Nothing before a full period was seen.
    fn base(&self, moment: Option<Moment>, below: f64) -> Option<f64> {
        let Some(period) = self.period else { return Some(0.0) };
        let moment = moment.filter(|_| self.periods_seen(moment, period) >= 1.0)?;
        let place = moment.place(period);
        if period == SeasonPeriod::Month {
            return self.slot(place).map(|mean| below + mean);
        }
        // Between the middles of two parts, in a straight line.
        let before = place - 0.5;
        let share = before - before.floor();
        let (low, high) = (self.slot(before)?, self.slot(before + 1.0)?);
        Some(low + share * (high - low))
    }

    #[expect(clippy::cast_possible_truncation, reason = "places are small")]
    fn index(&self, place: f64) -> usize {
        usize::try_from((place.floor() as i64).rem_euclid(self.slots.len().max(1) as i64)).unwrap_or_default()
    }

    fn slot(&self, place: f64) -> Option<f64> {
        self.slots.get(self.index(place)).filter(|slot| slot.seen > 0).map(|slot| slot.mean)
    }

    fn expected(&self, moment: Option<Moment>, below: f64) -> Option<Expected> {
        let deviation = self.spread.deviation()?;
        Some(Expected { value: self.base(moment, below)? + self.level, deviation, period: self.period })
    }

    fn learn(&mut self, moment: Option<Moment>, value: f64, below: f64) {
        if let Some(base) = self.base(moment, below) {
            let off = value - base - self.level;
            if self.levelled > 0 {
                self.spread.learn(off);
            }
            self.levelled = self.levelled.saturating_add(1);
            self.level += off * (1.0 / f64::from(self.levelled)).max(1.0 / LEVEL_MEMORY);
        }
        let Some((moment, period)) = moment.zip(self.period) else { return };
        self.first_secs = Some(self.first_secs.map_or(moment.secs, |first| first.min(moment.secs)));
        let index = self.index(moment.place(period));
        let value = if period == SeasonPeriod::Month { value - below } else { value };
        if let Some(slot) = self.slots.get_mut(index) {
            slot.seen = slot.seen.saturating_add(1);
            slot.mean += (value - slot.mean) * (1.0 / f64::from(slot.seen)).max(LEAST_WEIGHT);
        }
    }
}

/// How far values stray from what was expected: the largest of four estimates, so that neither a loud hour nor what
/// strays the same way for a while is taken for less than it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Spread {
    seen: u32,
    short: f64,
    long: f64,
    batch: f64,
    batches: u32,
    short_of_batches: f64,
    long_of_batches: f64,
}

impl Spread {
    fn learn(&mut self, off: f64) {
        let most = FARTHEST_DEVIATIONS * self.short.max(self.long).sqrt();
        let off = if self.seen >= CLIP_FROM { off.clamp(-most, most) } else { off };
        self.seen = self.seen.saturating_add(1);
        approach(&mut self.short, off * off, self.seen, SHORT_MEMORY);
        approach(&mut self.long, off * off, self.seen, LONG_MEMORY);
        self.batch += off;
        if self.seen.is_multiple_of(BATCH) {
            let batch = self.batch * self.batch / f64::from(BATCH);
            self.batch = 0.0;
            self.batches = self.batches.saturating_add(1);
            approach(&mut self.short_of_batches, batch, self.batches, SHORT_MEMORY / f64::from(BATCH));
            approach(&mut self.long_of_batches, batch, self.batches, LONG_MEMORY / f64::from(BATCH));
        }
    }

    /// Nothing while too little is known, and for what does not stray.
    fn deviation(&self) -> Option<f64> {
        let all = [self.short, self.long, self.short_of_batches, self.long_of_batches];
        let variance = all.into_iter().fold(0.0, f64::max);
        (self.seen >= SPREAD_FROM && variance > 0.0 && variance.is_finite()).then(|| variance.sqrt())
    }
}

/// A mean over about the last `memory` values.
fn approach(mean: &mut f64, value: f64, seen: u32, memory: f64) {
    *mean += (value - *mean) * (1.0 / f64::from(seen.max(1))).max(1.0 / memory);
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn float(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use driftline_testkit::Random;

    use super::*;

    fn found(period_secs: f64, step_secs: f64, count: u32) -> (Seasons, f64) {
        let mut random = Random::new(5);
        let mut seasons = Seasons::default();
        let mut secs = 1.4e9;
        for _ in 0..count {
            let wave = (secs / period_secs * std::f64::consts::TAU).sin();
            seasons.learn(Some(secs), 100.0 + 30.0 * wave + random.normal());
            secs += step_secs;
        }
        (seasons, secs)
    }

    #[test]
    fn a_day_an_hour_and_a_week_are_found_after_two_of_them() {
        for (length, step, period) in [
            (HOUR_SECS, 60.0, SeasonPeriod::Hour),
            (DAY_SECS, 300.0, SeasonPeriod::Day),
            (7.0 * DAY_SECS, 3600.0, SeasonPeriod::Week),
        ] {
            let twice = 2.0 * length / step;
            let (seasons, secs) = found(length, step, (3.5 * length / step) as u32);
            let expected = seasons.expected(Some(secs)).unwrap();
            assert_eq!(expected.period, Some(period));
            let wave = (secs / length * std::f64::consts::TAU).sin();
            assert!((expected.value - 100.0 - 30.0 * wave).abs() < 4.0, "{expected:?} {wave}");
            let (early, secs) = found(length, step, (0.9 * twice) as u32);
            assert!(early.expected(Some(secs)).is_none_or(|expected| expected.period != Some(period)));
        }
    }

    #[test]
    fn noise_has_no_season_and_a_season_says_what_is_usual() {
        let mut random = Random::new(5);
        let mut seasons = Seasons::default();
        for i in 0..5000 {
            seasons.learn(Some(f64::from(i) * 600.0), random.normal());
        }
        assert_eq!(seasons.expected(Some(3e6)).unwrap().period, None);
        assert_eq!(seasons.usual(Some(3e6)), None);
        let (seasons, _) = found(DAY_SECS, 300.0, 2000);
        let usual = seasons.usual(Some(1.4e9 + 7.0 * DAY_SECS)).unwrap();
        let text = usual.to_string();
        assert!(text.starts_with("usual at 16:00: ") && text.contains(" to "), "{text}");
        assert!(usual.low < usual.high && usual.high - usual.low < 20.0, "{usual:?}");
    }

    #[test]
    fn the_first_of_the_month_is_found() {
        let mut random = Random::new(5);
        let mut seasons = Seasons::default();
        for hour in 0..24 * 120 {
            let day = day_of_month(i64::from(hour) / 24 + 20_000);
            let secs = f64::from(hour) * HOUR_SECS + 20_000.0 * DAY_SECS;
            seasons.learn(Some(secs), random.normal() + if day == 1 { 40.0 } else { 0.0 });
        }
        let first = (20_120..20_160).find(|&day| day_of_month(day) == 1).unwrap();
        let expected = seasons.expected(Some(first as f64 * DAY_SECS + 1.0)).unwrap();
        assert_eq!(expected.period, Some(SeasonPeriod::Month), "{expected:?}");
        assert!(expected.value > 15.0, "{expected:?}");
    }

    #[test]
    fn days_have_their_date() {
        // 2026-01-05 is a Monday, 20,458 days after 1970-01-01; 2024-02-29 is day 19,782.
        assert_eq!((day_of_month(20_458), day_of_month(19_782), day_of_month(-1)), (5, 29, 31));
        let monday = Moment::of(20_458.0 * DAY_SECS + 9.5 * HOUR_SECS).unwrap();
        assert_eq!((monday.weekday, monday.hour, monday.minute), (0, 9, 30));
    }
}
