//! Evidently 0.7.21.
//!
//! Conventions: a numeric column with more than 20 distinct reference values is binned by Sturges's rule over both sides
//! joined, any other has one bin a value; empty bins of a side are filled with 0.0001, or with a millionth of its smallest
//! share when that is not above 0.0001; the filled shares are normalised for KL but not for PSI.

use driftline_stats::distribution::chi_square_sf;
use driftline_stats::energy::energy_distance;
use driftline_stats::ks::{KsMethod, kolmogorov_smirnov};
use driftline_stats::wasserstein::wasserstein;

use super::histogram::{count, edges_of_width, population_deviation, range, sturges_width};
use super::shares::{
    jensen_shannon, normalised, relative_entropy, shares, shares_of, stability_index, union, union_of_values,
    zeros_replaced,
};

/// Distinct reference values up to which each value is a bin.
const MOST_DISTINCT: usize = 20;
/// Sample size up to which the p-value of the Kolmogorov-Smirnov test is exact. Beyond it scipy takes the one-sample law
/// at the harmonic size and we the corrected limit: they differ by up to 1 % when both sides are large, 2 % when one
/// has 300 values, 5 % when it has 60.
const EXACT_UP_TO: usize = 10_000;

/// Scores of two ascending samples of finite numbers: `kl_div`, `psi`, `jensenshannon`, `hellinger`, `wasserstein` in
/// population deviations of the reference (at least 0.001), `ks` (its p-value) and `energy_dist`.
pub fn numbers(reference: &[f64], current: &[f64], whole: bool) -> Vec<(&'static str, f64)> {
    let method = if reference.len().max(current.len()) <= EXACT_UP_TO {
        KsMethod::Exact
    } else {
        KsMethod::Asymptotic
    };
    let deviation = population_deviation(reference).max(0.001);
    let scores = [
        ("hellinger", hellinger_of_numbers(reference, current, whole)),
        ("wasserstein", wasserstein(reference, current).ok().map(|distance| distance / deviation)),
        ("ks", kolmogorov_smirnov(reference, current, method).ok().map(|outcome| outcome.p_value)),
        ("energy_dist", energy_distance(reference, current).ok()),
    ];
    let mut found: Vec<_> = scores.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if let Some([p, q]) = shares_of_numbers(reference, current, whole) {
        found.extend(divergences(&p, &q));
    }
    found
}

/// Scores of label counts: `kl_div`, `psi`, `jensenshannon`, `hellinger` and `chisquare`, the p-value of the one-sample
/// test that takes the reference shares for exact.
pub fn categories(reference: &[(String, u64)], current: &[(String, u64)]) -> Vec<(&'static str, f64)> {
    let counts = union(reference, current);
    let Some([p, q]) = shares(&counts) else {
        return Vec::new();
    };
    let affinity: f64 = p.iter().zip(&q).map(|(p, q)| (p * q).sqrt()).sum();
    let mut found = divergences(&p, &q).to_vec();
    found.push(("hellinger", distance_from_affinity(affinity)));
    found.extend(one_sample_chi_square(&counts).map(|p_value| ("chisquare", p_value)));
    found
}

fn divergences(p: &[f64], q: &[f64]) -> [(&'static str, f64); 3] {
    let (filled_p, filled_q) = (zeros_filled(p), zeros_filled(q));
    [
        ("kl_div", relative_entropy(&normalised(&filled_p), &normalised(&filled_q))),
        ("psi", stability_index(&filled_p, &filled_q)),
        ("jensenshannon", jensen_shannon(p, q).sqrt()),
    ]
}

fn zeros_filled(shares: &[f64]) -> Vec<f64> {
    const FILL: f64 = 1e-4;
    let smallest = shares.iter().copied().filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
    zeros_replaced(shares, if smallest <= FILL { smallest / 1e6 } else { FILL })
}

fn shares_of_numbers(reference: &[f64], current: &[f64], whole: bool) -> Option<[Vec<f64>; 2]> {
    let distinct = union_of_values(reference, &[]).len();
    if distinct <= MOST_DISTINCT {
        return shares(&union_of_values(reference, current));
    }
    let ends = joined_ends(reference, current)?;
    let width = sturges_width(range(&ends), reference.len() + current.len());
    let edges = edges_of_width(&ends, width, whole)?;
    Some([reference, current].map(|side| shares_of(&count(side, &edges), side.len())))
}

/// The edges come from the set of distinct values, not from the values.
fn hellinger_of_numbers(reference: &[f64], current: &[f64], whole: bool) -> Option<f64> {
    let ends = joined_ends(reference, current)?;
    let width = sturges_width(range(&ends), union_of_values(reference, current).len());
    let edges = edges_of_width(&ends, width, whole)?;
    let [p, q] = [reference, current].map(|side| shares_of(&count(side, &edges), side.len()));
    Some(distance_from_affinity(p.iter().zip(&q).map(|(p, q)| (p * q).sqrt()).sum()))
}

fn distance_from_affinity(affinity: f64) -> f64 {
    (1.0 - affinity.clamp(0.0, 1.0)).sqrt()
}

fn joined_ends(reference: &[f64], current: &[f64]) -> Option<[f64; 2]> {
    let least = reference.first()?.min(*current.first()?);
    let greatest = reference.last()?.max(*current.last()?);
    Some([least, greatest])
}

fn one_sample_chi_square(counts: &[[u64; 2]]) -> Option<f64> {
    let [n_r, n_c] = counts.iter().fold([0, 0], |[r, c], [a, b]| [r + a, c + b]);
    let scale = n_c as f64 / n_r as f64;
    let term = |[r, c]: &[u64; 2]| {
        let expected = *r as f64 * scale;
        (*c as f64 - expected).powi(2) / expected
    };
    // One class alone leaves no degree of freedom.
    let degrees = counts.len().checked_sub(1).filter(|degrees| *degrees > 0)?;
    chi_square_sf(counts.iter().map(term).sum(), degrees as f64).ok()
}
