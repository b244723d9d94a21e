//! Tests of counts over classes, with what they need at small counts.

use driftline_stats::StatsError;
use driftline_stats::contingency::{Contingency, MIN_EXPECTED, chi_square, pool_rare};
use driftline_stats::permutation::permutation_p_value;

use super::contract::{Measure, MethodError};
use crate::drift::pair::ColumnPair;

/// Random tables of the permutation test: a p-value of 0.01 is known to within 0.002.
const DRAWS: usize = 2000;
/// Rows of both sides up to which the permutation test is used; it then takes at most some 50 ms.
const MOST_ROWS: u64 = 10_000;
/// Seed of the permutation test, fixed so that a report can be repeated.
const SEED: u64 = 0;

/// Tests the classes of a pair after pooling the rare ones. When pooling leaves fewer than two classes, the statistic is
/// that of all classes and the p-value comes from random permutations.
pub(super) fn test_classes(
    pair: &ColumnPair<'_>,
    test: impl Fn(&[u64], &[u64]) -> Result<Contingency, StatsError>,
) -> Result<Measure, MethodError> {
    let [reference, current] = pair.counts()?;
    let whole = test(reference, current)?;
    let pooled = pool_rare(reference, current, MIN_EXPECTED)?;
    if pooled.reference.len() < 2 {
        return permute(reference, current, &whole);
    }
    let found = test(&pooled.reference, &pooled.current)?;
    let note =
        (!pooled.rare.is_empty()).then(|| format!("{} rare classes pooled into one", pooled.rare.len()));
    Ok(Measure { note, ..found.outcome.into() })
}

fn permute(reference: &[u64], current: &[u64], whole: &Contingency) -> Result<Measure, MethodError> {
    let rows: u64 = reference.iter().chain(current).fold(0, |sum, c| sum.saturating_add(*c));
    if rows > MOST_ROWS {
        return Err(MethodError::EveryClassRare { classes: whole.degrees + 1, rows });
    }
    let equal = chi_square(reference, current)?.outcome.statistic == 0.0;
    let p_value = if equal { 1.0 } else { permutation_p_value(reference, current, DRAWS, SEED)? };
    let note = Some(format!("p-value from {DRAWS} random permutations, every class is rare"));
    Ok(Measure { value: whole.outcome.statistic, p_value: Some(p_value), note })
}
