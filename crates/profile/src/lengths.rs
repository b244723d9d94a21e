/// Lengths of texts in characters (Unicode scalar values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LengthSummary {
    lengths: Lengths,
}

/// Exact totals of lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) count: u64,
    pub(crate) total: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
}

impl LengthSummary {
    /// The summary of at least one text.
    pub(crate) fn new(lengths: Lengths) -> Option<Self> {
        (lengths.count > 0).then_some(Self { lengths })
    }

    /// Length of the shortest text.
    #[must_use]
    pub fn min(&self) -> u64 {
        self.lengths.min
    }

    /// Mean length.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.lengths.total as f64 / self.lengths.count as f64
    }

    /// Length of the longest text.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.lengths.max
    }
}

impl Default for Lengths {
    fn default() -> Self {
        Self { count: 0, total: 0, min: u64::MAX, max: 0 }
    }
}

impl Lengths {
    #[inline]
    pub(crate) fn add(&mut self, chars: u64) {
        self.add_times(chars, 1);
    }

    #[inline]
    pub(crate) fn add_times(&mut self, chars: u64, count: u64) {
        self.count = self.count.saturating_add(count);
        self.total = self.total.saturating_add(chars.saturating_mul(count));
        self.min = self.min.min(chars);
        self.max = self.max.max(chars);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.total = self.total.saturating_add(other.total);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

/// Number of characters behind an Arrow string view: of the view itself when it holds the text (at most 12
/// bytes), else of what `text` gives.
#[inline]
pub(crate) fn chars_of_view<'a>(view: u128, text: impl FnOnce() -> &'a str) -> u64 {
    let length = view as u32;
    if length > 12 {
        return chars_of(text().as_bytes());
    }
    u64::from(length) - continuation_bytes((view >> 64) as u64) - continuation_bytes(view as u64 >> 32)
}

/// Number of characters of UTF-8, eight bytes at a time.
fn chars_of(bytes: &[u8]) -> u64 {
    let (words, tail) = bytes.as_chunks::<8>();
    let in_words: u64 = words.iter().map(|word| continuation_bytes(u64::from_le_bytes(*word))).sum();
    let in_tail = tail.iter().filter(|&&byte| byte & 0xc0 == 0x80).count() as u64;
    bytes.len() as u64 - in_words - in_tail
}

/// Bytes of the form 10xxxxxx, which begin no character.
#[inline]
fn continuation_bytes(word: u64) -> u64 {
    const LOW_BITS: u64 = 0x0101_0101_0101_0101;
    let marks = (word >> 7) & !(word >> 6) & LOW_BITS;
    marks.wrapping_mul(LOW_BITS) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_short_and_long_texts() {
        for text in
            ["", "a", "EWR", "Zürich", "日本語", "twelve bytes", "🦀🦀🦀", "thirteen bytes and more: Ünïcödé"]
        {
            let mut view = [0; 16];
            view[0] = text.len() as u8;
            if text.len() <= 12 {
                view[4..4 + text.len()].copy_from_slice(text.as_bytes());
            }
            let chars = chars_of_view(u128::from_le_bytes(view), || text);
            assert_eq!(chars, text.chars().count() as u64, "{text}");
        }
    }

    #[test]
    fn lengths_add_up_in_any_order() {
        let mut left = Lengths::default();
        left.add(3);
        left.add_times(5, 2);
        let mut right = Lengths::default();
        right.add(0);
        right.merge(&left);
        left.merge(&{
            let mut zero = Lengths::default();
            zero.add(0);
            zero
        });
        assert_eq!(left, right);
        let summary = LengthSummary::new(left).unwrap();
        assert_eq!((summary.min(), summary.mean(), summary.max()), (0, 3.25, 5));
        assert!(LengthSummary::new(Lengths::default()).is_none());
    }
}
