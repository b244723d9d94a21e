//! Short numbers, four at once in one vector register.

use std::arch::x86_64::{
    __m256d, __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256, _mm256_blendv_epi8,
    _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmpeq_epi8, _mm256_cmpeq_epi64, _mm256_cmpgt_epi64,
    _mm256_div_pd, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_mul_epu32, _mm256_or_si256, _mm256_set_pd,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_slli_epi64, _mm256_sllv_epi64, _mm256_srli_epi64, _mm256_srlv_epi64, _mm256_storeu_si256,
    _mm256_sub_epi8, _mm256_sub_epi64, _mm256_sub_pd, _mm256_xor_si256,
};

/// Cells that are taken at a time: enough that writing them down and reading four of them into a register do not
/// wait for each other.
pub(crate) const BATCH: usize = 32;
/// Cells in one register.
const LANES: usize = 4;

/// Cells of at most eight bytes behind their signs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShortCells {
    /// The bytes from behind the sign on, the first in the lowest; what follows the cell does not matter.
    bytes: [u64; BATCH],
    /// Number of bytes behind the sign.
    lens: [i64; BATCH],
    /// The sign bit of the number.
    signs: [u64; BATCH],
}

impl Default for ShortCells {
    fn default() -> Self {
        Self { bytes: [0; BATCH], lens: [0; BATCH], signs: [0; BATCH] }
    }
}

impl ShortCells {
    /// Puts a cell of `len` bytes at the beginning of `window` into lane `lane`.
    #[inline(always)]
    pub(crate) fn put(&mut self, lane: usize, window: &[u8; 9], len: usize) {
        let [first, behind @ ..] = window;
        let [plain @ .., _] = window;
        let negative = *first == b'-';
        // Both are loaded and one is chosen: a sign cannot be predicted.
        let (behind, plain) = (u64::from_le_bytes(*behind), u64::from_le_bytes(*plain));
        self.bytes[lane] = if negative { behind } else { plain };
        self.lens[lane] = len as i64 - i64::from(negative);
        self.signs[lane] = u64::from(negative) << 63;
    }
}

/// The right to read numbers with AVX2. Made only where the processor has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShortNumbers(());

impl ShortNumbers {
    /// The token, where AVX2 may be used.
    pub(crate) fn detect() -> Option<Self> {
        std::is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Reads the numbers; gives one bit for each cell that is not 1 to 8 digits with at most one point among
    /// them. Those that are read are rounded correctly, by the same argument as `short_number`'s.
    #[inline(always)]
    pub(crate) fn all(self, cells: &ShortCells, numbers: &mut [f64; BATCH]) -> u32 {
        // SAFETY: the token is made only where AVX2 was detected.
        unsafe { short_numbers(cells, numbers) }
    }
}

#[target_feature(enable = "avx2")]
fn short_numbers(cells: &ShortCells, numbers: &mut [f64; BATCH]) -> u32 {
    let (bytes, _) = cells.bytes.as_chunks::<LANES>();
    let (lens, _) = cells.lens.as_chunks::<LANES>();
    let (signs, _) = cells.signs.as_chunks::<LANES>();
    let (numbers, _) = numbers.as_chunks_mut::<LANES>();
    let mut unfit = 0;
    for group in 0..BATCH / LANES {
        // SAFETY: the references are to 32 bytes each; these loads and this store need no alignment.
        let read = unsafe {
            let lens = _mm256_loadu_si256(lens[group].as_ptr().cast());
            let read = four(_mm256_loadu_si256(bytes[group].as_ptr().cast()), lens);
            let signs = _mm256_loadu_si256(signs[group].as_ptr().cast());
            let signed = _mm256_xor_si256(_mm256_castpd_si256(read.0), signs);
            _mm256_storeu_si256(numbers[group].as_mut_ptr().cast(), signed);
            read.1
        };
        unfit |= read << (LANES * group);
    }
    unfit
}

/// The magnitudes of four cells, and one bit for each that does not fit.
#[inline]
#[target_feature(enable = "avx2")]
fn four(bytes: __m256i, lens: __m256i) -> (__m256d, u32) {
    let text = to_the_end(bytes, lens);
    let (digits, points, is_pointed) = squeezed(text);
    let fits = _mm256_and_si256(
        _mm256_and_si256(
            _mm256_cmpgt_epi64(lens, _mm256_setzero_si256()),
            _mm256_cmpgt_epi64(_mm256_set1_epi64x(9), lens),
        ),
        all_digits(digits),
    );
    // A point alone is no number.
    let is_lone = _mm256_and_si256(_mm256_cmpeq_epi64(lens, _mm256_set1_epi64x(1)), is_pointed);
    let fits = _mm256_andnot_si256(is_lone, fits);
    // A whole number below 2^52 becomes a double by standing in the mantissa of 2^52.
    let two_52 = _mm256_set1_epi64x(0x4330_0000_0000_0000);
    let mantissa = _mm256_sub_pd(
        _mm256_castsi256_pd(_mm256_or_si256(added_up(digits), two_52)),
        _mm256_castsi256_pd(two_52),
    );
    let unfit = !(_mm256_movemask_pd(_mm256_castsi256_pd(fits)) as u32) & ((1 << LANES) - 1);
    (_mm256_div_pd(mantissa, powers(points)), unfit)
}

/// The last character in the highest byte, '0' in all that is free below.
#[inline]
#[target_feature(enable = "avx2")]
fn to_the_end(text: __m256i, lens: __m256i) -> __m256i {
    let bits = _mm256_slli_epi64::<3>(lens);
    let fill = _mm256_srlv_epi64(_mm256_set1_epi8(0x30), bits);
    // Shifts by more than 63 give 0.
    _mm256_or_si256(_mm256_sllv_epi64(text, _mm256_sub_epi64(_mm256_set1_epi64x(64), bits)), fill)
}

/// The text without its first point, which bytes are points (one bit each), and which lanes have one.
#[inline]
#[target_feature(enable = "avx2")]
fn squeezed(text: __m256i) -> (__m256i, u32, __m256i) {
    let points = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(0x2E));
    // The lowest bit of the first point; what is below it; the whole byte.
    let lowest = _mm256_and_si256(points, _mm256_sub_epi64(_mm256_setzero_si256(), points));
    let below = _mm256_sub_epi64(lowest, _mm256_set1_epi64x(1));
    let byte = _mm256_sub_epi64(_mm256_slli_epi64::<8>(lowest), lowest);
    let above = _mm256_andnot_si256(_mm256_or_si256(below, byte), text);
    let moved = _mm256_slli_epi64::<8>(_mm256_and_si256(below, text));
    let joined = _mm256_or_si256(_mm256_or_si256(above, moved), _mm256_set1_epi64x(0x30));
    let is_whole = _mm256_cmpeq_epi64(lowest, _mm256_setzero_si256());
    let digits = _mm256_blendv_epi8(joined, text, is_whole);
    let is_pointed = _mm256_xor_si256(is_whole, _mm256_set1_epi64x(-1));
    (digits, _mm256_movemask_epi8(points) as u32, is_pointed)
}

#[inline]
#[target_feature(enable = "avx2")]
fn all_digits(text: __m256i) -> __m256i {
    let values = _mm256_sub_epi8(text, _mm256_set1_epi8(0x30));
    let is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(values, _mm256_set1_epi8(9)), values);
    _mm256_cmpeq_epi64(is_digit, _mm256_set1_epi64x(-1))
}

/// The value of eight digits, the first in the lowest byte: in pairs, in fours, whole.
#[inline]
#[target_feature(enable = "avx2")]
fn added_up(text: __m256i) -> __m256i {
    let digits = _mm256_and_si256(text, _mm256_set1_epi8(0x0F));
    let pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010A));
    let fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x0001_0064));
    let first = _mm256_mul_epu32(fours, _mm256_set1_epi64x(10_000));
    _mm256_add_epi64(first, _mm256_srli_epi64::<32>(fours))
}

/// For each lane the power of ten that stands for its decimals.
#[inline]
#[target_feature(enable = "avx2")]
fn powers(points: u32) -> __m256d {
    let of = |lane: u32| POWERS[(points >> (8 * lane)) as usize & 0xFF];
    _mm256_set_pd(of(3), of(2), of(1), of(0))
}

/// By which of the eight bytes are points: ten to the number of bytes above the lowest of them, 1 without one.
static POWERS: [f64; 256] = {
    const TENS: [f64; 8] = [1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1.0];
    let mut powers = [1.0; 256];
    let mut points = 1;
    while points < 256_usize {
        powers[points] = TENS[points.trailing_zeros() as usize];
        points += 1;
    }
    powers
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::short_number;

    fn compare(texts: &[Vec<u8>; BATCH]) {
        let Some(read) = ShortNumbers::detect() else { return };
        let mut cells = ShortCells::default();
        for (lane, text) in texts.iter().enumerate() {
            let mut window = [b'7'; 9];
            window[..text.len().min(9)].copy_from_slice(&text[..text.len().min(9)]);
            cells.put(lane, &window, text.len());
        }
        let mut numbers = [0.0; BATCH];
        let unfit = read.all(&cells, &mut numbers);
        for (lane, text) in texts.iter().enumerate() {
            let behind = text.len() - usize::from(text.first() == Some(&b'-'));
            let mut window = [b'7'; 17];
            window[..text.len().min(17)].copy_from_slice(&text[..text.len().min(17)]);
            let wanted = short_number(&window, text.len()).filter(|_| behind <= 8);
            let found = (unfit >> lane & 1 == 0).then_some(numbers[lane]);
            assert_eq!(
                found.map(f64::to_bits),
                wanted.map(f64::to_bits),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn many_agree_with_one() {
        let texts = [
            "0",
            "7",
            "-1",
            "12.5",
            "-12.5",
            ".5",
            "5.",
            "-.5",
            "00012",
            "12345678",
            "-12345678",
            "123456789",
            "",
            "-",
            ".",
            "-.",
            "1.2.3",
            "1,2",
            "a",
            "+1",
            " 1",
            "1 ",
            "1e5",
            "--1",
            "..",
            "1..",
            "1234.567",
            "-0",
            "0.000001",
            "-0.00000",
            "99999999",
            ".1234567",
            "1234567.",
            "/",
            ":",
            "1/2",
            "1:2",
        ];
        for start in 0..texts.len() {
            compare(&std::array::from_fn(|i| texts[(start + i) % texts.len()].as_bytes().to_vec()));
        }
    }

    #[test]
    fn many_agree_with_one_on_any_bytes() {
        const LETTERS: &[u8] = b"0123456789012345678901234567890123456789..-+e,/:\xFF";
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        for _ in 0..10_000 {
            compare(&std::array::from_fn(|_| {
                let len = draw() % 11;
                (0..len).map(|_| LETTERS[draw() % LETTERS.len()]).collect()
            }));
        }
    }
}
