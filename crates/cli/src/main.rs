//! Driftline on the command line.

mod arguments;
mod command;
mod config;
mod failure;
mod interrupt;
mod methods;
mod output;
mod progress;
mod session;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match command::run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}
