use std::process::ExitCode;

use clap::{Args, Subcommand};
use driftline_model::ErrorCategory;
use driftline_model::service::PageRequest;
use driftline_store::AuditFilter;

use crate::arguments::{DataArguments, GlobalArguments};
use crate::command::serve::{runtime, service_config};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline audit verify
  driftline audit export > audit.jsonl

Exit code 5 when the chain of the log is broken.";

/// The audit log of the service
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct AuditArguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check that no line of the log was changed, left out or put in later
    Verify,
    /// Print the log, newest line first, one JSON object a line
    Export,
}

/// Does what was asked.
pub(crate) fn run(global: &GlobalArguments, arguments: &AuditArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.data.overrides())?;
    let config = service_config(&session)?;
    runtime()?.block_on(async {
        let database = driftline_server::open_database(&config).await?;
        match arguments.action {
            Action::Verify => {
                let report = database.verify_audit().await?;
                let entries = report.entries;
                if let Some(broken_at) = report.broken_at {
                    output::print(&format!("The audit log is broken at line {broken_at}.\n"))?;
                    return Ok(ExitCode::from(ErrorCategory::System.exit_code()));
                }
                output::print(&format!(
                    "The audit log is intact: {entries} lines, last hash {}.\n",
                    report.last_hash
                ))?;
            }
            Action::Export => {
                let mut page = PageRequest { limit: Some(200), before: None };
                loop {
                    let lines = database.audit_entries(&AuditFilter::default(), &page).await?;
                    let mut text = String::new();
                    for line in &lines.items {
                        text.push_str(
                            &serde_json::to_string(line).map_err(driftline_export::ExportError::from)?,
                        );
                        text.push('\n');
                    }
                    output::print(&text)?;
                    match lines.next {
                        Some(next) => page.before = Some(next),
                        None => break,
                    }
                }
            }
        }
        database.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
