//! Pairs of tables with planted changes of everyday size, and how large the signal of each is.
//!
//! A pair has the same columns, of many shapes, on both sides. In a stable pair both sides come from the same
//! distributions; otherwise some columns have been changed on the current side, and it is known which and how.

mod cells;
mod change;
mod draw;
mod pair;
mod shape;
mod signal;

pub use cells::Cells;
pub use change::Change;
pub use pair::{PlantedColumn, PlantedPair, Sizes};
pub use shape::{SHAPES, Shape};
pub use signal::{COUNTING_SIGNAL, Signals};
