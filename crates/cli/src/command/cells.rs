use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use driftline_detect::cells::CellOptions;
use driftline_engine::CellsRequest;
use driftline_export::{cells_to_csv, cells_to_markdown, cells_to_text};

use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline cells customers.csv
  driftline cells customers.csv --column city --column country
  driftline cells customers.csv --method typo,spelled_differently --format csv -o suspects.csv
  driftline cells customers.csv --min-confidence 0.8 --limit 100 --format json";

/// Find cells that are probably wrong, and what probably belongs there
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CellsArguments {
    /// The data: a file, a glob in quotes, a folder, or `-`
    #[arg(value_name = "FILE")]
    file: String,
    /// Judge only this column; may be given several times
    #[arg(long, value_name = "NAME")]
    column: Vec<String>,
    /// Only these: typo, format, misplaced, dependency, spelled_differently, magnitude, separated by commas
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    method: Vec<String>,
    /// Different suspects listed of one column; the rest is counted
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
    /// How sure a suspicion must be, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    min_confidence: f64,
    /// Form of the result
    #[arg(long, short, value_enum, default_value_t = CellsForm::Text)]
    format: CellsForm,
    /// Write the result to FILE, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
}

/// Forms of suspected cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CellsForm {
    /// For the terminal
    Text,
    /// Complete and stable
    Json,
    /// One line a suspect
    Csv,
    /// For a ticket or a wiki page
    #[value(alias = "markdown")]
    Md,
}

/// Looks for wrong cells.
pub(crate) fn run(global: &GlobalArguments, arguments: &CellsArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    if !(0.0..=1.0).contains(&arguments.min_confidence) {
        let message = format!("--min-confidence: {} is not between 0 and 1", arguments.min_confidence);
        return Err(Failure::usage("confidence", message, None));
    }
    let request = CellsRequest {
        input: session.input(&arguments.file)?,
        settings: session.configuration.settings.clone(),
        options: CellOptions {
            columns: arguments.column.clone(),
            methods: arguments.method.clone(),
            per_column: arguments.limit,
            min_confidence: arguments.min_confidence,
        },
        run: session.configuration.run.clone(),
    };
    let cancel = session.cancel_token()?;
    let report = {
        let progress = session.progress();
        driftline_engine::cells(&request, &progress, &cancel)?
    };
    let text = match arguments.format {
        CellsForm::Text => cells_to_text(&report, &session.render_options()),
        CellsForm::Json => driftline_export::to_json(&report)?,
        CellsForm::Csv => cells_to_csv(&report),
        CellsForm::Md => cells_to_markdown(&report),
    };
    output::write(arguments.output.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}
