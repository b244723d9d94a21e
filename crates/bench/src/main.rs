//! Benchmarks by question: the official data and the floor that speed is measured against.
//!
//! The comparison with other tools is `python/run_bench.py`, which calls this program for both.

use std::io::Write;

use clap::{Parser, Subcommand};

mod floor;
mod generate;

#[derive(Parser)]
#[command(name = "driftline-bench", version, about = "Data and yardsticks for Driftline's benchmarks")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the official table of 20 mixed columns as CSV
    Generate(generate::GenerateArguments),
    /// Time a bare split-and-parse of a CSV file: the least that any reader must do
    Floor(floor::FloorArguments),
}

fn main() -> anyhow::Result<()> {
    let line = match Arguments::parse().command {
        Command::Generate(arguments) => generate::run(&arguments)?,
        Command::Floor(arguments) => floor::run(&arguments)?,
    };
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
