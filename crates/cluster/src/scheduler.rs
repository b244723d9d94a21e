//! The scheduler: Ballista's, which knows our aggregates.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::extension::SessionConfigExt as _;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion::execution::{FunctionRegistry as _, SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;

use crate::columns::profile;
use crate::connections::connections;
use crate::gather::gather;
use crate::{ClusterError, DEAD_LOOK_SECS, EXECUTOR_TIMEOUT_SECS, Guard, MAX_MESSAGE_BYTES, Place};

/// How long work waits for an executor when there is none any more.
const NO_EXECUTORS_GRACE: Duration = Duration::from_secs(15);

/// How a scheduler is run.
#[derive(Clone)]
pub struct SchedulerOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: Place,
    /// What others call its host; nothing for the one it listens on.
    pub advertise: Option<String>,
    /// What keeps others out.
    pub guard: Guard,
}

/// Runs a scheduler until it fails. `ready` is told where it listens.
///
/// # Errors
/// When it may not or cannot listen there, or broke down.
pub async fn run_scheduler(
    options: &SchedulerOptions,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ClusterError> {
    options.bind.guarded(&options.guard)?;
    let external_host = options.bind.known_as(options.advertise.as_deref())?;
    let listen = |source| ClusterError::System { what: "listen", source };
    let listener =
        TcpListener::bind((options.bind.host.as_str(), options.bind.port)).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let listener = match options.guard.shield() {
        None => listener,
        Some(shield) => {
            let inner = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(listen)?;
            shield.stand_before(listener, inner.local_addr().map_err(listen)?);
            inner
        }
    };
    let ended = |cause: String| ClusterError::Ended { part: "scheduler", cause };
    let config = SchedulerConfig {
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        external_host,
        // Clients fetch results through the scheduler, so that they need not reach executors.
        enable_embedded_flight_proxy: true,
        advertise_flight_endpoint: None,
        // Executors ask for work and count their slots themselves. Where the scheduler counts them, as Ballista 55
        // does by default, it loses a slot with every task that is taken back because another executor was lost.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        task_distribution: TaskDistributionPolicy::RoundRobin,
        executor_timeout_seconds: EXECUTOR_TIMEOUT_SECS,
        expire_dead_executor_interval_seconds: DEAD_LOOK_SECS,
        no_executors_grace_period_seconds: NO_EXECUTORS_GRACE.as_secs(),
        min_ready_executors: 1,
        grpc_server_max_decoding_message_size: MAX_MESSAGE_BYTES,
        grpc_server_max_encoding_message_size: MAX_MESSAGE_BYTES,
        grpc_client_max_message_size: MAX_MESSAGE_BYTES,
        override_session_builder: Some(Arc::new(session)),
        override_create_grpc_client_endpoint: Some(connections(options.guard.shield())),
        ..SchedulerConfig::default()
    };
    config.validate().map_err(|error| ended(error.to_string()))?;
    let cluster =
        BallistaCluster::new_from_config(&config).await.map_err(|error| ended(error.to_string()))?;
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config))
        .await
        .map_err(|error| ended(error.to_string()))?;
    ready(address);
    start_grpc_service_with_listener(listener, scheduler).await.map_err(|error| ended(error.to_string()))
}

/// The session of a job: what clients ask for, with our aggregates.
fn session(config: SessionConfig) -> datafusion::common::Result<SessionState> {
    let mut state =
        SessionStateBuilder::new().with_config(config.upgrade_for_ballista()).with_default_features().build();
    state.register_udaf(gather())?;
    state.register_udaf(profile())?;
    Ok(state)
}
