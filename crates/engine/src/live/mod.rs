//! A monitor: the same check, one window after another, on a feed that never ends.
//!
//! Pure computation: rows, moments and the clock come in, closed windows, alarms and recoveries come out. The same
//! rows with the same moments give the same alarms, whether they come live or are replayed.

mod blocks;
mod budget;
mod conditions;
mod drift_watch;
mod feed_watch;
mod joint_watch;
mod kept;
mod metrics;
mod monitor;
mod movement;
mod outlook;
mod own_metrics;
mod panes;
mod personal_numbers;
mod preview;
mod reference;
mod rollups;
mod schema_watch;
mod series_watch;

#[cfg(test)]
mod tests;

pub use monitor::{Closed, LiveRows, Monitor, Resolution};
pub use outlook::{FeedSize, Outlook, outlook};
pub use own_metrics::CustomMetrics;
pub use panes::profile_options;
pub use preview::{Preview, preview};
pub use series_watch::column_of;
