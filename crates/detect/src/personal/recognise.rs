//! Values that prove by themselves what they are.

use std::net::{Ipv4Addr, Ipv6Addr};

use driftline_model::PersonalKind;

use super::check_digit::{card_range, iban, luhn};

/// What values can be recognised as, the surest first.
pub(super) const KINDS: [PersonalKind; 5] = [
    PersonalKind::Email,
    PersonalKind::Iban,
    PersonalKind::Card,
    PersonalKind::IpAddress,
    PersonalKind::Phone,
];

/// Longest value that is looked at.
const MOST_BYTES: usize = 254;

/// What a value is, where it proves it.
#[must_use]
pub fn recognise(text: &str) -> Option<PersonalKind> {
    let text = text.trim();
    if text.len() < 5 || text.len() > MOST_BYTES {
        return None;
    }
    if email(text) {
        Some(PersonalKind::Email)
    } else if iban(text) {
        Some(PersonalKind::Iban)
    } else if card(text) {
        Some(PersonalKind::Card)
    } else if address_of_internet(text) {
        Some(PersonalKind::IpAddress)
    } else if phone(text) {
        Some(PersonalKind::Phone)
    } else {
        None
    }
}

/// Whether a value may be what its column is called.
pub(super) fn may_be(kind: PersonalKind, text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    match kind {
        PersonalKind::Name => letters > 0 && digits == 0,
        PersonalKind::Address => letters > 1,
        PersonalKind::DateOfBirth => (6..=8).contains(&digits) && letters == 0,
        PersonalKind::NationalId => (7..=15).contains(&digits) && letters <= 4,
        PersonalKind::Phone => (7..=15).contains(&digits) && letters == 0,
        // What should prove itself and does not is something else.
        PersonalKind::Email | PersonalKind::Iban | PersonalKind::Card | PersonalKind::IpAddress => false,
    }
}

/// One `@` between a local part and a domain with a top level of letters (RFC 5321 without quoted parts).
fn email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && local.chars().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
        && top.chars().count() >= 2
        && top.chars().all(char::is_alphabetic)
}

/// Digits in the ranges of payment cards with a right check digit, in one piece or in groups.
fn card(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    let written = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
    (13..=19).contains(&digits.len()) && written && card_range(&digits) && luhn(&digits)
}

fn address_of_internet(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
        || (text.bytes().filter(|byte| *byte == b':').count() >= 2
            && text.bytes().any(|byte| byte.is_ascii_digit())
            // A time of day is no address.
            && (text.contains("::") || text.matches(':').count() == 7)
            && text.parse::<Ipv6Addr>().is_ok())
}

/// `+` and 8 to 15 digits (E.164) in groups or not, or the groups of North America: `(555) 123-4567`,
/// `555-123-4567`. Plain digits prove nothing.
fn phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let written = |byte: u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')');
    if let Some(rest) = text.strip_prefix('+') {
        let first = rest.bytes().next().is_some_and(|byte| matches!(byte, b'1'..=b'9'));
        return first
            && (8..=15).contains(&digits)
            && rest.bytes().all(written)
            && rest.matches('.').count() != 1;
    }
    let rest = text.strip_prefix("1-").unwrap_or(text);
    let shape: String = rest.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    matches!(
        shape.as_str(),
        "(999) 999-9999" | "(999)999-9999" | "999-999-9999" | "999.999.9999" | "(999) 9999-9999"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_itself_is_recognised_and_nothing_else() {
        for text in ["a@b.de", "john.o'neil+x@mail.example.com", "ü@exämple.de"] {
            assert_eq!(recognise(text), Some(PersonalKind::Email), "{text}");
        }
        for text in ["+4930123456", "+1 (555) 123-4567", "(555) 123-4567", "555.123.4567"] {
            assert_eq!(recognise(text), Some(PersonalKind::Phone), "{text}");
        }
        let nothing = [
            "",
            "a@b",
            "@b.de",
            "a@b..de",
            "a b@c.de",
            "5551234567",
            "2020-12-31",
            "10:30:15",
            "1.2.3",
            "256.1.1.1",
            "+3.14159265",
            "+12",
            "123-45-6789",
            "4111 1111 1111 1112",
            "a::",
            "::",
            "12:34:56:78",
        ];
        for text in nothing {
            assert_eq!(recognise(text), None, "{text}");
        }
    }
}
