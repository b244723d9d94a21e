use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use driftline_engine::ReplayRequest;
use driftline_model::SeriesReport;
use driftline_store::AtomicFile;

use super::baseline::Form;
use crate::arguments::{GlobalArguments, ReadArguments};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline replay cpu.csv --time timestamp --value value
  driftline replay cpu.csv --time timestamp --value value --scores scores.csv
  driftline replay cpu.csv --time timestamp --value value --format json
  driftline replay cpu.csv --value value --scores - --quiet

The scores have the columns row,score: the number of the record (first data record = 1) and a score
from 0 to 1, higher is stranger; 0.5 and more is an alarm. No score depends on a later row. Rows that
cannot be read have no score.";

/// Replay a series and say when alarms would have been raised
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReplayArguments {
    /// The data, in the order in which they came
    #[arg(value_name = "FILE")]
    file: String,
    /// The column with the moments; without it, hours and weekdays are not known
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// The column with the values
    #[arg(long, value_name = "COLUMN")]
    value: String,
    /// Write the score of each row to OUT.csv (`-` for standard output), whole or not at all
    #[arg(long, value_name = "OUT.csv")]
    scores: Option<PathBuf>,
    /// Form of the summary
    #[arg(long, short, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    read: ReadArguments,
}

/// Replays a series.
pub(crate) fn run(global: &GlobalArguments, arguments: &ReplayArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.read.overrides())?;
    let request = ReplayRequest {
        location: arguments.file.clone(),
        time: arguments.time.clone(),
        value: arguments.value.clone(),
        settings: session.configuration.settings.clone(),
        run: session.configuration.run.clone(),
    };
    let to_stdout = arguments.scores.as_deref() == Some(Path::new("-"));
    let report = match arguments.scores.as_deref().filter(|_| !to_stdout) {
        Some(path) => {
            let mut file = AtomicFile::create(path)?;
            let report = replay(&session, &request, Some(&mut file))?;
            file.commit()?;
            session.remark(&format!("The scores are in {}.", path.display()));
            report
        }
        None if to_stdout => {
            let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout());
            replay(&session, &request, Some(&mut out))?
        }
        None => replay(&session, &request, None)?,
    };
    if !to_stdout {
        output::print(&match arguments.format {
            Form::Json => driftline_export::to_json(&report)?,
            Form::Text => driftline_export::series_to_text(&report, &session.render_options()),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn replay(
    session: &Session,
    request: &ReplayRequest,
    sink: Option<&mut (dyn io::Write + Send)>,
) -> Result<SeriesReport, Failure> {
    let cancel = session.cancel_token()?;
    let progress = session.progress();
    Ok(driftline_engine::replay(request, sink, &progress, &cancel)?)
}
