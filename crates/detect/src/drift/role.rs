//! Which columns name their rows or run on with them, and are new by nature.

use driftline_chunk::Physical;
use driftline_model::{ColumnRole, Kind, Settings};
use driftline_profile::SampleColumn;

use super::compare::ColumnSide;

/// Rank correlation with the position in the file from which a column runs on with its rows.
const CLOCK_CORRELATION: f64 = 0.98;
/// Sampled values below which no order is claimed.
const MIN_ORDERED: usize = 30;
/// Share of the current values outside the reference's range from which a clock has moved on.
const OUTSIDE_SHARE: f64 = 0.9;
/// Share outside that tells an ordered datetime from a mere feature.
const OVERLAP_OUTSIDE_SHARE: f64 = 0.1;
/// How much the time covered by both sides may differ, as a factor, for a column of moments without order.
const SPAN_FACTOR: f64 = 5.0;

/// The role of a column with the reason when it is not a feature: as configured, else as recognised.
pub(crate) fn role_of(
    name: &str,
    sides: Option<(ColumnSide<'_>, ColumnSide<'_>)>,
    settings: &Settings,
) -> (ColumnRole, Option<String>) {
    if let Some(&role) = settings.roles.get(name) {
        let reason = match role {
            ColumnRole::Feature => None,
            ColumnRole::Identifier => Some("an identifier by configuration"),
            ColumnRole::Clock => Some("a clock by configuration"),
            ColumnRole::Excluded => Some("excluded by configuration"),
        };
        return (role, reason.map(str::to_owned));
    }
    if settings.drift.exclude.iter().any(|excluded| excluded == name) {
        return (ColumnRole::Excluded, Some("excluded by configuration".to_owned()));
    }
    let Some((reference, current)) = sides else { return (ColumnRole::Feature, None) };
    if reference.profile.kind() == Kind::Identifier && current.profile.kind() == Kind::Identifier {
        let reason = "an identifier: it names its row, so new values are normal";
        return (ColumnRole::Identifier, Some(reason.to_owned()));
    }
    if is_clock(reference, current) {
        let reason = "a clock: it runs on with the rows, so new values are normal";
        return (ColumnRole::Clock, Some(reason.to_owned()));
    }
    (ColumnRole::Feature, None)
}

/// Whether a column runs on with the rows: it is in order on both sides and the current side goes on where the
/// reference does not reach. For moments it is enough that the current side covers another time of similar
/// length, in any order.
fn is_clock(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> bool {
    let moments = |side: ColumnSide<'_>| side.profile.physical() == Physical::Datetime;
    if moments(reference) != moments(current) {
        return false;
    }
    let Some(outside) = outside_share(reference, current) else { return false };
    let is_moment = moments(reference);
    if is_moment && outside >= OUTSIDE_SHARE && similar_span(reference, current) {
        return true;
    }
    let least = if is_moment { OVERLAP_OUTSIDE_SHARE } else { OUTSIDE_SHARE };
    outside >= least && runs_on(reference) && runs_on(current)
}

/// Share of the sampled current values outside the reference's range. `None` without numbers.
fn outside_share(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> Option<f64> {
    let numbers = reference.profile.numbers()?;
    let (low, high) = (numbers.min()?, numbers.max()?);
    let SampleColumn::Numbers(values) = current.sample else { return None };
    let present = values.iter().filter(|value| !value.is_nan()).count();
    let outside = values.iter().filter(|&&value| value < low || value > high).count();
    (present > 0).then(|| outside as f64 / present as f64)
}

fn similar_span(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> bool {
    let span = |side: ColumnSide<'_>| {
        let numbers = side.profile.numbers()?;
        Some(numbers.max()? - numbers.min()?)
    };
    match (span(reference), span(current)) {
        (Some(r), Some(c)) => r > 0.0 && c > 0.0 && (r / c).max(c / r) <= SPAN_FACTOR,
        _ => false,
    }
}

/// Whether the values rise (or fall) with the position in the file.
pub(crate) fn runs_on(side: ColumnSide<'_>) -> bool {
    let looked = || match side.sample {
        SampleColumn::Numbers(values) => {
            order_correlation(values).is_some_and(|r| r.abs() >= CLOCK_CORRELATION)
        }
        SampleColumn::Text(_) => false,
    };
    side.prepared.map_or_else(looked, |kept| *kept.runs_on.get_or_init(looked))
}

/// Spearman's rank correlation of the values with their position, ties at their mean rank; `None` for too few
/// values and for a constant.
pub(crate) fn order_correlation(values: &[f64]) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    if present.len() < MIN_ORDERED {
        return None;
    }
    let mut order: Vec<u32> = (0..present.len() as u32).collect();
    let at = |index: u32| present.get(index as usize).copied().unwrap_or(f64::NAN);
    order.sort_by(|&a, &b| at(a).total_cmp(&at(b)));
    let middle = (present.len() - 1) as f64 / 2.0;
    let (mut rank, mut product, mut ranks_squared) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| at(a) == at(b)) {
        let size = tied.len() as f64;
        let mean_rank = rank + (size - 1.0) / 2.0 - middle;
        rank += size;
        ranks_squared += size * mean_rank * mean_rank;
        product += mean_rank * tied.iter().map(|&index| f64::from(index) - middle).sum::<f64>();
    }
    let n = present.len() as f64;
    let positions_squared = n * (n * n - 1.0) / 12.0;
    (ranks_squared > 0.0).then(|| product / (ranks_squared * positions_squared).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_seen_whatever_the_ties() {
        let rising: Vec<f64> = (0..300).map(|i| f64::from(i / 10)).collect();
        assert!(order_correlation(&rising).unwrap() > 0.99);
        let falling: Vec<f64> = rising.iter().map(|value| -value).collect();
        assert!(order_correlation(&falling).unwrap() < -0.99);
        let cycle: Vec<f64> = (0..300).map(|i| f64::from(i % 10)).collect();
        assert!(order_correlation(&cycle).unwrap().abs() < 0.2);
        assert_eq!(order_correlation(&[1.0; 100]), None);
        assert_eq!(order_correlation(&rising[..10]), None);
    }

    #[test]
    fn correlation_agrees_with_scipy() {
        // scipy.stats.spearmanr(range(40), [(i * 7) % 11 for i in range(40)]).statistic
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11)).collect();
        let found = order_correlation(&values).unwrap();
        assert!((found - SPEARMAN_OF_CYCLE).abs() < 1e-12, "{found}");
    }

    const SPEARMAN_OF_CYCLE: f64 = 0.057_267_117_517_949_696;
}
