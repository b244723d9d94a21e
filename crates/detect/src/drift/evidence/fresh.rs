//! Something that one side has not at all: how surprising is it that the other has it?

use super::tail_probability::P_FLOOR;

/// Rates of rare things a unit of the logarithm of the rate, where nothing is known of their number: as if
/// every second column had one with a rate somewhere between half a row and twenty rows of a sample,
/// `0.5 / ln(40)`. Few columns have, so it errs towards caution.
pub(crate) const UNKNOWN_DENSITY: f64 = 0.136;

/// Expected number of things that by chance are missing from a sample and occur `hits` times or more in another,
/// `ratio` times as large: a two-sided p-value when `density` is small.
///
/// With rates spread evenly on the logarithmic scale, `density` of them a unit, it is
/// `2 density * integral of e^-x P(Poisson(ratio x) >= hits) dx/x = 2 density * sum over k >= hits of f^k / k`,
/// f = ratio / (1 + ratio). Conditional tests (Fisher's) answer as if such a thing had to exist: `f^hits`.
pub(crate) fn first_appearance(hits: u64, ratio: f64, density: f64) -> f64 {
    if hits == 0 || ratio <= 0.0 {
        return 1.0;
    }
    let f = ratio / (1.0 + ratio);
    let (mut k, mut power, mut sum) = (hits as f64, f.powf(hits as f64), 0.0);
    // At most 1/(1-f) ln(1e9) terms matter; sizes that differ a thousandfold need no more digits than that.
    for _ in 0..20_000 {
        let term = power / k;
        sum += term;
        if term < 1e-9 * sum {
            break;
        }
        k += 1.0;
        power *= f;
    }
    (2.0 * density * sum).clamp(P_FLOOR, 1.0)
}

/// P(X >= k) for Poisson with this mean, at most 1 and small; for k far above the mean.
pub(crate) fn poisson_upper(k: u64, mean: f64) -> f64 {
    if k == 0 || mean <= 0.0 {
        return if k == 0 { 1.0 } else { 0.0 };
    }
    // The lower regularised gamma function of shape k is the upper tail of the Poisson distribution.
    statrs::function::gamma::gamma_lr(k as f64, mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_appearance_is_the_integral() {
        // scipy.integrate.quad(lambda x: exp(-x) * poisson.sf(9, 2 * x) / x, 0, inf) with ratio 2
        let found = first_appearance(10, 2.0, 0.5);
        assert!((found - FROM_QUAD).abs() < 1e-6, "{found}");
        assert_eq!(first_appearance(0, 1.0, 0.1), 1.0);
        assert!(first_appearance(500, 1.0, 0.1) < 1e-150);
    }

    const FROM_QUAD: f64 = 0.004_477_232_149_270;

    #[test]
    fn poisson_tail_agrees_with_scipy() {
        // scipy.stats.poisson.sf(7, 0.5)
        assert!((poisson_upper(8, 0.5) / 6.219_691_0e-8 - 1.0).abs() < 1e-6, "{}", poisson_upper(8, 0.5));
    }
}
