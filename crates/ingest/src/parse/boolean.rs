/// `true`, `t`, `yes`, `y` or their opposites, in any case, with blanks around.
pub(crate) fn boolean(cell: &[u8]) -> Option<bool> {
    let word = cell.trim_ascii();
    let mut lower = [0_u8; 5];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    match &*lower {
        b"true" | b"t" | b"yes" | b"y" => Some(true),
        b"false" | b"f" | b"no" | b"n" => Some(false),
        _ => None,
    }
}

/// The same for a raw cell of at most five bytes without blanks, all at once; `window` starts at the cell and
/// reaches beyond it.
#[inline(always)]
pub(crate) fn short_boolean(window: &[u8; 8], len: usize) -> Option<bool> {
    if len.wrapping_sub(1) >= 5 {
        return None;
    }
    let kept = (1_u64 << (8 * len)) - 1;
    // Setting bit 5 makes letters lower case. A byte that becomes a letter by it was that letter, or a control
    // character or a digit with bit 6 clear, which is ruled out.
    let bytes = u64::from_le_bytes(*window) & kept;
    let letters = bytes & (0x4040_4040_4040_4040 & kept) == 0x4040_4040_4040_4040 & kept;
    match (letters, bytes | (0x2020_2020_2020_2020 & kept)) {
        (true, TRUE | T | YES | Y) => Some(true),
        (true, FALSE | F | NO | N) => Some(false),
        _ => None,
    }
}

const TRUE: u64 = u64::from_le_bytes(*b"true\0\0\0\0");
const T: u64 = b't' as u64;
const YES: u64 = u64::from_le_bytes(*b"yes\0\0\0\0\0");
const Y: u64 = b'y' as u64;
const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
const F: u64 = b'f' as u64;
const NO: u64 = u64::from_le_bytes(*b"no\0\0\0\0\0\0");
const N: u64 = b'n' as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_are_truth_values() {
        for word in ["true", "TRUE", "T", "t", "Yes", " y ", "Y"] {
            assert_eq!(boolean(word.as_bytes()), Some(true), "{word}");
        }
        for word in ["false", "False", "f", "NO", "n"] {
            assert_eq!(boolean(word.as_bytes()), Some(false), "{word}");
        }
        for word in ["", " ", "0", "1", "tr", "truee", "falsely", "j", "on"] {
            assert_eq!(boolean(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn the_short_way_agrees() {
        for text in [
            "t", "T", "true", "TRUE", "False", "n", "No", "yes", "x", "tru", "falsey", "1", "\u{14}", "",
            "FALSE", "4",
        ] {
            let mut window = [b'e'; 8];
            window[..text.len()].copy_from_slice(text.as_bytes());
            assert_eq!(short_boolean(&window, text.len()), boolean(text.as_bytes()), "{text:?}");
        }
    }
}
