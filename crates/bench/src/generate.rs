use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use driftline_testkit::mixed_table::{Extent, MixedTable};

#[derive(clap::Args)]
pub(crate) struct GenerateArguments {
    /// Number of data rows
    #[arg(long, conflicts_with = "bytes", required_unless_present = "bytes")]
    rows: Option<u64>,
    /// Size of the file, such as `20MB` or `1GB` (powers of ten)
    #[arg(long, value_parser = bytes_from_text)]
    bytes: Option<u64>,
    /// Seed; the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Let four columns drift slightly
    #[arg(long)]
    drift: bool,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
}

/// Writes the table and says how much and how fast.
pub(crate) fn run(arguments: &GenerateArguments) -> anyhow::Result<String> {
    let extent = match (arguments.rows, arguments.bytes) {
        (Some(rows), _) => Extent::Rows(rows),
        (None, Some(bytes)) => Extent::Bytes(bytes),
        (None, None) => anyhow::bail!("either --rows or --bytes is needed"),
    };
    let table = match arguments.drift {
        true => MixedTable::drifted(arguments.seed),
        false => MixedTable::new(arguments.seed),
    };
    let path = arguments.out.display();
    let start = Instant::now();
    let file = File::create(&arguments.out).with_context(|| format!("cannot create {path}"))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let written = table
        .write(extent, arguments.threads, &mut out)
        .and_then(|written| out.flush().map(|()| written))
        .with_context(|| format!("cannot write {path}"))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(format!(
        "{path}: {} rows, {} bytes in {seconds:.2} s, {:.0} MB/s",
        written.rows,
        written.bytes,
        written.bytes as f64 / seconds / 1e6
    ))
}

fn bytes_from_text(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1.0,
        "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        unit => return Err(format!("unknown unit `{unit}`: use B, KB, MB or GB")),
    };
    match digits.parse::<f64>() {
        Ok(number) if number >= 0.0 && number.is_finite() => Ok((number * factor) as u64),
        _ => Err(format!("`{text}` is not a size such as 20MB or 1.5GB")),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes_from_text;

    #[test]
    fn sizes_are_powers_of_ten() {
        assert_eq!(bytes_from_text("1GB"), Ok(1_000_000_000));
        assert_eq!(bytes_from_text("1.5mb"), Ok(1_500_000));
        assert_eq!(bytes_from_text("17"), Ok(17));
        assert!(bytes_from_text("1GiB").is_err());
        assert!(bytes_from_text("GB").is_err());
        assert!(bytes_from_text("-1GB").is_err());
    }
}
