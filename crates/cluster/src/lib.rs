//! The same check on many machines: parts of tables are read by the executors of an Apache Ballista cluster.
//!
//! Reading is an aggregate of DataFusion over a small table of parts ([`GATHER`]): each task opens its part and reads
//! it with the decoder, the bins and the model of one machine, states are merged on the way, and one comes back. The
//! same over columns that DataFusion has read is [`PROFILE`].
//! Knows how parts travel; what is done with them is the engine's business (`driftline_engine::spread`).

mod aggregate;
mod client;
mod columns;
mod connections;
mod error;
mod executor;
mod gather;
mod place;
mod ready;
mod scheduler;
mod shield;

pub use aggregate::pass_literal;
pub use client::Cluster;
pub use columns::{PROFILE, profile};
pub use error::ClusterError;
pub use executor::{ExecutorOptions, run_executor};
pub use gather::GATHER;
pub use place::{Guard, Place};
pub use scheduler::{SchedulerOptions, run_scheduler};
pub use shield::{Shield, ShieldFiles};

/// Largest message between processes, in bytes: what is known of a wide table must fit into one.
const MAX_MESSAGE_BYTES: u32 = 1 << 30;
/// Seconds without a sign of life after which an executor counts as dead. One that is busy gives one every 5 seconds.
const EXECUTOR_TIMEOUT_SECS: u64 = 12;
/// Seconds between looks for dead executors.
const DEAD_LOOK_SECS: u64 = 1;
