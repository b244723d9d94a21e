//! The side that asks: sends parts to a cluster and takes in what comes back.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ballista::prelude::SessionContextExt as _;
use ballista_core::config::{
    BALLISTA_ADAPTIVE_PLANNER_ENABLED, BALLISTA_CLIENT_IO_RETRIES_TIMES,
    BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK,
};
use ballista_core::execution_plans::DistributedQueryExec;
use ballista_core::extension::SessionConfigExt as _;
use ballista_core::serde::protobuf::CancelJobParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::utils::create_grpc_client_endpoint;
use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, Union, col, lit};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::protobuf::LogicalPlanNode;
use driftline_engine::spread::{Gathered, Workers};
use driftline_engine::{CancelToken, EngineError};
use driftline_ingest::Part;
use futures_util::stream::{self, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::aggregate::pass_literal;
use crate::columns::profile;
use crate::connections::connections;
use crate::gather::gather;
use crate::{ClusterError, MAX_MESSAGE_BYTES, Place, Shield};

/// Most tasks that are asked for in one query, a wave. What was read is safe here after each.
const MOST_TASKS: usize = 64;
/// Tasks that are under way at the same time, at least: more than slots, so that none of these is idle while a wave is
/// merged.
const UNDER_WAY: usize = 128;
/// How long a query may take beside reading, and how many bytes a second are read at least.
const LEAST: (Duration, u64) = (Duration::from_secs(300), 2_000_000);
/// What is said when it takes longer: a scheduler that has lost an executor can stop handing out tasks.
const STALLED: &str = "the cluster has not answered for too long: start its scheduler again";
/// How often a query is tried.
const ATTEMPTS: u32 = 4;
/// How long to wait for a scheduler with executors, when nobody says.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// Time between looks at a scheduler.
const LOOK: Duration = Duration::from_millis(500);
/// Bytes of an answer that are looked at.
const LONGEST_ANSWER: u64 = 4 << 10;
/// Tasks that a table is cut into, where they have a sensible size.
const TASKS: u64 = 16;
/// Smallest and largest task in bytes: one takes a second to be read, which is worth what it sends back, or four.
const PART_BYTES: (u64, u64) = (256 << 20, 1 << 30);

/// A cluster that reads for this process.
pub struct Cluster {
    scheduler: Place,
    runtime: Runtime,
    part_bytes: Option<u64>,
    /// How long to wait for a scheduler with executors, at first and when it is lost.
    ready_within: Duration,
    shield: Option<Arc<Shield>>,
}

impl Cluster {
    /// The cluster of a scheduler. Nobody is asked yet.
    ///
    /// # Errors
    /// When the system has no threads for it.
    pub fn of(scheduler: Place) -> Result<Self, ClusterError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("cluster")
            .enable_all()
            .build()
            .map_err(|source| ClusterError::System { what: "start threads", source })?;
        Ok(Self { scheduler, runtime, part_bytes: None, ready_within: READY_WITHIN, shield: None })
    }

    /// The same with parts of so many bytes.
    #[must_use]
    pub fn with_part_bytes(self, part_bytes: u64) -> Self {
        Self { part_bytes: Some(part_bytes.max(1)), ..self }
    }

    /// The same that waits so long for a scheduler with executors, at first and when it is lost.
    #[must_use]
    pub fn with_wait(self, ready_within: Duration) -> Self {
        Self { ready_within, ..self }
    }

    /// The same over TLS, with a secret.
    #[must_use]
    pub fn with_shield(self, shield: Option<Arc<Shield>>) -> Self {
        Self { shield, ..self }
    }

    async fn context(&self) -> Result<SessionContext, String> {
        let config = SessionConfig::new_with_ballista()
            .with_target_partitions(MOST_TASKS)
            // One part after the other: a slot that took several would wait for the last of them.
            .set_str(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, "1")
            // The adaptive planner of Ballista 55 cannot run a stage again whose output was lost.
            .set_str(BALLISTA_ADAPTIVE_PLANNER_ENABLED, "false")
            // Whoever cannot be fetched from is asked twice and then done without: its parts are read again.
            .set_str(BALLISTA_CLIENT_IO_RETRIES_TIMES, "2")
            .set_str(BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, "1000")
            .with_ballista_grpc_client_max_message_size(MAX_MESSAGE_BYTES as usize)
            .with_ballista_job_name("driftline")
            .with_ballista_override_create_grpc_client_endpoint(connections(self.shield.as_ref()));
        let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let url = format!("df://{}", self.scheduler);
        let context =
            SessionContext::remote_with_state(&url, state).await.map_err(|error| error.to_string())?;
        // Becoming one of a cluster puts the default functions back.
        context.register_udaf(gather().as_ref().clone());
        context.register_udaf(profile().as_ref().clone());
        Ok(context)
    }

    /// Waits until a scheduler answers that has executors.
    async fn is_ready(&self) -> Result<(), String> {
        let began = std::time::Instant::now();
        loop {
            let cause = match timeout(LOOK * 4, self.has_executors()).await {
                Ok(Ok(true)) => return Ok(()),
                Ok(Ok(false)) => format!("no executor is connected to the scheduler at {}", self.scheduler),
                Ok(Err(error)) => format!("no scheduler answers at {}: {error}", self.scheduler),
                Err(_) => format!("no scheduler answers at {} in time", self.scheduler),
            };
            if began.elapsed() >= self.ready_within {
                return Err(cause);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn has_executors(&self) -> io::Result<bool> {
        let scheduler = &self.scheduler;
        match &self.shield {
            Some(shield) => is_answered_yes(shield.connect(scheduler).await?, scheduler).await,
            None => {
                let stream = TcpStream::connect((scheduler.host.as_str(), scheduler.port)).await?;
                is_answered_yes(stream, scheduler).await
            }
        }
    }

    /// Reads some parts, and tries again when executors or the scheduler are lost meanwhile.
    async fn wave(
        &self,
        pass: &[u8],
        tasks: &[&[Part]],
        cancel: &CancelToken,
    ) -> Result<Gathered, EngineError> {
        let mut last = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(LOOK * 2_u32.pow(attempt)).await;
            }
            let context = async {
                self.is_ready().await.map_err(|cause| EngineError::Cluster { cause })?;
                Ok::<_, EngineError>(self.context().await)
            };
            let context = tokio::select! {
                context = context => context?,
                () = cancelled(cancel) => return Err(EngineError::Cancelled),
            };
            let asked = context.and_then(|context| Ok((plan(pass, tasks)?, context)));
            let answered = match asked {
                Ok(asked) => self.answer(asked, (longest(tasks), cancel)).await?,
                Err(cause) => Err(cause),
            };
            match answered.and_then(|batches| gathered(&batches)) {
                Ok(gathered) => return Ok(gathered),
                Err(cause) => last = cause,
            }
        }
        Err(EngineError::Cluster { cause: format!("the cluster could not read the data: {last}") })
    }

    /// What a cluster answers to a query, or why it does not; an error when it is given up.
    async fn answer(
        &self,
        (plan, context): (LogicalPlan, SessionContext),
        (most, cancel): (Duration, &CancelToken),
    ) -> Result<Result<Vec<RecordBatch>, String>, EngineError> {
        let in_short = |error: DataFusionError| in_short(&error.to_string());
        let plan = match context.state().create_physical_plan(&plan).await {
            Ok(plan) => plan,
            Err(error) => return Ok(Err(in_short(error))),
        };
        let given_up = tokio::select! {
            answered = collect(Arc::clone(&plan), context.task_ctx()) => return Ok(answered.map_err(in_short)),
            () = cancelled(cancel) => EngineError::Cancelled,
            () = tokio::time::sleep(most) => EngineError::Cluster { cause: STALLED.to_owned() },
        };
        // What is not handed out yet never is. The check is over even where nobody hears it.
        let _ = timeout(LOOK * 4, self.give_up(plan.as_ref())).await;
        Err(given_up)
    }

    /// Tells the scheduler that nobody waits for a query any more.
    async fn give_up(
        &self,
        plan: &dyn ExecutionPlan,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let query = plan.downcast_ref::<DistributedQueryExec<LogicalPlanNode>>();
        let Some(job_id) = query.and_then(DistributedQueryExec::job_id) else { return Ok(()) };
        let endpoint = create_grpc_client_endpoint(format!("http://{}", self.scheduler), None)?;
        let endpoint = connections(self.shield.as_ref())(endpoint)?;
        let mut scheduler = SchedulerGrpcClient::new(endpoint.connect().await?);
        scheduler.cancel_job(CancelJobParams { job_id: job_id.into_inner() }).await?;
        Ok(())
    }

    async fn all(
        &self,
        pass: &[u8],
        parts: &[Part],
        (done, cancel): (&(dyn Fn(u64, u64) + Sync), &CancelToken),
    ) -> Result<Gathered, EngineError> {
        let total = parts.iter().map(Part::bytes).sum();
        let tasks = tasks(parts, self.part_bytes(total));
        let mut all: Option<Gathered> = None;
        let size = wave_of(tasks.len());
        let waves = stream::iter(tasks.chunks(size).map(async |wave| {
            let one = self.wave(pass, wave, cancel).await?;
            done(wave.iter().copied().flatten().map(Part::bytes).sum(), one.rows());
            Ok::<_, EngineError>(one)
        }));
        // They are merged in their order.
        let mut waves = pin!(waves.buffered(UNDER_WAY.div_ceil(size).max(2)));
        while let Some(one) = waves.next().await {
            let one = one?;
            match &mut all {
                Some(all) => all.merge(one)?,
                none => *none = Some(one),
            }
        }
        all.ok_or_else(|| EngineError::Cluster { cause: "there is nothing to read".to_owned() })
    }
}

impl Workers for Cluster {
    fn part_bytes(&self, total_bytes: u64) -> u64 {
        let (least, most) = PART_BYTES;
        self.part_bytes.unwrap_or_else(|| (total_bytes / TASKS).clamp(least, most))
    }

    fn read(
        &self,
        pass: &[u8],
        parts: &[Part],
        watched: (&(dyn Fn(u64, u64) + Sync), &CancelToken),
    ) -> Result<Gathered, EngineError> {
        self.runtime.block_on(self.all(pass, parts, watched))
    }
}

/// Whether a scheduler says that it is ready: it does as long as an executor is connected.
async fn is_answered_yes(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    scheduler: &Place,
) -> io::Result<bool> {
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {scheduler}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
    if answer.starts_with(b"HTTP/") {
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    } else {
        Err(io::Error::other("it speaks otherwise; is it behind TLS and a secret?"))
    }
}

/// How long a query may take.
fn longest(tasks: &[&[Part]]) -> Duration {
    let bytes: u64 = tasks.iter().copied().flatten().map(Part::bytes).sum();
    LEAST.0 + Duration::from_secs(bytes / LEAST.1)
}

/// Tasks of a query, of so many in all: half as many queries as each has tasks, so that both what a query costs and
/// what is merged in one go grow slowly.
fn wave_of(tasks: usize) -> usize {
    (2 * tasks).isqrt().clamp(1, MOST_TASKS)
}

/// The one value of an answer.
fn gathered(batches: &[RecordBatch]) -> Result<Gathered, String> {
    let column = batches.iter().find(|batch| batch.num_rows() > 0).map(|batch| batch.column(0));
    let column = column.ok_or("the cluster sent nothing back")?;
    let bytes = column.as_binary_opt::<i32>().and_then(|values| values.iter().flatten().next());
    Gathered::from_bytes(bytes.ok_or("the cluster sent no value back")?).map_err(|error| error.to_string())
}

async fn cancelled(cancel: &CancelToken) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(LOOK / 5).await;
    }
}

/// Neighbours that are read by one task, so that what it sends back is worth it: about so many bytes each, and alike.
fn tasks(parts: &[Part], bytes: u64) -> Vec<&[Part]> {
    let total: u64 = parts.iter().map(Part::bytes).sum();
    let tasks = u128::from(even(total.div_ceil(bytes).max(1)));
    let mut before = 0;
    let task_of = |part: &Part| {
        let middle = u128::from(before + part.bytes() / 2);
        before += part.bytes();
        middle * tasks / u128::from(total.max(1))
    };
    let task: Vec<u128> = parts.iter().map(task_of).collect();
    // Asked once for each two neighbours, in their order.
    let mut neighbours = task.windows(2);
    parts.chunk_by(|_, _| neighbours.next().is_some_and(|two| two[0] == two[1])).collect()
}

/// About so many tasks, but a multiple of four, so that two or four slots have the same work.
fn even(tasks: u64) -> u64 {
    if tasks < 3 { tasks } else { (tasks + 2) / 4 * 4 }
}

/// One row a task, and what comes of them in one value.
fn plan(pass: &[u8], tasks: &[&[Part]]) -> Result<LogicalPlan, String> {
    let row = |parts: &&[Part]| -> Result<Arc<LogicalPlan>, String> {
        let bytes = postcard::to_stdvec(parts).map_err(|error| error.to_string())?;
        let value = lit(ScalarValue::Binary(Some(bytes))).alias("parts");
        let built = LogicalPlanBuilder::empty(true).project(vec![value]).and_then(LogicalPlanBuilder::build);
        built.map(Arc::new).map_err(|error| error.to_string())
    };
    let rows: Vec<Arc<LogicalPlan>> = tasks.iter().map(row).collect::<Result<_, _>>()?;
    let table = match rows.as_slice() {
        [one] => one.as_ref().clone(),
        _ => LogicalPlan::Union(Union::try_new_with_loose_types(rows).map_err(|error| error.to_string())?),
    };
    let gathered = gather().call(vec![lit(pass_literal(pass)), col("parts")]).alias("gathered");
    LogicalPlanBuilder::from(table)
        .aggregate(Vec::<datafusion::logical_expr::Expr>::new(), vec![gathered])
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| error.to_string())
}

/// The first line of what a cluster says: plans and traces follow.
fn in_short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(400).collect()
}
