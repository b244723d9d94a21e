//! A look into what came, before it becomes a dataset.

use std::io::{BufReader, Read};
use std::path::PathBuf;

use axum::http::StatusCode;
use driftline_engine::{EngineError, Inspection, single_byte};
use driftline_ingest::{Contents, IngestError, Limits, Location, contents, first_text};
use driftline_model::{CsvSettings, ErrorCategory};
use tokio::sync::{Semaphore, watch};

use super::{blocking, stopping};
use crate::ApiError;

/// Columns of a dataset at most.
const MAX_COLUMNS: usize = 10_000;
/// Rows that are kept to be shown.
const SHOWN_ROWS: usize = 20;
/// Separators in the first record beyond which it is not even looked at: finding columns takes memory for each.
const MANY_SEPARATORS: u64 = 100_000;
/// Bytes of a text within which its first record ends, or is refused by the reader.
const FIRST_RECORD_BYTES: u64 = 64 << 20;
/// Text that is harmless however small it was packed.
const HARMLESS_BYTES: u64 = 100_000_000;
/// Bytes within which the reader takes a lone CR for the end of a record.
const LONE_CR_BYTES: u64 = 256 << 10;

/// Looks at the same time: each keeps a processor busy. Those that wait hold their connection and no memory.
static LOOKS: Semaphore = Semaphore::const_new(2);

/// What is looked into.
pub(super) struct Look {
    /// Where it is.
    pub(super) path: PathBuf,
    /// What the caller calls it.
    pub(super) name: String,
    /// How CSV is read in the workspace.
    pub(super) csv: CsvSettings,
    /// Most times that compressed content may grow.
    pub(super) max_expansion: u64,
    /// Whether the service is about to stop.
    pub(super) stopping: watch::Receiver<bool>,
}

impl Look {
    /// Looks into it.
    ///
    /// # Errors
    /// When it is no table, too wide, grows too much, or cannot be read.
    pub(super) async fn take(self) -> Result<Inspection, ApiError> {
        let _turn = LOOKS.acquire().await.map_err(|error| ApiError::internal(error.to_string()))?;
        blocking(move || self.inspect()).await
    }

    fn inspect(&self) -> Result<Inspection, ApiError> {
        if self.contents()?.is_delimited {
            self.refuse_many_columns()?;
        }
        let place = self.path.to_string_lossy();
        let found = driftline_engine::inspect(&place, (&self.csv, self.limits()), SHOWN_ROWS);
        let inspection = found.map_err(|error| self.refused(&error))?;
        if inspection.columns.len() > MAX_COLUMNS { Err(too_many_columns()) } else { Ok(inspection) }
    }

    /// What the upload costs when it is read.
    fn limits(&self) -> Limits {
        let (expansion_ratio, expansion_free_bytes) = (self.max_expansion, HARMLESS_BYTES);
        Limits { expansion_ratio, expansion_free_bytes, ..Limits::default() }
    }

    /// What it is. All that is packed is unpacked once without keeping anything; damage is refused.
    fn contents(&self) -> Result<Contents, ApiError> {
        let (location, limits) = (Location::parse(&self.path.to_string_lossy()), self.limits());
        match contents(&location, limits, &|| !*self.stopping.borrow()) {
            Ok(contents) if contents.is_all => Ok(contents),
            Ok(_) => Err(stopping()),
            Err(IngestError::Expands { .. }) => Err(expands_too_much(self.max_expansion)),
            Err(error) => Err(self.refused(&error.into())),
        }
    }

    fn refuse_many_columns(&self) -> Result<(), ApiError> {
        let byte = |setting, text| single_byte(setting, text).map_err(|error| self.refused(&error));
        let delimiter = byte("delimiter", &self.csv.delimiter)?;
        let quote = byte("quote", &self.csv.quote)?.unwrap_or(b'"');
        let location = Location::parse(&self.path.to_string_lossy());
        let text = first_text(&location, self.limits()).map_err(|error| self.refused(&error.into()))?;
        let many = separators(text, delimiter, quote) > MANY_SEPARATORS;
        if many { Err(too_many_columns()) } else { Ok(()) }
    }

    /// The error as the engine has it, but the file named as the caller knows it.
    fn refused(&self, error: &EngineError) -> ApiError {
        let status = match error.category() {
            ErrorCategory::Data => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let message = error.to_string().replace(&*self.path.to_string_lossy(), &self.name);
        let answer = ApiError::new(status, &error.code(), message);
        match error.help() {
            Some(help) => answer.with_help(help),
            None => answer,
        }
    }
}

fn expands_too_much(max_expansion: u64) -> ApiError {
    let message = format!("unpacked it would be more than {max_expansion} times its size");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.expands_too_much", message)
        .with_help("upload it unpacked, or raise the limit of the service")
}

fn too_many_columns() -> ApiError {
    let message = format!("there are more than {MAX_COLUMNS} columns");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.too_many_columns", message)
        .with_help("check the delimiter, or split the table")
}

/// How often the most frequent separator stands in the first record, outside quotes. Stops at many. What cannot be
/// read is left to the reader, who says so better.
fn separators(text: impl Read, delimiter: Option<u8>, quote: u8) -> u64 {
    let known = [delimiter.unwrap_or(b','), b',', b';', b'\t', b'|'];
    let (mut counts, mut is_quoted, mut place) = ([0_u64; 5], false, 0);
    for byte in BufReader::new(text.take(FIRST_RECORD_BYTES)).bytes() {
        let Ok(byte) = byte else { break };
        place += 1;
        if byte == quote {
            is_quoted = !is_quoted;
        }
        if is_quoted {
            continue;
        }
        if byte == b'\n' || (byte == b'\r' && place < LONE_CR_BYTES) {
            break;
        }
        for (count, separator) in counts.iter_mut().zip(known) {
            *count += u64::from(byte == separator);
        }
        if counts.iter().any(|count| *count > MANY_SEPARATORS) {
            break;
        }
    }
    counts.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_counted_in_the_first_record_and_outside_quotes() {
        let count = |text: &str, delimiter| separators(text.as_bytes(), delimiter, b'"');
        assert_eq!(count("a,b,c\nd,e,f,g\n", None), 2);
        assert_eq!(count("a;\"x;\n;\"\"\";b\r;;;;", None), 2);
        assert_eq!(count("a:b:c:d\n", Some(b':')), 3);
        assert_eq!(count("", None), 0);
        assert_eq!(count(&",".repeat(1_000_000), None), MANY_SEPARATORS + 1);
        let late = format!("{}\r,,,\n,,,,", "x".repeat(300_000));
        assert_eq!(count(&late, None), 3);
    }
}
