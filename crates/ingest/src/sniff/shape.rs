//! What a cell looks like, whatever it says.

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    /// Nothing or blanks.
    Empty,
    /// A spelling of "no value".
    Null,
    /// Digits.
    Integer,
    /// A number with decimals, separators, a currency or a percent sign.
    Number,
    /// A calendar date, with or without a time.
    Date,
    /// A time of day.
    Time,
    /// A web or mail address, or a path.
    Address,
    /// Letters and digits or dashes without a blank.
    Code,
    /// One word.
    Word,
    /// Words with blanks and the signs of sentences.
    Text,
    /// Anything else.
    Other,
}

/// Number of shapes.
pub(crate) const SHAPES: usize = 11;

impl Shape {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; SHAPES] = [
        Self::Empty,
        Self::Null,
        Self::Integer,
        Self::Number,
        Self::Date,
        Self::Time,
        Self::Address,
        Self::Code,
        Self::Word,
        Self::Text,
        Self::Other,
    ];
}

const NULLS: [&str; 12] = ["na", "n/a", "null", "none", "nan", "nil", "#n/a", "\\n", "<na>", "-", "--", "?"];
const MONTHS: [&[u8]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

impl Shape {
    /// The shape of the content of a cell.
    pub(crate) fn of(cell: &[u8]) -> Self {
        let text = cell.trim_ascii();
        if text.is_empty() {
            return Self::Empty;
        }
        if text.len() <= 5 && NULLS.iter().any(|null| text.eq_ignore_ascii_case(null.as_bytes())) {
            return Self::Null;
        }
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        if digits == text.len() {
            return Self::Integer;
        }
        if digits > 0 && text.len() <= 48 {
            if is_number(text) {
                return if text.iter().skip(1).all(u8::is_ascii_digit) {
                    Self::Integer
                } else {
                    Self::Number
                };
            }
            if is_time(text) {
                return Self::Time;
            }
            if is_date(text) {
                return Self::Date;
            }
        }
        if is_address(text) {
            return Self::Address;
        }
        words(text, digits)
    }

    /// How well such a cell speaks for the reading that gave it, 0..1.
    pub(crate) fn worth(self) -> f64 {
        match self {
            Self::Integer | Self::Number | Self::Date | Self::Time | Self::Address => 1.0,
            Self::Empty | Self::Null => 0.9,
            Self::Word | Self::Code => 0.9,
            Self::Text => 0.75,
            Self::Other => 0.1,
        }
    }

    /// Whether such a value has a kind of its own, which names of columns have not.
    pub(crate) fn is_typed(self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Date | Self::Time)
    }

    /// Whether it is text.
    pub(crate) fn is_textual(self) -> bool {
        matches!(self, Self::Word | Self::Text | Self::Other | Self::Code | Self::Address)
    }

    /// Whether there is no value.
    pub(crate) fn is_void(self) -> bool {
        matches!(self, Self::Empty | Self::Null)
    }
}

fn is_number(text: &[u8]) -> bool {
    let text = strip_currency(text);
    let text = match text {
        [b'(', inner @ .., b')'] => inner,
        other => other,
    };
    let unsigned = match text {
        [b'+' | b'-', rest @ ..] => strip_currency(rest),
        rest => rest,
    };
    let unsigned = unsigned.strip_suffix(b"%").unwrap_or(unsigned).trim_ascii();
    let (mantissa, exponent) = match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (unsigned.get(..at).unwrap_or_default(), unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        if digits.is_empty() || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
            return false;
        }
    }
    let points = mantissa.iter().filter(|byte| **byte == b'.').count();
    let commas = mantissa.iter().filter(|byte| **byte == b',').count();
    let plain =
        mantissa.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'\'' | b' '));
    let separators = mantissa.iter().filter(|byte| !byte.is_ascii_digit()).count();
    if !plain || !mantissa.iter().any(u8::is_ascii_digit) {
        return false;
    }
    separators <= 1 || (points <= 1 || commas <= 1) && is_grouped(mantissa)
}

/// Whether all groups but the first and the decimals have three digits.
fn is_grouped(mantissa: &[u8]) -> bool {
    let groups: Vec<&[u8]> = mantissa.split(|byte| !byte.is_ascii_digit()).collect();
    let last = groups.len().saturating_sub(1);
    groups.iter().enumerate().all(|(at, group)| match at {
        0 => (1..=3).contains(&group.len()),
        at if at == last => !group.is_empty(),
        _ => group.len() == 3,
    })
}

fn strip_currency(text: &[u8]) -> &[u8] {
    for sign in ["$", "\u{20ac}", "\u{a3}", "\u{a5}", "US$", "EUR", "USD"] {
        if let Some(rest) = text.strip_prefix(sign.as_bytes()) {
            return rest.trim_ascii_start();
        }
        if let Some(rest) = text.strip_suffix(sign.as_bytes()) {
            return rest.trim_ascii_end();
        }
    }
    text
}

fn is_time(text: &[u8]) -> bool {
    let upper = text.to_ascii_uppercase();
    let text = upper.strip_suffix(b"AM").or(upper.strip_suffix(b"PM")).unwrap_or(&upper).trim_ascii_end();
    let text = text.strip_suffix(b"Z").unwrap_or(text);
    let text = match text.iter().position(|byte| matches!(byte, b'+' | b'-')) {
        Some(at) if at > 0 => text.get(..at).unwrap_or_default(),
        _ => text,
    };
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().enumerate().all(|(at, part)| {
            let whole = part.split(|byte| matches!(byte, b'.' | b',')).next().unwrap_or_default();
            (1..=2).contains(&whole.len())
                && (at + 1 == parts.len() || whole.len() == part.len())
                && part.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        })
}

fn is_date(text: &[u8]) -> bool {
    let at = text.iter().position(|byte| matches!(byte, b'T' | b' ')).filter(|at| *at >= 6);
    let (day, time) = match at {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    if let Some(time) = time
        && !is_time(time)
    {
        return is_named_date(text);
    }
    let parts: Vec<&[u8]> = day.split(|byte| matches!(byte, b'-' | b'/' | b'.')).collect();
    let digits = |part: &&[u8]| (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    let [first, middle, last] = parts.as_slice() else { return is_named_date(text) };
    if !(digits(first) && digits(middle) && digits(last)) {
        return is_named_date(text);
    }
    let year_first = first.len() == 4 && middle.len() <= 2 && last.len() <= 2;
    let year_last = first.len() <= 2 && middle.len() <= 2 && matches!(last.len(), 2 | 4);
    year_first || year_last
}

/// `12 Jan 2024`, `Jan-2024`, `January 12, 2024`.
fn is_named_date(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text
        .split(|byte| matches!(byte, b' ' | b'-' | b'/' | b',' | b'.'))
        .filter(|part| !part.is_empty())
        .collect();
    let month = |part: &&[u8]| {
        part.len() <= 9
            && part.iter().all(u8::is_ascii_alphabetic)
            && MONTHS.iter().any(|month| part.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case(month)))
    };
    let number = |part: &&[u8]| matches!(part.len(), 1 | 2 | 4) && part.iter().all(u8::is_ascii_digit);
    (2..=3).contains(&parts.len())
        && parts.iter().filter(|part| month(part)).count() == 1
        && parts.iter().filter(|part| number(part)).count() == parts.len() - 1
}

fn is_address(text: &[u8]) -> bool {
    let has_blank = text.contains(&b' ');
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if starts("http://") || starts("https://") || starts("ftp://") || starts("www.") {
        return !has_blank;
    }
    let at = text.iter().position(|byte| *byte == b'@');
    !has_blank
        && at.is_some_and(|at| {
            at > 0 && text.get(at + 1..).is_some_and(|host| host.contains(&b'.') && !host.contains(&b'@'))
        })
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"@._%+-".contains(byte))
}

fn words(text: &[u8], digits: usize) -> Shape {
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    let letters = text.iter().filter(|byte| letter(byte)).count();
    if letters == text.len() {
        return Shape::Word;
    }
    let is_code = |byte: &u8| letter(byte) || byte.is_ascii_digit() || b"_-./".contains(byte);
    if letters > 0 && text.iter().all(is_code) {
        return Shape::Code;
    }
    let is_sentence = |byte: &u8| is_code(byte) || b" '()!?&:,+%#$@*\"".contains(byte);
    let blanks = text.iter().filter(|byte| **byte == b' ').count();
    // A comma within a sentence has a blank behind it; one without separates cells.
    let is_cut = text.windows(2).any(|pair| matches!(pair, [b',', next] if *next != b' '));
    // A quote at an end, or a sign that separates cells elsewhere, speaks against it.
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| b"\"'".contains(byte));
    let is_edged = edge(text.first()) || edge(text.last());
    if (letters > 0 || digits > 0)
        && blanks < text.len()
        && text.iter().all(is_sentence)
        && !is_edged
        && !is_cut
    {
        return Shape::Text;
    }
    Shape::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_by_their_look() {
        for (cell, wanted) in [
            ("", Shape::Empty),
            ("N/A", Shape::Null),
            ("42", Shape::Integer),
            ("-42", Shape::Integer),
            ("$74.69", Shape::Number),
            ("1.234,56", Shape::Number),
            ("1,234,567.5", Shape::Number),
            ("12%", Shape::Number),
            ("1e-5", Shape::Number),
            ("2024-02-29", Shape::Date),
            ("28/01/2018", Shape::Date),
            ("2024-02-29T10:00:00Z", Shape::Date),
            ("12 Jan 2024", Shape::Date),
            ("06:00:04+01:00", Shape::Time),
            ("10:30 PM", Shape::Time),
            ("https://example.com/a?b=c", Shape::Address),
            ("a.b@example.com", Shape::Address),
            ("MG-8769", Shape::Code),
            ("Berlin", Shape::Word),
            ("Men's Down Vest", Shape::Text),
            ("\"lost", Shape::Other),
            ("a;b", Shape::Other),
            ("{1: 2}", Shape::Other),
            ("1.2.3.4", Shape::Text),
        ] {
            assert_eq!(Shape::of(cell.as_bytes()), wanted, "{cell}");
        }
    }
}
