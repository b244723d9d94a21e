//! What differs between two tables, which rows and which values of a series are strange, and why.
//!
//! Pure computation on profiles and chunks. Knows nothing of input and output.

pub mod cells;
pub mod contract;
mod description;
pub mod drift;
pub mod insight;
pub mod personal;
pub mod rows;
pub mod series;
mod wording;
