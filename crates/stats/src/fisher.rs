//! Fisher's exact test of a 2 x 2 table.

use crate::error::{Side, StatsError};

/// Two-sided exact p-value of the table `[[a, b], [c, d]]` with rows reference and current: the probability, given all
/// margins, of the tables that are at most as likely as the observed one (Fisher 1935).
///
/// 0..=1. Cost O(smallest margin), accurate far into the tail. Golden values: `scipy.stats.fisher_exact`.
///
/// # Errors
/// [`StatsError::NoCounts`] when a row is empty.
pub fn fisher_exact(reference: [u64; 2], current: [u64; 2]) -> Result<f64, StatsError> {
    /// Tables whose probability equals the observed one but for rounding count as equal.
    const EQUAL: f64 = 1.0 + 1e-7;
    let ([a, b], [c, d]) = (reference, current);
    let sums = [(Side::Reference, a.saturating_add(b)), (Side::Current, c.saturating_add(d))];
    if let Some((side, _)) = sums.iter().find(|(_, n)| *n == 0) {
        return Err(StatsError::NoCounts { side: *side });
    }
    let (a, b, c, d) = (a as f64, b as f64, c as f64, d as f64);
    // Relative to the observed table, so that no probability underflows before it is scaled; a moves up, then down.
    let up = walk([a, b, c, d], EQUAL);
    let down = walk([b, a, d, c], EQUAL);
    let at_most_as_likely = 1.0 + up.at_most_as_likely + down.at_most_as_likely;
    // The whole sum stands for probability one. When it overflows, the observed table is rarer than 1e-308.
    let everything = 1.0 + up.all + down.all;
    Ok((at_most_as_likely / everything).clamp(0.0, 1.0))
}

/// Sums of probabilities relative to the starting table.
struct Walk {
    at_most_as_likely: f64,
    all: f64,
}

/// Walks from the table towards larger `a` until the margin ends.
fn walk([a, b, c, d]: [f64; 4], equal: f64) -> Walk {
    let steps = b.min(c) as u64;
    let (mut ratio, mut found) = (1.0, Walk { at_most_as_likely: 0.0, all: 0.0 });
    for i in 0..steps {
        let i = i as f64;
        ratio *= (b - i) * (c - i) / ((a + i + 1.0) * (d + i + 1.0));
        found.all += ratio;
        if ratio <= equal {
            found.at_most_as_likely += ratio;
        }
        // Past the mode the ratios only shrink; nothing that follows would change the sum.
        if ratio < f64::EPSILON * 1e-3 && (b - i) * (c - i) < (a + i + 1.0) * (d + i + 1.0) {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests;
