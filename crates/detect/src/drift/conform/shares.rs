//! Shares over the union of what both sides hold, and divergences of unsmoothed shares.

use std::collections::BTreeMap;

/// Counts of both sides over every label of either, labels ascending. A label given twice is added up.
pub(super) fn union(reference: &[(String, u64)], current: &[(String, u64)]) -> Vec<[u64; 2]> {
    let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, rows) in [reference, current].into_iter().enumerate() {
        for (label, count) in rows.iter().filter(|(_, count)| *count > 0) {
            if let Some(cell) = counts.entry(label).or_default().get_mut(side) {
                *cell += count;
            }
        }
    }
    counts.into_values().collect()
}

/// Counts of both sides over every distinct value of two ascending samples.
pub(super) fn union_of_values(reference: &[f64], current: &[f64]) -> Vec<[u64; 2]> {
    driftline_stats::sample::ties(reference, current)
        .map(|t| [t.reference as u64, t.current as u64])
        .collect()
}

/// Shares of both sides in counts of classes; none when a side is empty.
pub(super) fn shares(counts: &[[u64; 2]]) -> Option<[Vec<f64>; 2]> {
    let [n_r, n_c] = counts.iter().fold([0, 0], |[r, c], [a, b]| [r + a, c + b]);
    (n_r > 0 && n_c > 0).then(|| {
        let side =
            |of: fn(&[u64; 2]) -> u64, n: u64| counts.iter().map(|c| of(c) as f64 / n as f64).collect();
        [side(|c| c[0], n_r), side(|c| c[1], n_c)]
    })
}

/// Shares of counts that may leave some of the n rows out.
pub(super) fn shares_of(counts: &[u64], n: usize) -> Vec<f64> {
    counts.iter().map(|c| *c as f64 / n as f64).collect()
}

/// Weights divided by their sum.
pub(super) fn normalised(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

/// `sum p ln(p/q)`, infinite where only q is zero; not negative.
pub(super) fn relative_entropy(p: &[f64], q: &[f64]) -> f64 {
    let term = |(p, q): (&f64, &f64)| match (*p > 0.0, *q > 0.0) {
        (false, _) => 0.0,
        (true, true) => p * (p / q).ln(),
        (true, false) => f64::INFINITY,
    };
    p.iter().zip(q).map(term).sum::<f64>().max(0.0)
}

/// Jensen-Shannon divergence in nats of weights, each side normalised first.
pub(super) fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let (p, q) = (normalised(p), normalised(q));
    let middle: Vec<f64> = p.iter().zip(&q).map(|(p, q)| 0.5 * (p + q)).collect();
    0.5 * (relative_entropy(&p, &middle) + relative_entropy(&q, &middle))
}

/// `sum (p - q) ln(p/q)` of shares without zeros.
pub(super) fn stability_index(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| (p - q) * (p / q).ln()).sum()
}

/// Shares with every zero replaced.
pub(super) fn zeros_replaced(shares: &[f64], by: f64) -> Vec<f64> {
    shares.iter().map(|s| if *s == 0.0 { by } else { *s }).collect()
}
