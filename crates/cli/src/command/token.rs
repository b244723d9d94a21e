use std::process::ExitCode;

use clap::{Args, Subcommand};
use driftline_model::service::{NewToken, Role};

use crate::arguments::{DataArguments, GlobalArguments};
use crate::command::serve::{runtime, service_config};
use crate::command::user::unknown;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline token create nightly --role editor --days 90
  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/api/v1/checks

The token is printed once and kept as a hash. End one with DELETE /api/v1/tokens/ID.";

/// API tokens of the service
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it
    Create {
        /// What it is for
        #[arg(value_name = "NAME")]
        name: String,
        /// The most it may do: viewer, editor, admin or owner
        #[arg(long, default_value = "viewer")]
        role: Role,
        /// Days until it ends
        #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
        /// The person that it acts for
        #[arg(long, value_name = "EMAIL", default_value = "owner@localhost")]
        user: String,
    },
}

/// Does what was asked.
pub(crate) fn run(global: &GlobalArguments, arguments: &TokenArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.data.overrides())?;
    let config = service_config(&session)?;
    runtime()?.block_on(async {
        let database = driftline_server::open_database(&config).await?;
        let Action::Create { name, role, days, user } = &arguments.action;
        let wanted = NewToken { name: name.clone(), role: *role, expires_in_days: *days };
        let secret = driftline_server::create_token(&database, user, &wanted).await?;
        database.close().await;
        output::print(&format!("{}\n", secret.ok_or_else(|| unknown(user))?))?;
        Ok(ExitCode::SUCCESS)
    })
}
