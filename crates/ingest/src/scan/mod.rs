//! Finding cells and records: from bytes to the positions of delimiters and line ends outside quotes.

mod blocks;
mod boundary;
mod cells;
mod index;
mod masks;
#[cfg(test)]
pub(crate) mod reference;

pub(crate) use boundary::boundary;
pub(crate) use cells::{Cells, unquote};
pub(crate) use index::{Index, Indexer};
pub(crate) use masks::{PADDING, Structure};
