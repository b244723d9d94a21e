//! Numbers that prove themselves by their check digits.

/// Whether the digits keep Luhn's rule (ISO/IEC 7812-1): every second digit from the right doubled, digits of the
/// products added, the sum a multiple of ten.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(if place % 2 == 1 { doubled(*digit) } else { *digit }))
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit > 0)
}

/// Whether a number of a card may begin and be as long as this (the ranges of ISO/IEC 7812 that issuers of payment
/// cards have).
pub(super) fn card_range(digits: &[u8]) -> bool {
    let lead =
        |count: usize| digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    match digits.len() {
        13 | 19 => lead(1) == 4 || (digits.len() == 19 && lead(2) == 62),
        14 => (300..=305).contains(&lead(3)) || matches!(lead(2), 36 | 38 | 39),
        15 => matches!(lead(2), 34 | 37),
        16 => {
            lead(1) == 4
                || (51..=55).contains(&lead(2))
                || (2221..=2720).contains(&lead(4))
                || lead(4) == 6011
                || lead(2) == 65
                || (644..=649).contains(&lead(3))
                || (3528..=3589).contains(&lead(4))
                || lead(2) == 62
        }
        _ => false,
    }
}

/// Lengths of account numbers by country (the IBAN registry of SWIFT).
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SC", 31),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
];

/// Whether a text is an IBAN (ISO 13616): known country, its length, and 1 modulo 97 after the first four characters
/// went to the end and letters became numbers from 10 on. Blanks do not count.
pub(super) fn iban(text: &str) -> bool {
    let bare: Vec<u8> =
        text.bytes().filter(|byte| *byte != b' ').map(|byte| byte.to_ascii_uppercase()).collect();
    let Some((lead, rest)) = bare.split_first_chunk::<4>() else { return false };
    let country = IBAN_LENGTHS.iter().find(|(country, _)| lead.starts_with(country.as_bytes()));
    if country.is_none_or(|(_, length)| *length != bare.len()) {
        return false;
    }
    let remainder = rest.iter().chain(lead).try_fold(0_u32, |sum, byte| match byte {
        b'0'..=b'9' => Some((sum * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((sum * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    });
    remainder == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        let digits = |text: &str| text.bytes().map(|byte| byte - b'0').collect::<Vec<u8>>();
        assert!(luhn(&digits("4111111111111111")) && !luhn(&digits("4111111111111112")) && !luhn(&[0; 16]));
        assert!(card_range(&digits("378282246310005")) && !card_range(&digits("1234567812345670")));
        assert!(
            iban("DE89 3704 0044 0532 0130 00")
                && !iban("DE89370400440532013001")
                && !iban("DE8937040044053201300")
        );
        assert!(!iban("") && !iban("XX") && !iban("ZZ00123456789012"));
    }
}
