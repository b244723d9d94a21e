use std::fs;
use std::path::PathBuf;

use driftline_chunk::Physical;
use driftline_ingest::{Decimal, Encoding, Escape, Location, Newline, ReadOptions, Repairs, Table};
use driftline_model::{CsvSettings, SideReport};
use driftline_profile::RowSample;

use crate::{EngineError, ProfileFile};

/// Records that a header has at most.
const MAX_HEADER_ROWS: u64 = 100;
/// Lines that stand above a table at most.
const MAX_SKIPPED_LINES: u64 = 1_000_000;

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
