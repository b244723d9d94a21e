//! What differs between two tables, which rows are strange, and why.
//!
//! Pure computation on profiles and chunks. Knows nothing of input and output.

pub mod contract;
mod description;
pub mod drift;
pub mod insight;
pub mod rows;
mod wording;
