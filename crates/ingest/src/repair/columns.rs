//! How the cells of each column usually look, so that a broken record can be laid out as it was meant.

use serde::{Deserialize, Serialize};

use crate::sniff::shape::{SHAPES, Shape};

/// Values from which a column has a look of its own.
const TOLD: u32 = 3;
/// Share of the values from which a shape is usual.
const USUAL: f64 = 0.05;

/// The looks of all columns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Columns {
    looks: Vec<Look>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Look {
    shapes: [u32; SHAPES],
    cells: u32,
}

impl Look {
    fn share(&self, wanted: impl Fn(usize) -> bool) -> f64 {
        let of: u32 =
            self.shapes.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, count)| count).sum();
        f64::from(of) / f64::from(self.cells.max(1))
    }

    fn values(&self) -> f64 {
        1.0 - self.share(|at| at == Shape::Empty as usize || at == Shape::Null as usize)
    }

    fn typed(&self) -> f64 {
        let is_typed = |shape: Shape| self.share(|at| at == shape as usize);
        is_typed(Shape::Integer) + is_typed(Shape::Number) + is_typed(Shape::Date) + is_typed(Shape::Time)
    }
}

/// The kind that shapes have in common.
fn group(shape: Shape) -> u8 {
    match shape {
        Shape::Empty | Shape::Null => 0,
        Shape::Integer | Shape::Number => 1,
        Shape::Date => 2,
        Shape::Time => 3,
        Shape::Address => 4,
        Shape::Code | Shape::Word | Shape::Text | Shape::Other => 5,
    }
}

impl Columns {
    /// Columns of which nothing is known.
    pub(crate) fn unknown(count: usize) -> Self {
        Self { looks: vec![Look::default(); count] }
    }

    /// Takes in the content of a cell.
    pub(crate) fn see(&mut self, column: usize, cell: &[u8]) {
        let Some(look) = self.looks.get_mut(column) else { return };
        look.cells += 1;
        if let Some(count) = look.shapes.get_mut(Shape::of(cell) as usize) {
            *count += 1;
        }
    }

    /// How badly a cell fits a column, 0 (as usual) to 1 (never seen where all look alike).
    pub(crate) fn misfit(&self, column: usize, cell: &[u8]) -> f64 {
        let Some(look) = self.looks.get(column).filter(|look| look.cells >= TOLD) else { return 0.0 };
        let shape = Shape::of(cell);
        if look.share(|at| at == shape as usize) >= USUAL {
            return 0.0;
        }
        if shape.is_void() {
            return 0.4 * look.values();
        }
        let alike = look.share(|at| Shape::ALL.get(at).is_some_and(|other| group(*other) == group(shape)));
        if alike >= USUAL { 0.2 } else { 0.4 + 0.6 * look.typed() }
    }

    /// Mean misfit of a whole row.
    pub(crate) fn row_misfit(&self, cells: &[Vec<u8>]) -> f64 {
        let sum: f64 = cells.iter().enumerate().map(|(column, cell)| self.misfit(column, cell)).sum();
        sum / cells.len().max(1) as f64
    }

    /// How many columns of numbers, dates and times hold one here too.
    pub(crate) fn typed_matches(&self, cells: &[Vec<u8>]) -> usize {
        let is_match = |(look, cell): &(&Look, &Vec<u8>)| {
            look.cells >= TOLD && look.typed() > 0.5 && Shape::of(cell).is_typed()
        };
        self.looks.iter().zip(cells).filter(is_match).count()
    }

    /// Whether no value was seen.
    pub(crate) fn is_unknown(&self) -> bool {
        self.looks.iter().all(|look| look.cells < TOLD)
    }

    /// Whether a column holds text, where delimiters may stand in.
    pub(crate) fn is_text(&self, column: usize) -> bool {
        self.looks.get(column).is_none_or(|look| look.typed() < 0.2)
    }

    /// Whether a row looks like names of columns: text in the columns of numbers and dates, of which there are
    /// some, and a name in most columns.
    pub(crate) fn is_header(&self, cells: &[Vec<u8>]) -> bool {
        let (mut typed, mut named, mut filled) = (0, 0, 0);
        for (look, cell) in self.looks.iter().zip(cells) {
            let shape = Shape::of(cell);
            filled += usize::from(!shape.is_void());
            if look.cells >= TOLD && look.typed() > 0.5 {
                typed += 1;
                named += usize::from(shape.is_textual());
            }
        }
        typed > 0 && 10 * named >= 7 * typed && 2 * filled > cells.len()
    }
}
