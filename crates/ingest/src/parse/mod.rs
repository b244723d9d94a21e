//! From the bytes of a cell to a value.

mod boolean;
mod datetime;
mod null;
mod number;

pub(crate) use boolean::{boolean, short_boolean};
pub(crate) use datetime::{DateFormat, LastDate, datetime};
pub(crate) use null::NullSpellings;
pub(crate) use number::{number, short_number};
