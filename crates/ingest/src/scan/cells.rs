//! The cells of one column in a stretch of records.

use std::borrow::Cow;

use memchr::memchr;

/// Where the cells of a column stand in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    /// The text with its padding.
    text: &'a [u8],
    /// For every row the element of `marks` that ends its first cell, shifted by the column.
    marks: &'a [u32],
    rows: &'a [u32],
    column: u32,
    /// Whether a CR at the end of the cell belongs to the line end.
    trim_cr: bool,
}

impl<'a> Cells<'a> {
    /// Cells of column `column` in the rows whose first cells end at the elements `rows` of `marks`.
    pub(crate) fn new(
        text: &'a [u8],
        (marks, rows): (&'a [u32], &'a [u32]),
        column: usize,
        trim_cr: bool,
    ) -> Self {
        Self { text, marks, rows, column: column as u32, trim_cr }
    }

    /// The text with its padding.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Start and end of every cell, quotes included.
    #[inline(always)]
    pub(crate) fn spans(self) -> impl ExactSizeIterator<Item = (usize, usize)> + 'a {
        self.rows.iter().map(move |row| self.span(*row))
    }

    /// The rows in batches of `N`, and the cells of those that are left.
    #[inline(always)]
    pub(crate) fn batches<const N: usize>(self) -> (&'a [[u32; N]], Self) {
        let (batches, rest) = self.rows.as_chunks::<N>();
        (batches, Self { rows: rest, ..self })
    }

    /// Start and end of the cell in a row, quotes included.
    #[inline(always)]
    pub(crate) fn span(&self, row: u32) -> (usize, usize) {
        let at = (row + self.column) as usize;
        // A row is only listed when its marks exist, and the mark before its first cell always does.
        let (start, end) = match self.marks.get(at - 1..=at) {
            Some(&[before, end]) => (before.wrapping_add(1) as usize, end as usize),
            _ => (0, 0),
        };
        if self.trim_cr && end > start && self.text.get(end - 1) == Some(&b'\r') {
            return (start, end - 1);
        }
        (start, end)
    }
}

/// The content of a raw cell: without its quotes, doubled quotes made single, what follows the closing quote
/// taken as it stands. A cell that does not start with a quote is its own content.
pub(crate) fn unquote(raw: &[u8], quote: u8) -> Cow<'_, [u8]> {
    let Some(inner) = raw.strip_prefix(&[quote]) else { return Cow::Borrowed(raw) };
    let first = memchr(quote, inner).unwrap_or(inner.len());
    if first + 1 >= inner.len() {
        return Cow::Borrowed(inner.get(..first).unwrap_or_default());
    }
    let mut content = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr(quote, rest) {
        let (before, from_quote) = rest.split_at(at);
        content.extend_from_slice(before);
        if from_quote.get(1) != Some(&quote) {
            content.extend_from_slice(from_quote.get(1..).unwrap_or_default());
            return Cow::Owned(content);
        }
        content.push(quote);
        rest = from_quote.get(2..).unwrap_or_default();
    }
    content.extend_from_slice(rest);
    Cow::Owned(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_and_doubled_ones_become_one() {
        for (raw, wanted) in [
            ("", ""),
            ("ab", "ab"),
            ("a\"b\"", "a\"b\""),
            ("\"\"", ""),
            ("\"ab\"", "ab"),
            ("\"a\"\"b\"", "a\"b"),
            ("\"\"\"\"", "\""),
            ("\"ab\"cd", "abcd"),
            ("\"ab\"cd\"e", "abcd\"e"),
            ("\"a\"\"b\" c", "a\"b c"),
            ("\"open", "open"),
            ("\"", ""),
        ] {
            assert_eq!(unquote(raw.as_bytes(), b'"'), wanted.as_bytes(), "{raw}");
        }
    }
}
