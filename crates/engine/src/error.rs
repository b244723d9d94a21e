use std::any::Any;
use std::io;

use driftline_ingest::{Category, IngestError};
use driftline_model::ErrorCategory;
use driftline_profile::ProfileError;

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The data could not be opened or read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A saved profile could not be opened.
    #[error("failed to read the profile {path}: {source}")]
    ProfileFile {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file that should hold a profile does not, or holds one that cannot be read.
    #[error("failed to read the profile {name}: {source}")]
    Profile {
        /// Where it came from.
        name: String,
        /// What is wrong with it.
        source: ProfileError,
    },
    /// A setting that must be one character is not.
    #[error("csv.{setting} cannot be `{text}`: it must be one ASCII character, or `tab`")]
    Character {
        /// The setting.
        setting: &'static str,
        /// Its value.
        text: String,
    },
    /// A setting that cannot have its value.
    #[error("{setting} cannot be {value}: {wanted}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        wanted: String,
    },
    /// A profile has no rows to score.
    #[error("{name} is a profile: it has no rows to score")]
    NoRows {
        /// What was given.
        name: String,
    },
    /// A column that was named is not there.
    #[error("{table} has no column `{column}`; it has {known}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The columns that it has.
        known: String,
    },
    /// A column that was named does not hold what it is named for.
    #[error("column `{column}` holds {found}, not {wanted}")]
    ColumnType {
        /// The column.
        column: String,
        /// What it holds.
        found: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
    /// The scores could not be written.
    #[error("failed to write the scores: {0}")]
    Sink(io::Error),
    /// What a monitor kept over a restart cannot be read, or not be written.
    #[error("failed to keep the state of a monitor: {cause}")]
    Monitor {
        /// What is wrong with it.
        cause: String,
    },
    /// Those who were to read the data could not.
    #[error("{cause}")]
    Cluster {
        /// Why.
        cause: String,
    },
    /// A part of the program broke down.
    #[error("internal error while {during}: {message}")]
    Panic {
        /// What was being done.
        during: String,
        /// What the part said.
        message: String,
    },
    /// Somebody asked the run to stop.
    #[error("interrupted; nothing was written")]
    Cancelled,
}

impl EngineError {
    /// A panic that was caught.
    pub(crate) fn panic(during: impl Into<String>, payload: &(dyn Any + Send)) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Self::Panic { during: during.into(), message }
    }

    /// Stable code: the category, a dot, and what happened.
    pub fn code(&self) -> String {
        let what = match self {
            Self::Ingest(error) => error.code().trim_start_matches("ingest."),
            Self::ProfileFile { source, .. } if source.kind() == io::ErrorKind::NotFound => "missing",
            Self::ProfileFile { .. } => "unreadable",
            Self::Profile { .. } => "profile_unreadable",
            Self::Character { .. } | Self::Setting { .. } => "setting",
            Self::NoRows { .. } => "no_rows",
            Self::Column { .. } => "column",
            Self::ColumnType { .. } => "column_type",
            Self::Sink(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "no_space",
                _ => "io",
            },
            Self::Monitor { .. } => "monitor_state",
            Self::Cluster { .. } => "cluster",
            Self::Panic { .. } => "internal",
            Self::Cancelled => "interrupted",
        };
        let category = match self.category() {
            _ if self.is_usage() => "usage",
            ErrorCategory::Data => "data",
            ErrorCategory::Processing => "processing",
            ErrorCategory::Analytics => "analytics",
            ErrorCategory::System => "system",
        };
        format!("{category}.{what}")
    }

    /// Whose fault it is.
    pub fn category(&self) -> ErrorCategory {
        match self {
            Self::Ingest(error) => match error.category() {
                Category::Data => ErrorCategory::Data,
                Category::Processing => ErrorCategory::Processing,
                Category::System => ErrorCategory::System,
            },
            Self::ProfileFile { .. }
            | Self::Profile { .. }
            | Self::NoRows { .. }
            | Self::Column { .. }
            | Self::ColumnType { .. }
            | Self::Character { .. }
            | Self::Setting { .. } => ErrorCategory::Data,
            Self::Sink(_) | Self::Cluster { .. } | Self::Cancelled => ErrorCategory::System,
            Self::Monitor { .. } | Self::Panic { .. } => ErrorCategory::Processing,
        }
    }

    /// Whether the request was wrong rather than the data.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Character { .. }
                | Self::Setting { .. }
                | Self::Column { .. }
                | Self::ColumnType { .. }
                | Self::Ingest(
                    IngestError::Option { .. }
                        | IngestError::Statement { .. }
                        | IngestError::Url { .. }
                        | IngestError::Sheet { .. }
                        | IngestError::NotBuilt { .. }
                )
        )
    }

    /// What to do about it, where the message does not say so itself.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Ingest(error) => return help_for_data(error).map(str::to_owned),
            Self::ProfileFile { .. } => "check the path",
            Self::Profile { .. } => {
                "make it anew with `driftline profile DATA -o FILE.dlp` or `driftline baseline save`"
            }
            Self::NoRows { .. } => "give the data themselves",
            Self::Sink(_) => "make room on that disk, or choose another place",
            Self::Cluster { .. } => "start a scheduler and executors, see `driftline cluster --help`",
            Self::Monitor { .. } => "start the monitor anew: it learns again what is usual",
            Self::Panic { .. } => "this is a fault of driftline: please report it with this message",
            Self::ColumnType { .. } => {
                "name another column, or write its values so that they can be read as such"
            }
            Self::Column { .. } | Self::Character { .. } | Self::Setting { .. } | Self::Cancelled => {
                return None;
            }
        };
        Some(help.to_owned())
    }
}

/// What a person can do about data that cannot be read.
fn help_for_data(error: &IngestError) -> Option<&'static str> {
    match error {
        IngestError::Empty { .. } | IngestError::HeaderOnly { .. } => {
            Some("a comparison needs at least one row of data; check how the file was made")
        }
        IngestError::Binary { .. } => Some(
            "give CSV (plain or compressed with gzip or zstd), Parquet, JSON, Arrow, Avro, XLSX, zip or tar",
        ),
        IngestError::Unreadable { .. } | IngestError::Damaged { .. } => Some("fetch or make the file again"),
        IngestError::NoColumns { .. } => Some("binary data are not read; choose other columns with --sql"),
        IngestError::NotDelimited { .. } => Some("`driftline profile` reads it"),
        IngestError::Expands { .. } => Some("if the file is what you expect, unpack it first"),
        IngestError::TooLarge { .. } => Some("give a part of it, or a file"),
        IngestError::BrokenOff { .. } => Some("try again"),
        IngestError::Fetch { .. } => Some("check the address, the rights, and that the other side is there"),
        IngestError::StatementMemory { .. } => {
            Some("give the run more memory with --memory, or sort, group and join less")
        }
        IngestError::ColumnsDiffer { .. } => Some("compare files with different columns one by one"),
        IngestError::Changed { .. } => Some("wait until the file is complete, or copy it first"),
        IngestError::Read { .. } => Some("check the permissions of the file"),
        IngestError::Spool { .. } => {
            Some("make room in the folder for temporary files, or name another with TMPDIR")
        }
        _ => None,
    }
}
