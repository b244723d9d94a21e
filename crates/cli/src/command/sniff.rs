use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use driftline_engine::{EngineError, held_as, read_options};
use driftline_ingest::{Decision, IngestError, Location, ReadOptions, Sniffing, Table, open, sniff};
use serde::Serialize;

use super::baseline::Form;
use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline sniff export.csv
  driftline sniff export.csv --format json
  driftline sniff export.parquet
  driftline sniff export.csv --delimiter ; --encoding windows-1252";

/// Find out what a file is, and how a CSV file is written and why
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SniffArguments {
    /// The file, or `-`
    #[arg(value_name = "FILE")]
    file: String,
    /// Form of the answer
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    read: ReadArguments,
}

/// How a file is written, in words that other programs understand.
#[derive(Debug, Serialize)]
struct Found {
    format: &'static str,
    delimiter: String,
    quote: String,
    escape: &'static str,
    encoding: String,
    has_header: bool,
    preamble_rows: u64,
    newline: &'static str,
    is_quoted: bool,
    header_rows: u64,
    has_mixed_newlines: bool,
    has_space_after_delimiter: bool,
    comment: Option<String>,
    decimal: &'static str,
    columns: Vec<String>,
    decisions: Vec<Told>,
}

/// A decision, with its confidence and its reason.
#[derive(Debug, Serialize)]
struct Told {
    subject: &'static str,
    value: String,
    confidence: f64,
    reason: String,
}

impl Told {
    fn new(decision: Decision) -> Self {
        let Decision { subject, value, confidence, reason } = decision;
        Self { subject, value, confidence: (1000.0 * confidence).round() / 1000.0, reason }
    }
}

impl Found {
    fn new(sniffing: Sniffing) -> Self {
        let Sniffing { dialect, names, decisions, .. } = sniffing;
        Self {
            format: "CSV",
            delimiter: char::from(dialect.delimiter).to_string(),
            quote: dialect.quote_shown(),
            escape: dialect.escape.name(),
            encoding: dialect.encoding.name(),
            has_header: dialect.has_header,
            preamble_rows: dialect.preamble_rows,
            newline: dialect.newline.as_str(),
            is_quoted: dialect.is_quoted,
            header_rows: dialect.header_rows,
            has_mixed_newlines: dialect.has_mixed_newlines,
            has_space_after_delimiter: dialect.has_space_after_delimiter,
            comment: dialect.comment.map(|sign| char::from(sign).to_string()),
            decimal: dialect.decimal.as_str(),
            columns: names,
            decisions: decisions.into_iter().map(Told::new).collect(),
        }
    }

    fn as_text(&self) -> String {
        let mut out = String::new();
        for (name, value) in [
            ("format", self.format.to_owned()),
            ("delimiter", visible(&self.delimiter)),
            ("quote", if self.quote.is_empty() { "none".to_owned() } else { visible(&self.quote) }),
            ("escape", self.escape.to_owned()),
            ("encoding", self.encoding.clone()),
            ("has_header", self.has_header.to_string()),
            ("preamble_rows", self.preamble_rows.to_string()),
            ("newline", visible(self.newline)),
            ("columns", self.columns.len().to_string()),
        ] {
            let _ = writeln!(out, "{name:<14} {value}");
        }
        out.push_str("\nWhy:\n");
        for Told { subject, value, confidence, reason } in &self.decisions {
            let _ = writeln!(out, "{subject:<14} {value}: {reason} ({:.0} % sure)", 100.0 * confidence);
        }
        out
    }
}

/// What a file is that says itself how it is written.
#[derive(Debug, Serialize)]
struct SelfDescribing {
    format: &'static str,
    /// Names of the columns.
    columns: Vec<String>,
    /// How each of them is held.
    kinds: Vec<&'static str>,
    /// What is left out of it, and why.
    notes: Vec<String>,
}

impl SelfDescribing {
    fn new(format: &'static str, table: &Table) -> Self {
        let fields = table.schema().fields();
        Self {
            format,
            columns: fields.iter().map(|field| field.name.clone()).collect(),
            kinds: fields.iter().map(|field| held_as(field.physical)).collect(),
            notes: table.notes().to_vec(),
        }
    }

    fn as_text(&self) -> String {
        let mut out = String::new();
        for (name, value) in [("format", self.format), ("columns", &self.columns.len().to_string())] {
            let _ = writeln!(out, "{name:<14} {value}");
        }
        out.push_str("\nColumns:\n");
        for (name, kind) in self.columns.iter().zip(&self.kinds) {
            let _ = writeln!(out, "{kind:<14} {}", visible(name));
        }
        for note in &self.notes {
            let _ = writeln!(out, "{:<14} {note}", "left out");
        }
        out
    }
}

/// A character as it is, or as `\t` and the like when it cannot be seen.
fn visible(text: &str) -> String {
    if text.chars().any(char::is_control) { text.escape_debug().to_string() } else { text.to_owned() }
}

/// Looks at the file and tells.
pub(crate) fn run(global: &GlobalArguments, arguments: &SniffArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    let options = read_options(&session.configuration.settings.csv)?;
    let answer = match sniff(&Location::parse(&arguments.file), &options) {
        // Standard input is used up by then.
        Err(IngestError::NotDelimited { format, .. }) if arguments.file != "-" => {
            self_describing(format, arguments, &options)?
        }
        sniffing => {
            let found = Found::new(sniffing.map_err(EngineError::from)?);
            match arguments.format {
                Form::Json => driftline_export::to_json(&found)?,
                Form::Text => found.as_text(),
            }
        }
    };
    output::print(&answer)?;
    Ok(ExitCode::SUCCESS)
}

fn self_describing(
    format: &'static str,
    arguments: &SniffArguments,
    options: &ReadOptions,
) -> Result<String, Failure> {
    let table = open(&Location::parse(&arguments.file), options).map_err(EngineError::from)?;
    let found = SelfDescribing::new(format, &table);
    Ok(match arguments.format {
        Form::Json => driftline_export::to_json(&found)?,
        Form::Text => found.as_text(),
    })
}
