//! Numbers of another magnitude: ten, a hundred or a thousand times what is usual, as when a unit was mistaken.

use super::numbers::parse_number;
use super::suspicion::{Suspicion, Suspicions};
use super::values::{Sort, Values};
use crate::wording::number;

/// Slips of the unit that are looked for.
const FACTORS: [f64; 3] = [10.0, 100.0, 1000.0];
/// Shares of the rows below and above the bulk.
const OUTSIDE: f64 = 0.02;
/// Share of the rows that may have slipped.
const MOST_SLIPPED: f64 = 0.03;
/// How many times as large as its lower end the upper end of the bulk may be: among numbers that are spread further,
/// small and large ones are no slips.
const MOST_SPREAD: f64 = 3.0;
/// Different numbers before anything is said.
const LEAST_VALUES: usize = 20;

/// The bulk of the numbers of a column, and how far away slips are.
#[derive(Debug, Clone)]
pub(super) struct Bulk {
    low: f64,
    high: f64,
    factors: Vec<f64>,
}

impl Bulk {
    /// Learns it; nothing when the numbers are spread so far that a slip would not be noticed, or have a long tail.
    pub(super) fn learn(values: &Values<'_>) -> Option<Self> {
        if values.sort != Sort::Number || values.counts.len() < LEAST_VALUES {
            return None;
        }
        let mut sizes: Vec<(f64, u64)> = values
            .counts
            .iter()
            .filter_map(|(text, count)| Some((parse_number(text)?.abs(), *count)))
            .filter(|(size, _)| *size > 0.0)
            .collect();
        sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: u64 = sizes.iter().map(|(_, count)| count).sum();
        if (total as f64) < 0.9 * values.total as f64 {
            return None;
        }
        let quantile = |share: f64| {
            let mut below = 0;
            let rank = share * total as f64;
            sizes.iter().find(|(_, count)| {
                below += count;
                below as f64 > rank
            })
        };
        let (low, high) = (quantile(OUTSIDE)?.0, quantile(1.0 - OUTSIDE)?.0);
        let between = |from: f64, to: f64| -> u64 {
            let inside = sizes.iter().filter(|(size, _)| *size > from && *size < to);
            inside.map(|(_, count)| count).sum()
        };
        let zone = |factor: f64| (low * factor / 1.2, high * factor * 1.2);
        let is_slip = |size: f64| {
            let inside = |(from, to): (f64, f64)| size > from && size < to;
            FACTORS.iter().any(|factor| inside(zone(*factor)) || inside(zone(1.0 / factor)))
        };
        // Between the bulk and where slips land.
        let gap = |from: f64, to: f64| -> u64 {
            let inside = sizes.iter().filter(|(size, _)| *size > from && *size < to && !is_slip(*size));
            inside.map(|(_, count)| count).sum()
        };
        // A slip must land clearly outside of the bulk, and hardly anything else may lie between.
        let noticed = |factor: &f64| {
            let (up, down) = (zone(*factor), zone(1.0 / factor));
            let slipped = between(up.0, up.1) + between(down.0, down.1);
            high <= low * MOST_SPREAD
                && low * factor > high * 1.95
                && slipped > 0
                && slipped as f64 <= MOST_SLIPPED * total as f64
                && (gap(high * 1.5, up.0) + gap(down.1, low / 1.5)) * 4 <= slipped
        };
        let factors: Vec<f64> = FACTORS.into_iter().filter(noticed).collect();
        // The tails next to the bulk end where no slip begins.
        let tail = between(high * 1.5, f64::INFINITY) + between(0.0, low / 1.5);
        (!factors.is_empty() && tail as f64 <= MOST_SLIPPED * total as f64).then_some(Self {
            low,
            high,
            factors,
        })
    }

    /// What is said against a number.
    pub(super) fn judge(&self, text: &str) -> Option<Suspicion> {
        let x = parse_number(text)?;
        let size = x.abs();
        let inside = |size: f64| (self.low / 1.2..=self.high * 1.2).contains(&size);
        if size == 0.0 || (self.low / 1.5..=self.high * 1.5).contains(&size) {
            return None;
        }
        let (factor, meant) = self.factors.iter().find_map(|factor| {
            let fits = |meant: f64| inside(meant.abs()).then_some((*factor, meant));
            if size > self.high { fits(x / factor) } else { fits(x * factor) }
        })?;
        let way = if size > self.high { "times as much as" } else { "times less than" };
        let reason =
            format!("about {factor} {way} what is usual ({} to {})", number(self.low), number(self.high));
        // The last digits of a division are no part of the number.
        let meant = format!("{}", (meant * 1e9).round() / 1e9);
        Some(Suspicion { method: "magnitude", reason, suggestion: Some(meant), confidence: 0.75 })
    }
}

/// Judges the values of a column.
pub(super) fn judge(values: &Values<'_>, bulk: &Bulk) -> Suspicions {
    let all = values.counts.iter().enumerate();
    all.filter_map(|(index, (text, _))| Some((index, bulk.judge(text)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_unit_are_found_and_long_tails_are_not() {
        let mut heights: Vec<(String, u64)> = (150..200).map(|cm| (format!("{cm}"), 10)).collect();
        heights.extend([("1.75".to_owned(), 1), ("1820".to_owned(), 1)]);
        let texts: Vec<(&str, u64)> = heights.iter().map(|(text, count)| (text.as_str(), *count)).collect();
        let values = Values::made_of("height", &texts);
        let bulk = Bulk::learn(&values).unwrap();
        assert_eq!(bulk.judge("1.75").unwrap().suggestion.as_deref(), Some("175"));
        assert_eq!(bulk.judge("1820").unwrap().suggestion.as_deref(), Some("182"));
        assert_eq!(bulk.judge("140"), None);
        let tail: Vec<(String, u64)> = (1..200).map(|i| (format!("{}", i * i), 3)).collect();
        let texts: Vec<(&str, u64)> = tail.iter().map(|(text, count)| (text.as_str(), *count)).collect();
        assert!(Bulk::learn(&Values::made_of("sales", &texts)).is_none());
    }
}
