//! What a budget of false alarms costs: how many windows pass until a change is found.

use super::budget::Budget;
use super::drift_watch::REFERENCE_AT_LEAST;

/// Allowance of the sums of a series, in deviations of a window, and the most that one window adds. See
/// `driftline_detect::series`.
const ALLOWANCE: f64 = 1.0;
const MOST_OF_A_WINDOW: f64 = 4.0;
/// By how much the deviation of a series is taken too large, since it is the largest of several estimates.
const CAUTION: f64 = 1.15;
/// Series of the feed itself: rate, lag, how metrics go together.
const FEED_SERIES: usize = 3;
/// Series of a column: mean, spread, three quantiles, nulls, mass moved; about what columns of all kinds have.
const SERIES_A_COLUMN: usize = 6;
/// By how much several tests a column raise the p-value of the one that sees the change: the weight of one test among
/// them (about one in seven), and the level of their combination.
const TESTS_A_COLUMN: f64 = 12.0;
/// Windows beyond which a change counts as not found: the level of a series has followed it by then.
const LONGEST: u32 = 60;
/// Share of nulls before and after they rise by 5 points.
const NULLS: (f64, f64) = (0.05, 0.10);

/// A feed, as far as its size decides what can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeedSize {
    /// Length of a window in seconds.
    pub window_secs: f64,
    /// Rows of a window.
    pub rows_per_window: f64,
    /// Columns that are watched.
    pub columns: usize,
}

/// What a budget of false alarms costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The budget: false alarms a week over all columns and series.
    pub false_alarms_per_week: f64,
    /// Changes, with the windows that are expected to pass until an alarm names them; nothing where a change is too
    /// small to be found with so few rows.
    pub windows_to_find: Vec<(&'static str, Option<f64>)>,
}

/// The delay that a budget of false alarms costs on a feed of this size, for a shift by half a deviation, nulls that
/// rise from 5 % to 10 %, and half of the rows gone.
///
/// Worked out from the bars that keep to the budget, not simulated: rows are independent, the feed moves by nothing
/// else, and counts of rows vary as those of independent arrivals do. A feed that moves by itself takes longer.
/// Rounded up to whole windows.
#[must_use]
pub fn outlook(per_week: f64, feed: FeedSize) -> Outlook {
    let budget = Budget::new(per_week, feed.window_secs);
    let rows = feed.rows_per_window.max(0.0);
    let columns = feed.columns.max(1);
    let of_columns = budget.series_evidence(SERIES_A_COLUMN * columns);
    let of_feed = budget.series_evidence(FEED_SERIES);
    let p_value = budget.false_discovery_rate() / columns as f64 / TESTS_A_COLUMN;
    let needed = deviations_of(p_value);
    let shift = 0.5 * rows.sqrt();
    let (before, after) = NULLS;
    let nulls = (after - before) / (before * (1.0 - before) / rows.max(1.0)).sqrt();
    let by_rows = |of_window: f64| by_looks(of_window, rows, needed);
    let halved = by_sums(0.5 * rows.sqrt(), of_feed);
    let windows_to_find = vec![
        ("shift by half a deviation", sooner(by_sums(shift, of_columns), by_rows(shift))),
        ("nulls from 5 % to 10 %", sooner(by_sums(nulls, of_columns), by_rows(nulls))),
        ("half of the rows gone", halved),
    ];
    Outlook { false_alarms_per_week: per_week, windows_to_find }
}

fn sooner(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Windows until the sums of a series that moved by so many deviations of a window pass the bar.
fn by_sums(deviations: f64, evidence: f64) -> Option<f64> {
    let gain = (deviations / CAUTION).min(MOST_OF_A_WINDOW) - ALLOWANCE;
    let sum = evidence * std::f64::consts::LN_10 / (2.0 * ALLOWANCE);
    let windows = (sum / gain).ceil();
    (gain > 0.0 && windows <= f64::from(LONGEST)).then_some(windows)
}

/// Windows until a look at all of them together sees a change of so many deviations of one window.
fn by_looks(deviations: f64, rows: f64, needed: f64) -> Option<f64> {
    let seen = |windows: f64| {
        let rows_together = (windows * rows).max(1.0);
        let reference = (4.0 * rows_together).max(REFERENCE_AT_LEAST as f64);
        deviations * windows.sqrt() / (1.0 + rows_together / reference).sqrt()
    };
    (1..=LONGEST).map(f64::from).find(|&windows| seen(windows) >= needed)
}

/// The standard normal deviate that is passed on either side with this probability, by the leading terms of the tail
/// (within 2 % below 1e-3).
pub(super) fn deviations_of(p_value: f64) -> f64 {
    let twice = 2.0 * (2.0 / p_value.clamp(1e-300, 0.5)).ln();
    (twice - (twice * std::f64::consts::TAU).ln() + twice.ln() / twice).max(1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(per_week: f64, rows_per_window: f64) -> Vec<Option<f64>> {
        let feed = FeedSize { window_secs: 60.0, rows_per_window, columns: 200 };
        outlook(per_week, feed).windows_to_find.into_iter().map(|(_, windows)| windows).collect()
    }

    #[test]
    fn a_smaller_budget_costs_windows_and_more_rows_save_them() {
        assert_eq!(windows(1.0, 500.0)[0], Some(1.0), "as calibrated");
        for (strict, loose) in windows(0.01, 60.0).into_iter().zip(windows(100.0, 60.0)) {
            assert!(strict.unwrap() >= loose.unwrap());
        }
        assert!(windows(0.01, 60.0)[0] > windows(100.0, 60.0)[0]);
        for (few, many) in windows(1.0, 40.0).into_iter().zip(windows(1.0, 4000.0)) {
            assert!(few.unwrap() > many.unwrap() || few == Some(1.0));
        }
        assert_eq!(windows(1.0, 0.0), [None, None, None]);
    }

    #[test]
    fn deviates_are_those_of_the_normal() {
        // scipy.stats.norm.isf([5e-4, 5e-7, 5e-10])
        for (p, z) in [(1e-3, 3.290_5), (1e-6, 4.891_6), (1e-9, 6.109_4)] {
            assert!((deviations_of(p) / z - 1.0).abs() < 0.02, "{p} {}", deviations_of(p));
        }
    }
}
