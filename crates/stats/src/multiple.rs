//! Many tests at once: false discovery rate, and one p-value out of several.

use crate::distribution::chi_square_sf;
use crate::error::StatsError;
use crate::sample::real;

/// Largest p-value that enters [`cauchy`] as it is. A p-value of 1, common for discrete tests, would otherwise
/// weigh minus infinity and silence any other evidence (Liu and Xie 2020, section 2.2).
const CAUCHY_CAP: f64 = 0.99;

/// Benjamini-Hochberg q-values, in the order of the input: `min over j >= rank i of p_(j) m / j`, at most 1.
///
/// Rejecting every q at or below a keeps the expected share of false rejections at or below a for independent or
/// positively dependent tests (Benjamini and Hochberg 1995). O(m log m). An empty input gives an empty output.
///
/// # Errors
/// [`StatsError::BadPValue`].
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    check(p_values)?;
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let m = real(p_values.len());
    let mut smallest: f64 = 1.0;
    for (rank, (_, p)) in order.iter_mut().enumerate().rev() {
        smallest = smallest.min(*p * m / real(rank + 1));
        *p = smallest;
    }
    order.sort_by_key(|(index, _)| *index);
    Ok(order.into_iter().map(|(_, q)| q).collect())
}

/// Cauchy combination of p-values that may depend on each other: the mean of `tan((1/2 - p) pi)` is close to a
/// standard Cauchy variable in its upper tail, whatever the dependence (Liu and Xie 2020, JASA 115). O(m).
/// Accurate for tiny p-values; one p-value of zero gives zero.
///
/// # Errors
/// [`StatsError::BadPValue`], [`StatsError::BadParameter`] for no p-values.
pub fn cauchy(p_values: &[f64]) -> Result<f64, StatsError> {
    check_some(p_values)?;
    if p_values.contains(&0.0) {
        return Ok(0.0);
    }
    let cotangent = |p: f64| 1.0 / (std::f64::consts::PI * p.min(CAUCHY_CAP)).tan();
    let smallest = p_values.iter().copied().fold(1.0, f64::min);
    if cotangent(smallest).is_infinite() {
        return Ok((smallest * real(p_values.len())).min(1.0));
    }
    let mean = p_values.iter().map(|p| cotangent(*p) / real(p_values.len())).sum::<f64>();
    Ok((1.0_f64.atan2(mean) / std::f64::consts::PI).clamp(0.0, 1.0))
}

/// Fisher's combination of independent p-values: `-2 sum ln p` is chi-square with 2 m degrees of freedom (Fisher
/// 1932). O(m). One p-value of zero gives zero.
///
/// # Errors
/// [`StatsError::BadPValue`], [`StatsError::BadParameter`] for no p-values.
pub fn fisher(p_values: &[f64]) -> Result<f64, StatsError> {
    check_some(p_values)?;
    if p_values.contains(&0.0) {
        return Ok(0.0);
    }
    let statistic = -2.0 * p_values.iter().map(|p| p.ln()).sum::<f64>();
    chi_square_sf(statistic, 2.0 * real(p_values.len()))
}

/// Smallest p-value times their number, at most 1: valid under any dependence (Bonferroni). O(m).
///
/// # Errors
/// [`StatsError::BadPValue`], [`StatsError::BadParameter`] for no p-values.
pub fn bonferroni_min(p_values: &[f64]) -> Result<f64, StatsError> {
    check_some(p_values)?;
    let smallest = p_values.iter().copied().fold(1.0, f64::min);
    Ok((smallest * real(p_values.len())).min(1.0))
}

fn check_some(p_values: &[f64]) -> Result<(), StatsError> {
    if p_values.is_empty() {
        return Err(StatsError::BadParameter { name: "number of p-values", value: 0.0, range: "at least 1" });
    }
    check(p_values)
}

fn check(p_values: &[f64]) -> Result<(), StatsError> {
    match p_values.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        Some((index, &value)) => Err(StatsError::BadPValue { index, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-12 * want.abs(), "{got} {want}");
    }

    // scipy.stats.false_discovery_control([0.01, 0.04, 0.03, 0.8, 0.001])
    #[test]
    fn benjamini_hochberg_golden() {
        let found = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.8, 0.001]).unwrap();
        for (got, want) in found.iter().zip([0.025, 0.05, 0.05, 0.8, 0.005]) {
            close(*got, want);
        }
        assert_eq!(benjamini_hochberg(&[]), Ok(vec![]));
    }

    // scipy.stats.combine_pvalues([0.01, 0.2, 0.3], "fisher").pvalue
    #[test]
    fn fisher_golden() {
        close(fisher(&[0.01, 0.2, 0.3]).unwrap(), 0.021_561_751_324_834_632);
        close(fisher(&[0.37]).unwrap(), 0.37);
    }

    // 1/2 - atan(mean(tan((1/2 - p) pi))) / pi in 40 digits
    #[test]
    fn cauchy_is_exact_for_one_and_accurate_for_tiny() {
        for p in [1e-300, 1e-20, 1e-3, 0.5, 0.9] {
            close(cauchy(&[p]).unwrap(), p);
        }
        close(cauchy(&[1e-30, 1.0]).unwrap(), 2e-30);
        close(cauchy(&[0.2, 0.2, 0.2]).unwrap(), 0.2);
        assert_eq!(cauchy(&[0.0, 1.0]), Ok(0.0));
        assert!(cauchy(&[f64::MIN_POSITIVE / 8.0, 1.0]).unwrap() > 0.0);
    }

    #[test]
    fn bad_p_values_are_named() {
        for test in [cauchy, fisher, bonferroni_min] {
            assert!(matches!(test(&[0.1, f64::NAN]), Err(StatsError::BadPValue { index: 1, .. })));
            assert!(matches!(test(&[-0.1]), Err(StatsError::BadPValue { .. })));
            assert!(matches!(test(&[]), Err(StatsError::BadParameter { .. })));
        }
        assert!(benjamini_hochberg(&[1.1]).is_err());
        assert_eq!(bonferroni_min(&[0.1, 0.6]), Ok(0.2));
        assert_eq!(bonferroni_min(&[0.6, 0.7]), Ok(1.0));
    }
}
