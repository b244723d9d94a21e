//! What Ballista and DataFusion say, in the log of this process.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::failure::Failure;
use crate::progress::Told;
use crate::session::Session;

/// Takes in records of the crate `log`.
struct Bridge;

/// Begins to log as the configuration says.
pub(super) fn log(session: &Session) -> Result<(), Failure> {
    crate::command::serve::log(session)?;
    if session.told == Told::Nothing {
        // Without a log `tracing` itself passes on to the crate `log`, and they would talk to each other for ever.
        return Ok(());
    }
    log::set_logger(&Bridge).map_err(|error| Failure::system("cluster", error.to_string(), None))?;
    log::set_max_level(LevelFilter::Debug);
    Ok(())
}

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Others use it too, and only their trouble is of interest here. One part of Ballista tells trouble after
        // every query that is none: that the counters of tasks do not fit its plan.
        let target = metadata.target();
        target != "ballista_scheduler::display"
            && (metadata.level() <= Level::Warn || target.starts_with("ballista"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (said, part) = (record.args(), record.target());
        match record.level() {
            Level::Error => tracing::error!(target: "cluster", part, "{said}"),
            Level::Warn => tracing::warn!(target: "cluster", part, "{said}"),
            // It tells whole plans.
            Level::Info | Level::Debug | Level::Trace => tracing::debug!(target: "cluster", part, "{said}"),
        }
    }

    fn flush(&self) {}
}
