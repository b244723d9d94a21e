//! Sorted samples: what every two-sample function asks of its input, and the walk over tied values.

use crate::error::{Side, StatsError};

/// The answer of a test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestOutcome {
    /// The statistic, in the unit that the test states.
    pub statistic: f64,
    /// Probability of a statistic at least as extreme when both sides come from one distribution, 0..=1.
    pub p_value: f64,
}

/// Checks that a sample has at least `needed` values, all finite and ascending. One pass.
///
/// # Errors
/// [`StatsError::TooFew`], [`StatsError::NotFinite`] or [`StatsError::NotSorted`].
pub fn check(side: Side, sample: &[f64], needed: usize) -> Result<(), StatsError> {
    if sample.len() < needed {
        return Err(StatsError::TooFew { side, got: sample.len(), needed });
    }
    if let Some(&value) = sample.iter().find(|x| !x.is_finite()) {
        return Err(StatsError::NotFinite { side, value });
    }
    match sample.windows(2).position(|pair| matches!(pair, [a, b] if a > b)) {
        Some(before) => Err(StatsError::NotSorted { side, index: before + 1 }),
        None => Ok(()),
    }
}

/// [`check`] for both sides, each needing `needed` values.
///
/// # Errors
/// As [`check`]; the reference is looked at first.
pub fn check_both(reference: &[f64], current: &[f64], needed: usize) -> Result<(), StatsError> {
    check(Side::Reference, reference, needed)?;
    check(Side::Current, current, needed)
}

/// One distinct value of two samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tie {
    /// The value.
    pub value: f64,
    /// How often the reference holds it.
    pub reference: usize,
    /// How often the current side holds it.
    pub current: usize,
}

/// The distinct values of two sorted samples in ascending order, with their counts on both sides. Zero and
/// negative zero are one value. O(1) memory; a whole walk is O(n).
pub fn ties<'a>(reference: &'a [f64], current: &'a [f64]) -> impl Iterator<Item = Tie> + 'a {
    let (mut rest_r, mut rest_c) = (reference, current);
    std::iter::from_fn(move || {
        let value = match (rest_r.first(), rest_c.first()) {
            (None, None) => return None,
            (Some(&a), None) => a,
            (None, Some(&b)) => b,
            (Some(&a), Some(&b)) => a.min(b),
        };
        let (in_r, in_c) = (run(rest_r, value), run(rest_c, value));
        rest_r = rest_r.get(in_r..).unwrap_or_default();
        rest_c = rest_c.get(in_c..).unwrap_or_default();
        // A NaN would be its own smallest value for ever; samples are checked before, this only ends the walk.
        (in_r + in_c > 0).then_some(Tie { value, reference: in_r, current: in_c })
    })
}

fn run(sample: &[f64], value: f64) -> usize {
    sample.iter().take_while(|x| **x == value).count()
}

/// A count as a double. Exact below 2^53, far above any number of values that fits in memory.
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_merged_across_sides() {
        let found: Vec<_> =
            ties(&[-0.0, 1.0, 1.0], &[0.0, 1.0, 3.0]).map(|t| (t.value, t.reference, t.current)).collect();
        assert_eq!(found, [(0.0, 1, 1), (1.0, 2, 1), (3.0, 0, 1)]);
    }

    #[test]
    fn bad_samples_are_named() {
        assert!(matches!(check(Side::Current, &[], 1), Err(StatsError::TooFew { got: 0, .. })));
        assert!(matches!(check(Side::Current, &[1.0, f64::NAN], 1), Err(StatsError::NotFinite { .. })));
        assert!(matches!(check(Side::Current, &[f64::NEG_INFINITY], 1), Err(StatsError::NotFinite { .. })));
        assert!(matches!(check(Side::Current, &[1.0, 0.0], 1), Err(StatsError::NotSorted { index: 1, .. })));
        assert_eq!(ties(&[f64::NAN], &[]).count(), 0);
    }
}
