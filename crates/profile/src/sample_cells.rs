use arrow_array::{Array, StringViewArray};
use driftline_chunk::{ColumnValues, Physical};
use driftline_stats::hash::NULL_HASH;

use crate::labels::{cut, reserve_quarter};

/// The candidate cells of one column, copied out of their chunks so that no chunk is kept alive.
#[derive(Debug, Clone)]
pub(crate) enum SampleCells {
    /// Numbers, datetimes and booleans; NaN for a null.
    Numbers(Vec<f64>),
    /// Texts, cut to their first 256 bytes.
    Text(TextCells),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct TextCells {
    arena: String,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    /// [`Span::NULL`] for a null.
    bytes: u32,
}

impl Span {
    const NULL: u32 = u32::MAX;
}

impl SampleCells {
    pub(crate) fn new(physical: Physical) -> Self {
        match physical {
            Physical::Text => Self::Text(TextCells::default()),
            Physical::Number | Physical::Boolean | Physical::Datetime => Self::Numbers(Vec::new()),
        }
    }

    /// Copies the cells of these rows.
    pub(crate) fn extend(&mut self, values: ColumnValues<'_>, hashes: &[u64], rows: &[u32]) {
        match self {
            Self::Numbers(numbers) => {
                let number = number_at(values);
                numbers.extend(rows.iter().map(|&row| {
                    if hashes.get(row as usize) == Some(&NULL_HASH) { f64::NAN } else { number(row as usize) }
                }));
            }
            Self::Text(texts) => match values {
                ColumnValues::Text(array) => {
                    rows.iter().for_each(|&row| texts.push(text_at(array, row as usize)));
                }
                _ => rows.iter().for_each(|_| texts.push(None)),
            },
        }
    }

    /// Copies the cells at these indices of another part.
    pub(crate) fn append(&mut self, other: &Self, order: &[u32]) {
        match self {
            Self::Numbers(numbers) => numbers.extend(order.iter().map(|&index| other.number(index))),
            Self::Text(texts) => order.iter().for_each(|&index| texts.push(other.text(index))),
        }
    }

    /// Keeps only the cells at these rising indices. `spare` serves as room to copy texts to, and holds afterwards
    /// the room that they had.
    pub(crate) fn keep(&mut self, order: &[u32], spare: &mut TextCells) {
        match self {
            Self::Numbers(numbers) => {
                for (kept, &index) in order.iter().enumerate() {
                    // `kept <= index`, as the indices rise.
                    numbers[kept] = numbers[index as usize];
                }
                numbers.truncate(order.len());
            }
            Self::Text(texts) => {
                spare.clear();
                spare.arena.reserve_exact(order.iter().map(|&index| texts.bytes_of(index as usize)).sum());
                spare.spans.reserve_exact(order.len());
                order.iter().for_each(|&index| spare.push(texts.get(index as usize)));
                std::mem::swap(texts, spare);
            }
        }
    }

    /// The number of a cell; NaN for a null and for text.
    pub(crate) fn number(&self, index: u32) -> f64 {
        match self {
            Self::Numbers(numbers) => numbers.get(index as usize).copied().unwrap_or(f64::NAN),
            Self::Text(_) => f64::NAN,
        }
    }

    /// The text of a cell; `None` for a null and for numbers.
    pub(crate) fn text(&self, index: u32) -> Option<&str> {
        match self {
            Self::Numbers(_) => None,
            Self::Text(texts) => texts.get(index as usize),
        }
    }

    /// Bytes of all texts.
    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Numbers(_) => 0,
            Self::Text(texts) => texts.arena.len(),
        }
    }

    /// Bytes of one text.
    pub(crate) fn text_bytes_of(&self, index: u32) -> usize {
        match self {
            Self::Numbers(_) => 0,
            Self::Text(texts) => texts.bytes_of(index as usize),
        }
    }
}

impl TextCells {
    pub(crate) fn push(&mut self, text: Option<&str>) {
        // The arena is kept far below 4 GiB by the sampler.
        let start = self.arena.len() as u32;
        match text {
            Some(text) => {
                let text = cut(text);
                reserve_quarter(&mut self.arena, text.len());
                self.arena.push_str(text);
                self.spans.push(Span { start, bytes: text.len() as u32 });
            }
            None => self.spans.push(Span { start, bytes: Span::NULL }),
        }
    }

    fn clear(&mut self) {
        self.arena.clear();
        self.spans.clear();
    }

    fn bytes_of(&self, index: usize) -> usize {
        self.spans.get(index).map_or(0, |span| if span.bytes == Span::NULL { 0 } else { span.bytes as usize })
    }

    fn get(&self, index: usize) -> Option<&str> {
        let span = self.spans.get(index).filter(|span| span.bytes != Span::NULL)?;
        self.arena.get(span.start as usize..(span.start + span.bytes) as usize)
    }
}

fn text_at(array: &StringViewArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// Reads a column's cells as numbers.
fn number_at<'a>(values: ColumnValues<'a>) -> impl Fn(usize) -> f64 + 'a {
    move |row| match values {
        ColumnValues::Number(array) => array.value(row),
        ColumnValues::Datetime(array) => array.value(row) as f64,
        ColumnValues::Boolean(array) => f64::from(u8::from(array.value(row))),
        ColumnValues::Text(_) => f64::NAN,
    }
}
