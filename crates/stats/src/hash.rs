//! One 64-bit hash a value, shared by every sketch. The same on every platform and in every release that
//! reads the same profile version: changing anything here changes stored profiles.

use rapidhash::v3::rapidhash_v3;

/// The hash of a missing value. It is [`hash_f64`] of the canonical NaN, so that no number has it, and
/// [`hash_bytes`] never returns it.
pub const NULL_HASH: u64 = mix(0x7ff8_0000_0000_0000);

/// Longest text, in bytes, that an Arrow string view holds within itself.
const INLINE_BYTES: usize = 12;

// Multipliers of moremur (Pelle Evensen, 2019), a stronger set for the murmur3 finaliser.
const MIX_A: u64 = 0x3c79_ac49_2ba7_b653;
const MIX_B: u64 = 0x1c69_b3f7_4ac4_ae35;
const UNMIX_A: u64 = inverse(MIX_A);
const UNMIX_B: u64 = inverse(MIX_B);

// Odd constants with balanced bits, the first digits of pi and e in hexadecimal.
const KEY_A: u64 = 0x243f_6a88_85a3_08d3;
const KEY_B: u64 = 0x1319_8a2e_0370_7345;
const KEY_C: u64 = 0xb7e1_5162_8aed_2a6b;
const KEY_D: u64 = 0xbf71_5880_9cf4_f3c7;

/// Hash of a number. A bijection on bit patterns (negative zero counts as zero), so that two numbers never
/// share a hash and [`f64_from_hash`] gives the number back. About a nanosecond.
#[inline]
#[must_use]
pub fn hash_f64(x: f64) -> u64 {
    // Adding zero turns -0 into 0 and leaves all else alone.
    mix((x + 0.0).to_bits())
}

/// The number whose [`hash_f64`] is `hash`.
#[inline]
#[must_use]
pub fn f64_from_hash(hash: u64) -> f64 {
    f64::from_bits(unmix(hash))
}

/// Hash of a text given as bytes: up to 12 bytes by [`hash_inline_view`], longer ones by rapidhash v3.
#[inline]
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    if bytes.len() <= INLINE_BYTES {
        let mut view = [0; 16];
        view[0] = bytes.len() as u8;
        view[4..4 + bytes.len()].copy_from_slice(bytes);
        hash_inline_view(u128::from_le_bytes(view))
    } else {
        never_null(rapidhash_v3(bytes))
    }
}

/// Hash of a text of at most 12 bytes in the form of an Arrow string view: length in the low 32 bits, then
/// the bytes, padded with zeros. Equal to [`hash_bytes`] of the text. Two folded multiplications, no branch.
#[inline]
#[must_use]
pub fn hash_inline_view(view: u128) -> u64 {
    let (low, high) = (view as u64, (view >> 64) as u64);
    let product = u128::from(low ^ KEY_A) * u128::from(high ^ KEY_B);
    let product = u128::from(product as u64 ^ KEY_C) * u128::from((product >> 64) as u64 ^ KEY_D);
    never_null(product as u64 ^ (product >> 64) as u64)
}

/// Hash of the position of a row: the number of its source and the byte (or sequence number) at which it
/// starts there. Within one source no two positions share a hash.
#[inline]
#[must_use]
pub fn hash_position(source: u32, offset: u64) -> u64 {
    mix(offset ^ mix(u64::from(source) ^ KEY_A))
}

/// One more round over a hash that was made by adding and multiplying, so that its high bits are good.
#[inline]
#[must_use]
pub fn finish(hash: u64) -> u64 {
    mix(hash)
}

#[inline]
const fn never_null(hash: u64) -> u64 {
    if hash == NULL_HASH { !NULL_HASH } else { hash }
}

#[inline]
const fn mix(mut x: u64) -> u64 {
    x ^= x >> 27;
    x = x.wrapping_mul(MIX_A);
    x ^= x >> 33;
    x = x.wrapping_mul(MIX_B);
    x ^ (x >> 27)
}

#[inline]
const fn unmix(mut x: u64) -> u64 {
    // A shift by 33 undoes itself; one by 27 needs its square as well.
    x ^= (x >> 27) ^ (x >> 54);
    x = x.wrapping_mul(UNMIX_B);
    x ^= x >> 33;
    x = x.wrapping_mul(UNMIX_A);
    x ^ (x >> 27) ^ (x >> 54)
}

/// Multiplicative inverse of an odd number modulo 2^64, by Newton's iteration (each step doubles the bits).
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut step = 0;
    while step < 6 {
        x = x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x)));
        step += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_their_hash() {
        for x in [0.0, 1.0, -1.5, 0.1, 1e300, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(f64_from_hash(hash_f64(x)).to_bits(), x.to_bits());
        }
        assert_eq!(hash_f64(-0.0), hash_f64(0.0));
        assert!(f64_from_hash(NULL_HASH).is_nan());
    }

    #[test]
    fn hashes_stay_what_stored_profiles_were_made_with() {
        // From a second implementation, in Python integers, of the formulas above.
        assert_eq!(hash_f64(1.0), 0x67a2_1d69_ed6b_257a);
        assert_eq!(hash_bytes(b""), 0x729f_0d5a_5b66_7350);
        assert_eq!(hash_bytes(b"EWR"), 0xb182_3df6_fa86_942b);
        assert_eq!(hash_bytes(b"twelve bytes"), 0x95b2_494c_6378_fe5a);
        assert_eq!(hash_bytes(b"thirteen byte"), rapidhash_v3(b"thirteen byte"));
        assert_eq!(hash_position(0, 0), 0x9668_cb96_5f38_c00c);
        assert_eq!(hash_position(1, 4096), 0x1d83_8ade_3450_ada4);
    }

    #[test]
    fn short_texts_spread_evenly_and_do_not_collide() {
        let mut hashes: Vec<u64> = (0..200_000).map(|i: u32| hash_bytes(format!("{i}").as_bytes())).collect();
        let mut buckets = [0_u32; 256];
        for hash in &hashes {
            buckets[(hash >> 56) as usize] += 1;
        }
        // 781 expected a bucket, standard deviation 28.
        assert!(buckets.iter().all(|&count| (640..930).contains(&count)), "{buckets:?}");
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 200_000);
    }

    #[test]
    fn length_is_part_of_the_hash() {
        assert_ne!(hash_bytes(b"a"), hash_bytes(b"a\0"));
        assert_ne!(hash_bytes(b""), hash_bytes(b"\0"));
    }
}
