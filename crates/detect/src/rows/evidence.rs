//! The common scale of all methods.
//!
//! Evidence is minus the natural logarithm of how probable something at least as strange is: 0 means quite
//! ordinary, 5.9 one in 370, as three standard deviations of a normal variable are. A row is as strange as its
//! strangest cell, a little stranger for each further strange cell, and less for having many cells: among
//! twenty, one at three standard deviations is nothing special. Evidence becomes a score by a fixed rising
//! map in which 0.9 stands for one row in 370.

/// Evidence of three standard deviations, by [`from_deviations`].
pub(super) const THREE_SIGMA: f64 = 5.88;

/// Where evidence begins to add up over the cells of a row: one cell in 55.
pub(super) const NOTABLE: f32 = 4.0;

/// What each further notable cell adds, as a share of its evidence beyond [`NOTABLE`]. Half, because columns
/// are seldom independent.
const FURTHER_CELLS: f32 = 0.5;

/// No cell is stranger than this: keeps infinities out of sums. About 1,500 standard deviations.
pub(super) const MOST: f32 = 1e6;

/// Beyond this the correction for the number of columns is a plain subtraction, to within rounding.
const FAR: f64 = 50.0;

/// Steps of the table of corrections a unit of evidence.
const STEPS: f64 = 16.0;

/// Evidence of a distance from the centre in standard deviations: `0.7 a + 0.42 a^2`, within 3 % of the exact
/// `-ln(erfc(a / sqrt 2))` up to 5 standard deviations and 10 % below it at 20, but without branches.
#[inline]
pub(super) fn from_deviations(deviations: f32) -> f32 {
    ((0.42 * deviations + 0.7) * deviations).min(MOST)
}

/// Evidence of something that had `cases` cases among `total`; never seen counts as half a case.
pub(super) fn from_share(cases: u64, total: u64) -> f32 {
    let share = (cases as f64).max(0.5) / (total as f64).max(1.0);
    -share.min(1.0).ln() as f32
}

/// The strangest cell of each row and the evidence beyond [`NOTABLE`] of all its cells, as they are gathered
/// column by column.
#[derive(Debug, Clone, Default)]
pub(super) struct RowEvidence {
    strangest: Vec<f32>,
    notable: Vec<f32>,
}

impl RowEvidence {
    /// Starts again with `rows` rows.
    pub(super) fn reset(&mut self, rows: usize) {
        for values in [&mut self.strangest, &mut self.notable] {
            values.clear();
            values.resize(rows, 0.0);
        }
    }

    /// Takes in the evidence of the cells of one column.
    pub(super) fn add(&mut self, cells: &[f32]) {
        let rows = self.strangest.iter_mut().zip(&mut self.notable);
        for ((strangest, notable), &cell) in rows.zip(cells) {
            *strangest = strangest.max(cell);
            *notable += (cell - NOTABLE).max(0.0);
        }
    }

    /// The evidence of each row, not yet corrected for the number of columns.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.strangest.iter().zip(&self.notable).map(|(&strangest, &notable)| {
            let others = (notable - (strangest - NOTABLE).max(0.0)).max(0.0);
            f64::from(strangest + FURTHER_CELLS * others)
        })
    }
}

/// Corrects the evidence of a row's strangest cell for having been sought among several columns:
/// `ln(1 + (e^evidence - 1) / columns)`, which is Bonferroni's correction where it matters and 0 at 0, times a
/// scale. Interpolated from a table, because two logarithms a row would cost as much as all its cells.
#[derive(Debug, Clone)]
pub(super) struct Correction {
    table: Vec<f64>,
    subtracted: f64,
    pub(super) scale: f64,
}

impl Correction {
    /// A correction for this many columns, at least one.
    pub(super) fn new(columns: f64, scale: f64) -> Self {
        let exact = |step: usize| ((step as f64 / STEPS).exp_m1() / columns).ln_1p() * scale;
        Self { table: (0..=(FAR * STEPS) as usize + 1).map(exact).collect(), subtracted: columns.ln(), scale }
    }

    /// The corrected evidence; rises with the evidence everywhere. Within 0.001 of the formula.
    #[inline]
    pub(super) fn apply(&self, evidence: f64) -> f64 {
        let place = evidence * STEPS;
        let step = place as usize;
        match self.table.get(step..step + 2) {
            Some(&[low, high]) => low + (high - low) * (place - step as f64),
            _ => (evidence - self.subtracted) * self.scale,
        }
    }
}

/// The score of an evidence: `e^2 / (e^2 + (E/3)^2)` with E that of three standard deviations. 0 at 0, 0.9 at E,
/// and still rising far beyond, so that 10 and 50 standard deviations can be told apart.
pub(super) fn score(evidence: f64) -> f32 {
    let square = evidence * evidence;
    (square / (square + THREE_SIGMA * THREE_SIGMA / 9.0)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_follow_the_normal_tail() {
        // -scipy.special.log_ndtr(-a) - ln 2 for a = 1, 2, 3, 4, 5
        let exact = [1.147_874, 3.090_037, 5.914_965, 9.667_008, 14.371_085];
        for (a, exact) in (1_u8..).zip(exact) {
            let found = from_deviations(f32::from(a));
            assert!((found - exact).abs() < 0.03 * exact, "{a}: {found} {exact}");
        }
        assert!((f64::from(from_deviations(3.0)) - THREE_SIGMA).abs() < 1e-5);
        assert_eq!(from_deviations(f32::INFINITY), MOST);
    }

    #[test]
    fn score_is_calibrated_and_rising() {
        assert!((score(THREE_SIGMA) - 0.9).abs() < 1e-6);
        assert_eq!(score(0.0), 0.0);
        let correction = Correction::new(20.0, 1.0);
        assert_eq!(correction.apply(0.0), 0.0);
        assert!((correction.apply(8.9) - (8.9_f64.exp_m1() / 20.0).ln_1p()).abs() < 1e-3);
        let scores: Vec<f32> = (0..4000).map(|i| score(correction.apply(f64::from(i) * 0.05))).collect();
        assert!(scores.is_sorted() && scores.iter().all(|score| (0.0..=1.0).contains(score)));
        assert!(score(50.0) < score(500.0) && score(f64::from(MOST)) <= 1.0);
    }

    #[test]
    fn further_strange_cells_make_a_row_stranger() {
        let mut rows = RowEvidence::default();
        rows.reset(3);
        rows.add(&[8.0, 8.0, 3.0]);
        rows.add(&[0.0, 6.0, 3.0]);
        assert_eq!(rows.iter().collect::<Vec<_>>(), [8.0, 9.0, 3.0]);
    }
}
