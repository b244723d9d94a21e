//! Finding cells and records: from bytes to the positions of delimiters and line ends outside quotes.

mod blocks;
mod boundary;
mod cells;
mod index;
mod masks;
#[cfg(test)]
pub(crate) mod reference;
mod resume;

pub(crate) use boundary::boundary;
pub(crate) use cells::{Cells, unquote};
pub(crate) use index::{Index, Indexer};
pub(crate) use masks::{PADDING, Structure};
pub(crate) use resume::{first_end, resumed};
