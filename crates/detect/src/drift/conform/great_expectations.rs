//! Great Expectations 1.24, `expect_column_kl_divergence_to_be_less_than`.
//!
//! Conventions: the divergence is that of the current side from a partition of the reference; numbers are partitioned by
//! the `auto` rule; values outside the partition go to one bin below and one above it, which have no expected weight.

use std::collections::BTreeMap;

use super::histogram::{count, linspace, range};
use super::shares::{normalised, relative_entropy, shares_of};

/// Expected weight that is set aside for labels unknown to the reference, by default.
pub const TAIL_WEIGHT_HOLDOUT: f64 = 0.0;

/// Inter-quartile range below which the tool takes it for zero.
const NO_SPREAD: f64 = 1e-10;
/// Bins above which a partition is refused; the tool itself would go on until memory ends.
const MOST_BINS: f64 = 1_000_000.0;

/// KL(current‖reference) of two ascending samples of finite numbers in nats over the reference's `auto` partition.
/// Infinite when current values lie in empty bins or outside, which the tool reports as failure; `None` when a side is
/// empty or no partition can be made.
pub fn numbers(reference: &[f64], current: &[f64]) -> Option<f64> {
    let edges = auto_partition(reference)?;
    let (first, last) = (*edges.first()?, *edges.last()?);
    let below = current.partition_point(|x| *x < first) as u64;
    let above = (current.len() - current.partition_point(|x| *x <= last)) as u64;
    let inside = count(current, &edges);
    let observed: Vec<u64> = [below].into_iter().chain(inside).chain([above]).collect();
    let expected: Vec<u64> = [0].into_iter().chain(count(reference, &edges)).chain([0]).collect();
    let [p, q] = [(&observed, current.len()), (&expected, reference.len())].map(|(c, n)| shares_of(c, n));
    (!current.is_empty()).then(|| relative_entropy(&normalised(&p), &normalised(&q)))
}

/// The larger number of bins of Sturges's rule (with n + 1) and Freedman and Diaconis's, over quartiles that are values
/// of the sample.
fn auto_partition(sorted: &[f64]) -> Option<Vec<f64>> {
    let n = sorted.len() as f64;
    let quartile = |q: f64| sorted.get(((n - 1.0) * q).round_ties_even() as usize).copied();
    let iqr = quartile(0.75)? - quartile(0.25)?;
    let sturges = (n + 1.0).log2().ceil();
    let width = 2.0 * iqr / n.powf(1.0 / 3.0);
    let bins = if iqr < NO_SPREAD { sturges } else { sturges.max((range(sorted) / width).ceil()) };
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    if bins > MOST_BINS { None } else { linspace(first, last, bins as usize) }
}

/// KL(current‖reference) of label counts in nats; see [`weights`].
pub fn categories(
    reference: &[(String, u64)],
    current: &[(String, u64)],
    tail_weight_holdout: f64,
) -> Option<f64> {
    let weighted = |side: &[(String, u64)]| {
        let n: u64 = side.iter().map(|(_, count)| count).sum();
        let used = side.iter().filter(|(_, count)| *count > 0);
        used.map(|(label, count)| (label.clone(), *count as f64 / n as f64)).collect::<Vec<_>>()
    };
    weights(&weighted(current), &weighted(reference), tail_weight_holdout)
}

/// KL(observed‖expected) of label weights in nats. When labels were observed that are not expected, the expected weights
/// are scaled by `1 - tail_weight_holdout` and the holdout is divided among those labels; without a holdout the result is
/// infinite then. Both sides are normalised last. `None` for an empty side.
pub fn weights(
    observed: &[(String, f64)],
    expected: &[(String, f64)],
    tail_weight_holdout: f64,
) -> Option<f64> {
    if observed.is_empty() || expected.is_empty() {
        return None;
    }
    let mut both: BTreeMap<&str, (f64, Option<f64>)> = BTreeMap::new();
    for (label, weight) in expected {
        both.entry(label).or_default().1 = Some(*weight);
    }
    for (label, weight) in observed {
        both.entry(label).or_default().0 = *weight;
    }
    let unexpected = both.values().filter(|(_, expected)| expected.is_none()).count();
    let scale = if unexpected > 0 { 1.0 - tail_weight_holdout } else { 1.0 };
    let q = |expected: Option<f64>| expected.map_or(tail_weight_holdout / unexpected as f64, |w| w * scale);
    let (p, q): (Vec<f64>, Vec<f64>) = both.values().map(|(p, expected)| (*p, q(*expected))).unzip();
    Some(relative_entropy(&normalised(&p), &normalised(&q)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(weights: &[(&str, f64)]) -> Vec<(String, f64)> {
        weights.iter().map(|(label, weight)| ((*label).to_owned(), *weight)).collect()
    }

    // The tool's own test values, published in its repository.
    #[test]
    fn published_values() {
        let uniform = labelled(&[("a", 1.0 / 3.0), ("b", 1.0 / 3.0), ("c", 1.0 / 3.0)]);
        let two = labelled(&[("a", 0.6), ("b", 0.4)]);
        let observed = labelled(&[("a", 0.5), ("b", 0.25), ("c", 0.25)]);
        let cases = [
            (labelled(&[("a", 0.54), ("b", 0.32), ("c", 0.14)]), &uniform, 0.0, 0.125_997_002_866_775_3),
            (observed.clone(), &two, 0.1, 0.099_431_384_003_497_38),
            (observed.clone(), &two, 0.05, 0.232_167_763_190_776_8),
            (labelled(&[("a", 0.5), ("b", 0.3), ("c", 0.2)]), &uniform, 0.0, 0.068_959_274_603_536_21),
        ];
        for (observed, expected, holdout, want) in cases {
            let got = weights(&observed, expected, holdout).unwrap();
            assert!((got - want).abs() <= 1e-9 * want, "{got} {want}");
        }
        assert_eq!(weights(&observed, &two, 0.0), Some(f64::INFINITY));
    }

    #[test]
    fn edges() {
        assert_eq!(numbers(&[], &[1.0]), None);
        assert_eq!(numbers(&[1.0, 2.0], &[]), None);
        assert_eq!(numbers(&[0.0, 1.0, 1.0, 1e12], &[0.0]).map(f64::is_finite), Some(true));
        assert_eq!(numbers(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), Some(0.0));
        assert_eq!(numbers(&[1.0, 2.0, 3.0], &[9.0]), Some(f64::INFINITY));
        assert_eq!(categories(&[], &[("a".to_owned(), 1)], 0.0), None);
    }
}
