//! Made-up data for tests and benchmarks, always the same for a seed.

pub mod csv_text;
pub mod mixed_table;
pub mod plain_csv;
pub mod planted;
pub mod profiled;
mod random;
mod weighted;

pub use random::Random;
pub use weighted::Weighted;
