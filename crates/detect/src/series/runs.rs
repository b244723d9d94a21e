use serde::{Deserialize, Serialize};

/// A run must be longer than this many times the longest before.
const LONGER: u64 = 2;
/// Values before runs are judged.
const JUDGE_FROM: u64 = 100;
/// Evidence beyond this says no more.
const MOST_EVIDENCE: f64 = 8.0;

/// How long something (no movement, no value) has lasted, against how long it usually lasts.
///
/// A chain with two states: how often a run begins, and how often one goes on, both as if one in two had been seen
/// before. A run counts when it has ended, so that it does not make itself usual.
/// Only a run more than twice as long as the longest before counts, because runs often come in kinds (nights,
/// weekends) that a chain knows nothing of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Runs {
    begun: u64,
    could_begin: u64,
    went_on: u64,
    could_go_on: u64,
    length: u64,
    longest: u64,
}

impl Runs {
    /// Whether it goes on with this value; how strange that is, by the runs that have ended.
    pub(super) fn learn(&mut self, lasts: bool) -> f64 {
        if !lasts {
            self.end();
            return 0.0;
        }
        self.length += 1;
        if self.length <= LONGER * self.longest || self.could_begin + self.could_go_on < JUDGE_FROM {
            return 0.0;
        }
        let begins = -share(self.begun, self.could_begin).log10();
        let goes_on = -share(self.went_on, self.could_go_on).log10();
        (begins + float(self.length - 1) * goes_on).clamp(0.0, MOST_EVIDENCE)
    }

    /// Counts the run that has just ended, or that none has begun.
    fn end(&mut self) {
        self.could_begin += 1;
        if self.length > 0 {
            self.begun += 1;
            self.could_go_on += self.length;
            self.went_on += self.length - 1;
            self.longest = self.longest.max(self.length);
            self.length = 0;
        }
    }

    /// How long it has lasted.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

fn share(part: u64, whole: u64) -> f64 {
    (float(part) + 1.0) / (float(whole) + 2.0)
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values are counted")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_where_there_were_none_is_strange() {
        let mut runs = Runs::default();
        for _ in 0..500 {
            assert_eq!(runs.learn(false), 0.0);
        }
        assert!(runs.learn(true) > 2.0);
        let long = (0..20).map(|_| runs.learn(true)).fold(0.0, f64::max);
        assert!(long > 3.0, "{long}");
    }

    #[test]
    fn nights_as_long_as_ever_are_not() {
        let mut runs = Runs::default();
        let most = (0..5000_u32).map(|i| runs.learn(i % 96 < 32)).skip(200).fold(0.0, f64::max);
        assert_eq!(most, 0.0);
    }
}
