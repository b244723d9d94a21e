//! Sums of floating-point numbers without any rounding before the end.

/// Limbs of 32 bits: 2,098 bits reach from 2^-1074 to 2^1024, and 2^64 of the largest terms need 64 more.
const LIMBS: usize = 70;
/// Deposits after which carries are propagated; a deposit adds less than 2^32 to a limb of 63 bits.
const MAX_PENDING: u32 = 1 << 30;
/// Terms summed in registers before a deposit.
const BLOCK: usize = 512;
/// Independent partial sums, so that the loop fills vector registers.
const LANES: usize = 8;
/// Each lane adds `BLOCK / LANES` = 2^6 terms, which may carry this many bits beyond one term.
const LANE_BITS: i32 = 6;

/// An exact accumulator of `f64`: a fixed-point number wide enough for every sum of up to 2^64 of them.
///
/// What it holds is the true sum, so neither the order of the terms nor how they were split among accumulators
/// changes anything, and [`ExactSum::value`] is the true sum rounded once. The layout is the small
/// superaccumulator of Radford Neal, "Fast exact summation using small and large superaccumulators" (arXiv
/// 1505.05571, 2015), with limbs of 32 bits and late carries; slices go through error-free extraction (Rump,
/// Ogita, Oishi, "Accurate floating-point summation part I", 2008) so that most of the work is vector
/// additions: about half a nanosecond a term.
///
/// Infinities and NaN are remembered and make the value what IEEE addition would give.
#[derive(Clone)]
pub struct ExactSum {
    /// Two's-complement-like: each limb is signed and worth `limb * 2^(32 i - 1074)`.
    limbs: [i64; LIMBS],
    pending: u32,
    special: Special,
}

/// Terms that no fixed-point number can hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Special {
    plus_infinity: bool,
    minus_infinity: bool,
    nan: bool,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { limbs: [0; LIMBS], pending: 0, special: Special::default() }
    }
}

impl std::fmt::Debug for ExactSum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ExactSum").field(&self.value()).finish()
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.special == other.special && self.propagated() == other.propagated()
    }
}

impl ExactSum {
    /// Zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one term. About two nanoseconds.
    #[inline]
    pub fn add(&mut self, x: f64) {
        self.add_times(x, 1);
    }

    /// Adds `x` `count` times.
    pub fn add_times(&mut self, x: f64, count: u64) {
        if !x.is_finite() {
            self.note_special(x, count);
            return;
        }
        if self.pending >= MAX_PENDING {
            self.propagate();
        }
        self.pending += 2;
        let bits = x.to_bits();
        let exponent = (bits >> 52) & 0x7ff;
        let mantissa = (bits & ((1 << 52) - 1)) | (u64::from(exponent != 0) << 52);
        let position = exponent.saturating_sub(1) as usize;
        let (limb, shift) = (position / 32, position % 32);
        let sign = if x < 0.0 { -1 } else { 1 };
        // 53 bits times 32 bits, shifted by less than 32: fits in 128.
        self.deposit(limb, ((u128::from(mantissa)) * u128::from(count as u32)) << shift, sign);
        if count >> 32 != 0 {
            self.deposit(limb + 1, (u128::from(mantissa) * u128::from(count >> 32)) << shift, sign);
        }
    }

    /// Adds all terms of a slice.
    pub fn add_slice(&mut self, terms: &[f64]) {
        for block in terms.chunks(BLOCK) {
            self.add_block(block);
        }
    }

    /// Adds everything that `other` holds.
    pub fn merge(&mut self, other: &Self) {
        self.propagate();
        for (mine, theirs) in self.limbs.iter_mut().zip(other.propagated()) {
            *mine += theirs;
        }
        self.pending = 2;
        self.special.plus_infinity |= other.special.plus_infinity;
        self.special.minus_infinity |= other.special.minus_infinity;
        self.special.nan |= other.special.nan;
    }

    /// The sum, rounded once to the nearest `f64` (ties to even), infinite when out of range.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value_scaled(0)
    }

    /// The sum times 2^`power`, rounded once; when the result is subnormal it may be rounded twice.
    #[must_use]
    pub fn value_scaled(&self, power: i32) -> f64 {
        match self.special {
            Special { nan: true, .. } | Special { plus_infinity: true, minus_infinity: true, .. } => f64::NAN,
            Special { plus_infinity: true, .. } => f64::INFINITY,
            Special { minus_infinity: true, .. } => f64::NEG_INFINITY,
            Special { .. } => rounded(self.propagated(), power),
        }
    }

    /// The sum times 2^`power` as an unevaluated pair: the rounded value and the rounded rest, about 106 bits.
    #[must_use]
    pub fn value_pair(&self, power: i32) -> (f64, f64) {
        let high = self.value();
        if !high.is_finite() {
            // Out of range unscaled: one scaled double is the best that can be said.
            return (self.value_scaled(power), 0.0);
        }
        let mut rest = self.clone();
        rest.add(-high);
        (scale(high, power), rest.value_scaled(power))
    }

    /// Canonical bytes: equal sums give equal bytes. A flag byte, the index of the first limb that is not
    /// zero, the number of limbs, then the limbs as little-endian `i64`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let limbs = self.propagated();
        let first = limbs.iter().position(|&limb| limb != 0).unwrap_or(0);
        let end = limbs.iter().rposition(|&limb| limb != 0).map_or(first, |last| last + 1);
        let flags = u8::from(self.special.plus_infinity)
            | u8::from(self.special.minus_infinity) << 1
            | u8::from(self.special.nan) << 2;
        let mut bytes = vec![flags, first as u8, (end - first) as u8];
        for limb in &limbs[first..end] {
            bytes.extend_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// A sum from [`ExactSum::to_bytes`]; `None` when they are not such bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[flags, first, count], rest) = bytes.split_first_chunk::<3>()?;
        let (first, count) = (usize::from(first), usize::from(count));
        if flags > 7 || first + count > LIMBS || rest.len() != count * 8 {
            return None;
        }
        let mut sum = Self::default();
        for (limb, word) in sum.limbs[first..first + count].iter_mut().zip(rest.as_chunks::<8>().0) {
            *limb = i64::from_le_bytes(*word);
        }
        let top = sum.limbs[LIMBS - 1];
        if sum.limbs[..LIMBS - 1].iter().any(|limb| *limb >> 32 != 0) || top != i64::from(top as i32) {
            return None;
        }
        sum.special =
            Special { plus_infinity: flags & 1 != 0, minus_infinity: flags & 2 != 0, nan: flags & 4 != 0 };
        Some(sum)
    }

    #[cold]
    fn note_special(&mut self, x: f64, count: u64) {
        if count > 0 {
            self.special.nan |= x.is_nan();
            self.special.plus_infinity |= x == f64::INFINITY;
            self.special.minus_infinity |= x == f64::NEG_INFINITY;
        }
    }

    #[inline]
    fn deposit(&mut self, limb: usize, amount: u128, sign: i64) {
        // The largest exponent starts at limb 63, so that five limbs from there (or from the next) exist.
        for (index, part) in self.limbs[limb..limb + 4].iter_mut().enumerate() {
            *part += sign * i64::from((amount >> (32 * index)) as u32);
        }
    }

    fn add_block(&mut self, block: &[f64]) {
        let (main, tail) = block.as_chunks::<LANES>();
        tail.iter().for_each(|&x| self.add(x));
        let largest = largest_magnitude(main);
        let exponent = ((largest.to_bits() >> 52) & 0x7ff) as i32 - 1023;
        // Beyond these the extraction constants would overflow or lose bits below the least subnormal.
        if !(-800..=900).contains(&exponent) {
            if largest != 0.0 || main.as_flattened().iter().any(|x| *x != 0.0) {
                main.as_flattened().iter().for_each(|&x| self.add(x));
            }
            return;
        }
        let high = 1.5 * power_of_two(exponent + 1 + LANE_BITS);
        let low = 1.5 * power_of_two(exponent + 1 + LANE_BITS - 53 + LANE_BITS);
        let sums = extract(main, high, low);
        sums.high.iter().chain(&sums.low).for_each(|&x| self.add(x));
        if sums.rest_bits != 0 {
            main.as_flattened().iter().for_each(|&x| self.add(rest_of(x, high, low)));
        }
    }

    fn propagate(&mut self) {
        self.limbs = self.propagated();
        self.pending = 0;
    }

    /// The limbs with all carries taken: 0..2^32 each, the top one signed.
    fn propagated(&self) -> [i64; LIMBS] {
        let mut limbs = self.limbs;
        let mut carry = 0;
        for limb in &mut limbs[..LIMBS - 1] {
            let total = *limb + carry;
            *limb = total & 0xffff_ffff;
            carry = total >> 32;
        }
        limbs[LIMBS - 1] += carry;
        limbs
    }
}

/// Sums of the parts of many terms, by lane.
struct Parts {
    high: [f64; LANES],
    low: [f64; LANES],
    /// Zero when every term was the sum of its two parts.
    rest_bits: u64,
}

fn largest_magnitude(terms: &[[f64; LANES]]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { largest_magnitude_avx2(terms) };
    }
    largest_magnitude_portable(terms)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn largest_magnitude_avx2(terms: &[[f64; LANES]]) -> f64 {
    largest_magnitude_portable(terms)
}

#[inline(always)]
fn largest_magnitude_portable(terms: &[[f64; LANES]]) -> f64 {
    let mut largest = [0.0_f64; LANES];
    for lanes in terms {
        for (largest, x) in largest.iter_mut().zip(lanes) {
            *largest = if x.abs() > *largest { x.abs() } else { *largest };
        }
    }
    largest.into_iter().fold(0.0, f64::max)
}

fn extract(terms: &[[f64; LANES]], high: f64, low: f64) -> Parts {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { extract_avx2(terms, high, low) };
    }
    extract_portable(terms, high, low)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn extract_avx2(terms: &[[f64; LANES]], high: f64, low: f64) -> Parts {
    extract_portable(terms, high, low)
}

/// Splits every term into a multiple of the last bit of `high`, one of the last bit of `low`, and a rest, and
/// sums the first two. Each sum of up to 2^6 parts needs at most 53 bits, so that no addition rounds.
#[inline(always)]
fn extract_portable(terms: &[[f64; LANES]], high: f64, low: f64) -> Parts {
    let (mut high_sums, mut low_sums, mut rests) = ([0.0; LANES], [0.0; LANES], [0; LANES]);
    for lanes in terms {
        for lane in 0..LANES {
            let x = lanes[lane];
            let high_part = (x + high) - high;
            let low_part = ((x - high_part) + low) - low;
            high_sums[lane] += high_part;
            low_sums[lane] += low_part;
            // The shift drops the sign, so that negative zero counts as nothing left.
            rests[lane] |= ((x - high_part) - low_part).to_bits() << 1;
        }
    }
    Parts { high: high_sums, low: low_sums, rest_bits: rests.into_iter().fold(0, |all, bits| all | bits) }
}

/// What extraction leaves of `x`.
fn rest_of(x: f64, high: f64, low: f64) -> f64 {
    let rest = x - ((x + high) - high);
    rest - ((rest + low) - low)
}

/// 2^`power` for the powers of normal numbers.
fn power_of_two(power: i32) -> f64 {
    debug_assert!((-1022..=1023).contains(&power), "2^{power} is not a normal number");
    f64::from_bits(((power + 1023) as u64) << 52)
}

/// `x` times 2^`power`.
fn scale(mut x: f64, mut power: i32) -> f64 {
    while power > 1000 {
        x *= power_of_two(1000);
        power -= 1000;
    }
    while power < -1000 {
        x *= power_of_two(-1000);
        power += 1000;
    }
    x * power_of_two(power)
}

/// The fixed-point number in `limbs` (carries taken) times 2^`power`, rounded to nearest, ties to even.
fn rounded(mut limbs: [i64; LIMBS], power: i32) -> f64 {
    let negative = limbs[LIMBS - 1] < 0;
    if negative {
        let mut carry = 0;
        for limb in &mut limbs {
            let total = carry - *limb;
            *limb = total & 0xffff_ffff;
            carry = total >> 32;
        }
    }
    let Some(top) = limbs.iter().rposition(|&limb| limb != 0) else {
        return 0.0;
    };
    let digit = |back: usize| top.checked_sub(back).map_or(0, |index| limbs[index] as u128);
    let window = digit(0) << 64 | digit(1) << 32 | digit(2);
    let dropped = 128 - window.leading_zeros() as i32 - 53;
    let mut mantissa = (window >> dropped) as u64;
    let half = 1_u128 << (dropped - 1);
    let below = window & ((1 << dropped) - 1);
    let sticky = limbs[..top.saturating_sub(2)].iter().any(|&limb| limb != 0);
    if below > half || (below == half && (sticky || mantissa & 1 == 1)) {
        mantissa += 1;
    }
    let magnitude = scale(mantissa as f64, 32 * (top as i32 - 2) - 1074 + dropped + power);
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests;
