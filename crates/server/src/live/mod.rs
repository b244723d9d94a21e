//! Monitors that run here: feeds in, windows out, alarms into findings.

mod clock;
mod history;
mod own_metrics;
mod process;
mod raise;
mod recent;
mod registry;
mod runner;
mod sending;
mod spool;
mod thread;

pub(crate) use history::{Kept, read as history};
pub(crate) use own_metrics::read as own_metrics;
pub(crate) use recent::{Seen, shown};
pub(crate) use registry::{LiveMonitors, Running, supervise};
pub(crate) use sending::{SentFormat, format_of, rows_of};
pub(crate) use spool::{SentKey, SpoolError};
