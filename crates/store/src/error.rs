use std::io;
use std::path::PathBuf;

use driftline_model::ErrorCategory;

/// What can go wrong with the workspace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A name that could not be a folder everywhere.
    #[error(
        "`{name}` is not a name for a baseline: use 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or digit"
    )]
    Name {
        /// The name that was given.
        name: String,
    },
    /// A version that is not a number.
    #[error("`{version}` is not a version of a baseline: use a number such as `@3`")]
    VersionText {
        /// The text after the `@`.
        version: String,
    },
    /// No such baseline.
    #[error("there is no baseline `{name}` in {}", workspace.display())]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Where it was looked for.
        workspace: PathBuf,
    },
    /// No such version.
    #[error("baseline `{name}` has no version {version}; its newest is {newest}")]
    UnknownVersion {
        /// The baseline.
        name: String,
        /// The version that was asked for.
        version: u32,
        /// The newest one.
        newest: u32,
    },
    /// Nothing to go back to.
    #[error("baseline `{name}` has no earlier version to go back to")]
    NothingBefore {
        /// The baseline.
        name: String,
    },
    /// The index of a baseline cannot be read.
    #[error("the index {} of a baseline is damaged: {reason}", path.display())]
    Damaged {
        /// The index file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database said no.
    #[error("failed to {action}: {source}")]
    Database {
        /// What was tried, such as `open the database`.
        action: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The database could not be brought to its present form.
    #[error("failed to bring the database up to date: {source}")]
    Migration {
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
    /// The database holds something that was not written by us.
    #[error("the database holds a value that cannot be read: {reason}")]
    Stored {
        /// What is wrong with it.
        reason: String,
    },
    /// A database that was to be filled and is in use.
    #[error("the database is in use already: there are accounts in it")]
    NotNew,
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {reason}")]
    Random {
        /// What it said.
        reason: String,
    },
    /// The file system said no.
    #[error("failed to {action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    /// An error of the file system with what was tried.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// An error of the database with what was tried.
    pub(crate) fn database(action: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { action, source }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } | Self::VersionText { .. } => "data.baseline_name",
            Self::Unknown { .. } => "data.baseline_missing",
            Self::UnknownVersion { .. } => "data.baseline_version_missing",
            Self::NothingBefore { .. } => "data.baseline_no_earlier",
            Self::Damaged { .. } => "data.baseline_damaged",
            Self::Database { source, .. } => database_code(source),
            Self::Random { .. } => "system.random",
            Self::NotNew => "system.database_not_new",
            Self::Migration { .. } => "system.database_version",
            Self::Stored { .. } => "system.database_damaged",
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "system.no_space",
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "system.permission",
                _ => "system.io",
            },
        }
    }

    /// Whose fault it is.
    pub fn category(&self) -> ErrorCategory {
        match self {
            Self::Io { .. }
            | Self::Database { .. }
            | Self::Migration { .. }
            | Self::Stored { .. }
            | Self::NotNew
            | Self::Random { .. } => ErrorCategory::System,
            _ => ErrorCategory::Data,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { name, .. } => Some(format!(
                "save it first with `driftline baseline save {name} FILE`, or see `driftline baseline list`"
            )),
            Self::UnknownVersion { .. } => Some("see `driftline baseline list` for what there is".to_owned()),
            Self::NothingBefore { .. } => {
                Some("choose a version with `driftline baseline promote NAME VERSION`".to_owned())
            }
            Self::Damaged { .. } => Some("restore the file from a backup, or remove its folder".to_owned()),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                    "make room on that disk, or choose another place; nothing was left half-written"
                        .to_owned(),
                ),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("choose a place that you may write to".to_owned())
                }
                io::ErrorKind::NotFound => Some("make the folder first".to_owned()),
                _ => None,
            },
            Self::Database { .. } => Some(
                match self.code() {
                    "system.no_space" => {
                        "make room on the disk of the database; nothing was left half-written"
                    }
                    "system.permission" => "see that the database may be written to",
                    "system.database_busy" => "try again in a moment; `driftline doctor` tells more",
                    _ => "see `driftline doctor`; a damaged file is replaced by the last backup",
                }
                .to_owned(),
            ),
            Self::NotNew => Some("name an empty database, so that nothing is mixed".to_owned()),
            Self::Migration { .. } => Some(
                "a newer version of Driftline has used this database: use that version or newer".to_owned(),
            ),
            Self::Name { .. } | Self::VersionText { .. } | Self::Stored { .. } | Self::Random { .. } => None,
        }
    }
}

/// The stable code for what a database said.
///
/// SQLite gives a number whose lowest byte is the kind of error (<https://sqlite.org/rescode.html>), PostgreSQL five
/// characters (appendix A of its manual); they cannot be mixed up.
fn database_code(source: &sqlx::Error) -> &'static str {
    /// `SQLITE_IOERR_SHMSIZE`: the index of the write-ahead log could not grow.
    const INDEX_CANNOT_GROW: u32 = 4874;
    let said = match source {
        sqlx::Error::Database(said) => said.code().unwrap_or_default(),
        _ => return "system.database",
    };
    match said.parse::<u32>() {
        Ok(INDEX_CANNOT_GROW) => return "system.no_space",
        Ok(number) if said.len() < 5 => {
            return match number & 0xFF {
                5 | 6 => "system.database_busy",
                3 | 8 => "system.permission",
                13 => "system.no_space",
                _ => "system.database",
            };
        }
        _ => {}
    }
    match &*said {
        "53100" => "system.no_space",
        "25006" => "system.permission",
        "40001" | "40P01" | "53300" | "55P03" => "system.database_busy",
        _ => "system.database",
    }
}
