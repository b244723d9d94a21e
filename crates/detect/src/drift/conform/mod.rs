//! Scores exactly as other tools compute them, so that people can move over and check.
//!
//! Written from the tools' published behaviour; conventions that look odd here are theirs, and every one is named.

mod column;
pub mod deepchecks;
pub mod evidently;
pub mod frouros;
pub mod great_expectations;
mod histogram;
pub mod nannyml;
mod scores;
mod shares;
pub mod soda;

pub use column::ConformColumn;
pub use scores::scores;
