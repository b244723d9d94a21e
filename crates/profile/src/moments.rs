use driftline_stats::ExactSum;

/// Values handled at once: their squares stay in the first cache.
const BLOCK: usize = 512;
/// Squares of magnitudes within 2^-480..2^500 and their rounding errors are normal numbers, or nearly so.
const SMALLEST: f64 = 3.2e-145;
const LARGEST: f64 = 3.2e150;
/// Powers of two by which magnitudes outside are scaled before they are squared.
const SCALE: i32 = 560;
const UP: f64 = f64::from_bits(((1023 + SCALE) as u64) << 52);
const DOWN: f64 = f64::from_bits(((1023 - SCALE) as u64) << 52);

/// Everything about numbers that can be added up, exactly, so that order and partition never matter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    pub(crate) finite: u64,
    pub(crate) zeros: u64,
    pub(crate) negatives: u64,
    pub(crate) infinities: u64,
    pub(crate) fractional: u64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) sum: ExactSum,
    pub(crate) squares: Squares,
}

/// The exact sum of squares. Each square is kept as its rounded value and its rounding error.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Squares {
    /// Of ordinary magnitudes.
    pub(crate) ordinary: ExactSum,
    /// Of magnitudes whose squares would leave the range of `f64`, scaled by 2^-560 before squaring (large),
    /// and by 2^560 (small).
    pub(crate) extreme: Option<Box<Extremes>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Extremes {
    pub(crate) large: ExactSum,
    pub(crate) small: ExactSum,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            finite: 0,
            zeros: 0,
            negatives: 0,
            infinities: 0,
            fractional: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: ExactSum::new(),
            squares: Squares::default(),
        }
    }
}

impl Moments {
    /// Takes in a slice of values without NaN.
    pub(crate) fn add_slice(&mut self, values: &[f64]) {
        for block in values.chunks(BLOCK) {
            let shape = shape(block);
            if shape.infinities == 0 && shape.min_magnitude >= SMALLEST && shape.max_magnitude <= LARGEST {
                self.add_shape(&shape);
                self.finite += block.len() as u64;
                self.sum.add_slice(block);
                add_squares(&mut self.squares.ordinary, block);
            } else {
                block.iter().for_each(|&x| self.add_times(x, 1));
            }
        }
    }

    /// Takes in `x` `count` times.
    pub(crate) fn add_times(&mut self, x: f64, count: u64) {
        self.negatives = self.negatives.saturating_add(if x < 0.0 { count } else { 0 });
        if !x.is_finite() {
            self.infinities = self.infinities.saturating_add(count);
            return;
        }
        self.finite = self.finite.saturating_add(count);
        self.zeros = self.zeros.saturating_add(if x == 0.0 { count } else { 0 });
        self.fractional = self.fractional.saturating_add(if x.trunc() == x { 0 } else { count });
        self.min = self.min.min(x);
        self.max = self.max.max(x);
        self.sum.add_times(x, count);
        self.squares.add_times(x, count);
    }

    /// Takes in all that `other` has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.finite += other.finite;
        self.zeros += other.zeros;
        self.negatives += other.negatives;
        self.infinities += other.infinities;
        self.fractional += other.fractional;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
    }

    /// Mean of the finite values: the rounded exact sum over their number.
    pub(crate) fn mean(&self) -> Option<f64> {
        if self.finite == 0 {
            return None;
        }
        let n = self.finite as f64;
        let sum = self.sum.value();
        // 2^64 values of the largest magnitude stay in range when scaled by 2^-65.
        let mean = if sum.is_finite() { sum / n } else { self.sum.value_scaled(-65) / n * 65_f64.exp2() };
        Some(mean).filter(|mean| mean.is_finite())
    }

    /// Sample standard deviation: the root of (S2 - S1^2/n)/(n-1), with the exact sums taken to 106 bits, so
    /// that a mean up to 10^10 standard deviations away costs nothing.
    pub(crate) fn std(&self) -> Option<f64> {
        if self.finite < 2 {
            return None;
        }
        let n = self.finite as f64;
        let (power, squares) = self.squares.scaled(self.max.abs().max(self.min.abs()));
        let sum = self.sum.value_pair(power);
        let spread = subtract(squares, divide(square(sum), n));
        let variance = (spread.0 + spread.1).max(0.0) / (n - 1.0);
        Some(variance.sqrt() * f64::from(-power).exp2()).filter(|std| std.is_finite())
    }

    fn add_shape(&mut self, shape: &Shape) {
        self.zeros += shape.zeros;
        self.negatives += shape.negatives;
        self.fractional += shape.fractional;
        self.min = self.min.min(shape.min);
        self.max = self.max.max(shape.max);
    }
}

impl Squares {
    fn add_times(&mut self, x: f64, count: u64) {
        let magnitude = x.abs();
        let (accumulator, x) = if magnitude > LARGEST {
            (&mut self.extreme.get_or_insert_default().large, x * DOWN)
        } else if magnitude < SMALLEST && magnitude > 0.0 {
            (&mut self.extreme.get_or_insert_default().small, x * UP)
        } else {
            (&mut self.ordinary, x)
        };
        let rounded = x * x;
        accumulator.add_times(rounded, count);
        accumulator.add_times(x.mul_add(x, -rounded), count);
    }

    fn merge(&mut self, other: &Self) {
        self.ordinary.merge(&other.ordinary);
        if let Some(theirs) = &other.extreme {
            let mine = self.extreme.get_or_insert_default();
            mine.large.merge(&theirs.large);
            mine.small.merge(&theirs.small);
        }
    }

    /// A power of two for the values and the sum of their squares after scaling by it, chosen by the largest
    /// magnitude so that what is left out is below 2^-160 of the sum.
    fn scaled(&self, largest: f64) -> (i32, (f64, f64)) {
        match &self.extreme {
            Some(extreme) if largest > LARGEST => {
                (-SCALE, plus(extreme.large.value_pair(0), self.ordinary.value_pair(-2 * SCALE)))
            }
            Some(extreme) if largest < 1e-120 => {
                (SCALE, plus(extreme.small.value_pair(0), self.ordinary.value_pair(2 * SCALE)))
            }
            _ => (0, self.ordinary.value_pair(0)),
        }
    }
}

/// What one pass over a block of values finds.
struct Shape {
    zeros: u64,
    negatives: u64,
    fractional: u64,
    infinities: u64,
    min: f64,
    max: f64,
    /// Least magnitude that is not zero.
    min_magnitude: f64,
    max_magnitude: f64,
}

/// Independent partial results, so that the loop fills vector registers.
const LANES: usize = 8;

fn shape(block: &[f64]) -> Shape {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { shape_avx2(block) };
    }
    shape_portable(block)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn shape_avx2(block: &[f64]) -> Shape {
    shape_portable(block)
}

#[inline(always)]
fn shape_portable(block: &[f64]) -> Shape {
    /// 2^52: adding it to a lesser magnitude rounds to a whole number, and from there on all are whole.
    const ROUND: f64 = 4_503_599_627_370_496.0;
    let (mut zeros, mut negatives, mut fractional) = ([0_u64; LANES], [0_u64; LANES], [0_u64; LANES]);
    let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let mut tiniest = [f64::INFINITY; LANES];
    let mut one = |lane: usize, x: f64| {
        zeros[lane] += u64::from(x == 0.0);
        negatives[lane] += u64::from(x < 0.0);
        let part = x.abs() < ROUND && (x.abs() + ROUND) - ROUND != x.abs();
        fractional[lane] += u64::from(part);
        min[lane] = if x < min[lane] { x } else { min[lane] };
        max[lane] = if x > max[lane] { x } else { max[lane] };
        let magnitude = if x == 0.0 { f64::INFINITY } else { x.abs() };
        tiniest[lane] = if magnitude < tiniest[lane] { magnitude } else { tiniest[lane] };
    };
    let (main, tail) = block.as_chunks::<LANES>();
    for lanes in main {
        for (lane, &x) in lanes.iter().enumerate() {
            one(lane, x);
        }
    }
    tail.iter().for_each(|&x| one(0, x));
    let min = min.into_iter().fold(f64::INFINITY, f64::min);
    let max = max.into_iter().fold(f64::NEG_INFINITY, f64::max);
    Shape {
        zeros: zeros.iter().sum(),
        negatives: negatives.iter().sum(),
        fractional: fractional.iter().sum(),
        infinities: u64::from(min == f64::NEG_INFINITY || max == f64::INFINITY),
        min,
        max,
        min_magnitude: tiniest.into_iter().fold(f64::INFINITY, f64::min),
        max_magnitude: min.abs().max(max.abs()),
    }
}

fn add_squares(sum: &mut ExactSum, block: &[f64]) {
    let (mut rounded, mut errors) = ([0.0; BLOCK], [0.0; BLOCK]);
    square_all(block, &mut rounded, &mut errors);
    sum.add_slice(&rounded[..block.len()]);
    sum.add_slice(&errors[..block.len()]);
}

fn square_all(block: &[f64], rounded: &mut [f64; BLOCK], errors: &mut [f64; BLOCK]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has AVX2 and FMA, as was just asked.
        unsafe { square_all_fma(block, rounded, errors) };
        return;
    }
    square_all_portable(block, rounded, errors);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn square_all_fma(block: &[f64], rounded: &mut [f64; BLOCK], errors: &mut [f64; BLOCK]) {
    for ((x, rounded), error) in block.iter().zip(rounded).zip(errors) {
        *rounded = x * x;
        *error = x.mul_add(*x, -*rounded);
    }
}

/// The same without a fused instruction: Dekker's product, whose error term is exact too.
fn square_all_portable(block: &[f64], rounded: &mut [f64; BLOCK], errors: &mut [f64; BLOCK]) {
    for ((&x, rounded), error) in block.iter().zip(rounded).zip(errors) {
        // Veltkamp's split by 2^27 + 1: 26 bits and a sign on either side, so that products are exact.
        let spread = x * 134_217_729.0;
        let high = spread - (spread - x);
        let low = x - high;
        *rounded = x * x;
        *error = ((high * high - *rounded) + 2.0 * high * low) + low * low;
    }
}

// Double-double arithmetic (Dekker 1971): unevaluated sums of two doubles, about 106 bits.

fn plus(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let sum = a.0 + b.0;
    let part = sum - a.0;
    let error = (a.0 - (sum - part)) + (b.0 - part);
    let rest = error + (a.1 + b.1);
    let high = sum + rest;
    (high, rest - (high - sum))
}

fn subtract(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    plus(a, (-b.0, -b.1))
}

fn square(a: (f64, f64)) -> (f64, f64) {
    let high = a.0 * a.0;
    (high, a.0.mul_add(a.0, -high) + 2.0 * a.0 * a.1)
}

fn divide(a: (f64, f64), n: f64) -> (f64, f64) {
    let high = a.0 / n;
    (high, (high.mul_add(-n, a.0) + a.1) / n)
}

#[cfg(test)]
mod tests;
