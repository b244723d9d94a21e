//! Decimal numbers.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Largest integer up to which every integer is a double.
const EXACT_INTEGERS: u64 = 1 << 53;

/// Reads a number of at most 16 bytes that is only digits, at most one point and a sign: nearly every number
/// there is. `window` starts at the cell and reaches beyond it.
///
/// All bytes are worked on at once: the point is squeezed out, the digits are checked and added up in pairs,
/// fours and eights. A mantissa up to 2^53 divided by a power of ten up to 10^22 is correctly rounded (Clinger,
/// "How to read floating point numbers accurately", 1990, section 3).
#[inline(always)]
pub(crate) fn short_number(window: &[u8; 17], len: usize) -> Option<f64> {
    let negative = window[0] == b'-';
    let skip = usize::from(negative);
    let digits = len.wrapping_sub(skip);
    let (mantissa, decimals) = if digits.wrapping_sub(1) < 8 {
        let text: [u8; 8] = if negative { *window[1..].first_chunk()? } else { *window.first_chunk()? };
        eight(u64::from_le_bytes(text), digits)?
    } else if digits.wrapping_sub(1) < 16 {
        let text: [u8; 16] = if negative { *window[1..].first_chunk()? } else { *window.first_chunk()? };
        sixteen(u128::from_le_bytes(text), digits)?
    } else {
        return None;
    };
    if mantissa > EXACT_INTEGERS {
        return None;
    }
    let value = mantissa as f64 / POWERS.get(decimals).copied()?;
    Some(if negative { -value } else { value })
}

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
const POINTS: u64 = 0x2E2E_2E2E_2E2E_2E2E;

/// Mantissa and number of decimals of 1 to 8 bytes, the first in the lowest byte.
#[inline(always)]
fn eight(text: u64, len: usize) -> Option<(u64, usize)> {
    // The last character goes to the highest byte; what is free below becomes '0'.
    let fill = (ZEROS >> (8 * len - 8)) >> 8;
    let text = (text << (64 - 8 * len)) | fill;
    if all_digits(text) {
        return Some((add_up(text), 0));
    }
    let differs = text ^ POINTS;
    let points = !(((differs & !HIGH) + !HIGH) | differs | !HIGH);
    if points == 0 || len == 1 {
        return None;
    }
    let place = points.trailing_zeros() & !7;
    let above = (text >> place >> 8) << place << 8;
    let below = text & ((1 << place) - 1);
    let text = above | (below << 8) | 0x30;
    all_digits(text).then(|| (add_up(text), 7 - place as usize / 8))
}

/// The same for 9 to 16 bytes.
#[inline(always)]
fn sixteen(text: u128, len: usize) -> Option<(u64, usize)> {
    const ZEROS_16: u128 = (ZEROS as u128) << 64 | ZEROS as u128;
    const HIGH_16: u128 = (HIGH as u128) << 64 | HIGH as u128;
    const POINTS_16: u128 = (POINTS as u128) << 64 | POINTS as u128;
    let fill = (ZEROS_16 >> (8 * len - 8)) >> 8;
    let text = (text << (128 - 8 * len)) | fill;
    let differs = text ^ POINTS_16;
    let points = !(((differs & !HIGH_16) + !HIGH_16) | differs | !HIGH_16);
    let (text, decimals) = if points == 0 {
        (text, 0)
    } else {
        let place = points.trailing_zeros() & !7;
        let above = (text >> place >> 8) << place << 8;
        let below = text & ((1 << place) - 1);
        (above | (below << 8) | 0x30, 15 - place as usize / 8)
    };
    let (low, high) = (text as u64, (text >> 64) as u64);
    (all_digits(low) && all_digits(high)).then(|| (add_up(low) * 100_000_000 + add_up(high), decimals))
}

#[inline(always)]
fn all_digits(text: u64) -> bool {
    let over_nine = text.wrapping_add(0x4646_4646_4646_4646);
    let under_zero = text.wrapping_sub(ZEROS);
    (over_nine | under_zero) & HIGH == 0
}

/// Value of eight digits, the first in the lowest byte.
#[inline(always)]
fn add_up(text: u64) -> u64 {
    let digits = text & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xFFFF_FFFF
}

/// Reads any number: blanks around, a sign, digits with at most one point, an exponent; `inf` and `infinity` in
/// any case. Correctly rounded. `nan` is no number.
pub(crate) fn number(cell: &[u8]) -> Option<f64> {
    let text = cell.trim_ascii();
    let unsigned = match text {
        [b'+' | b'-', rest @ ..] => rest,
        rest => rest,
    };
    match unsigned {
        [b'0'..=b'9' | b'.', ..] => lexical_core::parse(text.strip_prefix(b"+").unwrap_or(text)).ok(),
        _ if unsigned.eq_ignore_ascii_case(b"inf") || unsigned.eq_ignore_ascii_case(b"infinity") => {
            Some(if text.starts_with(b"-") { f64::NEG_INFINITY } else { f64::INFINITY })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn short(text: &str) -> Option<f64> {
        let mut window = [b'9'; 17];
        window[..text.len()].copy_from_slice(text.as_bytes());
        short_number(&window, text.len())
    }

    #[test]
    fn short_numbers_are_read_and_the_rest_is_left() {
        for text in [
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
            "123456789",
            "1234.56789",
            "0.000000000001",
            "-123456789.12345",
            "9007199254740992",
            "-9.00719925474099",
            "99999999.99999999",
        ] {
            if text.len() <= 17 {
                let wanted: f64 = text.parse().unwrap();
                let found = short(text);
                assert!(found.is_none_or(|found| found.to_bits() == wanted.to_bits()), "{text}: {found:?}");
                if text.trim_start_matches('-').len() <= 15 {
                    assert!(found.is_some(), "{text}");
                }
            }
        }
        for text in [
            "",
            "-",
            ".",
            "-.",
            "1.2.3",
            "1,2",
            "a",
            "1a",
            "+1",
            " 1",
            "1 ",
            "1e5",
            "--1",
            "12345678901234a",
            "1.2345678.9",
            "abcdefghi",
            "9007199254740993",
            "/",
            ":",
            "1/2",
            "1:2",
            "..",
            "1..",
            "é",
            ".........",
        ] {
            assert_eq!(short(text), None, "{text}");
        }
    }

    #[test]
    fn a_lone_point_is_no_number_whatever_its_way() {
        for text in [".", "-.", "+.", "..", "e5", "", "-", "+", "1e", "0x10", "1_000", "nan", "infin", "1 2"]
        {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert_eq!(number(b" +1.5e3 "), Some(1500.0));
        assert_eq!(number(b"-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(number(b"INF"), Some(f64::INFINITY));
        assert_eq!(number(b"1e400"), Some(f64::INFINITY));
        assert_eq!(number(b"5."), Some(5.0));
        assert_eq!(number(b".5"), Some(0.5));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn both_ways_agree_with_the_standard_library(text in "-?[0-9]{0,9}\\.?[0-9]{0,7}") {
            let wanted = text.parse::<f64>().ok();
            if text.len() <= 17
                && let Some(found) = short(&text)
            {
                prop_assert_eq!(Some(found.to_bits()), wanted.map(f64::to_bits));
            }
            prop_assert_eq!(number(text.as_bytes()).map(f64::to_bits), wanted.map(f64::to_bits));
        }

        #[test]
        fn any_double_comes_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            prop_assert_eq!(number(value.to_string().as_bytes()).map(f64::to_bits), Some(bits));
            prop_assert_eq!(number(format!("{value:e}").as_bytes()).map(f64::to_bits), Some(bits));
        }

        #[test]
        fn no_bytes_fool_the_short_way(bytes in proptest::collection::vec(any::<u8>(), 1..=16)) {
            let mut window = [b'9'; 17];
            window[..bytes.len()].copy_from_slice(&bytes);
            if let Some(found) = short_number(&window, bytes.len()) {
                let wanted = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<f64>().ok());
                prop_assert_eq!(Some(found.to_bits()), wanted.map(f64::to_bits));
            }
        }
    }
}
