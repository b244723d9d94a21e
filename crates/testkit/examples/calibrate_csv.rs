//! How well dirty CSV is read: polluted tables, csv-spectrum, and dialects beside csv-nose.
//!
//! `cargo run --release -p driftline-testkit --example calibrate_csv -- [--seed N] [--spectrum DIR] [--dialects DIR]...`
//!
//! Prints the share of cells that a clean copy has right, for every pollution alone and for two at once. With
//! `--spectrum` it reads the unpacked npm package `csv-spectrum`. With `--dialects` it compares the dialects found
//! in a folder that has an `annotations.txt` of lines `file|encoding|delimiter|quote|escape|newline`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use driftline_ingest::{Location, ReadOptions, clean, sniff};
use driftline_testkit::polluted::{Polluted, accuracy, one_at_a_time, parse, two_at_once};

type Failure = Box<dyn std::error::Error>;

struct Options {
    seed: u64,
    spectrum: Option<PathBuf>,
    dialects: Vec<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let options = options()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "| pollution | files | cells right |\n|---|--:|--:|")?;
    let alone = measured(&one_at_a_time(options.seed))?;
    for (name, score) in &alone {
        writeln!(out, "| {name} | {} | {:.2} % |", score.files, 100.0 * score.share())?;
    }
    for (name, scores) in [("one at a time", alone), ("two at once", measured(&two_at_once(options.seed))?)] {
        let all = scores.values().fold(Score::default(), |sum, score| sum.with(*score));
        writeln!(out, "| **all, {name}** | {} | **{:.2} %** |", all.files, 100.0 * all.share())?;
    }
    if let Some(folder) = &options.spectrum {
        let (right, all) = spectrum(folder)?;
        writeln!(out, "\ncsv-spectrum: {right} of {all}")?;
    }
    writeln!(out, "\n| dialects | files | Driftline | csv-nose |\n|---|--:|--:|--:|")?;
    let mut files = one_at_a_time(options.seed);
    files.retain(|file| annotated(file).is_some());
    let annotated: Vec<_> =
        files.iter().filter_map(|file| Some((file.bytes.clone(), annotated(file)?))).collect();
    writeln!(out, "{}", compared("signs of polluted files", &annotated)?)?;
    for folder in &options.dialects {
        let files = annotations(folder)?;
        writeln!(out, "{}", compared(&folder.display().to_string(), &files)?)?;
    }
    Ok(())
}

fn options() -> Result<Options, Failure> {
    let mut options = Options { seed: 1, spectrum: None, dialects: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--seed" => options.seed = value.parse()?,
            "--spectrum" => options.spectrum = Some(value.into()),
            "--dialects" => options.dialects.push(value.into()),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(options)
}

#[derive(Debug, Clone, Copy, Default)]
struct Score {
    files: usize,
    right: usize,
    all: usize,
}

impl Score {
    fn with(self, other: Self) -> Self {
        Self { files: self.files + other.files, right: self.right + other.right, all: self.all + other.all }
    }

    fn share(self) -> f64 {
        if self.all == 0 { 1.0 } else { self.right as f64 / self.all as f64 }
    }
}

/// A file of this content, as long as the closure runs.
fn with_file<T>(bytes: &[u8], work: impl FnOnce(&Path) -> Result<T, Failure>) -> Result<T, Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("table.csv");
    std::fs::write(&path, bytes)?;
    work(&path)
}

fn cleaned(bytes: &[u8]) -> Result<Vec<Vec<String>>, Failure> {
    with_file(bytes, |path| {
        let mut copy = Vec::new();
        clean(&Location::parse(&path.to_string_lossy()), &ReadOptions::default(), &mut copy, None)?;
        Ok(parse(&String::from_utf8(copy)?))
    })
}

fn measured(files: &[Polluted]) -> Result<BTreeMap<String, Score>, Failure> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for file in files {
        let (right, all) = accuracy(&cleaned(&file.bytes)?, &file.expected);
        let score = scores.entry(file.name.clone()).or_default();
        *score = score.with(Score { files: 1, right, all });
    }
    Ok(scores)
}

/// Files of csv-spectrum whose cells are those of its JSON, and all of them.
fn spectrum(folder: &Path) -> Result<(usize, usize), Failure> {
    let (mut right, mut all) = (0, 0);
    for entry in std::fs::read_dir(folder.join("csvs"))? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_owned();
        let json = std::fs::read(folder.join("json").join(stem).with_extension("json"))?;
        let wanted: serde_json::Value = serde_json::from_slice(&json)?;
        let wanted = if wanted.is_array() { wanted } else { serde_json::Value::Array(vec![wanted]) };
        let wanted: Vec<BTreeMap<String, String>> = serde_json::from_value(wanted)?;
        let rows = cleaned(&std::fs::read(&path)?)?;
        let (header, rows) = rows.split_first().ok_or("an empty file")?;
        let found: Vec<BTreeMap<String, String>> =
            rows.iter().map(|row| header.iter().cloned().zip(row.iter().cloned()).collect()).collect();
        all += 1;
        right += usize::from(found == wanted);
    }
    Ok((right, all))
}

/// Delimiter and quote; `"` where none is used.
type Signs = (String, String);

/// The signs of a polluted file whose name tells them.
fn annotated(file: &Polluted) -> Option<Signs> {
    let delimiter = match file.name.as_str() {
        "delimiter ;" => ";",
        "delimiter tab" => "\t",
        "delimiter |" => "|",
        "delimiter space" => " ",
        "delimiter :" => ":",
        "delimiter ^" => "^",
        "delimiter ~" => "~",
        "as it is" | "quote '" | "line ends LF" | "all cells quoted" | "escape backslash"
        | "preamble lines" => ",",
        _ => return None,
    };
    let is_single = file.name == "quote '" && file.bytes.windows(2).any(|pair| matches!(pair, b",'" | b"',"));
    Some((delimiter.to_owned(), if is_single { "'" } else { "\"" }.to_owned()))
}

fn annotations(folder: &Path) -> Result<Vec<(Vec<u8>, Signs)>, Failure> {
    let text = std::fs::read_to_string(folder.join("annotations.txt"))?;
    let mut files = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("file_name|")) {
        let parts: Vec<&str> = line.split('|').collect();
        let [name, _, delimiter, quote, ..] = parts.as_slice() else { continue };
        let delimiter = match *delimiter {
            "comma" => ",",
            "semicolon" => ";",
            "tab" => "\t",
            "space" => " ",
            "vslash" | "pipe" => "|",
            "colon" => ":",
            "nsign" => "#",
            other => other,
        };
        let quote = match *quote {
            "singlequote" => "'",
            "tilde" => "~",
            _ => "\"",
        };
        files.push((std::fs::read(folder.join(name))?, (delimiter.to_owned(), quote.to_owned())));
    }
    Ok(files)
}

/// A row of the table: files whose delimiter and quote were found.
fn compared(name: &str, files: &[(Vec<u8>, Signs)]) -> Result<String, Failure> {
    let (mut ours, mut theirs) = (0, 0);
    for (bytes, wanted) in files {
        let (own, other) = with_file(bytes, |path| Ok((found(path), nosed(path))))?;
        ours += usize::from(own.as_ref() == Some(wanted));
        theirs += usize::from(other.as_ref() == Some(wanted));
        if std::env::var_os("CSV_MISSES").is_some() && own.as_ref() != Some(wanted) {
            let begin =
                String::from_utf8_lossy(bytes.get(..bytes.len().min(80)).unwrap_or_default()).into_owned();
            writeln!(std::io::stderr(), "wanted {wanted:?}, found {own:?}, csv-nose {other:?}: {begin:?}")?;
        }
    }
    let share = |right: usize| 100.0 * right as f64 / files.len().max(1) as f64;
    Ok(format!("| {name} | {} | {:.1} % | {:.1} % |", files.len(), share(ours), share(theirs)))
}

fn found(path: &Path) -> Option<Signs> {
    let found = sniff(&Location::parse(&path.to_string_lossy()), &ReadOptions::default()).ok()?;
    Some((char::from(found.dialect.delimiter).to_string(), found.dialect.quote_shown()))
}

fn nosed(path: &Path) -> Option<Signs> {
    let found = csv_nose::Sniffer::new().sniff_path(path).ok()?;
    let quote = match found.dialect.quote {
        csv_nose::Quote::None => "\"".to_owned(),
        csv_nose::Quote::Some(quote) => char::from(quote).to_string(),
    };
    Some((char::from(found.dialect.delimiter).to_string(), quote))
}
