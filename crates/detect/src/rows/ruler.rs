use super::evidence::from_deviations;

/// A centre and a spread: what every method for single numbers comes down to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ruler {
    /// Where values are at home.
    pub(super) centre: f64,
    /// One unit of distance, in the column's unit; positive and finite.
    pub(super) spread: f64,
    /// How many units count as three standard deviations.
    pub(super) threshold: f64,
}

impl Ruler {
    /// A ruler, unless centre or spread are of no use (constant columns, overflow).
    pub(super) fn new(centre: f64, spread: f64, threshold: f64) -> Option<Self> {
        let usable = centre.is_finite() && spread.is_finite() && spread > 0.0 && threshold > 0.0;
        (usable && (1.0 / spread).is_finite()).then_some(Self { centre, spread, threshold })
    }

    /// Distance of a value from the centre in units, with its sign.
    pub(super) fn distance(&self, x: f64) -> f64 {
        (x - self.centre) / self.spread
    }

    /// Evidence against each value; the larger of this and what stands in `cells` is kept.
    pub(super) fn measure(&self, values: impl Iterator<Item = f64>, cells: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, as was just asked.
            unsafe { self.measure_avx2(values, cells) };
            return;
        }
        self.measure_portable(values, cells);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn measure_avx2(&self, values: impl Iterator<Item = f64>, cells: &mut [f32]) {
        self.measure_portable(values, cells);
    }

    #[inline(always)]
    fn measure_portable(&self, values: impl Iterator<Item = f64>, cells: &mut [f32]) {
        let factor = 3.0 / (self.spread * self.threshold);
        for (cell, x) in cells.iter_mut().zip(values) {
            *cell = cell.max(from_deviations(((x - self.centre).abs() * factor) as f32));
        }
    }
}
