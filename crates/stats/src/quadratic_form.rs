//! Tails of `Q = sum chi2_1 / l_j`, the limit of the quadratic distance tests.
//!
//! Smirnov's formula: with `D(l) = prod (1 - l / l_j)`,
//! `P(Q > x) = 1/pi sum_k (-1)^(k+1) int_{l_(2k-1)}^{l_(2k)} exp(-x l / 2) / (l sqrt|D(l)|) dl`.
//! All terms fall off exponentially in x, so the tail keeps its relative accuracy, where `1 - cdf` would not.
//! For both tests here `|D|` is `sin(pi s)` times a smooth factor in the local coordinate s of an interval; the
//! substitution `s = (1 - cos theta) / 2` takes away the square-root poles at its ends, and the midpoint rule then
//! converges faster than any power.

use std::f64::consts::PI;

/// Nodes an interval at least; 48 give full double accuracy for moderate x.
const NODES: usize = 48;
/// Exponent beyond which a term is below the rounding of the sum.
const NEGLIGIBLE: f64 = 45.0;

/// `D(u^2) = sin(u) / u`, eigenvalues `(j pi)^2`.
pub(crate) fn cramer_von_mises_tail(x: f64) -> f64 {
    /// The cdf is below 1e-9 here.
    const CERTAIN_BELOW: f64 = 0.005;
    if x < CERTAIN_BELOW {
        return 1.0;
    }
    // dl / (l sqrt|D|) = 2 / u * sqrt(u / |sin u|) du, and |sin u| = sin(pi s).
    smirnov(x, |k| ((2.0 * k - 1.0) * PI, 2.0 * k * PI), |u| (u * u, 2.0 / u.sqrt()))
}

/// `D((v^2 - 1) / 4) = |cos(pi v / 2)| / (pi l)`, eigenvalues `j (j + 1)` at `v = 2 j + 1`.
pub(crate) fn anderson_darling_tail(x: f64) -> f64 {
    /// The cdf is below 1e-8 here.
    const CERTAIN_BELOW: f64 = 0.06;
    if x < CERTAIN_BELOW {
        return 1.0;
    }
    // dl / (l sqrt|D|) = v / 2 * sqrt(pi / l) / sqrt|cos(pi v / 2)| dv, and |cos| = sin(pi s).
    let integrand = |v: f64| {
        let l = 0.25 * (v * v - 1.0);
        (l, 0.5 * v * (PI / l).sqrt())
    };
    smirnov(x, |k| (4.0 * k - 1.0, 4.0 * k + 1.0), integrand)
}

/// Sums the alternating integrals. `interval(k)` are the ends in the variable of integration, `parts(w)` the pair
/// of l and of the integrand without `exp(-x l / 2)` and without `1 / sqrt(sin(pi s))`.
fn smirnov(x: f64, interval: impl Fn(f64) -> (f64, f64), parts: impl Fn(f64) -> (f64, f64)) -> f64 {
    if x == f64::INFINITY {
        return 0.0;
    }
    // The integrand shrinks to a width of 1/sqrt(x) in theta at the lower end.
    let nodes = NODES + 8 * x.sqrt().min(100.0) as usize;
    let (first, _) = parts(interval(1.0).0);
    let mut sum = 0.0;
    let mut k = 1.0;
    loop {
        let (a, b) = interval(k);
        let (lowest, _) = parts(a);
        if 0.5 * x * (lowest - first) > NEGLIGIBLE {
            return (sum / PI).clamp(0.0, 1.0);
        }
        let term = integral(x, (a, b), &parts, nodes);
        sum += if k % 2.0 == 1.0 { term } else { -term };
        k += 1.0;
    }
}

fn integral(x: f64, (a, b): (f64, f64), parts: &impl Fn(f64) -> (f64, f64), nodes: usize) -> f64 {
    let step = PI / nodes as f64;
    let at = |i: usize| {
        let theta = (i as f64 + 0.5) * step;
        let s = (0.5 * theta).sin().powi(2);
        let (l, factor) = parts(a + (b - a) * s);
        factor * (-0.5 * x * l).exp() * 0.5 * theta.sin() / (PI * s).sin().sqrt()
    };
    (b - a) * step * (0..nodes).map(at).sum::<f64>()
}
