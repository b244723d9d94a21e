use std::fs;
use std::path::PathBuf;

use driftline_chunk::Physical;
use driftline_ingest::{
    Decimal, Encoding, Escape, Limits, Location, Newline, Query, ReadOptions, Repairs, Table,
};
use driftline_model::{CsvSettings, RunSettings, SideReport};
use driftline_profile::RowSample;

use crate::ledger::Ledger;
use crate::{EngineError, MemoryBudget, ProfileFile};

/// Part of the memory of a run, as a divisor, that sorting, grouping and joining in a statement may take; the
/// rest is for reading, profiles and the program.
const QUERY_SHARE: u64 = 4;

/// Records that a header has at most.
const MAX_HEADER_ROWS: u64 = 100;
/// Lines that stand above a table at most.
const MAX_SKIPPED_LINES: u64 = 1_000_000;

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
    let memory_bytes = query_memory(run);
    let query = Query { name: input.name.clone(), statement: input.statement.clone(), memory_bytes };
    let mut find = |name: &str| {
        let known = input.tables.iter().find(|(known, _)| known == name);
        known.map(|(_, location)| driftline_ingest::open(&Location::parse(location), &options)).transpose()
    };
    Ok(driftline_ingest::query(&query, &mut find, &ReadOptions { prefer, ..options.clone() })?)
}

/// Memory that a statement may take, in bytes.
pub(crate) fn query_memory(run: &RunSettings) -> usize {
    usize::try_from(MemoryBudget::of(run).bytes / QUERY_SHARE).unwrap_or(usize::MAX)
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
/// When a setting cannot have its value.
pub fn read_options(csv: &CsvSettings) -> Result<ReadOptions, EngineError> {
    let quote = match csv.quote.as_str() {
        "none" => Some(None),
        other => single_byte("quote", other)?.map(Some),
    };
    Ok(ReadOptions {
        delimiter: single_byte("delimiter", &csv.delimiter)?,
        quote,
        escape: escape(&csv.escape)?,
        encoding: encoding(&csv.encoding)?,
        header_rows: header_rows(csv)?,
        skip_rows: skip_rows(&csv.skip_rows)?,
        comment: single_byte("comment", &csv.comment)?,
        newline: newline(&csv.newline)?,
        decimal: decimal(&csv.decimal)?,
        repairs: Repairs::Certain,
        null_spellings: csv.null_spellings.clone(),
        max_cell_bytes: csv.max_cell_bytes,
        prefer: Vec::new(),
        limits: Limits::default(),
    })
}

fn refused<T>(setting: &'static str, value: &str, wanted: &str) -> Result<T, EngineError> {
    Err(EngineError::Setting { setting, value: format!("`{value}`"), wanted: wanted.to_owned() })
}

fn escape(text: &str) -> Result<Option<Escape>, EngineError> {
    match text {
        "" => Ok(None),
        "doubled" | "\"" => Ok(Some(Escape::Doubled)),
        "\\" | "backslash" => Ok(Some(Escape::Backslash)),
        other => refused("csv.escape", other, "it must be `doubled` or `\\`"),
    }
}

fn encoding(text: &str) -> Result<Option<Encoding>, EngineError> {
    if text.is_empty() {
        return Ok(None);
    }
    match Encoding::named(text) {
        Some(encoding) => Ok(Some(encoding)),
        None => {
            refused("csv.encoding", text, "no encoding has this name; `utf-8` and `windows-1252` are some")
        }
    }
}

fn header_rows(csv: &CsvSettings) -> Result<Option<u64>, EngineError> {
    match csv.header.as_str() {
        "" => Ok(csv.has_header.map(u64::from)),
        "none" => Ok(Some(0)),
        number => match number.parse::<u64>() {
            Ok(rows) if rows <= MAX_HEADER_ROWS => Ok(Some(rows)),
            _ => refused("csv.header", number, "it must be `none` or a number of records from 0 to 100"),
        },
    }
}

fn skip_rows(text: &str) -> Result<Option<u64>, EngineError> {
    match (text, text.parse::<u64>()) {
        ("", _) => Ok(None),
        (_, Ok(lines)) if lines <= MAX_SKIPPED_LINES => Ok(Some(lines)),
        _ => refused("csv.skip_rows", text, "it must be a number of lines from 0 to 1000000"),
    }
}

fn newline(text: &str) -> Result<Option<Newline>, EngineError> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "lf" | "\\n" | "\n" => Ok(Some(Newline::Lf)),
        "crlf" | "\\r\\n" | "\r\n" => Ok(Some(Newline::CrLf)),
        "cr" | "\\r" | "\r" => Ok(Some(Newline::Cr)),
        other => refused("csv.newline", other, "it must be `lf`, `crlf` or `cr`"),
    }
}

fn decimal(text: &str) -> Result<Option<Decimal>, EngineError> {
    match text {
        "" => Ok(None),
        "." | "point" => Ok(Some(Decimal::Point)),
        "," | "comma" => Ok(Some(Decimal::Comma)),
        other => refused("csv.decimal", other, "it must be `.` or `,`"),
    }
}

/// A setting that is one ASCII character, `tab` or `\t`; nothing when it is empty.
pub fn single_byte(setting: &'static str, text: &str) -> Result<Option<u8>, EngineError> {
    match text {
        "" => Ok(None),
        "tab" | "\\t" => Ok(Some(b'\t')),
        "space" => Ok(Some(b' ')),
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
        reading: ledger.reading(&sources, table.opening()),
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
