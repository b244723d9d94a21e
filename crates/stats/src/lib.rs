//! Numerics on slices.
//!
//! Knows nothing of Arrow, of tables, or of reports: every function takes plain slices and gives plain numbers.

pub mod anderson_darling;
pub mod brown_forsythe;
pub mod contingency;
pub mod cramer_von_mises;
pub mod distribution;
pub mod divergence;
pub mod energy;
pub mod epps_singleton;
mod error;
mod exact_sum;
pub mod fisher;
pub mod good_turing;
pub mod hash;
mod hll;
pub mod ks;
pub mod mann_whitney;
pub mod moments;
pub mod multiple;
pub mod permutation;
pub mod prefetch;
pub mod proportion;
mod quadratic_form;
pub mod quantile;
pub mod radix;
pub mod random;
pub mod sample;
mod symmetric;
pub mod wasserstein;
pub mod welch;

pub use error::{Side, StatsError};
pub use exact_sum::ExactSum;
pub use hll::Hll;
pub use sample::TestOutcome;

#[cfg(test)]
mod fixtures;
