//! One file a command. A new one is a file here and a line in [`crate::arguments::Command`] and in [`run`].

pub(crate) mod anomalies;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod baseline;
pub(crate) mod cells;
pub(crate) mod check;
pub(crate) mod clean;
pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod contract;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod mock;
pub(crate) mod profile;
pub(crate) mod replay;
pub(crate) mod serve;
pub(crate) mod sniff;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod watch;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let global = arguments.global;
    match arguments.command {
        Command::Check(arguments) => check::run(&global, &arguments),
        Command::Profile(arguments) => profile::run(&global, &arguments),
        Command::Baseline(arguments) => baseline::run(&global, &arguments),
        Command::Anomalies(arguments) => anomalies::run(&global, &arguments),
        Command::Cells(arguments) => cells::run(&global, &arguments),
        Command::Replay(arguments) => replay::run(&global, &arguments),
        Command::Contract(arguments) => contract::run(&global, &arguments),
        Command::Sniff(arguments) => sniff::run(&global, &arguments),
        Command::Clean(arguments) => clean::run(&global, &arguments),
        Command::Demo(arguments) => demo::run(&global, &arguments),
        Command::Watch(arguments) => watch::run(&global, &arguments),
        Command::Mock(arguments) => mock::run(&global, &arguments),
        Command::Serve(arguments) => serve::run(&global, &arguments),
        Command::User(arguments) => user::run(&global, &arguments),
        Command::Token(arguments) => token::run(&global, &arguments),
        Command::Audit(arguments) => audit::run(&global, &arguments),
        Command::Backup(arguments) => backup::run(&global, &arguments),
        Command::Restore(arguments) => backup::restore(&global, &arguments),
        Command::Doctor(arguments) => doctor::run(&global, &arguments),
        Command::Cluster(arguments) => cluster::run(&global, &arguments),
        Command::Config(arguments) => config::run(&global, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
