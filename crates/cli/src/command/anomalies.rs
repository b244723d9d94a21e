use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use driftline_engine::{AnomaliesRequest, AnomalyOutcome};
use driftline_export::RowSummary;
use driftline_store::AtomicFile;

use super::baseline::Form;
use crate::arguments::{GlobalArguments, ReadArguments, override_with};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline anomalies july.csv
  driftline anomalies july.csv --scores scores.csv
  driftline anomalies july.csv --against january.csv --scores - --quiet | sort -t, -k2 -gr | head
  driftline anomalies july.csv --joint nearest_neighbours --top 50 --format json

The scores have the columns row,score: the number of the record (first data record = 1) and a score
from 0 to 1, higher is stranger. Rows that cannot be read have no score.";

/// Find the strangest rows and score each row
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AnomaliesArguments {
    /// The data to score
    #[arg(value_name = "FILE")]
    file: String,
    /// Learn what is usual from REFERENCE instead of from the data themselves
    #[arg(long, value_name = "REFERENCE")]
    against: Option<String>,
    /// Write the score of each row to OUT.csv (`-` for standard output), whole or not at all
    #[arg(long, value_name = "OUT.csv")]
    scores: Option<PathBuf>,
    /// How many of the strangest rows are kept [default: 20]
    #[arg(long, value_name = "N")]
    top: Option<String>,
    /// How whole rows are judged: isolation_forest, nearest_neighbours, ensemble or none [default: isolation_forest]
    #[arg(long, value_name = "METHOD")]
    joint: Option<String>,
    /// How single numbers are judged: zscore, robust_z, iqr, separated by commas [default: zscore]
    #[arg(long, value_name = "METHODS")]
    column_methods: Option<String>,
    /// Form of the strangest rows
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Score the rows of a SELECT instead of the whole data; `current` is their table
    #[arg(long, value_name = "SELECT")]
    sql: Option<String>,
    #[command(flatten)]
    read: ReadArguments,
}

/// Scores the rows.
pub(crate) fn run(global: &GlobalArguments, arguments: &AnomaliesArguments) -> Result<ExitCode, Failure> {
    let mut overrides = arguments.read.overrides();
    override_with(&mut overrides, "anomalies.top", "top", arguments.top.as_ref());
    override_with(&mut overrides, "anomalies.joint", "joint", arguments.joint.as_ref());
    override_with(
        &mut overrides,
        "anomalies.column_methods",
        "column-methods",
        arguments.column_methods.as_ref(),
    );
    let session = Session::open(global, overrides)?;
    let against = arguments.against.as_deref().map(|against| ("reference", against));
    let tables: Vec<(&str, &str)> =
        std::iter::once(("current", arguments.file.as_str())).chain(against).collect();
    let request = AnomaliesRequest {
        current: session.queried(&arguments.file, arguments.sql.as_deref(), &tables)?,
        reference: arguments.against.as_deref().map(|location| session.input(location)).transpose()?,
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let to_stdout = arguments.scores.as_deref() == Some(Path::new("-"));
    let outcome = match arguments.scores.as_deref().filter(|_| !to_stdout) {
        Some(path) => {
            let mut file = AtomicFile::create(path)?;
            let outcome = score(&session, &request, Some(&mut file))?;
            file.commit()?;
            session.remark(&format!("The scores are in {}.", path.display()));
            outcome
        }
        None if to_stdout => {
            let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
            score(&session, &request, Some(&mut out))?
        }
        None => score(&session, &request, None)?,
    };
    if !to_stdout {
        let summary = RowSummary {
            table: outcome.side,
            anomalies: outcome.anomalies,
            masked_columns: outcome.masked_columns,
        };
        output::print(&match arguments.format {
            Form::Json => driftline_export::to_json(&summary)?,
            Form::Text => summary.to_text(&session.render_options()),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn score(
    session: &Session,
    request: &AnomaliesRequest,
    sink: Option<&mut (dyn io::Write + Send)>,
) -> Result<AnomalyOutcome, Failure> {
    let cancel = session.cancel_token()?;
    let progress = session.progress();
    Ok(driftline_engine::anomalies(request, sink, &progress, &cancel)?)
}
