//! Texts in well-known forms.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::info::{Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::parameters::micros_of;
use super::text::shape;

/// The forms that are known, with their names for people.
pub(crate) const FORMATS: [Form; 10] = [
    Form { id: "email", name: "an e-mail address", holds: is_email },
    Form { id: "url", name: "a URL", holds: is_url },
    Form { id: "uuid", name: "a UUID", holds: is_uuid },
    Form { id: "ipv4", name: "an IPv4 address", holds: |text| text.parse::<Ipv4Addr>().is_ok() },
    Form { id: "ipv6", name: "an IPv6 address", holds: |text| text.parse::<Ipv6Addr>().is_ok() },
    Form { id: "iso_date", name: "an ISO 8601 date", holds: is_iso_date },
    Form { id: "json", name: "JSON", holds: is_json },
    Form { id: "iban", name: "an IBAN with a right check number", holds: is_iban },
    Form { id: "card_number", name: "a card number with a right check digit", holds: is_card_number },
    Form {
        id: "number",
        name: "a number",
        holds: |text| text.trim().parse::<f64>().is_ok_and(f64::is_finite),
    },
];

const IDS: &[&str] =
    &["email", "url", "uuid", "ipv4", "ipv6", "iso_date", "json", "iban", "card_number", "number"];

/// A well-known form of texts.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) holds: fn(&str) -> bool,
}

pub(crate) static FORMAT: Registered = Registered {
    info: RuleInfo {
        id: "format",
        name: "Well-known form",
        scope: RuleScope::Row,
        place: RulePlace::Column,
        summary: "Every text is written in this form; `iban` (ISO 13616, modulo 97) and `card_number` (Luhn) look at \
                  the check digits too.",
        tolerance: true,
        parameters: &[required("is", Shape::Choice(IDS), "the form")],
        example: "{ rule = \"format\", is = \"email\" }",
        great_expectations: &[
            "expect_column_values_to_be_json_parseable",
            "expect_column_values_to_be_dateutil_parseable",
            "expect_column_values_to_be_valid_email",
            "expect_column_values_to_be_valid_uuid",
            "expect_column_values_to_be_valid_ipv4",
            "expect_column_values_to_be_valid_iban",
        ],
        deequ: &["containsEmail", "containsURL", "containsCreditCardNumber"],
    },
    prepare: |parameters| {
        let id = parameters.text("is").unwrap_or_default();
        let form = FORMATS.iter().find(|form| form.id == id).ok_or_else(|| Shape::Choice(IDS).words())?;
        shape(parameters, [format!("is {}", form.name), format!("is not {}", form.name)], form.holds)
    },
};

/// One `@` between a local part of at most 64 bytes and a domain with a point; quoted local parts are not taken.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    !local.is_empty()
        && local.len() <= 64
        && text.len() <= 254
        && local.chars().all(is_local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && is_domain(domain)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    !domain.is_empty() && domain.len() <= 253 && domain.split('.').all(is_label)
}

/// A scheme of the web (http, https, ftp, ws, wss) with a host, without blanks.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_scheme =
        ["http", "https", "ftp", "ws", "wss"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, after)) => (address, after.strip_prefix(':')),
            None => return false,
        },
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let is_host = is_domain(host) || host.parse::<Ipv6Addr>().is_ok();
    is_scheme
        && is_host
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_iso_date(text: &str) -> bool {
    text.len() >= 10 && micros_of(text).is_some()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Country, check number and account, read modulo 97 after the first four characters went to the end (ISO 13616,
/// ISO 7064 MOD 97-10); blanks between are passed over.
fn is_iban(text: &str) -> bool {
    let letters: Vec<u8> =
        text.bytes().filter(|byte| *byte != b' ').map(|byte| byte.to_ascii_uppercase()).collect();
    let [c1, c2, d1, d2, account @ ..] = letters.as_slice() else { return false };
    let is_head =
        c1.is_ascii_alphabetic() && c2.is_ascii_alphabetic() && d1.is_ascii_digit() && d2.is_ascii_digit();
    if !is_head || !(11..=30).contains(&account.len()) || !account.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let turned = account.iter().chain([c1, c2, d1, d2]);
    let rest = turned.fold(0_u32, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    rest == 1
}

/// 12 to 19 digits, in groups or not, that fit Luhn's formula (ISO/IEC 7812-1).
fn is_card_number(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).collect();
    if !(12..=19).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weigh = |(place, byte): (usize, &u8)| {
        let digit = u32::from(byte - b'0');
        if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
    };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, right: &[&str], wrong: &[&str]) {
        let form = FORMATS.iter().find(|form| form.id == id).unwrap();
        right.iter().for_each(|text| assert!((form.holds)(text), "{id}: {text}"));
        wrong.iter().for_each(|text| assert!(!(form.holds)(text), "{id}: {text}"));
    }

    #[test]
    fn forms_are_told_apart() {
        check(
            "email",
            &["a@b.ch", "Jörg.o'neil+x@mail.example.org"],
            &["a@b", "@b.ch", "a b@c.de", "a@-b.ch", "a@b..ch"],
        );
        check(
            "url",
            &["https://a.ch", "http://localhost:80/x?y#z", "ws://[::1]:9/"],
            &["a.ch", "https://", "http://a b", "http://a:99999"],
        );
        check("uuid", &["123e4567-e89b-12d3-a456-426614174000"], &["123e4567e89b12d3a456426614174000", ""]);
        check("ipv4", &["127.0.0.1"], &["256.0.0.1", "1.2.3"]);
        check("ipv6", &["::1", "2001:db8::8a2e:370:7334"], &["1.2.3.4", ":::"]);
        check("iso_date", &["2013-01-31", "2013-01-31T10:00:00Z"], &["2013-02-30", "31.01.2013"]);
        check("json", &["{\"a\": [1, null]}", "3"], &["{a: 1}", ""]);
    }

    #[test]
    fn check_digits_are_looked_at() {
        // Examples of the IBAN registry (SWIFT) and of Luhn's formula.
        check(
            "iban",
            &["GB29 NWBK 6016 1331 9268 19", "CH9300762011623852957", "DE89370400440532013000"],
            &["GB28 NWBK 6016 1331 9268 19", "DE8937", ""],
        );
        check(
            "card_number",
            &["4111 1111 1111 1111", "378282246310005"],
            &["4111 1111 1111 1112", "4111", "abcdefghijkl"],
        );
    }

    #[test]
    fn the_words_of_the_parameter_are_those_of_the_forms() {
        assert!(FORMATS.iter().map(|form| form.id).eq(IDS.iter().copied()));
    }
}
