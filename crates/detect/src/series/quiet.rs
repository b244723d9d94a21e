use serde::{Deserialize, Serialize};

/// Share of the values seen, and their least number, for which nothing at all is said after an alarm.
const SILENT_SHARE: f64 = 0.02;
const SILENT_AT_LEAST: f64 = 12.0;
/// The same for the stretch in which only what is stranger than the last alarm is said.
const WARY_SHARE: f64 = 0.075;
const WARY_AT_LEAST: f64 = 50.0;
/// How much stranger.
const STRANGER: f64 = 1.1;

/// One alarm for what lasts, then quiet.
///
/// How long is a share of the history: who has watched a series for a month wants to hear of an event again after
/// half a day, who has watched it for a year after a week.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Quiet {
    /// Evidence of the last alarm, or of what came right after it.
    peak: f64,
    /// Number of the value that raised it.
    at: Option<u64>,
}

/// What becomes of the evidence of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Raise an alarm.
    Alarm,
    /// It is strange, but the last alarm still stands for it.
    Covered,
    /// It is not strange enough.
    Usual,
}

impl Quiet {
    /// Judges value number `index` with this evidence against what an alarm takes.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values are counted")]
    pub(super) fn judge(&mut self, index: u64, evidence: f64, bar: f64) -> Said {
        let strange = evidence >= bar;
        if let Some(at) = self.at {
            let age = index.saturating_sub(at) as f64;
            let seen = index as f64;
            if age < (SILENT_SHARE * seen).max(SILENT_AT_LEAST) {
                self.peak = self.peak.max(evidence);
                return if strange { Said::Covered } else { Said::Usual };
            }
            if age < (WARY_SHARE * seen).max(WARY_AT_LEAST) && evidence < STRANGER * self.peak {
                return if strange { Said::Covered } else { Said::Usual };
            }
        }
        if !strange {
            return Said::Usual;
        }
        self.peak = evidence;
        self.at = Some(index);
        Said::Alarm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_said_once_and_what_is_stranger_again() {
        let mut quiet = Quiet::default();
        assert_eq!(quiet.judge(1000, 2.0, 3.0), Said::Usual);
        assert_eq!(quiet.judge(1001, 4.0, 3.0), Said::Alarm);
        for index in 1002..1020 {
            assert_eq!(quiet.judge(index, 4.5, 3.0), Said::Covered);
        }
        assert_eq!(quiet.judge(1030, 4.8, 3.0), Said::Covered);
        assert_eq!(quiet.judge(1031, 5.0, 3.0), Said::Alarm);
        assert_eq!(quiet.judge(1200, 3.1, 3.0), Said::Alarm);
    }
}
