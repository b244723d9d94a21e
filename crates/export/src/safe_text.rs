//! Text from data, made harmless before it is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use crate::Charset;

/// Whether a character could move the cursor, change colours, hide or reorder what stands beside it, or is none
/// that XML can hold.
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Text with every control, escape, direction and zero-width character written out as `\n` or `\u{202e}`,
/// and everything beyond ASCII too when the screen cannot show it.
pub fn harmless(text: &str, charset: Charset) -> Cow<'_, str> {
    let escape =
        |character: char| is_hostile(character) || (charset == Charset::Ascii && !character.is_ascii());
    if !text.chars().any(escape) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if escape(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Columns of a terminal that the text takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Text cut to `limit` terminal columns, the last of them a mark that something is missing.
pub fn shorten(text: &str, limit: usize, charset: Charset) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let mark = if charset == Charset::Unicode { "…" } else { "~" };
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > limit.saturating_sub(1) {
            break;
        }
        used += wide;
        kept.push(character);
    }
    if limit > 0 {
        kept.push_str(mark);
    }
    Cow::Owned(kept)
}

/// The same, but the beginning is cut: the end of a path tells more than its beginning.
pub(crate) fn shorten_front(text: &str, limit: usize, charset: Charset) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let kept = text.char_indices().rev().take_while(|(_, character)| {
        used += character.width().unwrap_or(0);
        used <= limit
    });
    let from = kept.last().map_or(text.len(), |(at, _)| at);
    let mark = if charset == Charset::Unicode { "…" } else { "~" };
    Cow::Owned(format!("{mark}{}", &text[from..]))
}

/// Lines of at most `limit` terminal columns, broken between words where that is possible.
pub(crate) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(8);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word.to_owned();
        if used > 0 && used + 1 + width(&word) > limit {
            lines.push(String::new());
            used = 0;
        }
        while width(&word) > limit - used.min(limit - 1) && used == 0 {
            let head = cut(&word, limit);
            word.drain(..head.len());
            lines.push(head);
            let last = lines.len() - 1;
            lines.swap(last, last - 1);
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            used += width(&word);
            line.push_str(&word);
        }
    }
    lines
}

/// The longest beginning of a word that fits, at least one character.
fn cut(word: &str, limit: usize) -> String {
    let mut used = 0;
    let mut head = String::new();
    for character in word.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > limit && !head.is_empty() {
            break;
        }
        used += wide;
        head.push(character);
    }
    head
}

/// Text that no spreadsheet takes for a formula, also after it was saved as CSV and opened again: harmless, and
/// led by an apostrophe where it begins with `=`, `+`, `-`, `@`, a tab or a carriage return.
pub fn inert(text: &str) -> Cow<'_, str> {
    let safe = harmless(text, Charset::Unicode);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { Cow::Owned(format!("'{safe}")) } else { safe }
}

/// A cell of a CSV file that no spreadsheet takes for a formula, quoted where RFC 4180 asks for it.
pub fn csv_cell(text: &str) -> String {
    let inert = inert(text);
    if inert.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", inert.replace('"', "\"\""))
    } else {
        inert.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_directions_and_controls_are_written_out() {
        assert_eq!(harmless("\u{1b}[31mred\n\u{202e}abc", Charset::Unicode), "\\u{1b}[31mred\\n\\u{202e}abc");
        assert_eq!(harmless("\u{9b}31m", Charset::Unicode), "\\u{9b}31m");
        assert_eq!(harmless("Zürich", Charset::Unicode), "Zürich");
        assert_eq!(harmless("Zürich", Charset::Ascii), "Z\\u{fc}rich");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(shorten("東京都庁舎", 6, Charset::Unicode), "東京…");
        assert_eq!(shorten("abc", 3, Charset::Unicode), "abc");
        assert_eq!(shorten("abcd", 3, Charset::Ascii), "ab~");
        assert_eq!(shorten_front("a/long/path.csv", 9, Charset::Unicode), "…path.csv");
        assert_eq!(shorten_front("東京都庁舎", 6, Charset::Unicode), "…庁舎");
    }

    #[test]
    fn lines_break_between_words_and_inside_monsters() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefghijklmnop qr", 8), ["abcdefgh", "ijklmnop", "qr"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("ab abcdefghijkl", 8), ["ab", "abcdefgh", "ijkl"]);
    }

    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("@a,b"), "\"'@a,b\"");
        assert_eq!(csv_cell("\tx"), "'\\tx");
        assert_eq!(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(csv_cell("plain"), "plain");
        assert_eq!(inert("+1"), "'+1");
        assert_eq!(inert("\rx\u{ffff}"), "'\\rx\\u{ffff}");
        assert_eq!(inert("1 + 1 = 2"), "1 + 1 = 2");
    }
}
