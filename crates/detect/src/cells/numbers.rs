//! Numbers as they are written.

/// A number written the plain way: sign, digits, a decimal point, an exponent. Blanks around it are not looked at;
/// `inf`, `nan` and thousands apart are no plain numbers.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

/// What a text that is no plain number among numbers probably means: thousands apart, a unit or a currency beside
/// the number, a decimal comma, letters that look like digits.
pub(super) fn mended_number(text: &str) -> Option<String> {
    let text = text.trim();
    if parse_number(text).is_some() {
        return None;
    }
    without_thousands(text)
        .or_else(|| decimal_comma(text))
        .or_else(|| without_unit(text))
        .or_else(|| with_digits(text))
        .filter(|mended| parse_number(mended).is_some())
}

/// `1,234,567.5`, and `1 234` and `1'234`: groups of three behind the first.
fn without_thousands(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mark = [',', ' ', '\'', '\u{a0}', '\u{202f}'].into_iter().find(|mark| whole.contains(*mark))?;
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let lead = first.strip_prefix(['-', '+']).unwrap_or(first);
    let fits = digits(lead) && lead.len() <= 3 && groups.all(|group| digits(group) && group.len() == 3);
    let plain: String = whole.chars().filter(|c| *c != mark).collect();
    fits.then(|| fraction.map_or(plain.clone(), |fraction| format!("{plain}.{fraction}")))
}

fn decimal_comma(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(',')?;
    let fits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && !fraction.is_empty();
    // Three digits behind the comma may as well be thousands.
    (fits && fraction.len() != 3 && !whole.contains('.')).then(|| format!("{whole}.{fraction}"))
}

/// `12.5 kg`, `$12`, `12%`: letters or signs on one side of a number. A percent sign is left alone: it changes the
/// number.
fn without_unit(text: &str) -> Option<String> {
    let is_unit =
        |c: char| c.is_alphabetic() || c.is_whitespace() || matches!(c, '$' | '€' | '£' | '¥' | '°');
    let bare = text.trim_matches(is_unit);
    (bare.len() < text.len()).then(|| bare.to_owned())
}

/// `1O5`, `l2`: the letters that are taken for digits.
fn with_digits(text: &str) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain: String = text
        .chars()
        .map(|c| match c {
            'O' | 'o' => '0',
            'l' | 'I' => '1',
            other => other,
        })
        .collect();
    (digits > 0).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_and_what_others_mean() {
        for text in ["1", "-2.5", " 7 ", ".5", "1e-3"] {
            assert!(parse_number(text).is_some(), "{text}");
        }
        for text in ["", "inf", "1,5", "e", "-", "1 2", "NaN"] {
            assert!(parse_number(text).is_none(), "{text}");
        }
        let cases = [
            ("1,234", Some("1234")),
            ("-1 234.5", Some("-1234.5")),
            ("12,5", Some("12.5")),
            ("12.5 kg", Some("12.5")),
            ("$12", Some("12")),
            ("1O5", Some("105")),
            ("12%", None),
            ("unknown", None),
            ("7", None),
        ];
        for (text, mended) in cases {
            assert_eq!(mended_number(text).as_deref(), mended, "{text}");
        }
    }
}
