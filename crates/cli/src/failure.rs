use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use driftline_engine::EngineError;
use driftline_export::{Charset, ExportError, harmless};
use driftline_model::ErrorCategory;
use driftline_server::ServeError;
use driftline_store::StoreError;

/// Exit code of a run that was interrupted: 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;
/// Exit code of wrong use.
const USAGE: u8 = 2;

/// Why a command ends without a result: what a person is told, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    exit: u8,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// Wrong use of the command line or the configuration.
    pub(crate) fn usage(code: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self { code: format!("usage.{code}"), exit: USAGE, message: message.into(), help }
    }

    /// Something that the system refused.
    pub(crate) fn system(code: &str, message: impl Into<String>, help: Option<String>) -> Self {
        let exit = ErrorCategory::System.exit_code();
        Self { code: format!("system.{code}"), exit, message: message.into(), help }
    }

    /// A value that a setting cannot have.
    pub(crate) fn setting(what: &str, reason: &str) -> Self {
        let help = "`driftline config` shows every setting with its unit and default".to_owned();
        Self::usage("setting", format!("{what}: {reason}"), Some(help))
    }

    pub(crate) fn config_unreadable(path: &Path, error: &io::Error) -> Self {
        let message = format!("failed to read the configuration {}: {error}", path.display());
        Self::usage("config_file", message, Some("`driftline config --init FILE` writes one".to_owned()))
    }

    pub(crate) fn config_syntax(path: &Path, error: &toml::de::Error) -> Self {
        let message = format!("{} is not valid TOML: {}", path.display(), error.to_string().trim_end());
        Self::usage("config_syntax", message, None)
    }

    pub(crate) fn config_unknown_key(path: &Path, key: &str, meant: Option<&str>) -> Self {
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`driftline config` shows every setting".to_owned(),
        };
        Self::usage("config_key", format!("unknown setting `{key}` in {}", path.display()), Some(help))
    }

    /// The result could not be written.
    pub(crate) fn output(place: &str, error: &io::Error) -> Self {
        let (code, help) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                ("no_space", Some("make room on that disk, or choose another place with -o".to_owned()))
            }
            io::ErrorKind::PermissionDenied => {
                ("permission", Some("choose a place that you may write to".to_owned()))
            }
            _ => ("io", None),
        };
        Self::system(code, format!("failed to write to {place}: {error}"), help)
    }

    fn from_store(error: &StoreError) -> Self {
        Self {
            code: error.code().to_owned(),
            exit: error.category().exit_code(),
            message: error.to_string(),
            help: error.help(),
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }

    /// What to do about it.
    #[cfg(test)]
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Tells the person on standard error.
    pub(crate) fn print(&self) {
        let mut text = String::new();
        for (index, line) in self.message.lines().enumerate() {
            let line = harmless(line, Charset::Unicode);
            text.push_str(&if index == 0 {
                format!("error[{}]: {line}\n", self.code)
            } else {
                format!("  {line}\n")
            });
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("help: {}\n", harmless(help, Charset::Unicode)));
        }
        // Nobody is left to be told when standard error is gone.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code, self.message)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let exit = match error {
            EngineError::Cancelled => INTERRUPTED,
            _ if error.is_usage() => USAGE,
            _ => error.category().exit_code(),
        };
        Self { code: error.code(), exit, message: error.to_string(), help: error.help() }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let message = match &error {
            ServeError::Store(error) => return Self::from_store(error),
            ServeError::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                format!("failed to listen on {address}: something else listens there")
            }
            other => other.to_string(),
        };
        // A setting may be wrong, or what it names.
        let is_usage = error.code().starts_with("usage.");
        let exit = if is_usage { USAGE } else { ErrorCategory::System.exit_code() };
        Self { code: error.code().to_owned(), exit, message, help: error.help() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from_store(&error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let exit = ErrorCategory::Processing.exit_code();
        Self { code: "processing.export".to_owned(), exit, message: error.to_string(), help: None }
    }
}
