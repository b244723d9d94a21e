//! A cluster that reads data too large for one machine: its scheduler and its executors.

#[cfg(feature = "cluster")]
mod log;
#[cfg(feature = "cluster")]
mod parts;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use driftline_engine::spread::Workers;

use crate::arguments::GlobalArguments;
use crate::config::ClusterSettings;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  driftline cluster scheduler
  driftline cluster executor --scheduler df://127.0.0.1:50050
  driftline check 'july/*.csv' --against 'june/*.csv' --cluster df://127.0.0.1:50050

Every process must see the data under the same paths (or s3:// addresses). Scheduler and executors
listen on this machine only, unless told otherwise: whoever reaches them can read what they can read.";

/// Run a part of a cluster that reads data too large for one machine
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct ClusterArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Scheduler(SchedulerArguments),
    Executor(ExecutorArguments),
}

/// Hand out parts to executors and take in what they send
#[derive(Debug, Args)]
pub(crate) struct SchedulerArguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    bind: String,
    /// What others call this host [default: the host of --bind]
    #[arg(long, value_name = "HOST")]
    advertise: Option<String>,
    #[command(flatten)]
    guard: GuardArguments,
}

/// Read parts for a scheduler
#[derive(Debug, Args)]
pub(crate) struct ExecutorArguments {
    /// Where the scheduler is
    #[arg(long, value_name = "df://HOST:PORT", default_value = "df://127.0.0.1:50050")]
    scheduler: String,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50051")]
    bind: String,
    /// What others call this host [default: the host of --bind]
    #[arg(long, value_name = "HOST")]
    advertise: Option<String>,
    /// Parts that are read at the same time [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    slots: u32,
    /// Where what goes to others lies until it is fetched [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    work_dir: Option<std::path::PathBuf>,
    /// Seconds to wait for the scheduler to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u16,
    #[command(flatten)]
    guard: GuardArguments,
}

/// What keeps others out.
#[derive(Debug, Args)]
pub(crate) struct GuardArguments {
    /// Certificate of this process, with its chain, as PEM; the address that others reach it at must be in it
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Private key of the certificate, as PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Certificates that those of the other processes go back to, as PEM
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<String>,
    /// File with the secret that all processes share, of 16 bytes at least
    #[arg(long, value_name = "FILE")]
    secret_file: Option<String>,
    /// Listen where other machines can reach it, without protection: only where the network keeps others out
    #[arg(long)]
    allow_open: bool,
}

/// Runs a part of a cluster.
#[cfg(feature = "cluster")]
pub(crate) fn run(global: &GlobalArguments, arguments: &ClusterArguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::Scheduler(scheduler) => parts::scheduler(global, scheduler),
        Action::Executor(executor) => parts::executor(global, executor),
    }
}

/// Says that this program cannot.
#[cfg(not(feature = "cluster"))]
pub(crate) fn run(_: &GlobalArguments, _: &ClusterArguments) -> Result<ExitCode, Failure> {
    Err(not_built())
}

/// Those who read instead of this process, where a cluster is configured.
#[cfg(feature = "cluster")]
pub(crate) fn workers(settings: &ClusterSettings) -> Result<Option<Arc<dyn Workers + Send + Sync>>, Failure> {
    parts::workers(settings)
}

/// Nobody, unless a cluster is configured that this program cannot use.
#[cfg(not(feature = "cluster"))]
pub(crate) fn workers(settings: &ClusterSettings) -> Result<Option<Arc<dyn Workers + Send + Sync>>, Failure> {
    if settings.url.is_empty() { Ok(None) } else { Err(not_built()) }
}

#[cfg(not(feature = "cluster"))]
fn not_built() -> Failure {
    let help = "build it with `--features cluster`, or take the release".to_owned();
    Failure::usage("not_built", "this program was built without clusters", Some(help))
}
