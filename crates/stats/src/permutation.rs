//! Monte-Carlo p-values for two rows of small counts, where the chi-square limit does not hold.

use crate::contingency::{chi_square, row_sums};
use crate::error::StatsError;
use crate::random::SplitMix64;
use crate::sample::real;

/// p-value of the chi-square statistic by random assignment of the rows to the sides, all margins kept:
/// `(1 + tables at least as far) / (1 + draws)` (Phipson and Smyth 2010), so never 0.
///
/// Exact in level for any counts, however small; resolution `1 / (draws + 1)`. The same `seed` gives the same p-value.
/// Cost O(draws · (rows + classes)) time and O(rows) memory: meant for up to some thousands of rows.
///
/// # Errors
/// As [`chi_square`], and [`StatsError::BadParameter`] for no draws.
pub fn permutation_p_value(
    reference: &[u64],
    current: &[u64],
    draws: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    /// Statistics that are equal but for rounding count as equal.
    const EQUAL: f64 = 1.0 - 1e-9;
    if draws == 0 {
        return Err(StatsError::BadParameter { name: "number of draws", value: 0.0, range: "at least 1" });
    }
    let observed = chi_square(reference, current)?.outcome.statistic;
    let [m, n] = row_sums(reference, current)?;
    let totals: Vec<f64> = reference.iter().zip(current).map(|(r, c)| (r + c) as f64).collect();
    let mut classes = Vec::with_capacity((m + n) as usize);
    for (class, total) in totals.iter().enumerate() {
        classes.resize(classes.len() + *total as usize, class);
    }
    // The smaller side is drawn; its chi-square is that of the table times a constant.
    let drawn = m.min(n) as usize;
    let scale = (m + n) / m.max(n);
    let mut random = SplitMix64::new(seed);
    let mut counts = vec![0.0; totals.len()];
    let mut as_far = 0;
    for _ in 0..draws {
        draw(&mut classes, drawn, &mut random, &mut counts);
        let share = real(drawn) / (m + n);
        let term = |(count, total): (&f64, &f64)| {
            if *total > 0.0 { (count - total * share).powi(2) / (total * share) } else { 0.0 }
        };
        let statistic: f64 = counts.iter().zip(&totals).map(term).sum::<f64>() * scale;
        as_far += usize::from(statistic >= observed * EQUAL);
    }
    Ok(real(as_far + 1) / real(draws + 1))
}

/// Draws `drawn` rows without replacement by the first steps of a Fisher-Yates shuffle and counts their classes.
fn draw(classes: &mut [usize], drawn: usize, random: &mut SplitMix64, counts: &mut [f64]) {
    counts.fill(0.0);
    for i in 0..drawn.min(classes.len()) {
        classes.swap(i, i + random.below(classes.len() - i));
        if let Some(count) = classes.get(i).and_then(|class| counts.get_mut(*class)) {
            *count += 1.0;
        }
    }
}

#[cfg(test)]
mod tests;
