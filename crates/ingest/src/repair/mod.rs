//! Reading what is not written as it should be: every dialect, and records that are broken.

mod columns;
mod fit;
mod grammar;
mod lines;
mod note;
mod reader;
mod record;
mod segment;
mod tables;

pub(crate) use columns::Columns;
pub(crate) use grammar::{Ends, Grammar};
pub use note::{Aside, AsideKind, Forensics, Repair, RepairKind};
pub(crate) use reader::{Plain, Recipe, RepairReader};
pub(crate) use record::header_cells;
