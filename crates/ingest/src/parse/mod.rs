//! From the bytes of a cell to a value.

mod boolean;
mod datetime;
mod null;
mod number;
#[cfg(target_arch = "x86_64")]
mod short_numbers;
mod written;

pub(crate) use boolean::{boolean, short_boolean};
pub(crate) use datetime::{DateFormat, KnownDates, datetime};
pub(crate) use null::NullSpellings;
pub(crate) use number::{number, short_number};
#[cfg(target_arch = "x86_64")]
pub(crate) use short_numbers::{BATCH, ShortCells, ShortNumbers};
pub(crate) use written::written_number;
