use serde::{Deserialize, Serialize};

use super::tail::TailProbability;

/// The nearest that counts. With the third, one or two earlier events of the same kind do not hide a new one.
const NEAREST: usize = 3;
/// Stretches that must be kept before anything is compared.
const COMPARE_FROM: usize = 20;

/// How far the last few values are from every stretch of the past.
///
/// Distances are Euclidean, to the third nearest of so many stretches spread evenly over the whole past; when
/// they are full, every other one is let go. What overlaps the present is not past. After Burnaev and Ishimtsev
/// (2016, arXiv:1608.04585, "Conformalized density- and distance-based anomaly detection in time-series data") and
/// the left discords of Yeh et al. (2016, doi:10.1109/ICDM.2016.0179), with a bounded past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NearestPast {
    length: usize,
    /// Stretches that are kept at most.
    most: usize,
    /// The last `2 * length` values, oldest first.
    recent: Vec<f64>,
    /// Stretches, one after the other.
    kept: Vec<f64>,
    stride: u64,
    offered: u64,
    distances: TailProbability,
    /// Distance of the last values, when there was one.
    distance: Option<f64>,
}

impl NearestPast {
    /// For stretches of `length` values, of which `most` are kept.
    pub(super) fn new(length: usize, most: usize) -> Self {
        Self {
            length: length.max(1),
            most: most.max(2 * COMPARE_FROM),
            recent: Vec::new(),
            kept: Vec::new(),
            stride: 1,
            offered: 0,
            distances: TailProbability::default(),
            distance: None,
        }
    }

    /// The values of the stretch that ends now.
    pub(super) fn present(&self) -> &[f64] {
        self.recent.get(self.recent.len().saturating_sub(self.length)..).unwrap_or_default()
    }

    /// Takes in a value and says how strange the stretch that ends with it is.
    pub(super) fn learn(&mut self, value: f64) -> f64 {
        if self.recent.len() == 2 * self.length {
            self.recent.remove(0);
        }
        self.recent.push(value);
        if let Some(distance) = self.distance {
            self.distances.learn(distance);
        }
        self.distance = self.nearest();
        let evidence = self.distance.map_or(0.0, |distance| self.distances.evidence(distance));
        self.keep();
        evidence
    }

    /// Distance to the third nearest stretch; nothing while too little is known.
    fn nearest(&self) -> Option<f64> {
        let present = self.present();
        if present.len() < self.length || self.kept.len() <= COMPARE_FROM * self.length {
            return None;
        }
        let mut nearest = [f64::INFINITY; NEAREST];
        for past in self.kept.chunks_exact(self.length) {
            let bar = nearest[NEAREST - 1];
            let Some(distance) = squared_below(present, past, bar) else { continue };
            let at = nearest.iter().position(|&near| distance < near).unwrap_or(NEAREST - 1);
            nearest[at..].rotate_right(1);
            nearest[at] = distance;
        }
        Some(nearest[NEAREST - 1].sqrt())
    }

    /// Keeps the stretch that ended when the present one began, when its turn has come.
    fn keep(&mut self) {
        if self.recent.len() < 2 * self.length {
            return;
        }
        if self.offered.is_multiple_of(self.stride) && self.kept.len() >= self.most * self.length {
            let halved = self
                .kept
                .chunks_exact(self.length)
                .step_by(2)
                .flat_map(|past| past.iter().copied())
                .collect();
            self.kept = halved;
            self.stride *= 2;
        }
        if self.offered.is_multiple_of(self.stride) {
            self.kept.extend(self.recent.iter().take(self.length));
        }
        self.offered += 1;
    }
}

/// The squared distance, unless it reaches the bar on the way.
fn squared_below(a: &[f64], b: &[f64], bar: f64) -> Option<f64> {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        sum += (a - b) * (a - b);
        if sum >= bar {
            return None;
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_that_stops_is_strange_though_its_values_are_not() {
        let mut shape = NearestPast::new(24, 512);
        let noise = |i: u32| {
            f64::from(i.wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(i | 1) >> 16) / 655_360.0
        };
        let wave = |i: u32| (f64::from(i % 48) / 48.0 * std::f64::consts::TAU).sin() + noise(i);
        let usual: f64 = (0..4800).map(|i| shape.learn(wave(i))).sum();
        let strange = (0..24).map(|i| shape.learn(0.9 + noise(i))).fold(0.0, f64::max);
        assert!(strange > 3.0 && usual / 4800.0 < 1.0, "{strange} {usual}");
    }

    #[test]
    fn the_past_that_is_kept_has_a_bound() {
        let mut shape = NearestPast::new(8, 512);
        for i in 0..20_000 {
            shape.learn(f64::from(i % 1000));
        }
        assert!(shape.kept.len() <= 512 * 8 && shape.kept.len() >= 256 * 8);
        assert_eq!(shape.recent.len(), 16);
    }
}
