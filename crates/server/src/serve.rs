//! Starting and stopping.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use axum::{Router, extract::Request};
use driftline_alert::{Rules, Sender, SenderConfig};
use driftline_store::Database;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::blobs::DataFolder;
use crate::limits::Limits;
#[cfg(feature = "oidc")]
use crate::oidc::Provider;
use crate::routes::{health, preview, reference, session, system};
use crate::state::stopped;
use crate::telemetry::{self, Telemetry};
use crate::tls::{Serving, TlsListener};
use crate::{ApiError, OidcConfig, PublicUrl, ServeError, Service, ServiceConfig, is_oidc_built_in};
use crate::{alerting, dashboard, live, openapi, policy, sweep, watching};

/// Largest body of a request that is no upload.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Browsers are to come by HTTPS for a year from now on (RFC 6797, 6.1; the year is usual).
const HTTPS_ONLY: &str = "max-age=31536000";

/// A service that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it works with.
    pub service: Service,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    server: JoinHandle<std::io::Result<()>>,
    /// Let go of when the service has stopped, or by the system when it is killed.
    _held: File,
}

/// Opens the data folder and the database, starts the workers, and listens.
///
/// # Errors
/// When the folder, the database or the address cannot be used.
pub async fn serve(config: ServiceConfig) -> Result<Running, ServeError> {
    // First of all, so that a slip in the configuration leaves nothing behind.
    config.oidc.as_ref().map_or(Ok(()), OidcConfig::check)?;
    let tls = config.tls.clone().map(Serving::begin).transpose()?.map(Arc::new);
    let data = DataFolder::open(&config.data)
        .map_err(|source| ServeError::Folder { folder: config.data.clone(), source })?;
    let held = hold(&data, &config)?;
    let database = open_database(&config).await?;
    let is_ours = data
        .belongs_to(database.identity().await?)
        .map_err(|source| ServeError::Folder { folder: config.data.clone(), source })?;
    if !is_ours {
        return Err(ServeError::OtherDatabase { folder: config.data });
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ServeError::Listen { address: config.listen, source })?;
    let address =
        listener.local_addr().map_err(|source| ServeError::Listen { address: config.listen, source })?;
    warn_of(&config);
    let (stop, stopping) = watch::channel(false);
    let config = Arc::new(config);
    let limits = Arc::new(Limits::new(&config));
    let telemetry = Arc::new(Telemetry::new(&config));
    let alerts = Arc::new(sender(&config)?);
    let service = Service {
        database,
        data,
        url: config.url(address),
        tls,
        #[cfg(feature = "oidc")]
        oidc: config
            .oidc
            .as_ref()
            .map(|oidc| Provider::begin(oidc, &config, address))
            .transpose()?
            .map(Arc::new),
        config,
        limits,
        answered: Arc::default(),
        telemetry,
        alerts,
        previews: Arc::new(Semaphore::new(preview::AT_ONCE)),
        found_cells: Arc::default(),
        live: Arc::default(),
        work: Arc::new(Notify::new()),
        stopping: stopping.clone(),
    };
    let mut tasks: Vec<_> =
        (0..service.config.workers.max(1)).map(|_| tokio::spawn(watching::worker(service.clone()))).collect();
    tasks.push(tokio::spawn(watching::watch(service.clone())));
    tasks.push(tokio::spawn(live::supervise(service.clone())));
    tasks.push(tokio::spawn(sweep::keep_sweeping(service.clone())));
    tasks.push(tokio::spawn(alerting::run(service.clone())));
    if let Some(serving) = &service.tls {
        tasks.push(tokio::spawn(Arc::clone(serving).keep_fresh(stopping)));
    }
    let server = answer(listener, address, &service)?;
    Ok(Running { address, service, stop, tasks, server, _held: held })
}

/// What sends alerts.
fn sender(config: &ServiceConfig) -> Result<Sender, ServeError> {
    let alerts = &config.alerts;
    let rules = Rules {
        allow_private_addresses: alerts.allow_private_addresses,
        pagerduty_url: alerts.pagerduty_url.clone(),
    };
    Ok(Sender::new(SenderConfig { rules, timeout: alerts.timeout, extra_roots: Vec::new() })?)
}

/// Says what whoever runs the service may not have meant.
fn warn_of(config: &ServiceConfig) {
    if config.is_exposed() {
        tracing::warn!(
            address = %config.listen,
            "other machines reach this service without encryption: set server.tls_cert and server.tls_key, or \
             server.public_url when something that encrypts stands in front"
        );
    }
    if config.oidc.is_some() && !is_oidc_built_in() {
        tracing::warn!("server.oidc is set, but this program is built without OpenID Connect");
    }
}

/// Answers what comes in, by HTTP or HTTPS, until the service stops.
fn answer(
    listener: TcpListener,
    address: SocketAddr,
    service: &Service,
) -> Result<JoinHandle<std::io::Result<()>>, ServeError> {
    let app = app(service.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let mut stopping = service.stopping.clone();
    let stops = async move { stopped(&mut stopping).await };
    let Some(serving) = &service.tls else {
        return Ok(tokio::spawn(
            async move { axum::serve(listener, app).with_graceful_shutdown(stops).await },
        ));
    };
    let config =
        serving.config().map_err(|error| ServeError::Broken { source: std::io::Error::other(error) })?;
    let listener = TlsListener::begin(listener, address, TlsAcceptor::from(Arc::new(config)));
    // Tapped for nothing, because only then the framework hands on the addresses of a listener of ours.
    let listener = listener.tap_io(|_| ());
    Ok(tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stops).await }))
}

/// The right to work with a data folder: alone with a database of its own, because what is kept in memory would
/// otherwise not notice what another service writes; together with others that share a PostgreSQL database. Never
/// both at the same time: each would take the files of the other for orphans.
fn hold(data: &DataFolder, config: &ServiceConfig) -> Result<File, ServeError> {
    let folder = || data.root().to_path_buf();
    let failed = |source| ServeError::Folder { folder: folder(), source };
    let file = File::create(data.root().join("service.lock")).map_err(failed)?;
    let locked = match config.database_url {
        None => file.try_lock(),
        Some(_) => file.try_lock_shared(),
    };
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServeError::InUse { folder: folder() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Opens the database of a service, and its data folder where that holds it.
///
/// # Errors
/// When the folder or the database cannot be used.
pub async fn open_database(config: &ServiceConfig) -> Result<Database, ServeError> {
    let data = DataFolder::open(&config.data)
        .map_err(|source| ServeError::Folder { folder: config.data.clone(), source })?;
    Ok(match &config.database_url {
        Some(url) => Database::open(url).await?,
        None => Database::open_file(&data.database()).await?,
    })
}

impl Running {
    /// The database that it works with.
    pub fn database(&self) -> &Database {
        &self.service.database
    }

    /// Where people reach it.
    pub fn url(&self) -> &PublicUrl {
        &self.service.url
    }

    /// Stops: no new connections, requests under way are answered, jobs under way are left to the next start.
    ///
    /// # Errors
    /// When the service had broken off before.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.stop.send_replace(true);
        self.service.work.notify_waiters();
        for task in self.tasks {
            // A worker that was lost has nothing left to stop.
            let _ = task.await;
        }
        let ended = self.server.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        self.service.database.close().await;
        ended.map_err(|source| ServeError::Broken { source })
    }
}

/// Everything that is answered.
pub(crate) fn app(service: Service) -> Router {
    let (api, _) = openapi::router().split_for_parts();
    let api = api
        .route("/api/v1/docs", get(reference::page))
        .route("/metrics", get(system::scrape))
        .route_layer(from_fn_with_state(service.clone(), policy::authorize))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/sign-in", get(session::open_link))
        .merge(api)
        .fallback(dashboard::page_or_nothing)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn(telemetry::guarded))
        .layer(from_fn_with_state(service.clone(), hardened))
        .layer(from_fn_with_state(service.clone(), telemetry::observe))
        .with_state(service)
}

async fn no_such_method() -> Response {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "usage.no_such_method",
        "this path does not take that method",
    )
    .into_response()
}

/// Headers that keep browsers from doing what nobody asked for, and one form for errors of the framework.
async fn hardened(State(service): State<Service>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if status.is_client_error() && !is_json {
        response = refused_by_framework(status, response).await;
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if service.tls.is_some() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What the framework says of a request that it cannot read, as a problem like all others.
async fn refused_by_framework(status: StatusCode, response: Response) -> Response {
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body).trim().to_owned();
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "data.too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "usage.content_type",
        _ => "usage.invalid",
    };
    let message = if text.is_empty() { "the request cannot be read".to_owned() } else { text };
    ApiError::new(status, code, message).into_response()
}
