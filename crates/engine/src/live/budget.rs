//! From an alarm budget to the bars that keep to it.

/// Seconds of a week.
const WEEK_SECS: f64 = 604_800.0;
/// Looks that are taken for every window: 1, 1/2, 1/4, 1/16 and so on.
const LOOKS: f64 = 1.85;
/// Share of the budget that drift may use, and that the series of columns and those of the feed may use each: the feed
/// has few series, so that each is seen sooner.
const DRIFT_SHARE: f64 = 0.5;
const SERIES_SHARE: f64 = 0.25;
/// The smallest budget, in alarms a week.
const SMALLEST: f64 = 1e-3;
/// The most evidence that is asked of a series: one part alone says at most 8.
const MOST_EVIDENCE: f64 = 7.5;
/// The least: what one series alone is judged by.
const LEAST_EVIDENCE: f64 = 3.0;

/// What keeps to a budget of `per_week` false alarms with windows of `window_secs`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Budget {
    per_week: f64,
    windows_per_week: f64,
}

impl Budget {
    pub(super) fn new(per_week: f64, window_secs: f64) -> Self {
        Self { per_week: per_week.max(SMALLEST), windows_per_week: WEEK_SECS / window_secs.max(1e-3) }
    }

    /// The false discovery rate of one look.
    pub(super) fn false_discovery_rate(&self) -> f64 {
        (DRIFT_SHARE * self.per_week / (LOOKS * self.windows_per_week)).clamp(1e-12, 0.01)
    }

    /// The evidence that an alarm takes when so many series of a kind are watched.
    pub(super) fn series_evidence(&self, series: usize) -> f64 {
        let judged = series.max(1) as f64 * self.windows_per_week / (SERIES_SHARE * self.per_week);
        judged.log10().clamp(LEAST_EVIDENCE, MOST_EVIDENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_budget_and_more_windows_ask_for_more() {
        let minute = Budget::new(1.0, 60.0);
        let second = Budget::new(1.0, 1.0);
        let strict = Budget::new(0.1, 60.0);
        assert!(second.false_discovery_rate() < minute.false_discovery_rate());
        assert!(strict.false_discovery_rate() < minute.false_discovery_rate());
        assert!(minute.series_evidence(10) < minute.series_evidence(1000));
        assert!(minute.series_evidence(10) <= strict.series_evidence(10));
        assert!((minute.false_discovery_rate() - 0.5 / (1.85 * 10_080.0)).abs() < 1e-9);
    }
}
