//! Whether the columns of a table drifted.

mod compare;
pub mod conform;
mod decide;
mod effect;
mod evidence;
mod examine;
mod headline;
pub mod method;
mod more_scores;
mod natural;
mod onset;
pub mod pair;
mod prepared;
mod role;
mod schema;
mod verdict;

pub(crate) use compare::mass_moved;
pub use decide::{DriftOutcome, decide, decide_prepared};
pub use method::METHODS;
pub use prepared::Prepared;

/// Every drift method that a report can show beside the headline score.
pub fn methods() -> &'static [&'static dyn method::DriftMethod] {
    METHODS
}
