use std::fs;
use std::path::PathBuf;

use driftline_chunk::Physical;
use driftline_ingest::{Limits, Location, Query, ReadOptions, Table};
use driftline_model::{CsvSettings, RunSettings, SideReport};
use driftline_profile::RowSample;

use crate::ledger::Ledger;
use crate::{EngineError, MemoryBudget, ProfileFile};

/// Part of the memory of a run, as a divisor, that sorting, grouping and joining in a statement may take; the
/// rest is for reading, profiles and the program.
const QUERY_SHARE: u64 = 4;

/// One side of a check, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Data: a file, a glob, a folder, a URL, or `-`.
    Table(String),
    /// The rows of a statement over data.
    Query(QueryInput),
    /// A saved profile.
    Profile {
        /// Its file.
        path: PathBuf,
        /// What it is called in the report, such as `baseline:flights@3`.
        name: String,
    },
}

/// One SELECT and the tables that it may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryInput {
    /// What the report calls its rows.
    pub name: String,
    /// The statement.
    pub statement: String,
    /// Names of tables with their locations; the first of a name counts.
    pub tables: Vec<(String, String)>,
}

impl Input {
    /// What the report calls it; never with secrets.
    pub fn name(&self) -> String {
        match self {
            Self::Table(location) => shown(location),
            Self::Query(query) => query.name.clone(),
            Self::Profile { name, .. } => name.clone(),
        }
    }
}

/// A location without its secrets.
pub fn shown(location: &str) -> String {
    match Location::parse(location) {
        Location::Remote(remote) => remote.to_string(),
        _ => location.to_owned(),
    }
}

/// Opens data; columns named in `prefer` are held as they were elsewhere, where their values allow it.
pub(crate) fn open_input(
    input: &Input,
    (csv, run): (&CsvSettings, &RunSettings),
    prefer: Vec<(String, Physical)>,
) -> Result<Table, EngineError> {
    match input {
        Input::Table(location) => open_table(location, csv, prefer),
        Input::Query(query) => open_query(query, (csv, run), prefer),
        Input::Profile { name, .. } => Err(EngineError::NoRows { name: name.clone() }),
    }
}

fn open_query(
    input: &QueryInput,
    (csv, run): (&CsvSettings, &RunSettings),
    prefer: Vec<(String, Physical)>,
) -> Result<Table, EngineError> {
    let options = read_options(csv)?;
    let memory_bytes = usize::try_from(MemoryBudget::of(run).bytes / QUERY_SHARE).unwrap_or(usize::MAX);
    let query = Query { name: input.name.clone(), statement: input.statement.clone(), memory_bytes };
    let mut find = |name: &str| {
        let known = input.tables.iter().find(|(known, _)| known == name);
        known.map(|(_, location)| driftline_ingest::open(&Location::parse(location), &options)).transpose()
    };
    Ok(driftline_ingest::query(&query, &mut find, &ReadOptions { prefer, ..options.clone() })?)
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
        limits: Limits::default(),
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
pub(crate) fn described(
    (name, table, scanned): (&str, &Table, (&Ledger, &[String])),
    (profile, sample): (&driftline_profile::TableProfile, &RowSample),
) -> SideReport {
    let (ledger, broken_off) = scanned;
    let sources: Vec<String> = table.sources().iter().map(|source| source.name().to_owned()).collect();
    let mut side = SideReport {
        name: name.to_owned(),
        bytes: ledger.bytes(),
        quarantine: ledger.quarantine(&sources),
        notes: table.notes().to_vec(),
        broken_off: broken_off.to_vec(),
        ..SideReport::default()
    };
    describe(&mut side, profile, sample);
    side
}

fn describe(side: &mut SideReport, profile: &driftline_profile::TableProfile, sample: &RowSample) {
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
