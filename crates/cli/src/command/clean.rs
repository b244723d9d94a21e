use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use driftline_engine::{EngineError, read_options};
use driftline_ingest::{Cleaned, Location, clean};
use driftline_store::AtomicFile;

use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::session::Session;

/// Bytes written to standard output at a time.
const BUFFER_BYTES: usize = 1 << 18;

const EXAMPLES: &str = "\
Examples:
  driftline clean export.csv -o clean.csv
  driftline clean export.csv -o clean.csv --rejects rejects.csv";

/// Rewrite a dirty CSV file as RFC 4180 in UTF-8, cells kept as they are
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CleanArguments {
    /// The file, or `-`
    #[arg(value_name = "FILE")]
    file: String,
    /// Write the clean copy to OUT.csv, whole or not at all
    #[arg(long, short, value_name = "OUT.csv")]
    output: PathBuf,
    /// Write what could not be read to FILE: row, byte offset, reason, raw text
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
}

/// What came of it, in a sentence.
fn summary(cleaned: Cleaned) -> String {
    let Cleaned { rows, repaired, rejected, aside, .. } = cleaned;
    let mut text = match rejected {
        0 => format!("{rows} rows are clean; nothing was set aside."),
        rejected => format!("{rows} rows are clean; {rejected} records could not be read."),
    };
    if repaired > 0 {
        text.push_str(&format!(" {repaired} rows were repaired."));
    }
    if aside > 0 {
        text.push_str(&format!(" {aside} lines do not belong to the table."));
    }
    text
}

/// Writes the clean copy.
pub(crate) fn run(global: &GlobalArguments, arguments: &CleanArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    let options = read_options(&session.configuration.settings.csv)?;
    let location = Location::parse(&arguments.file);
    let mut rejects = arguments.rejects.as_deref().map(AtomicFile::create).transpose()?;
    let rejects_out = rejects.as_mut().map(|file| file as &mut dyn Write);
    let cleaned = if arguments.output == Path::new("-") {
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout());
        clean(&location, &options, &mut out, rejects_out).map_err(EngineError::from)?
    } else {
        let mut file = AtomicFile::create(&arguments.output)?;
        let cleaned = clean(&location, &options, &mut file, rejects_out).map_err(EngineError::from)?;
        file.commit()?;
        cleaned
    };
    if let Some(file) = rejects {
        file.commit()?;
    }
    session.remark(&summary(cleaned));
    Ok(ExitCode::SUCCESS)
}
