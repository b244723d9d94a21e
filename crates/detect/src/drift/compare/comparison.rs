//! What comparing the values of one column gives, before it is known how many other columns are tested.

use std::sync::Arc;

use driftline_model::BinReport;
use driftline_stats::divergence::{
    JEFFREYS, expected_total_variation, kl_contributions, smoothed_shares, total_variation,
};
use driftline_stats::{Side, StatsError};

use crate::drift::evidence::TestOutcome;

/// The comparison of the values of one column, nulls set aside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Comparison {
    /// Values that the tests rest on: reference, current.
    pub(crate) n: [u64; 2],
    /// All tests.
    pub(crate) tests: Vec<TestOutcome>,
    /// Their combined p-value; absent when nothing could be tested.
    pub(crate) p_value: Option<f64>,
    /// Share of rows that would have to change bin, corrected for chance, 0..1.
    pub(crate) mass_moved: f64,
    /// Shift of the mean in standard deviations of the reference.
    pub(crate) shift_sd: Option<f64>,
    /// The bins of the comparison with their contributions to the headline divergence.
    pub(crate) bins: Vec<BinReport>,
    /// KL(reference || current) over the bins, in nats.
    pub(crate) divergence: f64,
    /// For each sampled row its bin, where rows have an order.
    pub(crate) rows: Option<RowBins>,
}

/// For each sampled row, in file order, the bin of its value.
#[derive(Debug, Clone)]
pub(crate) struct RowBins {
    /// Number of bins, the one for nulls (the last) included.
    pub(crate) bins: usize,
    /// Bins of the rows of the reference.
    pub(crate) reference: Arc<[u32]>,
    /// Bins of the rows of the current side.
    pub(crate) current: Vec<u32>,
}

/// What a bin is called and where it lies.
#[derive(Debug, Clone)]
pub(crate) struct BinName {
    pub(crate) label: String,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

impl BinName {
    /// A bin without a place on a line.
    pub(crate) fn class(label: String) -> Self {
        Self { label, lower: None, upper: None }
    }
}

/// Total variation of the counts, corrected for what it would be by chance, 0..1.
///
/// With T the plain total variation and E its expectation for two samples of the pooled shares it is
/// `sqrt(max(0, T^2 - E^2))`: zero on average without a change, and T where T is far above E. Both sides need
/// rows, else it is 0.
pub(crate) fn mass_moved(reference: &[u64], current: &[u64]) -> f64 {
    let plain = |side, counts: &[u64]| smoothed_shares(side, counts, 0.0);
    let moved = || -> Result<f64, StatsError> {
        let (p, q) = (plain(Side::Reference, reference)?, plain(Side::Current, current)?);
        let (n_r, n_c): (u64, u64) = (reference.iter().sum(), current.iter().sum());
        let pooled: Vec<u64> = reference.iter().zip(current).map(|(a, b)| a + b).collect();
        let chance = expected_total_variation(&plain(Side::Reference, &pooled)?, n_r, n_c)?;
        Ok(corrected(total_variation(&p, &q)?, chance))
    };
    moved().unwrap_or(0.0)
}

/// `sqrt(max(0, observed^2 - chance^2))`.
pub(crate) fn corrected(observed: f64, chance: f64) -> f64 {
    (observed * observed - chance * chance).max(0.0).sqrt().min(1.0)
}

/// The bins with shares and contributions to KL(reference || current), and their sum; half a row is added to
/// every bin (Jeffreys). Empty when a side has no rows.
pub(crate) fn bin_reports(names: Vec<BinName>, reference: &[u64], current: &[u64]) -> (Vec<BinReport>, f64) {
    let shares = |side, counts: &[u64], pseudo_count| smoothed_shares(side, counts, pseudo_count);
    let parts = || -> Result<_, StatsError> {
        let p = shares(Side::Reference, reference, JEFFREYS)?;
        let q = shares(Side::Current, current, JEFFREYS)?;
        let plain = (shares(Side::Reference, reference, 0.0)?, shares(Side::Current, current, 0.0)?);
        Ok((kl_contributions(&p, &q)?, plain))
    };
    let Ok((contributions, (p, q))) = parts() else { return (Vec::new(), 0.0) };
    let divergence = contributions.iter().sum::<f64>().max(0.0);
    let bins = names
        .into_iter()
        .zip(p.into_iter().zip(q))
        .zip(contributions)
        .map(|((name, (reference_ratio, current_ratio)), contribution)| BinReport {
            label: name.label,
            lower: name.lower,
            upper: name.upper,
            reference_ratio,
            current_ratio,
            contribution,
        })
        .collect();
    (bins, divergence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_taken_off_and_a_real_move_stays() {
        assert_eq!(mass_moved(&[100, 100, 100], &[102, 99, 99]), 0.0);
        let moved = mass_moved(&[100_000, 100_000], &[80_000, 120_000]);
        assert!((moved - 0.1).abs() < 1e-4, "{moved}");
        assert_eq!(mass_moved(&[0, 0], &[1, 2]), 0.0);
    }

    #[test]
    fn bins_carry_their_part_of_the_divergence() {
        let names = ["a", "b"].map(|label| BinName::class(label.to_owned())).to_vec();
        let (bins, divergence) = bin_reports(names, &[3, 1], &[1, 3]);
        // p = 0.7, 0.3 and q = 0.3, 0.7 after adding half a row: 0.4 ln(7/3).
        assert!((divergence - 0.4 * (7.0_f64 / 3.0).ln()).abs() < 1e-12);
        assert!((bins[0].contribution + bins[1].contribution - divergence).abs() < 1e-12);
        assert_eq!((bins[0].reference_ratio, bins[1].current_ratio), (0.75, 0.75));
    }
}
