//! A source of data to try things on.

mod rows;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use driftline_mock::moment::{parse_length, parse_moment};
use driftline_mock::{DEFAULT_SCHEDULE, Data, GeneratorSettings, Mock, MockError, MockSettings, Schedule};

use super::serve::{runtime, stop_wanted};
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline mock
  driftline mock --listen 127.0.0.1:9100 --rate 50 --schedule trouble.toml
  driftline mock --data orders --speed 60 --history 7d
  driftline mock schedule > trouble.toml
  driftline mock rows orders --rows 100000 -o orders.csv --truth truth.json

The address that it prints leads to a page that tells what there is. The same seed, start, history,
rate and schedule give the same rows. `--seed` (default 0) is a global option.";

/// Serve made-up data with planted trouble, and the truth about it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct MockArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    served: ServedArguments,
    #[command(flatten)]
    made: MadeArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    Rows(rows::RowsArguments),
    /// Print the schedule that is used when none is given, to begin with
    Schedule,
}

/// How the data are served.
#[derive(Debug, Args)]
struct ServedArguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How much faster the time of the data runs than the clock on the wall
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    /// Which data: orders, sensors, web; several with commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "orders,sensors,web", value_parser = data_named)]
    data: Vec<Data>,
    /// What callers have to show as `Authorization: Bearer` [default: nothing]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Requests for data in a second; more get 429 [default: as many as they like]
    #[arg(long, value_name = "N")]
    requests_per_sec: Option<f64>,
}

/// What the data follow from.
#[derive(Debug, Args)]
pub(super) struct MadeArguments {
    /// Rows in a second of the data's time, on average over a week
    #[arg(long, value_name = "ROWS_PER_SECOND", default_value_t = 10.0)]
    rate: f64,
    /// When the schedule starts: a moment such as 2024-05-01T12:00:00Z [default: now; for `rows` 2024-01-01T12:00:00Z]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// How much there is before the start, such as 7d [default: 1h; for `rows` 0s]
    #[arg(long, value_name = "LENGTH")]
    history: Option<String>,
    /// What is planted: a schedule as TOML, `default` or `none`
    #[arg(long, value_name = "FILE.toml", default_value = "default")]
    schedule: String,
}

/// Serves, or does what else was asked for.
pub(crate) fn run(global: &GlobalArguments, arguments: &MockArguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Some(Action::Rows(rows)) => rows::run(global, rows),
        Some(Action::Schedule) => {
            output::print(DEFAULT_SCHEDULE)?;
            Ok(ExitCode::SUCCESS)
        }
        None => serve(global, arguments),
    }
}

fn serve(global: &GlobalArguments, arguments: &MockArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, Vec::new())?;
    let ServedArguments { listen, speed, data, token, requests_per_sec } = &arguments.served;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
    let settings = MockSettings {
        generator: arguments.made.settings(&session, (now_ms, "1h"))?,
        speed: *speed,
        data: data.clone(),
        token: token.clone(),
        requests_per_sec: *requests_per_sec,
        ..MockSettings::default()
    };
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.map_err(|error| {
            Failure::system("listen", format!("failed to listen on {listen}: {error}"), None)
        })?;
        let failed = |error| Failure::system("listen", format!("failed to serve: {error}"), None);
        let address = listener.local_addr().map_err(failed)?;
        // Its time runs from here.
        let mock = Mock::new(settings).map_err(|error| Failure::from(&error))?;
        output::print(&format!(
            "Mock API on http://{address} (what is planted: http://{address}/v1/truth)\n"
        ))?;
        mock.serve(listener, stop_wanted()).await.map_err(failed)?;
        Ok(ExitCode::SUCCESS)
    })
}

impl MadeArguments {
    /// The settings of the generator; where nothing is said, with this start and history.
    fn settings(
        &self,
        session: &Session,
        (start_ms, history): (i64, &str),
    ) -> Result<GeneratorSettings, Failure> {
        let start_ms = match self.start.as_deref() {
            None => start_ms,
            Some(text) => parse_moment(text).ok_or_else(|| {
                wrong(format!("--start {text}: write a moment such as 2024-05-01T12:00:00Z"))
            })?,
        };
        let history = self.history.as_deref().unwrap_or(history);
        let history_ms = parse_length(history)
            .ok_or_else(|| wrong(format!("--history {history}: write a length such as 90m or 7d")))?;
        let schedule = schedule(&self.schedule)?;
        let seed = session.configuration.run.seed;
        Ok(GeneratorSettings { seed, rate: self.rate, start_ms, history_ms, schedule })
    }
}

fn schedule(text: &str) -> Result<Schedule, Failure> {
    match text {
        "none" => return Ok(Schedule::default()),
        "default" => return Ok(Schedule::of_the_demo()),
        _ => {}
    }
    let path = Path::new(text);
    let help = || Some("`driftline mock schedule` prints one to begin with".to_owned());
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("failed to read the schedule {}: {error}", path.display());
        Failure::usage("schedule_file", message, help())
    })?;
    Schedule::parse(&text)
        .map_err(|error| Failure::usage("schedule", format!("{}: {error}", path.display()), help()))
}

fn data_named(name: &str) -> Result<Data, String> {
    Data::named(name).ok_or_else(|| format!("one of {}", Data::ALL.map(Data::name).join(", ")))
}

fn wrong(message: String) -> Failure {
    Failure::usage("mock", message, None)
}

impl From<&MockError> for Failure {
    fn from(error: &MockError) -> Self {
        wrong(error.to_string())
    }
}
