//! NannyML 0.13.1, for one chunk.
//!
//! Conventions: numbers are binned by Doane's rule over the reference, values outside go to one more bin; labels unknown to
//! the reference likewise; Jensen-Shannon is the distance in base 2; from 10,000 reference values on, Kolmogorov-Smirnov
//! and Wasserstein are estimated on 10,000 equal bins; Wasserstein has the unit of the values.

use driftline_stats::ks::{KsMethod, kolmogorov_smirnov};
use driftline_stats::wasserstein::wasserstein;

use super::histogram::{count, doane_width, edges_of_count, edges_of_width};
use super::shares::{jensen_shannon, shares, shares_of, union};

/// Reference values from which the distances are estimated on bins.
const ESTIMATED_FROM: usize = 10_000;
/// Bins of the estimate.
const ESTIMATE_BINS: usize = 10_000;

/// Scores of two ascending samples of finite numbers, neither of them empty: `jensen_shannon`, `hellinger`, `wasserstein`
/// and `kolmogorov_smirnov` (its statistic).
pub fn numbers(reference: &[f64], current: &[f64]) -> Vec<(&'static str, f64)> {
    let estimated = if reference.len() >= ESTIMATED_FROM { Binned::new(reference, current) } else { None };
    let (gap, distance) = match &estimated {
        Some(binned) => (Some(binned.largest_gap()), Some(binned.wasserstein())),
        None => (
            // Only the statistic is wanted; the limit is the cheaper way to it.
            kolmogorov_smirnov(reference, current, KsMethod::Asymptotic)
                .ok()
                .map(|outcome| outcome.statistic),
            wasserstein(reference, current).ok(),
        ),
    };
    let mut found = Vec::new();
    found.extend(gap.map(|gap| ("kolmogorov_smirnov", gap)));
    found.extend(distance.map(|distance| ("wasserstein", distance)));
    if let Some(edges) = edges_of_width(reference, doane_width(reference), false) {
        let [p, q] = [reference, current].map(|side| shares_of(&count(side, &edges), side.len()));
        found.extend(distances(p, q));
    }
    found
}

/// Scores of label counts: `jensen_shannon`, `hellinger`, `l_infinity` and `chi2`, the statistic with Yates's correction
/// for two labels.
pub fn categories(reference: &[(String, u64)], current: &[(String, u64)]) -> Vec<(&'static str, f64)> {
    let counts = union(reference, current);
    let Some([p, q]) = shares(&counts) else {
        return Vec::new();
    };
    let largest = p.iter().zip(&q).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max);
    let known = |side: &[f64]| p.iter().zip(side).filter(|(p, _)| **p > 0.0).map(|(_, s)| *s).collect();
    let mut found = distances(known(&p), known(&q)).to_vec();
    found.push(("l_infinity", largest));
    found.push(("chi2", chi_square(&counts)));
    found
}

/// Both distances over the reference's classes and one more for what is outside.
fn distances(mut p: Vec<f64>, mut q: Vec<f64>) -> [(&'static str, f64); 2] {
    let outside = 1.0 - q.iter().sum::<f64>();
    if outside > 0.0 {
        p.push(0.0);
        q.push(outside);
    }
    let squares: f64 = p.iter().zip(&q).map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum();
    [
        ("jensen_shannon", (jensen_shannon(&p, &q) / std::f64::consts::LN_2).sqrt()),
        ("hellinger", (0.5 * squares).sqrt()),
    ]
}

fn chi_square(counts: &[[u64; 2]]) -> f64 {
    let sums = counts.iter().fold([0, 0], |[r, c], [a, b]| [r + a, c + b]).map(|n| n as f64);
    let total: f64 = sums.iter().sum();
    let correction = if counts.len() == 2 { 0.5 } else { 0.0 };
    let term = |observed: u64, expected: f64| {
        let gap = (observed as f64 - expected).abs();
        (gap - gap.min(correction)).powi(2) / expected
    };
    let class = |[r, c]: &[u64; 2]| {
        let share = (r + c) as f64 / total;
        term(*r, share * sums[0]) + term(*c, share * sums[1])
    };
    counts.iter().map(class).sum()
}

/// Both distribution functions at the upper edges of equal bins over the reference.
struct Binned<'a> {
    current: &'a [f64],
    edges: Vec<f64>,
    reference_function: Vec<f64>,
    current_function: Vec<f64>,
}

impl<'a> Binned<'a> {
    fn new(reference: &[f64], current: &'a [f64]) -> Option<Self> {
        let edges = edges_of_count(reference, ESTIMATE_BINS)?;
        let cumulative = |side: &[f64]| {
            let mut sum = 0.0;
            let add = |share: f64| {
                sum += share;
                sum
            };
            shares_of(&count(side, &edges), side.len()).into_iter().map(add).collect()
        };
        let (reference_function, current_function) = (cumulative(reference), cumulative(current));
        Some(Self { current, edges, reference_function, current_function })
    }

    fn ends(&self) -> (f64, f64) {
        self.edges.first().copied().zip(self.edges.last().copied()).unwrap_or_default()
    }

    /// Gaps of the functions when this share of the current values lies below the first edge.
    fn gaps(&self, below: f64) -> impl Iterator<Item = f64> {
        self.reference_function.iter().zip(&self.current_function).map(move |(r, c)| (r - (below + c)).abs())
    }

    fn largest_gap(&self) -> f64 {
        let below = self.current.partition_point(|x| *x < self.ends().0);
        self.gaps(below as f64 / self.current.len() as f64).fold(0.0, f64::max)
    }

    /// NannyML counts one value too many below the first edge if there is any.
    fn wasserstein(&self) -> f64 {
        let n = self.current.len() as f64;
        let (first, last) = self.ends();
        let below = self.current.iter().take_while(|x| **x < first);
        let above = self.current.iter().rev().take_while(|x| **x > last);
        let (count_below, carried_up) =
            below.fold((0.0, 0.0), |(count, sum), x| (count + 1.0, sum + (first - x)));
        let carried_down: f64 = above.map(|x| x - last).sum();
        let share_below = if count_below > 0.0 { (count_below + 1.0) / n } else { 0.0 };
        let width = self.edges.get(1).map_or(0.0, |second| second - first);
        self.gaps(share_below).map(|gap| gap * width).sum::<f64>() + carried_up / n + carried_down / n
    }
}
