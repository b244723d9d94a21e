use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use driftline_server::{ServiceConfig, first_sign_in};
use tokio::signal;

use crate::arguments::{DataArguments, GlobalArguments, override_with};
use crate::config::ServerSettings;
use crate::failure::Failure;
use crate::output;
use crate::progress::Told;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline serve
  driftline serve --data /var/lib/driftline --listen 0.0.0.0:8080
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
}

/// Serves until it is told to stop.
pub(crate) fn run(global: &GlobalArguments, arguments: &ServeArguments) -> Result<ExitCode, Failure> {
    let mut overrides = arguments.data.overrides();
    override_with(&mut overrides, "server.listen", "listen", arguments.listen.as_ref());
    let session = Session::open(global, overrides)?;
    let config = service_config(&session)?;
    let settings = &session.configuration.server;
    // The word for the format was checked with the configuration.
    let format = settings.log_format.parse().unwrap_or_default();
    if session.told != Told::Nothing {
        driftline_server::init_logging(format, &settings.log_level)
            .map_err(|error| Failure::setting("server.log_level", &error.to_string()))?;
    }
    runtime()?.block_on(async {
        let running = driftline_server::serve(config).await?;
        let address = running.address;
        output::print(&format!(
            "Driftline serves on http://{address} (API reference: http://{address}/api/v1/docs)\n"
        ))?;
        if let Some(first) = first_sign_in(running.database()).await? {
            let link = format!("http://{address}/sign-in?secret={}", first.secret);
            output::print(&format!("Sign in as the owner, once and within a day: {link}\n"))?;
        }
        stop_wanted().await;
        session.remark("Stopping: requests under way are answered.");
        running.stop().await?;
        Ok(ExitCode::SUCCESS)
    })
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
    Ok(ServiceConfig {
        data,
        listen,
        database_url: Some(database_url).filter(|url| !url.is_empty()),
        max_upload_bytes: settings.max_upload_bytes,
        max_expansion: settings.max_expansion,
        keep_datasets_days: settings.keep_datasets_days,
        keep_checks_days: settings.keep_checks_days,
        workers: settings.workers,
        requests_per_sec: settings.requests_per_sec,
        sign_ins_per_min: settings.sign_ins_per_min,
        run: session.configuration.run.clone(),
    })
}

/// Where asynchronous work runs.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("threads", format!("failed to start threads: {error}"), None))
}

async fn stop_wanted() {
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
