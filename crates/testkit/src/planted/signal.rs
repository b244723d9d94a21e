//! How large the signal of a change is for the best possible test.

use std::collections::BTreeMap;

use super::draw::{changed_shares, number};
use super::{Change, Shape};
use crate::Random;

/// Signal from which a change counts: the best test has power one half at a level of 1 %, two-sided. It is the
/// 0.995 quantile of the standard normal.
pub const COUNTING_SIGNAL: f64 = 2.575_829;

/// Draws a side for the divergence of numbers.
const DRAWS: usize = 200_000;
/// Bins for the divergence of numbers.
const BINS: usize = 200;

/// Divergences of changes, each found once.
#[derive(Debug, Default)]
pub struct Signals {
    known: BTreeMap<(Shape, &'static str, u64), f64>,
}

impl Signals {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `sqrt(4 n J)`, with J the Jensen-Shannon divergence in nats between both true shapes and n the harmonic
    /// mean of the sizes: the mean of the best test's statistic in its standard deviations.
    pub fn signal(&mut self, shape: Shape, change: Change, sizes: (usize, usize)) -> f64 {
        let n = 2.0 / (1.0 / sizes.0 as f64 + 1.0 / sizes.1 as f64);
        (4.0 * n * self.divergence(shape, change)).sqrt()
    }

    /// The Jensen-Shannon divergence in nats between the shape and the changed shape, nulls and cells of another
    /// type being classes of their own. Exact for shares; for numbers from 200,000 draws a side in 200 bins,
    /// corrected for chance.
    pub fn divergence(&mut self, shape: Shape, change: Change) -> f64 {
        let key = (shape, change.name(), change.size().to_bits());
        *self.known.entry(key).or_insert_with(|| divergence(shape, change))
    }
}

fn divergence(shape: Shape, change: Change) -> f64 {
    match change {
        Change::Nulls(size) => {
            let before = shape.null_share();
            let after = before + size;
            // Beside the nulls every value keeps its share of the rest.
            jensen_shannon(&[before, 1.0 - before], &[after, 1.0 - after])
        }
        Change::TypeFlip(share) => jensen_shannon(&[0.0, 1.0], &[share, 1.0 - share]),
        _ if shape == Shape::FreeText => text_divergence(change),
        _ if shape.is_number() || shape == Shape::Moments => {
            (1.0 - shape.null_share()) * number_divergence(shape, change)
        }
        _ => {
            let mut before = shape.category_shares();
            let after = changed_shares(shape, Some(change));
            before.resize(after.len(), 0.0);
            (1.0 - shape.null_share()) * jensen_shannon(&before, &after)
        }
    }
}

/// Between the numbers of words, or for a new text between having it or not.
fn text_divergence(change: Change) -> f64 {
    match change {
        Change::NewCategory(share) => jensen_shannon(&[0.0, 1.0], &[share, 1.0 - share]),
        Change::Scale(size) => {
            let words = |stretch: f64| {
                let mut shares = vec![0.0; 32];
                for step in 0..10_000 {
                    let draw = (4.0 + 8.0 * (f64::from(step) + 0.5) / 10_000.0) * stretch;
                    shares[(draw.round().max(1.0) as usize).min(31)] += 1e-4;
                }
                shares
            };
            jensen_shannon(&words(1.0), &words(size))
        }
        _ => 0.0,
    }
}

fn number_divergence(shape: Shape, change: Change) -> f64 {
    let draw = |change: Option<Change>, stream: u64| -> Vec<f64> {
        let mut random = Random::for_stream(0x51_67_6E, stream);
        let mut values: Vec<f64> = (0..DRAWS).map(|_| number(shape, change, &mut random)).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (before, after) = (draw(None, 0), draw(Some(change), 1));
    let mut pooled: Vec<f64> = before.iter().chain(&after).copied().collect();
    pooled.sort_unstable_by(f64::total_cmp);
    // Quantiles, and beside a frequent value an edge on both sides of it.
    let mut edges: Vec<f64> = (1..BINS).map(|bin| pooled[bin * pooled.len() / BINS]).collect();
    let frequent: Vec<f64> = edges.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    edges.extend(frequent.iter().map(|value| value.next_up()));
    edges.sort_unstable_by(f64::total_cmp);
    edges.dedup();
    let shares = |values: &[f64]| -> Vec<f64> {
        let below = |edge: &f64| values.partition_point(|value| value < edge) as f64 / values.len() as f64;
        let mut marks: Vec<f64> = edges.iter().map(below).collect();
        marks.push(1.0);
        let mut last = 0.0;
        marks.iter().map(|mark| mark - std::mem::replace(&mut last, *mark)).collect()
    };
    // By chance the divergence of k bins is (k - 1) / 8 (1/n + 1/m).
    let chance = edges.len() as f64 / 8.0 * 2.0 / DRAWS as f64;
    (jensen_shannon(&shares(&before), &shares(&after)) - chance).max(0.0)
}

fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let part = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    let terms = p.iter().zip(q).map(|(&a, &b)| 0.5 * (part(a, 0.5 * (a + b)) + part(b, 0.5 * (a + b))));
    terms.sum::<f64>().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_of_a_normal_has_the_divergence_of_the_integral() {
        // scipy.integrate.quad over the Jensen-Shannon integrand of N(0, 1) and N(0.5, 1): 0.030299
        let found = divergence(Shape::Normal, Change::Shift(0.5));
        assert!((found / 0.030_299 - 1.0).abs() < 0.03, "{found}");
    }

    #[test]
    fn nulls_and_new_classes_are_exact() {
        // scipy.spatial.distance.jensenshannon([.05, .95], [.12, .88]) ** 2
        let found = divergence(Shape::NormalWithNulls, Change::Nulls(0.07));
        assert!((found - 0.008_006_0).abs() < 3e-4, "{found}");
        let mut signals = Signals::new();
        let small = signals.signal(Shape::FewCategories, Change::NewCategory(0.03), (200, 200));
        let large = signals.signal(Shape::FewCategories, Change::NewCategory(0.03), (20_000, 20_000));
        assert!((large / small - 10.0).abs() < 1e-9);
    }
}
