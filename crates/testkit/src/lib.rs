//! Made-up data for tests and benchmarks, always the same for a seed, and what tests stand on.

pub mod csv_text;
pub mod mixed_table;
pub mod plain_csv;
pub mod planted;
pub mod polluted;
#[cfg(unix)]
pub mod postgres;
pub mod profiled;
mod random;
mod weighted;

pub use random::Random;
pub use weighted::Weighted;
