use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use driftline_cluster::{
    Cluster, ClusterError, ExecutorOptions, Guard, Place, SchedulerOptions, Shield, ShieldFiles,
    run_executor, run_scheduler,
};
use driftline_engine::spread::Workers;

use super::log::log;
use super::{ExecutorArguments, GuardArguments, SchedulerArguments};
use crate::arguments::{GlobalArguments, override_with};
use crate::command::serve::{runtime, stop_wanted};
use crate::config::{ClusterSettings, Overrides};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match &error {
            ClusterError::Address { .. } => Self::usage("cluster_address", error.to_string(), None),
            ClusterError::Open { .. } | ClusterError::Wildcard { .. } => {
                Self::usage("cluster_open", error.to_string(), None)
            }
            ClusterError::Shield { .. } => Self::usage("cluster_shield", error.to_string(), None),
            _ => Self::system("cluster", error.to_string(), None),
        }
    }
}

impl GuardArguments {
    fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::new();
        override_with(&mut overrides, "cluster.tls_cert", "tls-cert", self.tls_cert.as_ref());
        override_with(&mut overrides, "cluster.tls_key", "tls-key", self.tls_key.as_ref());
        override_with(&mut overrides, "cluster.tls_ca", "tls-ca", self.tls_ca.as_ref());
        override_with(&mut overrides, "cluster.secret_file", "secret-file", self.secret_file.as_ref());
        overrides
    }

    fn guard(&self, settings: &ClusterSettings) -> Result<Guard, Failure> {
        Ok(match (Shield::load(&files(settings))?, self.allow_open) {
            (Some(shield), _) => Guard::Shield(shield),
            (None, true) => Guard::Network,
            (None, false) => Guard::Loopback,
        })
    }
}

fn files(settings: &ClusterSettings) -> ShieldFiles {
    ShieldFiles {
        cert: settings.tls_cert.clone(),
        key: settings.tls_key.clone(),
        ca: settings.tls_ca.clone(),
        secret: settings.secret_file.clone(),
    }
}

/// Runs a scheduler until it is told to stop.
pub(super) fn scheduler(
    global: &GlobalArguments,
    arguments: &SchedulerArguments,
) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.guard.overrides())?;
    let guard = arguments.guard.guard(&session.configuration.cluster)?;
    let bind = Place::parse(&arguments.bind)?;
    let options = SchedulerOptions { bind, advertise: arguments.advertise.clone(), guard };
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
    let session = Session::open(global, arguments.guard.overrides())?;
    let temporary = tempfile::Builder::new().prefix("driftline-executor").tempdir().map_err(|error| {
        Failure::system("work_dir", format!("failed to make a folder for work: {error}"), None)
    })?;
    let options = ExecutorOptions {
        scheduler: Place::parse(&arguments.scheduler)?,
        bind: Place::parse(&arguments.bind)?,
        advertise: arguments.advertise.clone(),
        slots: arguments.slots,
        work_dir: arguments.work_dir.clone().unwrap_or_else(|| temporary.path().to_owned()),
        guard: arguments.guard.guard(&session.configuration.cluster)?,
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
    let cluster = Cluster::of(Place::parse(&settings.url)?)?
        .with_wait(wait)
        .with_shield(Shield::load(&files(settings))?);
    Ok(Some(match settings.part_bytes {
        0 => Arc::new(cluster),
        part_bytes => Arc::new(cluster.with_part_bytes(part_bytes)),
    }))
}
