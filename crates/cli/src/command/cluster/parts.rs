use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use driftline_cluster::{
    Cluster, ClusterError, ExecutorOptions, Guard, Place, SchedulerOptions, run_executor, run_scheduler,
};
use driftline_engine::spread::Workers;

use super::{ExecutorArguments, GuardArguments, SchedulerArguments};
use crate::arguments::GlobalArguments;
use crate::command::serve::{log, runtime, stop_wanted};
use crate::config::ClusterSettings;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match &error {
            ClusterError::Address { .. } => Self::usage("cluster_address", error.to_string(), None),
            ClusterError::Open { .. } => Self::usage("cluster_open", error.to_string(), None),
            _ => Self::system("cluster", error.to_string(), None),
        }
    }
}

impl GuardArguments {
    fn guard(&self) -> Guard {
        if self.allow_open { Guard::Network } else { Guard::Loopback }
    }
}

/// Runs a scheduler until it is told to stop.
pub(super) fn scheduler(
    global: &GlobalArguments,
    arguments: &SchedulerArguments,
) -> Result<ExitCode, Failure> {
    let session = Session::open(global, Vec::new())?;
    let options = SchedulerOptions { bind: Place::parse(&arguments.bind)?, guard: arguments.guard.guard() };
    log(&session)?;
    runtime()?.block_on(async {
        let told = |address| {
            // Whoever reads it is gone when it cannot be written, and the scheduler serves all the same.
            let _ = output::print(&format!("The scheduler listens on df://{address}\n"));
        };
        tokio::select! {
            ended = run_scheduler(&options, told) => ended?,
            () = stop_wanted() => session.remark("Stopping: executors keep what they have read."),
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs an executor until it is told to stop; what it reads is read to its end.
pub(super) fn executor(global: &GlobalArguments, arguments: &ExecutorArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, Vec::new())?;
    let temporary = tempfile::Builder::new().prefix("driftline-executor").tempdir().map_err(|error| {
        Failure::system("work_dir", format!("failed to make a folder for work: {error}"), None)
    })?;
    let options = ExecutorOptions {
        scheduler: Place::parse(&arguments.scheduler)?,
        bind: Place::parse(&arguments.bind)?,
        advertise: arguments.advertise.clone(),
        slots: arguments.slots,
        work_dir: arguments.work_dir.clone().unwrap_or_else(|| temporary.path().to_owned()),
        guard: arguments.guard.guard(),
        connect_secs: arguments.wait.max(1),
    };
    log(&session)?;
    session.remark(&format!("An executor for the scheduler at df://{}", options.scheduler));
    runtime()?.block_on(run_executor(&options))?;
    Ok(ExitCode::SUCCESS)
}

/// Those who read instead of this process, where a cluster is configured.
pub(super) fn workers(settings: &ClusterSettings) -> Result<Option<Arc<dyn Workers + Send + Sync>>, Failure> {
    if settings.url.is_empty() {
        return Ok(None);
    }
    let wait = Duration::from_secs(settings.wait_secs.into());
    let cluster = Cluster::of(Place::parse(&settings.url)?)?.with_wait(wait);
    Ok(Some(match settings.part_bytes {
        0 => Arc::new(cluster),
        part_bytes => Arc::new(cluster.with_part_bytes(part_bytes)),
    }))
}
