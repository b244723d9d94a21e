//! The log: one line for each thing that happens, on the standard error.
//!
//! What may stand in it: routes as they are known to us, ids, codes, counts, times and addresses. Never what a
//! request carries: no query, no header, no body.

use std::str::FromStr;

use tracing::Dispatch;
use tracing::dispatcher::set_global_default;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// In which form lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people who read along.
    #[default]
    Human,
    /// One JSON object a line, for programs.
    Json,
}

impl FromStr for LogFormat {
    type Err = LoggingError;

    fn from_str(text: &str) -> Result<Self, LoggingError> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(LoggingError::Format { format: text.to_owned() }),
        }
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoggingError {
    /// A form that is not known.
    #[error("`{format}` is not a form of the log: use `human` or `json`")]
    Format {
        /// The form.
        format: String,
    },
    /// A level that makes no sense.
    #[error("`{level}` is not a level: use error, warn, info, debug or trace, or such as `info,sqlx=warn`")]
    Level {
        /// The level.
        level: String,
    },
    /// There is a log already.
    #[error("the log of this process was set up before")]
    Twice,
}

/// Sets up the log of this process. `level` is the least level that is written, such as `info`, with others for
/// parts after a comma, such as `info,sqlx=warn`. Panics are written to it as well.
///
/// # Errors
/// When the level makes no sense, or the log was set up before.
pub fn init_logging(format: LogFormat, level: &str) -> Result<(), LoggingError> {
    let log = log(format, level, std::io::stderr)?;
    set_global_default(log).map_err(|_| LoggingError::Twice)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let cause = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(cause, place, "panic");
    }));
    Ok(())
}

pub(crate) fn log<W>(format: LogFormat, level: &str, writer: W) -> Result<Dispatch, LoggingError>
where
    W: for<'line> MakeWriter<'line> + Send + Sync + 'static,
{
    let wrong = || LoggingError::Level { level: level.to_owned() };
    let levels = Targets::from_str(level).map_err(|_| wrong())?;
    // A word that is no level is taken for the name of a part.
    let names_a_level =
        level.split(',').any(|part| tracing::level_filters::LevelFilter::from_str(part).is_ok());
    if level.trim().is_empty() || !(names_a_level || level.contains('=')) {
        return Err(wrong());
    }
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let every = tracing_subscriber::registry();
    Ok(match format {
        LogFormat::Human => Dispatch::new(every.with(lines.with_target(false).with_filter(levels))),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
            Dispatch::new(every.with(lines.with_filter(levels)))
        }
    })
}
