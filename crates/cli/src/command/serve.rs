use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use driftline_feed::Reach;
use driftline_server::{
    AlertsConfig, ClusterConfig, OidcConfig, ServeError, ServiceConfig, TlsFiles, first_sign_in,
};
use tokio::signal;

use super::config::shown_settings;
use crate::arguments::{DataArguments, GlobalArguments, override_with};
use crate::config::{AlertSettings, ClusterSettings, OidcSettings, ServerSettings};
use crate::failure::Failure;
use crate::output;
use crate::progress::Told;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline serve
  driftline serve --data /var/lib/driftline
  driftline serve --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key privkey.pem
  driftline user link owner@localhost     # a new link to sign in, when the first one is gone

The first start makes an owner and prints a link that signs in once. Ctrl-C stops: requests under way are answered,
checks under way go on at the next start.";

/// Run the service: API, accounts, jobs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Certificate for HTTPS, with its chain, as PEM [default: plain HTTP]
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Private key of the certificate, as PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
}

/// Serves until it is told to stop.
pub(crate) fn run(global: &GlobalArguments, arguments: &ServeArguments) -> Result<ExitCode, Failure> {
    let mut overrides = arguments.data.overrides();
    override_with(&mut overrides, "server.listen", "listen", arguments.listen.as_ref());
    override_with(&mut overrides, "server.tls_cert", "tls-cert", arguments.tls_cert.as_ref());
    override_with(&mut overrides, "server.tls_key", "tls-key", arguments.tls_key.as_ref());
    let session = Session::open(global, overrides)?;
    let config = service_config(&session)?;
    log(&session)?;
    runtime()?.block_on(async {
        let running = driftline_server::serve(config).await?;
        let url = running.url();
        output::print(&format!("Driftline serves on {url} (API reference: {url}/api/v1/docs)\n"))?;
        if let Some(first) = first_sign_in(running.database()).await? {
            let link = format!("{url}/sign-in?secret={}", first.secret);
            output::print(&format!("Sign in as the owner, once and within a day: {link}\n"))?;
        }
        stop_wanted().await;
        session.remark("Stopping: requests under way are answered.");
        running.stop().await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Begins to log as the configuration says.
pub(crate) fn log(session: &Session) -> Result<(), Failure> {
    let settings = &session.configuration.server;
    // The word for the format was checked with the configuration.
    let format = settings.log_format.parse().unwrap_or_default();
    if session.told == Told::Nothing {
        return Ok(());
    }
    driftline_server::init_logging(format, &settings.log_level)
        .map_err(|error| Failure::setting("server.log_level", &error.to_string()))
}

/// How the service is to run, by the configuration.
pub(crate) fn service_config(session: &Session) -> Result<ServiceConfig, Failure> {
    let ServerSettings { data, listen, database_url, .. } = session.configuration.server.clone();
    let settings = &session.configuration.server;
    let listen: SocketAddr = listen.parse().map_err(|_| {
        Failure::setting(
            "server.listen",
            &format!("`{listen}` is no address with a port, such as 127.0.0.1:8080"),
        )
    })?;
    let public_url = Some(&settings.public_url).filter(|url| !url.is_empty()).map(|url| url.parse());
    let public_url =
        public_url.transpose().map_err(|reason: String| Failure::setting("server.public_url", &reason))?;
    let tls = TlsFiles::named(&settings.tls_cert, &settings.tls_key).map_err(ServeError::from)?;
    Ok(ServiceConfig {
        data,
        listen,
        public_url,
        tls,
        database_url: Some(database_url).filter(|url| !url.is_empty()),
        max_upload_bytes: settings.max_upload_bytes,
        max_expansion: settings.max_expansion,
        keep_datasets_days: settings.keep_datasets_days,
        keep_checks_days: settings.keep_checks_days,
        workers: settings.workers,
        requests_per_sec: settings.requests_per_sec,
        sign_ins_per_min: settings.sign_ins_per_min,
        oidc: oidc_config(&settings.oidc),
        alerts: alerts_config(&session.configuration.alerts)?,
        monitors: Reach {
            allows_private: session.configuration.monitors.allow_private_addresses,
            folders: session.configuration.monitors.folders.clone(),
        },
        run: session.configuration.run.clone(),
        cluster: cluster_config(&session.configuration.cluster)?,
        shown: shown_settings(&session.configuration),
    })
}

/// Who reads large data, when it is not the service.
fn cluster_config(settings: &ClusterSettings) -> Result<Option<ClusterConfig>, Failure> {
    let workers = super::cluster::workers(settings)?;
    Ok(workers.map(|workers| ClusterConfig {
        workers,
        name: settings.url.clone(),
        min_bytes: settings.min_bytes,
    }))
}

/// How alerts are sent.
fn alerts_config(settings: &AlertSettings) -> Result<AlertsConfig, Failure> {
    let url = &settings.pagerduty_url;
    if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
        let wanted = format!("`{url}` is no address such as https://events.eu.pagerduty.com/v2/enqueue");
        return Err(Failure::setting("alerts.pagerduty_url", &wanted));
    }
    let secs = |secs: u32| std::time::Duration::from_secs(secs.into());
    Ok(AlertsConfig {
        allow_private_addresses: settings.allow_private_addresses,
        pagerduty_url: url.clone(),
        keep_days: settings.keep_days,
        retry: secs(settings.retry_secs),
        timeout: secs(settings.timeout_secs),
    })
}

/// Who else signs people in: nobody, when neither a provider nor what it calls this service is set.
fn oidc_config(settings: &OidcSettings) -> Option<OidcConfig> {
    if settings.issuer.is_empty() && settings.client_id.is_empty() {
        return None;
    }
    let OidcSettings { issuer, client_id, client_secret, button_text, .. } = settings.clone();
    Some(OidcConfig {
        issuer,
        client_id,
        client_secret,
        client_secret_file: Some(settings.client_secret_file.clone())
            .filter(|file| !file.as_os_str().is_empty()),
        allowed_domains: settings.allowed_domains.clone(),
        default_role: settings.default_role,
        workspace: Some(settings.workspace.clone()).filter(|workspace| !workspace.is_empty()),
        button_text,
    })
}

/// Where asynchronous work runs.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("threads", format!("failed to start threads: {error}"), None))
}

/// Waits for Ctrl-C or a wish of the system that the program ends.
pub(crate) async fn stop_wanted() {
    #[cfg(unix)]
    if let Ok(mut terminated) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    // Without signals the process is stopped by being killed.
    let _ = signal::ctrl_c().await;
}
