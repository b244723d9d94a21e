use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use driftline_export::{Charset, harmless};
use driftline_model::service::Role;

use crate::arguments::{DataArguments, GlobalArguments};
use crate::command::serve::{runtime, service_config};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline user list
  driftline user link owner@localhost
  driftline user add ann@example.com --role editor

The service may run meanwhile.";

/// People who may use the service
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct UserArguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the people of every workspace
    List,
    /// Print a link that signs a person in, once and within a day
    Link {
        /// The address of the account
        #[arg(value_name = "EMAIL")]
        email: String,
    },
    /// Add a person to the first workspace, and print a link that signs in
    Add {
        /// The address of the account, which is made when it is not there
        #[arg(value_name = "EMAIL")]
        email: String,
        /// What the person may do: viewer, editor, admin or owner
        #[arg(long, default_value = "viewer")]
        role: Role,
    },
}

/// Does what was asked.
pub(crate) fn run(global: &GlobalArguments, arguments: &UserArguments) -> Result<ExitCode, Failure> {
    let session = Session::open(global, arguments.data.overrides())?;
    let config = service_config(&session)?;
    let url = config.url(config.listen);
    runtime()?.block_on(async {
        let database = driftline_server::open_database(&config).await?;
        let text = match &arguments.action {
            Action::List => {
                let mut text = String::new();
                for (workspace, members) in driftline_server::people(&database).await? {
                    let _ = writeln!(text, "{}", harmless(&workspace, Charset::Unicode));
                    for member in members {
                        let email = harmless(&member.user.email, Charset::Unicode);
                        let _ = writeln!(text, "  {:<8} {email}", member.role.name());
                    }
                }
                text
            }
            Action::Link { email } => {
                let secret =
                    driftline_server::sign_in_link(&database, email).await?.ok_or_else(|| unknown(email))?;
                format!("{url}/sign-in?secret={secret}\n")
            }
            Action::Add { email, role } => {
                let secret = driftline_server::add_person(&database, email, *role).await?;
                format!("{url}/sign-in?secret={secret}\n")
            }
        };
        database.close().await;
        output::print(&text)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// There is no such account.
pub(crate) fn unknown(email: &str) -> Failure {
    let help = "`driftline user list` shows who there is".to_owned();
    Failure::usage("user", format!("there is no account with the address `{email}`"), Some(help))
}
