use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use driftline_engine::{ColumnFacts, ProfileRequest};
use driftline_export::{ColumnSummary, TableSummary};

use super::baseline::Form;
use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline profile january.csv
  driftline profile january.csv --format json
  driftline profile january.csv -o january.dlp
  driftline profile january.parquet --sql \"select city, amount from current where paid\"
  driftline check july.csv --against january.dlp";

/// Summarise data: what each column holds
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ProfileArguments {
    /// The data: a file, a glob in quotes, a folder, a URL, `-`, or a saved profile (FILE.dlp)
    #[arg(value_name = "FILE")]
    file: String,
    /// Write the profile to FILE.dlp, to compare with later; whole or not at all
    #[arg(long, short, value_name = "FILE.dlp")]
    output: Option<PathBuf>,
    /// Form of the summary
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Summarise the rows of a SELECT instead of the whole data; `current` is their table
    #[arg(long, value_name = "SELECT")]
    sql: Option<String>,
    #[command(flatten)]
    read: ReadArguments,
}

/// Makes the profile and shows or writes it.
pub(crate) fn run(global: &GlobalArguments, arguments: &ProfileArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    let request = ProfileRequest {
        input: session.queried(&arguments.file, arguments.sql.as_deref(), &[("current", &arguments.file)])?,
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let cancel = session.cancel_token()?;
    let outcome = {
        let progress = session.progress();
        driftline_engine::profile(&request, &progress, &cancel)?
    };
    if let Some(path) = &arguments.output {
        let bytes = outcome.to_bytes();
        output::write_file(path, &bytes)?;
        session.remark(&format!(
            "The profile of {} rows is in {} ({}).",
            driftline_export::thousands(outcome.side().rows),
            path.display(),
            driftline_export::byte_size(bytes.len() as u64)
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let found = outcome.summary(&session.configuration.settings.privacy);
    let column = |facts: ColumnFacts| ColumnSummary {
        name: facts.name,
        kind: facts.kind,
        statistics: facts.statistics,
        personal: facts.personal,
    };
    let columns = found.columns.into_iter().map(column).collect();
    let summary = TableSummary { table: found.table, columns, masked_columns: found.masked_columns };
    output::print(&match arguments.format {
        Form::Json => driftline_export::to_json(&summary)?,
        Form::Text => summary.to_text(&session.render_options()),
    })?;
    Ok(ExitCode::SUCCESS)
}
