//! A feed, watched in the terminal.

mod view;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use driftline_engine::live::{Closed, LiveRows, Monitor, Resolution};
use driftline_export::{Charset, Colour};
use driftline_feed::{Feed, Reach, connect};
use driftline_ingest::live::LiveDecoder;
use driftline_mock::moment::parse_length;
use driftline_model::service::{FeedFormat, FeedSettings};
use driftline_model::{BaselineSource, MonitorSettings, WindowSettings};
use driftline_server::now_ms;

use self::view::{Look, View, time_of_day};
use super::baseline::Form;
use super::serve::{runtime, stop_wanted};
use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::session::Session;
use crate::{output, terminal};

const EXAMPLES: &str = "\
Examples:
  driftline watch app.ndjson
  driftline watch /var/log/orders.csv --time created_at --learn 10m
  driftline watch http://127.0.0.1:9100/v1/orders/stream
  driftline watch incoming/ --format json --for 1h

SOURCE is a file that grows (CSV with a header, or a JSON object a line), a folder to which files
come, or the URL of an NDJSON stream or of server-sent events. The first of it is learned; what comes
later is compared with that, window by window. Ctrl-C ends it; the exit code is 1 when an alarm was
raised.";

/// How long to wait after a feed has failed.
const WAIT: Duration = Duration::from_secs(2);
/// How often windows are looked at for being due.
const TICK: Duration = Duration::from_millis(200);

/// Watch a feed and say what changes, as it changes
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WatchArguments {
    /// What to watch
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Length of a window
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = length)]
    window: Duration,
    /// How much of the feed is learned before anything is compared
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = length)]
    learn: Duration,
    /// Column with the moment of each row; without it, rows count when they arrive
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// False alarms a week that are put up with
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0)]
    budget: f64,
    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    limit: Option<Duration>,
    /// Form: a picture, or a JSON object for every window
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    read: ReadArguments,
}

fn length(text: &str) -> Result<Duration, String> {
    let ms = parse_length(text).and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    ms.map(Duration::from_millis).ok_or_else(|| "a length such as 500ms, 10s, 5m or 2h".to_owned())
}

/// Watches until it is told to stop.
pub(crate) fn run(global: &GlobalArguments, arguments: &WatchArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    let settings = MonitorSettings {
        window: WindowSettings {
            length_secs: arguments.window.as_secs_f64(),
            time_column: arguments.time.clone(),
            ..WindowSettings::default()
        },
        baseline: BaselineSource::Learned(arguments.learn.as_secs_f64()),
        check: session.configuration.settings.clone(),
        ..MonitorSettings::default()
    };
    let settings = MonitorSettings {
        alarms: driftline_model::AlarmSettings { per_week: arguments.budget, ..settings.alarms },
        ..settings
    };
    let options = driftline_engine::read_options(&settings.check.csv)?;
    let feed = source(&arguments.source)?;
    let mut watched = Watched {
        decoder: LiveDecoder::new(&options, Vec::new(), 0),
        monitor: Monitor::new(&arguments.source, &settings, None),
        view: View::new(&arguments.source),
        error: None,
        screen: Screen::new(arguments.format, &session),
    };
    runtime()?.block_on(watched.follow(feed, arguments.limit))?;
    watched.screen.end();
    Ok(if watched.view.raised() > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The feed that a person has named.
fn source(text: &str) -> Result<Box<dyn Feed>, Failure> {
    let refused = |error: driftline_feed::FeedError| Failure::usage("source", error.to_string(), None);
    let (settings, folder) = if text.starts_with("http://") || text.starts_with("https://") {
        (FeedSettings::Stream { url: text.to_owned(), authorization: None }, PathBuf::from("/"))
    } else {
        let path = std::path::absolute(text).unwrap_or_else(|_| PathBuf::from(text));
        let path = path.canonicalize().unwrap_or(path);
        let shown = path.to_string_lossy().into_owned();
        if path.is_dir() {
            let format = FeedFormat::Csv;
            (FeedSettings::Folder { path: shown, pattern: "*".to_owned(), format }, path)
        } else {
            let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
            (FeedSettings::File { format: format_of(&path), path: shown }, folder)
        }
    };
    // Who calls the program may read what it reads.
    let reach = Reach { allows_private: true, folders: vec![folder] };
    connect(&settings, None, &reach).map_err(refused)
}

fn format_of(path: &Path) -> FeedFormat {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "csv" | "tsv" | "tab" | "psv" | "txt" => FeedFormat::Csv,
        _ => FeedFormat::Ndjson,
    }
}

struct Watched {
    decoder: LiveDecoder,
    monitor: Monitor,
    view: View,
    error: Option<String>,
    screen: Screen,
}

impl Watched {
    async fn follow(&mut self, mut feed: Box<dyn Feed>, limit: Option<Duration>) -> Result<(), Failure> {
        let began = Instant::now();
        let mut tick = tokio::time::interval(TICK);
        let mut until: Option<tokio::time::Instant> = None;
        let stop = stop_wanted();
        tokio::pin!(stop);
        loop {
            let piece = tokio::select! {
                () = &mut stop => break,
                _ = tick.tick() => None,
                piece = next(&mut feed, until) => Some(piece),
            };
            let mut closed = Vec::new();
            match piece {
                Some(Ok(piece)) => {
                    (self.error, until) = (None, None);
                    let bytes = piece.bytes.len() as u64;
                    let batch = self
                        .decoder
                        .decode(piece.format, &piece.bytes)
                        .map_err(driftline_engine::EngineError::from)?;
                    let (rejected_rows, present) = (batch.rejected_rows, batch.present);
                    let rows = LiveRows { chunk: batch.chunk, rejected_rows, bytes, present };
                    closed.extend(self.monitor.push(&rows, now_ms()));
                }
                Some(Err(error)) => {
                    self.error = Some(error.to_string());
                    until = Some(tokio::time::Instant::now() + WAIT);
                }
                None => {}
            }
            closed.extend(self.monitor.advance(now_ms()));
            self.show(&closed)?;
            if limit.is_some_and(|limit| began.elapsed() >= limit) {
                break;
            }
        }
        let rest = self.monitor.finish();
        self.show(&rest)
    }

    fn show(&mut self, closed: &[Closed]) -> Result<(), Failure> {
        let windows: Vec<&Closed> =
            closed.iter().filter(|closed| closed.resolution == Resolution::Window).collect();
        for closed in &windows {
            self.view.push(closed);
        }
        if windows.is_empty() && self.error.is_none() {
            return Ok(());
        }
        self.screen.show((&self.view, &windows), self.monitor.learned_ratio(), self.error.as_deref())
    }
}

/// The next piece of a feed, not before a moment.
async fn next(
    feed: &mut Box<dyn Feed>,
    until: Option<tokio::time::Instant>,
) -> Result<driftline_feed::Piece, driftline_feed::FeedError> {
    if let Some(moment) = until {
        tokio::time::sleep_until(moment).await;
    }
    feed.next().await
}

/// Where it is shown.
struct Screen {
    format: Form,
    is_terminal: bool,
    look: Look,
    is_drawn: bool,
}

impl Screen {
    fn new(format: Form, session: &Session) -> Self {
        let options = session.render_options();
        let has_colour = matches!(options.colour, Colour::On);
        let look = Look { width: terminal::width(), charset: options.charset, has_colour };
        Self { format, is_terminal: stdout().is_terminal(), look, is_drawn: false }
    }

    fn show(
        &mut self,
        (view, windows): (&View, &[&Closed]),
        learned_ratio: f64,
        error: Option<&str>,
    ) -> Result<(), Failure> {
        if self.format == Form::Json {
            for closed in windows {
                let line = serde_json::json!({
                    "window": closed.summary, "raised": closed.raised, "recovered": closed.recovered,
                });
                output::print(&format!("{line}\n"))?;
            }
            return Ok(());
        }
        if self.is_terminal {
            // Drawn over what was there, and the rest cleared: nothing flickers.
            let picture = view.draw(learned_ratio, error, self.look).replace('\n', "\x1b[K\n");
            let begin = if self.is_drawn { "\x1b[H" } else { "\x1b[2J\x1b[H\x1b[?25l" };
            self.is_drawn = true;
            return output::print(&format!("{begin}{picture}\x1b[J"));
        }
        for closed in windows {
            for alarm in &closed.raised {
                let at = time_of_day(alarm.raised_ms);
                let message = driftline_export::harmless(&alarm.message, Charset::Unicode);
                output::print(&format!("{at}  {:<8}  {message}\n", alarm.severity.to_string()))?;
            }
            for over in &closed.recovered {
                let at = time_of_day(over.recovered_ms);
                let what = over.metric.as_ref().or(over.column.as_ref()).map_or("the feed", String::as_str);
                let what = driftline_export::harmless(what, Charset::Unicode);
                output::print(&format!("{at}  over      {what}: {}\n", over.code))?;
            }
        }
        Ok(())
    }

    /// Gives the cursor back.
    fn end(&self) {
        if self.is_drawn {
            let _ = write!(stdout().lock(), "\x1b[?25h");
        }
    }
}
