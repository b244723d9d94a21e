//! Whether a value that has just come is strange for its series, and why. Strictly streaming.
//!
//! Every part looks at one thing, compares it with its own past, and speaks in evidence: minus the decimal
//! logarithm of how often something at least as strange was seen (2 = once in a hundred). [`SeriesDetector`] asks
//! all of them, puts together what they say, and raises one alarm for what lasts.
//!
//! Nothing here looks ahead or needs to know how long the series will be; memory is bounded, and work per value
//! does not grow with the series.

mod detector;
mod hours;
mod level;
mod quiet;
mod random_cut_forest;
mod reason;
mod runs;
mod seasons;
mod shape;
mod tail;
mod together;

#[cfg(test)]
mod tests;

pub use detector::{SeriesDetector, SeriesScore, SeriesSettings};
pub use random_cut_forest::{Displacement, RandomCutForest};
pub use reason::{SeriesReason, Side};
pub use seasons::{SeasonPeriod, SeriesUsual};
