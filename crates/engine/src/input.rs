use std::fs;
use std::path::PathBuf;

use driftline_chunk::Physical;
use driftline_ingest::{Location, ReadOptions, Table};
use driftline_model::{CsvSettings, SideReport};
use driftline_profile::RowSample;

use crate::{EngineError, ProfileFile};

/// One side of a check, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Data: a file, a glob, a folder, or `-`.
    Table(String),
    /// A saved profile.
    Profile {
        /// Its file.
        path: PathBuf,
        /// What it is called in the report, such as `baseline:flights@3`.
        name: String,
    },
}

impl Input {
    /// What the report calls it.
    pub fn name(&self) -> &str {
        match self {
            Self::Table(location) => location,
            Self::Profile { name, .. } => name,
        }
    }
}

/// Reads a saved profile.
pub(crate) fn load_profile(path: &PathBuf, name: &str) -> Result<ProfileFile, EngineError> {
    let shown = || path.display().to_string();
    let bytes = fs::read(path).map_err(|source| EngineError::ProfileFile { path: shown(), source })?;
    let file =
        ProfileFile::from_bytes(&bytes).map_err(|source| EngineError::Profile { name: shown(), source })?;
    let (side, profile) = file.into_parts();
    Ok(ProfileFile::new(SideReport { name: name.to_owned(), ..side }, profile))
}

/// Opens a table; columns named in `prefer` are held as they were elsewhere, where their values allow it.
pub(crate) fn open_table(
    location: &str,
    csv: &CsvSettings,
    prefer: Vec<(String, Physical)>,
) -> Result<Table, EngineError> {
    Ok(driftline_ingest::open(&Location::parse(location), &ReadOptions { prefer, ..read_options(csv)? })?)
}

/// The settings of CSV as the reader takes them.
///
/// # Errors
/// When a setting that must be one character is not.
pub fn read_options(csv: &CsvSettings) -> Result<ReadOptions, EngineError> {
    Ok(ReadOptions {
        delimiter: single_byte("delimiter", &csv.delimiter)?,
        quote: single_byte("quote", &csv.quote)?.unwrap_or(b'"'),
        has_header: csv.has_header,
        null_spellings: csv.null_spellings.clone(),
        max_cell_bytes: csv.max_cell_bytes,
        prefer: Vec::new(),
    })
}

/// A setting that is one ASCII character, `tab` or `\t`; nothing when it is empty.
pub fn single_byte(setting: &'static str, text: &str) -> Result<Option<u8>, EngineError> {
    match text {
        "" => Ok(None),
        "tab" | "\\t" => Ok(Some(b'\t')),
        other => match other.as_bytes() {
            [byte] if byte.is_ascii() => Ok(Some(*byte)),
            _ => Err(EngineError::Character { setting, text: other.to_owned() }),
        },
    }
}

/// What a report says of a table that was read, its profile apart.
pub(crate) fn describe(side: &mut SideReport, profile: &driftline_profile::TableProfile, sample: &RowSample) {
    side.rows = profile.rows();
    side.columns = profile.columns().len() as u64;
    side.sample_rows = sample.len() as u64;
    side.exact = sample.is_exact();
    side.duplicate_ratio = profile.duplicate_ratio();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_may_be_named() {
        assert_eq!(single_byte("delimiter", "").unwrap(), None);
        assert_eq!(single_byte("delimiter", ";").unwrap(), Some(b';'));
        assert_eq!(single_byte("delimiter", "tab").unwrap(), Some(b'\t'));
        assert!(single_byte("delimiter", ";;").is_err());
        assert!(single_byte("delimiter", "ü").is_err());
    }
}
