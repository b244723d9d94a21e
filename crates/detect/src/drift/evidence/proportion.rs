//! Two shares against each other, right at small counts.

use super::tail_probability::{P_FLOOR, ln_choose, normal_two_sided};
use statrs::function::gamma::ln_gamma;

/// Pooled count up to which the p-value is summed exactly.
const EXACT_UP_TO: u64 = 120;
/// |z| below which the normal approximation will do, because nothing that small ever decides.
const EXACT_FROM_Z: f64 = 1.8;

/// A share: `hits` of `n`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) hits: u64,
    pub(crate) n: u64,
}

impl Share {
    pub(crate) fn ratio(self) -> f64 {
        if self.n == 0 { 0.0 } else { self.hits as f64 / self.n as f64 }
    }
}

/// The pooled two-proportion score statistic, standard normal without a change; 0 when there is no spread.
pub(crate) fn score_z(reference: Share, current: Share) -> f64 {
    let (n_r, n_c) = (reference.n as f64, current.n as f64);
    let pooled = (reference.hits + current.hits) as f64 / (n_r + n_c);
    let variance = pooled * (1.0 - pooled) * (1.0 / n_r + 1.0 / n_c);
    if variance > 0.0 { (current.ratio() - reference.ratio()) / variance.sqrt() } else { 0.0 }
}

/// Two-sided p-value for equal shares.
///
/// At small counts it is the unconditional one of Storer and Kim (1990): the probability, at the pooled
/// share, of every outcome whose score statistic is at least as large. It keeps the level where Fisher's
/// conditional test gives away a factor of three to ten. With many hits it is the normal approximation.
/// Both sides need values. Cost: O(1), or about `hits^2` terms at small counts.
pub(crate) fn two_proportions(reference: Share, current: Share) -> f64 {
    let z = score_z(reference, current);
    let hits = reference.hits + current.hits;
    let misses = reference.n + current.n - hits;
    if hits.min(misses) > EXACT_UP_TO || z.abs() < EXACT_FROM_Z {
        return normal_two_sided(z);
    }
    if misses < hits {
        let flip = |share: Share| Share { hits: share.n - share.hits, n: share.n };
        return unconditional(flip(reference), flip(current));
    }
    unconditional(reference, current)
}

fn unconditional(reference: Share, current: Share) -> f64 {
    let pooled = (reference.hits + current.hits) as f64 / (reference.n + current.n) as f64;
    let left = masses(reference.n, pooled);
    let right = masses(current.n, pooled);
    let bound = score_z(reference, current).abs() * (1.0 - 1e-9);
    let mut p = 0.0;
    for &(a, mass_a) in &left {
        for &(b, mass_b) in &right {
            let z = score_z(Share { hits: a, n: reference.n }, Share { hits: b, n: current.n });
            if z.abs() >= bound {
                p += mass_a * mass_b;
            }
        }
    }
    p.clamp(P_FLOOR, 1.0)
}

/// Binomial masses that are not negligible (Poisson where the share is tiny and n huge).
fn masses(n: u64, share: f64) -> Vec<(u64, f64)> {
    let mean = n as f64 * share;
    let reach = 10.0 * mean.sqrt() + 30.0;
    let low = (mean - reach).max(0.0) as u64;
    let high = ((mean + reach) as u64).min(n);
    (low..=high)
        .map(|k| {
            let k_f = k as f64;
            let ln_mass = if share < 1e-3 && n > 10_000 {
                k_f * mean.ln() - mean - ln_gamma(k_f + 1.0)
            } else {
                ln_choose(n as f64, k_f) + k_f * share.ln() + (n as f64 - k_f) * (-share).ln_1p()
            };
            (k, ln_mass.exp())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_summed_and_large_ones_approximated() {
        // 10 of 200 against none: numpy over all 201 x 201 outcomes with scipy.stats.binom.pmf; Fisher's test
        // gives 0.0018.
        let p = two_proportions(Share { hits: 0, n: 200 }, Share { hits: 10, n: 200 });
        assert!((p / 5.252_444_043_511_598e-4 - 1.0).abs() < 1e-9, "{p}");
        // scipy.stats.norm.sf(abs(z)) * 2 with z = -3.2529
        let p = two_proportions(Share { hits: 400, n: 1000 }, Share { hits: 330, n: 1000 });
        assert!((p - 1.142e-3).abs() < 2e-5, "{p}");
    }

    #[test]
    fn no_hits_or_only_hits_say_nothing() {
        assert_eq!(two_proportions(Share { hits: 0, n: 5 }, Share { hits: 0, n: 9 }), 1.0);
        assert_eq!(two_proportions(Share { hits: 5, n: 5 }, Share { hits: 9, n: 9 }), 1.0);
    }
}
