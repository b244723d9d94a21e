use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use driftline_engine::EngineError;
use driftline_ingest::{Dialect, Location, ReadOptions};
use serde::Serialize;

use super::baseline::Form;
use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  driftline sniff export.csv
  driftline sniff export.csv --format json";

/// Find out how a CSV file is written
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SniffArguments {
    /// The file, or `-`
    #[arg(value_name = "FILE")]
    file: String,
    /// Form of the answer
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// How a file is written, in words that other programs understand.
#[derive(Debug, Serialize)]
struct Found {
    delimiter: String,
    quote: String,
    escape: &'static str,
    encoding: &'static str,
    has_header: bool,
    preamble_rows: u64,
    newline: &'static str,
}

impl Found {
    fn new(dialect: &Dialect) -> Self {
        Self {
            delimiter: char::from(dialect.delimiter).to_string(),
            quote: char::from(dialect.quote).to_string(),
            escape: dialect.escape.name(),
            encoding: dialect.encoding.name(),
            has_header: dialect.has_header,
            preamble_rows: dialect.preamble_rows,
            newline: dialect.newline.as_str(),
        }
    }

    fn as_text(&self) -> String {
        let mut out = String::new();
        for (name, value) in [
            ("delimiter", visible(&self.delimiter)),
            ("quote", visible(&self.quote)),
            ("escape", self.escape.to_owned()),
            ("encoding", self.encoding.to_owned()),
            ("has_header", self.has_header.to_string()),
            ("preamble_rows", self.preamble_rows.to_string()),
            ("newline", visible(self.newline)),
        ] {
            let _ = writeln!(out, "{name:<14} {value}");
        }
        out
    }
}

/// A character as it is, or as `\t` and the like when it cannot be seen.
fn visible(text: &str) -> String {
    if text.chars().any(char::is_control) { text.escape_debug().to_string() } else { text.to_owned() }
}

/// Looks at the file and tells.
pub(crate) fn run(_: &GlobalArguments, arguments: &SniffArguments) -> Result<ExitCode, Failure> {
    let dialect = driftline_ingest::sniff(&Location::parse(&arguments.file), &ReadOptions::default())
        .map_err(EngineError::from)?;
    let found = Found::new(&dialect);
    output::print(&match arguments.format {
        Form::Json => driftline_export::to_json(&found)?,
        Form::Text => found.as_text(),
    })?;
    Ok(ExitCode::SUCCESS)
}
