use serde::{Deserialize, Serialize};

use super::hours::HourProfile;
use super::level::LongLevel;
use super::quiet::{Quiet, Said};
use super::reason::SeriesReason;
use super::runs::Runs;
use super::seasons::SeriesUsual;
use super::shape::NearestPast;
use super::together::Together;

/// Lengths of the stretches that are compared with the past: a short one sees events soon, a long one patterns.
const SHORT: usize = 8;
const LONG: usize = 24;
/// The longer a history, the more often chance alone makes something rare: evidence is lowered by this share of the
/// logarithm of how many times longer it is than `PLAIN_VALUES`. 1 would keep the number of false alarms per history,
/// 0 the number per value; between 0.4 and 0.8 nothing much changes.
const LENGTH_SHARE: f64 = 0.6;
const PLAIN_VALUES: f64 = 500.0;
/// Parts are put together as the p-norm of their evidence: between their sum (1), which lets many faint voices
/// outweigh a loud one, and the loudest alone (infinite).
const NORM: f64 = 3.0;
/// Values further from zero are taken as this, so that no difference overflows.
const FARTHEST: f64 = 1e150;
/// Differences smaller than this share of the value are taken as none.
const ROUNDING: f64 = 1e-9;
/// Equal values in a row, after the first, before anything stands still: two that are equal may be so by rounding.
const STILL_FROM: u64 = 3;
/// The most a score below an alarm can be.
const BELOW_ALARM: f64 = 0.5;

/// How a series is watched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeriesSettings {
    /// Evidence that raises an alarm: 3 is about what one part says of something seen once in a thousand values.
    pub alarm_evidence: f64,
    /// Values without any alarm at the beginning.
    pub learning_values: u64,
    /// Stretches of the past that each of the two comparisons with it keeps: half or twice as many change little.
    /// 512 take up to 130 KB, 64 up to 16 KB.
    pub past_stretches: usize,
    /// Whether values are added up too: a shift that no single value shows is seen by several together, and seasons
    /// of an hour, a day, a week and a month are found. For series of whose values each is a summary of many rows.
    pub sums: bool,
}

impl Default for SeriesSettings {
    /// 3, 100 values, 512 stretches, no sums.
    fn default() -> Self {
        Self { alarm_evidence: 3.0, learning_values: 100, past_stretches: 512, sums: false }
    }
}

/// What is said of one value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeriesScore {
    /// How strange, 0..1. From 0.5 it is an alarm; what an alarm still stands for stays below.
    pub score: f64,
    /// The same as evidence, without a bar and without quiet: what [`SeriesSettings::alarm_evidence`] is compared with.
    pub evidence: f64,
    /// What was expected, where something was.
    pub expected: Option<f64>,
    /// Why, when it is an alarm.
    pub reason: Option<SeriesReason>,
    /// What is usual at this moment, when it is an alarm and the series follows a season.
    pub usual: Option<SeriesUsual>,
}

impl SeriesScore {
    /// Whether somebody should look.
    pub fn is_alarm(&self) -> bool {
        self.reason.is_some()
    }
}

/// Watches one series, value by value.
///
/// Give values in the order in which they come. A score depends on what came before and on nothing else; the state
/// can be kept with serde at any point and gives the same scores afterwards. It holds at most about 150 KB with
/// the defaults; a value takes some microseconds.
///
/// ```
/// use driftline_detect::series::{SeriesDetector, SeriesSettings};
///
/// let mut detector = SeriesDetector::new(SeriesSettings::default());
/// for minute in 0..2000_u32 {
///     detector.update(Some(f64::from(minute) * 60.0), Some(f64::from(minute % 60)));
/// }
/// let said = detector.update(Some(2000.0 * 60.0), Some(900.0));
/// assert!(said.is_alarm() && said.score > 0.5);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesDetector {
    settings: SeriesSettings,
    seen: u64,
    last: Option<f64>,
    hours: HourProfile,
    level: LongLevel,
    short: NearestPast,
    long: NearestPast,
    still: Runs,
    missing: Runs,
    together: Option<Together>,
    quiet: Quiet,
}

/// Evidence of each part for one value.
#[derive(Debug, Clone, Copy, Default)]
struct Voices {
    hours: f64,
    level: f64,
    short: f64,
    long: f64,
    still: f64,
    missing: f64,
    together: f64,
}

impl SeriesDetector {
    /// A detector that has seen nothing.
    pub fn new(settings: SeriesSettings) -> Self {
        Self {
            settings,
            seen: 0,
            last: None,
            hours: HourProfile::default(),
            level: LongLevel::default(),
            short: NearestPast::new(SHORT, settings.past_stretches),
            long: NearestPast::new(LONG, settings.past_stretches),
            still: Runs::default(),
            missing: Runs::default(),
            together: settings.sums.then(Together::default),
            quiet: Quiet::default(),
        }
    }

    /// Raises or lowers the evidence that an alarm takes from now on.
    pub fn set_alarm_evidence(&mut self, alarm_evidence: f64) {
        self.settings.alarm_evidence = alarm_evidence;
    }

    /// Values seen, missing ones included.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Judges the next value and learns from it.
    ///
    /// `secs` is its moment in seconds since 1970, in the time zone whose hours and weekdays matter; it may be
    /// missing, repeat, leap or go back. A value that is missing or not finite counts as missing.
    pub fn update(&mut self, secs: Option<f64>, value: Option<f64>) -> SeriesScore {
        let secs = secs.filter(|secs| secs.is_finite());
        let value = value.filter(|value| value.is_finite()).map(|value| value.clamp(-FARTHEST, FARTHEST));
        let forecast = self.together.as_ref().and_then(|together| together.expected(secs));
        let forecast = forecast.filter(|forecast| forecast.period.is_some()).map(|forecast| forecast.value);
        let expected = forecast.or_else(|| self.hours.expected(secs)).or_else(|| self.level.expected());
        let value = value.map(|value| without_rounding(value, self.last));
        let mut voices = Voices { missing: self.missing.learn(value.is_none()), ..Voices::default() };
        let (mut reason, mut usual, mut known) = (None, None, None);
        if let Some(value) = value {
            voices.hours = self.hours.evidence(secs, value);
            voices.level = self.level.evidence(value);
            voices.short = self.short.learn(value);
            voices.long = self.long.learn(value);
            voices.still = self.stillness(value);
            known = self.together.as_ref().and_then(|together| together.usual(secs));
            voices.together = self.together.as_mut().map_or(0.0, |together| together.learn(secs, value));
        }
        let evidence = voices.together(self.seen);
        let learned = self.seen >= self.settings.learning_values;
        let said = if learned {
            self.quiet.judge(self.seen, evidence, self.settings.alarm_evidence)
        } else {
            Said::Usual
        };
        if said == Said::Alarm {
            reason = Some(self.reason(&voices, secs, value));
            usual = known;
        }
        if let Some(value) = value {
            self.hours.learn(secs, value);
            self.level.learn(value);
            self.last = Some(value);
        }
        self.seen += 1;
        let score = score(evidence, self.settings.alarm_evidence, said);
        SeriesScore { score, evidence, expected, reason, usual }
    }

    /// How strange it is that nothing moves.
    fn stillness(&mut self, value: f64) -> f64 {
        let Some(last) = self.last else { return 0.0 };
        let evidence = self.still.learn(last.to_bits() == value.to_bits());
        if self.still.length() < STILL_FROM { 0.0 } else { evidence }
    }

    /// The part that spoke loudest, in words.
    fn reason(&self, voices: &Voices, secs: Option<f64>, value: Option<f64>) -> SeriesReason {
        let Some(value) = value else { return SeriesReason::Missing { values: self.missing.length() } };
        let loudest = voices.loudest();
        if voices.together >= loudest
            && let Some(together) = &self.together
        {
            let (side, values) = together.side();
            return SeriesReason::Together { side, values };
        }
        if voices.still >= loudest {
            return SeriesReason::NoMovement { values: self.still.length() };
        }
        if voices.short >= loudest || voices.long >= loudest {
            let shape = if voices.long >= loudest { &self.long } else { &self.short };
            if let Some(side) = self.level.shifted(shape.present()) {
                return SeriesReason::Shift { side, values: shape.present().len() as u64 };
            }
            if voices.hours.max(voices.level) < 0.9 * loudest {
                return SeriesReason::Course { values: shape.present().len() as u64 };
            }
        }
        if voices.level > voices.hours {
            return SeriesReason::Level { side: self.level.side(value) };
        }
        self.hours.reason(secs, value).unwrap_or(SeriesReason::Level { side: self.level.side(value) })
    }
}

impl Voices {
    fn each(&self) -> [f64; 7] {
        [self.hours, self.level, self.short, self.long, self.still, self.missing, self.together]
    }

    fn loudest(&self) -> f64 {
        self.each().into_iter().fold(0.0, f64::max)
    }

    /// All of them together, for a value that comes after `seen` others.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values are counted")]
    fn together(&self, seen: u64) -> f64 {
        let longer = ((seen as f64 + 1.0) / PLAIN_VALUES).max(1.0);
        let off = LENGTH_SHARE * longer.log10();
        self.each().into_iter().map(|voice| (voice - off).max(0.0).powf(NORM)).sum::<f64>().powf(1.0 / NORM)
    }
}

/// The last value again when the new one differs from it by rounding only.
fn without_rounding(value: f64, last: Option<f64>) -> f64 {
    last.filter(|last| (value - last).abs() <= ROUNDING * last.abs()).unwrap_or(value)
}

/// 0..1: alarms from 0.5 up by how far they pass the bar, all else below it.
fn score(evidence: f64, bar: f64, said: Said) -> f64 {
    let bar = bar.max(f64::MIN_POSITIVE);
    match said {
        Said::Alarm => 1.0 - BELOW_ALARM * (bar / evidence).min(1.0),
        Said::Covered => BELOW_ALARM / 2.0,
        Said::Usual => BELOW_ALARM * (evidence / bar).min(0.999),
    }
}
