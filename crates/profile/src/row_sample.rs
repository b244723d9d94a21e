use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use driftline_stats::hash::hash_bytes;
use rayon::prelude::*;

/// Where a row stands in its table: the number of its source, and the byte (or for sources without bytes the
/// sequence number) at which it starts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Number of the source within its table.
    pub source: u32,
    /// Offset of the row in the decompressed source.
    pub offset: u64,
}

/// A uniform sample of whole rows: those with the smallest hash of their position, in the order of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSample {
    /// Where the rows stand, rising.
    pub positions: Vec<Position>,
    /// The cells by column, each as long as `positions`.
    pub columns: Vec<SampleColumn>,
    /// Rows of the whole table.
    pub rows_total: u64,
}

/// The sampled cells of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleColumn {
    /// Numbers, datetimes (microseconds since 1970) and booleans (0 and 1); NaN is a null, or a cell that did
    /// not fit.
    Numbers(Vec<f64>),
    /// Texts.
    Text(TextSample),
}

/// Sampled texts, each different one kept once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextSample {
    /// For each row the index of its text in `values`; [`TextSample::NULL`] for a null.
    pub codes: Vec<u32>,
    /// The different texts, sorted by bytes; cut to 256 bytes where longer.
    pub values: Vec<Box<str>>,
}

impl RowSample {
    /// Rows in the sample.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// A sample of at most `most` of the rows, evenly over the table.
    #[must_use]
    pub fn thinned(&self, most: usize) -> Self {
        let step = self.len().div_ceil(most.max(1)).max(1);
        Self {
            positions: self.positions.iter().copied().step_by(step).collect(),
            columns: self.columns.par_iter().map(|column| column.thinned(step)).collect(),
            rows_total: self.rows_total,
        }
    }

    /// Whether the sample is the whole table.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.positions.len() as u64 == self.rows_total
    }
}

impl SampleColumn {
    fn thinned(&self, step: usize) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(numbers.iter().copied().step_by(step).collect()),
            Self::Text(texts) => Self::Text(TextSample::from_texts(
                (0..texts.codes.len()).step_by(step).map(|row| texts.get(row)),
            )),
        }
    }
}

impl TextSample {
    /// The code of a null.
    pub const NULL: u32 = u32::MAX;

    /// The text of a row; `None` for a null, and where there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.values.get(*self.codes.get(row)? as usize).map(AsRef::as_ref)
    }

    /// A sample of these texts in row order.
    pub(crate) fn from_texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut index = HashMap::<&str, u32, BuildHasherDefault<TextHasher>>::default();
        let mut values = Vec::new();
        let mut codes: Vec<u32> = texts
            .map(|text| {
                text.map_or(Self::NULL, |text| {
                    *index.entry(text).or_insert_with(|| {
                        values.push(text);
                        values.len() as u32 - 1
                    })
                })
            })
            .collect();
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        // Most texts differ within their first eight bytes, which compare as one number.
        let prefixes: Vec<u64> = values.iter().map(|text| prefix_of(text)).collect();
        order.sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            prefixes[a].cmp(&prefixes[b]).then_with(|| values[a].cmp(values[b]))
        });
        let mut ranks = vec![0; values.len()];
        for (rank, &code) in order.iter().enumerate() {
            ranks[code as usize] = rank as u32;
        }
        for code in codes.iter_mut().filter(|code| **code != Self::NULL) {
            *code = ranks[*code as usize];
        }
        Self { codes, values: order.into_iter().map(|code| values[code as usize].into()).collect() }
    }
}

/// The first eight bytes, ordered like the text; texts with equal prefixes may still differ.
fn prefix_of(text: &str) -> u64 {
    let mut prefix = [0; 8];
    let length = text.len().min(8);
    prefix[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(prefix)
}

/// The shared hash as a hasher of texts.
#[derive(Debug, Default)]
struct TextHasher(u64);

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = self.0.rotate_left(8) ^ hash_bytes(bytes);
    }

    // The mark that ends every text adds nothing to a hash that knows its length.
    fn write_u8(&mut self, _mark: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted_and_kept_once() {
        let sample = TextSample::from_texts([Some("b"), None, Some("a"), Some("b"), Some("")].into_iter());
        assert_eq!(sample.values, [Box::from(""), Box::from("a"), Box::from("b")]);
        assert_eq!(sample.codes, [2, TextSample::NULL, 1, 2, 0]);
        assert_eq!((sample.get(0), sample.get(1), sample.get(9)), (Some("b"), None, None));
    }

    #[test]
    fn a_thinned_sample_has_every_so_manieth_row_and_no_text_that_is_not_in_it() {
        let position = |offset| Position { source: 0, offset };
        let texts = ["a", "b", "c", "a", "d"].map(Some).into_iter();
        let sample = RowSample {
            positions: (0..5).map(position).collect(),
            columns: vec![
                SampleColumn::Numbers(vec![0.0, 1.0, 2.0, 3.0, 4.0]),
                SampleColumn::Text(TextSample::from_texts(texts)),
            ],
            rows_total: 90,
        };
        let thin = sample.thinned(3);
        assert_eq!(thin.positions, [0, 2, 4].map(position));
        assert_eq!(thin.columns[0], SampleColumn::Numbers(vec![0.0, 2.0, 4.0]));
        let kept = ["a", "c", "d"].map(Some).into_iter();
        assert_eq!(thin.columns[1], SampleColumn::Text(TextSample::from_texts(kept)));
        assert_eq!(thin.rows_total, 90);
        assert_eq!(sample.thinned(9), sample);
    }
}
