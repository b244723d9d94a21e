//! Linear rank tests: location, scale and smooth shape, with ties treated exactly.

use super::outcome::{Aspect, TestOutcome};
use super::pooled::Group;
use super::tail_probability::{chi_square_upper, pearson_two_sided};

/// Scores of a rank: four Legendre polynomials, van der Waerden's and Klotz's normal scores.
const SCORES: usize = 6;
/// Index of the normal score for location.
const VAN_DER_WAERDEN: usize = 4;
/// Index of the normal score for scale.
const KLOTZ: usize = 5;
/// Legendre components of the smooth test: Neyman's four (Rayner and Best 1989, "Smooth Tests of Goodness of
/// Fit"), which cover shift, spread, skew and kurtosis.
const SMOOTH: usize = 4;
/// Squared normal scores grow without bound in small steps of the rank; this is the score of 1 in 3,000.
const NORMAL_SCORE_CAP: f64 = 3.4;

/// First and second moments of the scores over both samples and the sums over the current one.
#[derive(Default)]
struct Sums {
    score: [f64; SCORES],
    cube: [f64; SCORES],
    product: [[f64; SCORES]; SCORES],
    current: [f64; SCORES],
}

/// The rank tests of two samples merged in ascending order.
///
/// Each statistic is the sum of the scores of the current side's mid-ranks, standardised by its exact
/// permutation mean, variance and skewness, so ties need no correction. `smooth` is the chi-square of the
/// first four Legendre components after Gram and Schmidt. Cost: O(groups).
pub(crate) fn rank_tests(groups: &[Group], normal_scores: &NormalScores) -> Vec<TestOutcome> {
    let (mut reference, mut current) = (0_u64, 0_u64);
    for group in groups {
        reference += group.reference;
        current += group.current;
    }
    let (n_r, n_c) = (reference as f64, current as f64);
    let total = n_r + n_c;
    if n_r < 2.0 || n_c < 2.0 {
        return Vec::new();
    }
    let sums = sum_scores(groups, total, normal_scores);
    let spread = n_r * n_c / (total * (total - 1.0));
    let covariance = |i: usize, j: usize| {
        let centred = sums.product[i][j] - sums.score[i] * sums.score[j] / total;
        spread * centred
    };
    let deviation = |i: usize| sums.current[i] - n_c * sums.score[i] / total;
    let single = |test: &'static str, i: usize, weight: f64| {
        let variance = covariance(i, i);
        if variance <= 1e-12 * total {
            return None;
        }
        let statistic = deviation(i) / variance.sqrt();
        let skewness = permutation_skewness(&sums, i, (n_r, n_c), variance);
        let p_value = pearson_two_sided(statistic, skewness);
        Some(TestOutcome { test, statistic, p_value, aspect: Aspect::Body, weight, shares: None })
    };
    let mut tests: Vec<TestOutcome> = [
        single("mann_whitney", 0, 3.0),
        single("van_der_waerden", VAN_DER_WAERDEN, 1.0),
        single("klotz", KLOTZ, 2.0),
        single("mood", 1, 1.0),
    ]
    .into_iter()
    .flatten()
    .collect();
    tests.extend(smooth_test(&covariance, &deviation));
    tests
}

fn sum_scores(groups: &[Group], total: f64, normal_scores: &NormalScores) -> Sums {
    let mut sums = Sums::default();
    let mut before = 0.0;
    for group in groups {
        let count = group.total() as f64;
        let current = group.current as f64;
        let u = (before + 0.5 * count) / total;
        before += count;
        let scores = scores_at(u, normal_scores);
        for i in 0..SCORES {
            let weighted = count * scores[i];
            sums.score[i] += weighted;
            sums.cube[i] += weighted * scores[i] * scores[i];
            sums.current[i] += current * scores[i];
            for (sum, other) in sums.product[i].iter_mut().zip(&scores).take(i + 1) {
                *sum += weighted * other;
            }
        }
    }
    sums
}

fn scores_at(u: f64, normal_scores: &NormalScores) -> [f64; SCORES] {
    let x = 2.0 * u - 1.0;
    let square = x * x;
    let normal = normal_scores.at(u);
    [
        x,
        1.5 * square - 0.5,
        x * (2.5 * square - 1.5),
        (4.375 * square - 3.75) * square + 0.375,
        normal,
        normal * normal - 1.0,
    ]
}

/// Skewness of a sum of scores over random subsets: the third central moment of sampling without
/// replacement over the third power of the standard deviation. Zero for equal sizes.
fn permutation_skewness(sums: &Sums, i: usize, (n_r, n_c): (f64, f64), variance: f64) -> f64 {
    let total = n_r + n_c;
    let mean = sums.score[i] / total;
    let cube = sums.cube[i] / total - 3.0 * mean * sums.product[i][i] / total + 2.0 * mean.powi(3);
    let scale = n_r * n_c * (n_r - n_c) / ((total - 1.0) * (total - 2.0).max(1.0));
    scale * cube / variance.powf(1.5)
}

/// Chi-square of the Legendre components after removing what the lower ones already say.
fn smooth_test(
    covariance: &impl Fn(usize, usize) -> f64,
    deviation: &impl Fn(usize) -> f64,
) -> Option<TestOutcome> {
    let mut factor = [[0.0_f64; SMOOTH]; SMOOTH];
    let mut whitened = [0.0_f64; SMOOTH];
    let (mut statistic, mut df) = (0.0, 0.0);
    for i in 0..SMOOTH {
        for j in 0..i {
            let known: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            factor[i][j] = if factor[j][j] > 0.0 { (covariance(i, j) - known) / factor[j][j] } else { 0.0 };
        }
        let own = covariance(i, i);
        let rest = own - factor[i][..i].iter().map(|value| value * value).sum::<f64>();
        // With few distinct values the higher polynomials repeat the lower ones: nothing is left to test.
        if rest <= 1e-6 * own || own <= 0.0 {
            continue;
        }
        factor[i][i] = rest.sqrt();
        let known: f64 = (0..i).map(|k| factor[i][k] * whitened[k]).sum();
        whitened[i] = (deviation(i) - known) / factor[i][i];
        statistic += whitened[i] * whitened[i];
        df += 1.0;
    }
    (df > 1.0).then(|| TestOutcome {
        test: "smooth",
        statistic,
        p_value: chi_square_upper(statistic, df),
        aspect: Aspect::Body,
        weight: 3.0,
        shares: None,
    })
}

/// Normal quantiles on a grid of ranks, made once for a report.
pub(crate) struct NormalScores {
    grid: Vec<f64>,
}

impl NormalScores {
    /// A grid of 4,096 cells: between its points the straight line is within 1e-3 of the quantile where the
    /// score is not capped, far below its own sampling error, and the test is exact for any score.
    pub(crate) fn new() -> Self {
        let cells = 4096_u32;
        let quantile = |u: f64| -std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * u);
        let grid = (0..=cells)
            .map(|i| match i {
                0 => -NORMAL_SCORE_CAP,
                i if i == cells => NORMAL_SCORE_CAP,
                i => quantile(f64::from(i) / f64::from(cells)),
            })
            .collect();
        Self { grid }
    }

    fn at(&self, u: f64) -> f64 {
        let place = u.clamp(0.0, 1.0) * (self.grid.len() - 1) as f64;
        let cell = (place as usize).min(self.grid.len() - 2);
        match self.grid.get(cell..cell + 2) {
            Some(&[low, high]) => low + (place - cell as f64) * (high - low),
            _ => 0.0,
        }
    }
}
