//! Where three bytes stand in a block of 64, as bit masks.

/// Bytes that must be readable behind the end of every scanned buffer.
pub(crate) const PADDING: usize = 64;

/// The bytes that give a table its structure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Structure {
    /// Byte between cells.
    pub(crate) delimiter: u8,
    /// Byte around cells.
    pub(crate) quote: u8,
    /// Byte that ends a record.
    pub(crate) terminator: u8,
}

/// Bit `i` of a mask tells about byte `i` of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masks {
    pub(crate) delimiter: u64,
    pub(crate) quote: u64,
    pub(crate) terminator: u64,
}

/// One way of comparing 64 bytes.
pub(crate) trait Compare: Copy {
    /// The masks of one block.
    fn masks(self, block: &[u8; 64], structure: Structure) -> Masks;
}

/// Works everywhere; also the reference for the others.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Compare for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; 64], structure: Structure) -> Masks {
        let equal = |wanted: u8| {
            block.iter().enumerate().fold(0_u64, |mask, (at, byte)| mask | (u64::from(*byte == wanted) << at))
        };
        Masks {
            delimiter: equal(structure.delimiter),
            quote: equal(structure.quote),
            terminator: equal(structure.terminator),
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
        _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
    };

    use super::{Compare, Masks, Structure};

    /// 16 bytes at a time; every x86-64 has it.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Sse2;

    /// 32 bytes at a time. Made only where AVX2 was found.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Avx2(());

    impl Avx2 {
        /// The token that AVX2 may be used, where it may.
        pub(crate) fn detect() -> Option<Self> {
            let found = std::is_x86_feature_detected!("avx2")
                && std::is_x86_feature_detected!("popcnt")
                && std::is_x86_feature_detected!("bmi1");
            found.then_some(Self(()))
        }
    }

    impl Compare for Sse2 {
        #[inline(always)]
        fn masks(self, block: &[u8; 64], structure: Structure) -> Masks {
            // SAFETY: SSE2 belongs to x86-64 itself, and the four loads stay inside the block of 64 bytes.
            unsafe {
                let at = block.as_ptr().cast::<__m128i>();
                let parts = [0, 1, 2, 3].map(|part| _mm_loadu_si128(at.add(part)));
                let equal = |wanted: u8| {
                    let wanted = _mm_set1_epi8(wanted as i8);
                    let bits = |part: usize| {
                        u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(parts[part], wanted)) as u32)
                            << (16 * part)
                    };
                    bits(0) | bits(1) | bits(2) | bits(3)
                };
                Masks {
                    delimiter: equal(structure.delimiter),
                    quote: equal(structure.quote),
                    terminator: equal(structure.terminator),
                }
            }
        }
    }

    impl Compare for Avx2 {
        #[inline(always)]
        fn masks(self, block: &[u8; 64], structure: Structure) -> Masks {
            // SAFETY: an `Avx2` is made only by `detect`, and the two loads stay inside the block of 64 bytes.
            unsafe {
                let at = block.as_ptr().cast::<__m256i>();
                let low = _mm256_loadu_si256(at);
                let high = _mm256_loadu_si256(at.add(1));
                let equal = |wanted: u8| {
                    let wanted = _mm256_set1_epi8(wanted as i8);
                    let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)) as u32;
                    let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)) as u32;
                    u64::from(low) | (u64::from(high) << 32)
                };
                Masks {
                    delimiter: equal(structure.delimiter),
                    quote: equal(structure.quote),
                    terminator: equal(structure.terminator),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_gives_the_masks_of_the_portable_one() {
        let structure = Structure { delimiter: b',', quote: b'"', terminator: b'\n' };
        for seed in 0_u32..64 {
            let block: [u8; 64] = std::array::from_fn(|at| {
                let draw = (at as u32 + 1).wrapping_mul(seed.wrapping_mul(2_654_435_761) | 1) >> 13;
                b",\"\nabc\xFF\0"[draw as usize % 8]
            });
            let wanted = Portable.masks(&block, structure);
            assert_eq!(wanted.delimiter & wanted.quote, 0);
            #[cfg(target_arch = "x86_64")]
            {
                assert_eq!(x86::Sse2.masks(&block, structure), wanted);
                if let Some(avx2) = x86::Avx2::detect() {
                    assert_eq!(avx2.masks(&block, structure), wanted);
                }
            }
        }
    }
}
