//! Tail probabilities that the tests share.

use statrs::function::{erf::erfc, gamma::gamma_ur, gamma::ln_gamma};

/// Least p-value that is reported: below it only the sign of the exponent would change.
pub(crate) const P_FLOOR: f64 = 1e-300;

/// Skewness below which a distribution is treated as normal. Pearson's third type is within 1e-4 of the
/// normal there for |z| < 6, and its gamma function would need a shape above 10^4.
const SKEWNESS_FLOOR: f64 = 0.02;

/// P(Z >= z) for a standard normal Z, in 0..1.
pub(crate) fn normal_upper(z: f64) -> f64 {
    0.5 * erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// P(|Z| >= |z|) for a standard normal Z, floored at [`P_FLOOR`].
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2).clamp(P_FLOOR, 1.0)
}

/// P(X >= x) for chi-square with `df` degrees of freedom; 1 for no degrees of freedom.
pub(crate) fn chi_square_upper(x: f64, df: f64) -> f64 {
    if df <= 0.0 || x <= 0.0 {
        return 1.0;
    }
    gamma_ur(0.5 * df, 0.5 * x).clamp(P_FLOOR, 1.0)
}

/// P(Z >= z) for a standardised variable with this skewness, by Pearson's third type (a shifted gamma).
///
/// It has the right first three moments, which is what the permutation distribution of a linear rank
/// statistic with unequal sample sizes needs (Mielke and Berry 2007, "Permutation Methods", section 2.3).
pub(crate) fn pearson_upper(z: f64, skewness: f64) -> f64 {
    if skewness.abs() < SKEWNESS_FLOOR {
        return normal_upper(z);
    }
    let shape = 4.0 / (skewness * skewness);
    let position = shape + z * skewness.signum() * shape.sqrt();
    let above = if position <= 0.0 { 1.0 } else { gamma_ur(shape, position) };
    if skewness > 0.0 { above } else { 1.0 - above }
}

/// The two-sided p-value of a standardised statistic with this skewness: twice the smaller tail.
pub(crate) fn pearson_two_sided(z: f64, skewness: f64) -> f64 {
    let tail = if z >= 0.0 { pearson_upper(z, skewness) } else { pearson_upper(-z, -skewness) };
    (2.0 * tail).clamp(P_FLOOR, 1.0)
}

/// ln of the binomial coefficient n over k.
pub(crate) fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// Two-sided mid-p of drawing `hits` marked items in `draws` draws without replacement from `total` items of
/// which `marked` are marked (hypergeometric): twice the smaller tail, the observed value counting half.
///
/// Cost: one term for each value from the observed one to the end of its tail, at most `marked`.
pub(crate) fn hypergeometric_two_sided(hits: u64, draws: u64, marked: u64, total: u64) -> f64 {
    let (draws_f, marked_f, total_f) = (draws as f64, marked as f64, total as f64);
    let lowest = (draws + marked).saturating_sub(total);
    let highest = draws.min(marked);
    let ln_all = ln_choose(total_f, draws_f);
    let mass = |k: u64| {
        let k = k as f64;
        (ln_choose(marked_f, k) + ln_choose(total_f - marked_f, draws_f - k) - ln_all).exp()
    };
    let upper = hits as f64 >= draws_f * marked_f / total_f;
    let own = mass(hits);
    let mut tail = 0.5 * own;
    let mut k = hits;
    while if upper { k < highest } else { k > lowest } {
        k = if upper { k + 1 } else { k - 1 };
        let term = mass(k);
        tail += term;
        if term < 1e-12 * tail {
            break;
        }
    }
    (2.0 * tail).clamp(P_FLOOR, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64, relative: f64) {
        assert!((actual / expected - 1.0).abs() < relative, "{actual} is not {expected}");
    }

    #[test]
    fn tails_agree_with_scipy() {
        // scipy.stats: norm.sf(3.2), chi2.sf(31.4, 12), pearson3.sf(3.5, 0.6), pearson3.sf(2.5, -0.6)
        close(normal_upper(3.2), 6.871_379_379_158_471e-4, 1e-9);
        close(chi_square_upper(31.4, 12.0), 1.711_313_622_059_779e-3, 1e-9);
        close(pearson_upper(3.5, 0.6), 2.474_431_400_215_428e-3, 1e-9);
        close(pearson_upper(2.5, -0.6), 1.302_588_479_504_441_7e-4, 1e-7);
    }

    #[test]
    fn hypergeometric_tail_counts_the_observed_value_half() {
        // scipy.stats.hypergeom(400, 200, 12): 2 * (sf(10) + pmf(10) / 2)
        close(hypergeometric_two_sided(10, 12, 200, 400), 0.020_711_713_844_560_428, 1e-9);
        assert!(hypergeometric_two_sided(6, 12, 200, 400) > 0.9);
    }
}
