//! Frouros 0.9: its KL, Jensen-Shannon and PSI.
//!
//! Conventions: for KL and Jensen-Shannon each side's own numpy `auto` histogram is read as a piecewise-linear distribution
//! function and evaluated at `points` equally spaced points over both sides, hence one interval less than the number asked
//! for; nothing is smoothed. PSI uses `bins` bins over both sides and fills empty ones with the smallest normal double.

use super::histogram::{auto_width, count, edges_of_count, edges_of_width, linspace};
use super::shares::{jensen_shannon, relative_entropy, shares_of, stability_index, zeros_replaced};

/// KL(current‖reference) of two ascending samples of finite numbers, in nats; infinite when the reference has no mass in an
/// interval where the current side has some. `None` for an empty side or fewer than 2 points.
pub fn kl(reference: &[f64], current: &[f64], points: usize) -> Option<f64> {
    let [p, q] = interval_masses(reference, current, points)?;
    Some(relative_entropy(&q, &p))
}

/// Jensen-Shannon distance in the square root of nats; conventions as [`kl`].
pub fn js(reference: &[f64], current: &[f64], points: usize) -> Option<f64> {
    let [p, q] = interval_masses(reference, current, points)?;
    Some(jensen_shannon(&p, &q).sqrt())
}

/// Population stability index; `None` for an empty side.
pub fn psi(reference: &[f64], current: &[f64], bins: usize) -> Option<f64> {
    let edges = edges_of_count(&ends(reference, current)?, bins)?;
    let [p, q] = [reference, current]
        .map(|side| zeros_replaced(&shares_of(&count(side, &edges), side.len()), f64::MIN_POSITIVE));
    Some(stability_index(&p, &q))
}

fn ends(reference: &[f64], current: &[f64]) -> Option<[f64; 2]> {
    Some([reference.first()?.min(*current.first()?), reference.last()?.max(*current.last()?)])
}

fn interval_masses(reference: &[f64], current: &[f64], points: usize) -> Option<[Vec<f64>; 2]> {
    let [first, last] = ends(reference, current)?;
    let at = linspace(first, last, points.checked_sub(1)?)?;
    let masses = |side: &[f64]| {
        let edges = edges_of_width(side, auto_width(side), false)?;
        let shares = shares_of(&count(side, &edges), side.len());
        let values: Vec<f64> = at.iter().map(|x| distribution_function(*x, &edges, &shares)).collect();
        Some(values.windows(2).map(|pair| if let [a, b] = pair { b - a } else { 0.0 }).collect())
    };
    Some([masses(reference)?, masses(current)?])
}

/// Mass below x when every bin's share is spread evenly over it.
fn distribution_function(x: f64, edges: &[f64], shares: &[f64]) -> f64 {
    let part = |(share, edge): (&f64, &[f64])| match edge {
        [from, to] => share * ((x - from) / (to - from)).clamp(0.0, 1.0),
        _ => 0.0,
    };
    shares.iter().zip(edges.windows(2)).map(part).sum()
}
