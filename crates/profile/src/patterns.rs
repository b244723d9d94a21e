//! Character shapes of text.

use std::collections::BTreeMap;

/// Runs of one class up to this long are written out; longer ones as `9+`.
const WRITTEN_OUT: usize = 4;
/// Characters of a shape; what follows is left out.
const MAX_SHAPE_CHARS: usize = 32;
/// Shapes that are reported.
const REPORTED: usize = 5;

/// The most frequent shapes of texts with their counts, as shares of all of them, most frequent first.
pub(crate) fn frequent_patterns<'a>(texts: impl Iterator<Item = (&'a str, u64)>) -> Vec<(String, f64)> {
    let mut shapes = BTreeMap::<String, u64>::new();
    let mut total = 0_u64;
    for (text, count) in texts {
        total = total.saturating_add(count);
        let shape = shapes.entry(shape_of(text)).or_default();
        *shape = shape.saturating_add(count);
    }
    let mut ranked: Vec<_> = shapes.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked.truncate(REPORTED);
    ranked.into_iter().map(|(shape, count)| (shape, count as f64 / total.max(1) as f64)).collect()
}

/// The shape of a text: upper-case letters as `A`, other letters as `a`, digits as `9`, the rest as it is;
/// runs of more than four of a kind as `a+`. `N14228` is `A9+`, `AB-12` is `AA-99`.
pub(crate) fn shape_of(text: &str) -> String {
    let mut shape = String::new();
    let mut written = 0;
    let mut classes = text.chars().map(class_of).peekable();
    while let Some(class) = classes.next() {
        let mut run = 1;
        while classes.next_if_eq(&class).is_some() {
            run += 1;
        }
        if written >= MAX_SHAPE_CHARS {
            shape.push('…');
            break;
        }
        if run > WRITTEN_OUT {
            shape.extend([class, '+']);
            written += 2;
        } else {
            shape.extend(std::iter::repeat_n(class, run));
            written += run;
        }
    }
    shape
}

fn class_of(c: char) -> char {
    if c.is_uppercase() {
        'A'
    } else if c.is_alphabetic() {
        'a'
    } else if c.is_numeric() {
        '9'
    } else if c.is_whitespace() {
        ' '
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_texts() {
        let cases = [
            ("", ""),
            ("N14228", "A9+"),
            ("AB-12", "AA-99"),
            ("2013-07-01", "9999-99-99"),
            ("Grüße, Welt", "Aaaaa, Aaaa"),
            ("a\tb", "a a"),
            ("日本語", "aaa"),
        ];
        for (text, shape) in cases {
            assert_eq!(shape_of(text), shape, "{text}");
        }
        assert_eq!(shape_of(&"a-".repeat(100)).chars().count(), MAX_SHAPE_CHARS + 1);
    }

    #[test]
    fn frequent_shapes_come_first() {
        let texts = [("AB-1", 2), ("CD-2", 3), ("x", 1)];
        let patterns = frequent_patterns(texts.into_iter());
        assert_eq!(patterns, [("AA-9".to_owned(), 5.0 / 6.0), ("a".to_owned(), 1.0 / 6.0)]);
    }
}
