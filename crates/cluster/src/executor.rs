//! An executor: Ballista's, which knows our aggregates.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::ConfigProducer;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::extension::SessionConfigExt as _;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use datafusion::prelude::SessionConfig;

use crate::columns::{PROFILE, profile};
use crate::connections::connections;
use crate::gather::{GATHER, gather};
use crate::{ClusterError, Guard, MAX_MESSAGE_BYTES, Place, Shield};

/// How an executor is run.
#[derive(Clone)]
pub struct ExecutorOptions {
    /// Where the scheduler is.
    pub scheduler: Place,
    /// Where it listens for those who fetch what it has read; port 0 takes a free one.
    pub bind: Place,
    /// What others call its host; nothing for the one it listens on.
    pub advertise: Option<String>,
    /// Parts that it reads at the same time; 0 for one a core.
    pub slots: u32,
    /// Where states lie on their way.
    pub work_dir: PathBuf,
    /// What keeps others out.
    pub guard: Guard,
    /// Seconds that it waits for a scheduler to answer.
    pub connect_secs: u16,
}

/// Runs an executor until it is told to end.
///
/// # Errors
/// When it may not or cannot listen there, finds no scheduler, or broke down.
pub async fn run_executor(options: &ExecutorOptions) -> Result<(), ClusterError> {
    options.bind.guarded(&options.guard)?;
    let known_as = options.bind.known_as(options.advertise.as_deref())?;
    let port = port(&options.bind)?;
    let shield = options.guard.shield();
    if let Some(shield) = shield {
        // Ballista listens behind it, on the same port of loopback: so this must not be every address.
        let listen = |source| ClusterError::System { what: "listen", source };
        let listener = tokio::net::TcpListener::bind((known_as.as_str(), port)).await.map_err(listen)?;
        shield.stand_before(listener, (Ipv4Addr::LOCALHOST, port).into());
    }
    let ended = |cause: String| ClusterError::Ended { part: "executor", cause };
    let mut functions = BallistaFunctionRegistry::default();
    functions.aggregate_functions.insert(GATHER.to_owned(), gather());
    functions.aggregate_functions.insert(PROFILE.to_owned(), profile());
    let config = ExecutorProcessConfig {
        bind_host: shield.map_or_else(|| options.bind.host.clone(), |_| Ipv4Addr::LOCALHOST.to_string()),
        external_host: Some(known_as),
        port,
        // Nobody listens for orders: it asks for work.
        grpc_port: port,
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        scheduler_host: options.scheduler.host.clone(),
        scheduler_port: options.scheduler.port,
        scheduler_connect_timeout_seconds: options.connect_secs,
        vcores: options.slots as usize,
        work_dir: Some(options.work_dir.to_string_lossy().into_owned()),
        grpc_max_decoding_message_size: MAX_MESSAGE_BYTES,
        grpc_max_encoding_message_size: MAX_MESSAGE_BYTES,
        job_data_ttl_seconds: 3_600,
        job_data_clean_up_interval_seconds: 600,
        override_function_registry: Some(Arc::new(functions)),
        override_create_grpc_client_endpoint: Some(connections(shield)),
        override_config_producer: Some(session_config(shield.cloned())),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config)).await.map_err(|error| ended(error.to_string()))
}

/// How what executors ask each other for is fetched.
fn session_config(shield: Option<Arc<Shield>>) -> ConfigProducer {
    Arc::new(move || {
        SessionConfig::new_with_ballista()
            .with_ballista_grpc_client_max_message_size(MAX_MESSAGE_BYTES as usize)
            .with_ballista_override_create_grpc_client_endpoint(connections(shield.as_ref()))
    })
}

/// The port that was asked for, or a free one.
fn port(bind: &Place) -> Result<u16, ClusterError> {
    if bind.port != 0 {
        return Ok(bind.port);
    }
    let listen = |source| ClusterError::System { what: "find a free port", source };
    let free = TcpListener::bind((bind.host.as_str(), 0)).map_err(listen)?;
    Ok(free.local_addr().map_err(listen)?.port())
}
