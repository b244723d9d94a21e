use std::process::ExitCode;

use clap::Args;
use driftline_mock::{Data, GeneratorSettings, Mock, MockSettings, Schedule};
use driftline_server::{Sample, ServeError, add_samples, first_sign_in};

use super::serve::{log, runtime, service_config, stop_wanted};
use crate::arguments::{DataArguments, GlobalArguments, override_with};
use crate::failure::Failure;
use crate::output;
use crate::progress::Told;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline demo
  driftline demo --data driftline-demo      # keep what you try out

Without --data everything is gone when it stops.";

/// The flights out of New York City in January and July 2013; see `samples/README.md`.
const JANUARY: Sample = Sample {
    name: "flights-2013-01.csv",
    bytes: include_bytes!("../../../../samples/flights/flights-2013-01.csv"),
};
const JULY: Sample = Sample {
    name: "flights-2013-07.csv",
    bytes: include_bytes!("../../../../samples/flights/flights-2013-07.csv"),
};

/// Orders of the live feed in a second, and how much of it is there at the start.
const ORDERS_PER_SEC: f64 = 60.0;
const HISTORY_MS: i64 = 90_000;

/// Try the service with sample data: a comparison, a baseline, findings
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Where to listen [default: 127.0.0.1:8080, or a free port when that is taken]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
}

/// Serves samples until it is told to stop.
pub(crate) fn run(global: &GlobalArguments, arguments: &DemoArguments) -> Result<ExitCode, Failure> {
    let mut overrides = arguments.data.overrides();
    override_with(&mut overrides, "server.listen", "listen", arguments.listen.as_ref());
    let session = Session::open(global, overrides)?;
    let mut config = service_config(&session)?;
    // Kept until the service has stopped.
    let passing = if arguments.data.data.is_none() { Some(passing_folder()?) } else { None };
    if let Some(folder) = &passing {
        config.data = folder.path().to_path_buf();
    }
    // The requests that put the samples in would be all that is seen.
    if session.told == Told::Everything {
        log(&session)?;
    }
    // The feed is on this machine.
    config.monitors.allows_private = true;
    runtime()?.block_on(async {
        let feed = mock().await?;
        let running = match driftline_server::serve(config.clone()).await {
            Err(ServeError::Listen { .. }) if arguments.listen.is_none() => {
                config.listen.set_port(0);
                driftline_server::serve(config).await?
            }
            started => started?,
        };
        let address = running.address;
        match first_sign_in(running.database()).await? {
            Some(first) => {
                let begin = add_samples(&running, JANUARY, JULY, &feed)
                    .await
                    .map_err(|error| Failure::system("samples", error.to_string(), None))?;
                output::print(&format!(
                    "Driftline shows samples on http://{address}\n\
                     See what changed in the flights (this link signs you in, once): \
                     http://{address}/sign-in?secret={}&to={begin}\n",
                    first.secret
                ))?;
            }
            // The samples of an earlier demo are there.
            None => output::print(&format!("Driftline shows the samples again on http://{address}\n"))?,
        }
        output::print("Ctrl-C stops.\n")?;
        stop_wanted().await;
        running.stop().await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Serves made-up orders with planted trouble for as long as the program runs; gives the address of their stream.
async fn mock() -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::system("listen", format!("failed to serve the orders of the demo: {error}"), None)
    };
    let now_ms = driftline_server::now_ms();
    let settings = MockSettings {
        generator: GeneratorSettings {
            rate: ORDERS_PER_SEC,
            start_ms: now_ms,
            history_ms: HISTORY_MS,
            schedule: Schedule::of_the_demo(),
            ..GeneratorSettings::default()
        },
        data: vec![Data::Orders],
        ..MockSettings::default()
    };
    let mock = Mock::new(settings).map_err(|error| Failure::usage("mock", error.to_string(), None))?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tokio::spawn(async move { mock.serve(listener, std::future::pending()).await });
    Ok(format!("http://{address}/v1/orders/events?since={}", now_ms - HISTORY_MS))
}

fn passing_folder() -> Result<tempfile::TempDir, Failure> {
    tempfile::Builder::new()
        .prefix("driftline-demo-")
        .tempdir()
        .map_err(|error| Failure::system("folder", format!("failed to make a folder: {error}"), None))
}
