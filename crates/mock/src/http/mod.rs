//! The data over HTTP.

mod body;
mod clock;
mod guard;
mod home;
mod live;
mod page;
mod planting;
mod query;
mod refusal;
mod table;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::data::Data;
use crate::generator::Generator;
use crate::settings::{MockError, MockSettings};
use clock::Clock;
use guard::RateLimit;

/// Longest fault that is planted by a request.
const MAX_FAULT_BYTES: usize = 16 * 1024;

/// How long answers that are under way may take when the mock is to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A mock API.
#[derive(Debug, Clone)]
pub struct Mock(Arc<Shared>);

/// What the requests share.
#[derive(Debug)]
struct Shared {
    settings: MockSettings,
    clock: Clock,
    current: watch::Sender<Arc<Generator>>,
    /// How many requests for data there were; what happens to one is drawn by its number.
    requests: AtomicU64,
    limit: Option<RateLimit>,
    streams: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

impl Mock {
    /// A mock of these settings. Its time begins to run.
    ///
    /// # Errors
    /// A [`MockError`] when the settings cannot stand.
    pub fn new(settings: MockSettings) -> Result<Self, MockError> {
        settings.check()?;
        let generator = Generator::new(settings.generator.clone())?;
        Ok(Self(Arc::new(Shared {
            clock: Clock::starting(settings.generator.start_ms, settings.speed),
            current: watch::Sender::new(Arc::new(generator)),
            requests: AtomicU64::new(0),
            limit: settings.requests_per_sec.map(RateLimit::of),
            streams: Arc::new(Semaphore::new(settings.max_streams)),
            stopping: watch::Sender::new(false),
            settings,
        })))
    }

    /// The time of the data.
    pub fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// What makes the rows, as of now: planting by hand makes another one.
    pub fn generator(&self) -> Arc<Generator> {
        Arc::clone(&self.0.current.borrow())
    }

    /// The routes, to serve or to nest.
    pub fn router(&self) -> Router {
        let shared = &self.0;
        let data = Router::new()
            .route("/v1/{data}", get(page::rows))
            .route("/v1/{data}/stream", get(live::ndjson))
            .route("/v1/{data}/events", get(live::events))
            .layer(from_fn_with_state(Arc::clone(shared), guard::limited));
        let told = Router::new()
            .route("/v1", get(home::catalogue))
            .route("/v1/truth", get(planting::truth))
            .route("/v1/{data}/truth", get(planting::truth_of))
            .route("/v1/faults", get(planting::list).post(planting::plant))
            .route("/v1/faults/{id}", delete(planting::remove))
            .layer(DefaultBodyLimit::max(MAX_FAULT_BYTES));
        data.merge(told)
            .layer(from_fn_with_state(Arc::clone(shared), guard::known))
            .route("/", get(home::page))
            .route("/health", get(home::health))
            .fallback(refusal::nowhere)
            .with_state(Arc::clone(shared))
    }

    /// Serves until `stop`. Streams end then, and what is under way has two more seconds.
    ///
    /// # Errors
    /// When the system takes the listener away.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(&self.0);
        let stopped = async move {
            stop.await;
            shared.stopping.send_replace(true);
        };
        let served = axum::serve(listener, self.router()).with_graceful_shutdown(stopped);
        let given_up = async {
            self.0.stopped().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = served => served,
            // Somebody does not read what was sent.
            () = given_up => Ok(()),
        }
    }
}

impl Shared {
    /// The time, and the generator of this time: what is planted by hand changes only what comes after it.
    fn now(&self) -> (i64, Arc<Generator>) {
        // Planting holds this for writing while it looks at the clock.
        let generator = self.current.borrow();
        (self.clock.now_ms(), Arc::clone(&generator))
    }

    fn serves(&self, data: Data) -> bool {
        self.settings.data.contains(&data)
    }

    /// Waits until the mock is to stop.
    async fn stopped(&self) {
        // The sender lives as long as this.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }
}
