//! Personal data as they are shown: of a shape that can be recognised, and telling as little as that takes.

use std::borrow::Cow;

use driftline_model::PersonalKind;

use super::recognise::recognise;

/// What stands for characters that are not shown.
const DOTS: &str = "•••";
/// Digits of a number that are shown, and digits that it must have for that.
const SHOWN: usize = 4;
const LEAST_DIGITS: usize = 8;

/// A value of a column of this kind, masked: `a•••@•••.com`, `•••• 4242`, `10.2.•••.•••`, `A•••`. A value that is not
/// of the kind is masked whole. Masking a masked value changes nothing.
#[must_use]
pub fn mask_value(kind: PersonalKind, value: &str) -> String {
    let trimmed = value.trim();
    if trimmed.is_empty() || trimmed.contains(DOTS) {
        return value.to_owned();
    }
    let proven = recognise(trimmed).unwrap_or(kind);
    match proven {
        PersonalKind::Email => email(trimmed),
        PersonalKind::IpAddress => address_of_internet(trimmed),
        PersonalKind::Card | PersonalKind::Phone | PersonalKind::NationalId => number(trimmed),
        PersonalKind::Iban => {
            let country: String = trimmed.chars().take(2).collect();
            format!("{country}{}", number(trimmed))
        }
        PersonalKind::Name => initial(trimmed),
        PersonalKind::DateOfBirth => year(trimmed),
        PersonalKind::Address => DOTS.to_owned(),
    }
}

/// A text in which everything that is recognised as personal is masked: for raw lines and for messages.
#[must_use]
pub fn mask_text(text: &str) -> Cow<'_, str> {
    // Nothing personal is without a digit or an `@`.
    if !text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@') {
        return Cow::Borrowed(text);
    }
    let by_words = masked_pieces(text, is_within_word);
    match masked_pieces(&by_words, is_within_number) {
        Cow::Owned(masked) => Cow::Owned(masked),
        Cow::Borrowed(_) => by_words_of(text, by_words),
    }
}

fn by_words_of<'a>(text: &'a str, masked: Cow<'_, str>) -> Cow<'a, str> {
    if masked == text { Cow::Borrowed(text) } else { Cow::Owned(masked.into_owned()) }
}

/// Characters of e-mails, addresses of the internet and numbers in one piece.
fn is_within_word(c: char) -> bool {
    c.is_alphanumeric() || "@.+-_%:".contains(c)
}

/// Characters of numbers in groups.
fn is_within_number(c: char) -> bool {
    c.is_ascii_digit() || "+ -./()".contains(c)
}

/// Masks the pieces of such characters that are recognised.
fn masked_pieces(text: &str, is_within: fn(char) -> bool) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    let mut rest = text;
    while let Some(start) = rest.find(is_within) {
        let from = text.len() - rest.len() + start;
        let piece = text.get(from..).unwrap_or_default();
        let end = piece.find(|c: char| !is_within(c)).unwrap_or(piece.len());
        let piece = piece.get(..end).unwrap_or_default();
        // Marks around a piece belong to the sentence.
        let bare = piece.trim_matches([' ', '.', '-', ':', '/', '_', '%']);
        if let Some(kind) = recognise(bare) {
            let at = from + piece.find(bare).unwrap_or_default();
            out.push_str(text.get(done..at).unwrap_or_default());
            out.push_str(&mask_value(kind, bare));
            done = at + bare.len();
        }
        rest = text.get(from + end..).unwrap_or_default();
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

fn email(text: &str) -> String {
    let Some((local, domain)) = text.split_once('@') else { return initial(text) };
    let first: String = local.chars().take(1).collect();
    let top = domain.rsplit('.').next().filter(|top| *top != domain).unwrap_or_default();
    format!("{first}{DOTS}@{DOTS}.{top}")
}

fn address_of_internet(text: &str) -> String {
    let (mark, count) = if text.contains(':') { (':', 2) } else { ('.', 2) };
    let shown: Vec<&str> = text.split(mark).take(count).collect();
    if mark == '.' && text.split('.').count() == 4 {
        return format!("{}.{DOTS}.{DOTS}", shown.join("."));
    }
    if mark == ':' { format!("{}:{DOTS}", shown.join(":")) } else { DOTS.to_owned() }
}

fn number(text: &str) -> String {
    let bare: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if bare.len() < LEAST_DIGITS {
        return format!("{DOTS}•");
    }
    let last: String = bare.get(bare.len() - SHOWN..).unwrap_or_default().iter().collect();
    format!("{DOTS}• {last}")
}

fn initial(text: &str) -> String {
    let first: String = if text.chars().count() > 2 { text.chars().take(1).collect() } else { String::new() };
    format!("{first}{DOTS}")
}

/// The year, where a date begins with it.
fn year(text: &str) -> String {
    let year: String = text.chars().take_while(char::is_ascii_digit).collect();
    if year.len() == 4 { format!("{year}-{DOTS}") } else { DOTS.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_shape_and_little_else() {
        let cases = [
            (PersonalKind::Email, "anna@example.com", "a•••@•••.com"),
            (PersonalKind::Email, "not one", "n•••"),
            (PersonalKind::Card, "4242 4242 4242 4242", "•••• 4242"),
            (PersonalKind::Iban, "DE89370400440532013000", "DE•••• 3000"),
            (PersonalKind::Phone, "+49 30 1234567", "•••• 4567"),
            (PersonalKind::Phone, "112", "••••"),
            (PersonalKind::IpAddress, "10.2.3.4", "10.2.•••.•••"),
            (PersonalKind::IpAddress, "2001:db8::1", "2001:db8:•••"),
            (PersonalKind::Name, "Meyer", "M•••"),
            (PersonalKind::Name, "Bo", "•••"),
            (PersonalKind::DateOfBirth, "1980-02-03", "1980-•••"),
            (PersonalKind::DateOfBirth, "3.2.1980", "•••"),
            (PersonalKind::Address, "Main Street 1", "•••"),
            (PersonalKind::Address, "", ""),
        ];
        for (kind, value, masked) in cases {
            assert_eq!(mask_value(kind, value), masked);
            assert_eq!(mask_value(kind, masked), masked, "masking twice");
        }
    }

    #[test]
    fn what_is_personal_in_a_line_is_masked_and_the_rest_is_kept() {
        let line = "17,anna@example.com,4111 1111 1111 1111,2020-12-31,\"+49 30 1234567\",10.2.3.4;3.5";
        let masked = mask_text(line);
        assert_eq!(masked, "17,a•••@•••.com,•••• 1111,2020-12-31,\"•••• 4567\",10.2.•••.•••;3.5");
        assert_eq!(mask_text(&masked), masked);
        for text in ["", "median 3 to 5 (12 %)", "2013-07-01 10:30:00 7", "row 1,204 of 27,004", "a-b.c"] {
            assert!(matches!(mask_text(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert_eq!(mask_text("write to bo@x.org."), "write to b•••@•••.org.");
    }
}
