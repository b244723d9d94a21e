//! Prints how well each row method ranks labelled outliers: `calibrate_rows DIR` reads every CSV file of
//! numbers in DIR, whose last column is the label (1 = outlier) and is kept from the methods, and prints one
//! line a file, mode and method: `file,mode,method,auroc`. The mode is `self` (judged against themselves) or
//! `reference` (every second ordinary row is the reference; all other rows are judged).
//! `calibrate_rows --speed` prints nanoseconds a cell of the scores that need no joint method.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringViewArray};
use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_detect::rows::{RowMethodScope, RowModel, methods};
use driftline_model::AnomalySettings;
use driftline_profile::{ChunkHashes, ProfileOptions, Side, TableProfile};
use driftline_stats::random::SplitMix64;

struct Labelled {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
    labels: Vec<bool>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let argument = std::env::args().nth(1).ok_or("give a folder of labelled CSV files, or --speed")?;
    if argument == "--speed" {
        return speed(&mut out);
    }
    let mut files: Vec<_> = std::fs::read_dir(&argument)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let data = read(&path)?;
        let all: Vec<usize> = (0..data.rows.len()).collect();
        let ordinary: Vec<usize> = all.iter().copied().filter(|&row| !data.labels[row]).collect();
        let reference: Vec<usize> = ordinary.iter().copied().step_by(2).collect();
        let others: Vec<usize> =
            all.iter().copied().filter(|row| reference.binary_search(row).is_err()).collect();
        for (mode, fit, judged) in [("self", &all, &all), ("reference", &reference, &others)] {
            for (method, settings) in variants() {
                let found = 100.0 * auroc(&data, fit, judged, &settings)?;
                writeln!(out, "{name},{mode},{method},{found:.3}")?;
            }
        }
    }
    Ok(())
}

/// Each method alone, and the default settings.
fn variants() -> Vec<(String, AnomalySettings)> {
    let default = AnomalySettings::default;
    let mut variants: Vec<(String, AnomalySettings)> = methods()
        .iter()
        .filter(|method| method.scope != RowMethodScope::Value)
        .map(|method| {
            let id = method.id.to_owned();
            let settings = if method.scope == RowMethodScope::Row {
                AnomalySettings { joint: id.clone(), column_methods: vec![], ..default() }
            } else {
                AnomalySettings { joint: "none".to_owned(), column_methods: vec![id.clone()], ..default() }
            };
            (id, settings)
        })
        .collect();
    variants.push(("default".to_owned(), default()));
    variants
}

fn auroc(
    data: &Labelled,
    fit: &[usize],
    judged: &[usize],
    settings: &AnomalySettings,
) -> Result<f64, Box<dyn Error>> {
    let reference = chunk(data, fit)?;
    let mut hashes = ChunkHashes::new();
    hashes.fill(&reference);
    let options = ProfileOptions::for_columns(reference.schema().len());
    let mut profile = TableProfile::new(reference.schema().clone(), options, None);
    profile.update(&reference, &hashes);
    let side = Side { profile: &profile, sample: &profile.sample() };
    let model = RowModel::fit_with_joint(&side, reference.schema(), settings, 0);
    let current = chunk(data, judged)?;
    hashes.fill(&current);
    let mut scores = Vec::new();
    model.score_with_joint(&current, &hashes, &mut scores);
    let labels: Vec<bool> = judged.iter().map(|&row| data.labels[row]).collect();
    Ok(area(&scores, &labels))
}

/// Area under the receiver operating characteristic by mid-ranks (Mann-Whitney).
fn area(scores: &[f32], labels: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut ranks) = (0, 0.0);
    for ties in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let middle = below as f64 + 0.5 * (ties.len() + 1) as f64;
        ranks += middle * ties.iter().filter(|&&row| labels[row]).count() as f64;
        below += ties.len();
    }
    let positive = labels.iter().filter(|&&label| label).count() as f64;
    let negative = labels.len() as f64 - positive;
    (ranks - positive * (positive + 1.0) / 2.0) / (positive * negative)
}

fn chunk(data: &Labelled, rows: &[usize]) -> Result<Chunk, Box<dyn Error>> {
    let fields: Vec<Field> =
        data.names.iter().map(|name| Field { name: name.clone(), physical: Physical::Number }).collect();
    let schema = Schema::new(fields);
    let column = |index: usize| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|&row| data.rows[row][index])))
    };
    let arrays: Vec<ArrayRef> = (0..data.names.len()).map(column).collect();
    let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays)?;
    let offsets = rows.iter().map(|&row| row as u64).collect();
    Ok(Chunk::new(schema, batch, (0, 0), offsets, vec![])?)
}

fn read(path: &Path) -> Result<Labelled, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines();
    let header = lines.next().ok_or("an empty file")?;
    let mut names: Vec<String> = header.split(',').map(str::to_owned).collect();
    names.pop();
    let mut data = Labelled { names, rows: Vec::new(), labels: Vec::new() };
    for line in lines {
        let mut cells = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        data.labels.push(cells.pop().ok_or("an empty line")? > 0.5);
        data.rows.push(cells);
    }
    Ok(data)
}

/// 14 columns of numbers, 4 of categories, one of names, one of numbers with nulls.
fn speed(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    const ROWS: usize = 100_000;
    const ROUNDS: u32 = 50;
    let mut random = SplitMix64::new(1);
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for column in 0..20 {
        let text = (14..19).contains(&column);
        let physical = if text { Physical::Text } else { Physical::Number };
        fields.push(Field { name: format!("c{column}"), physical });
        let kinds = if column == 18 { 100_000_000 } else { 10 << (column % 14) };
        arrays.push(if text {
            let texts = (0..ROWS).map(|_| Some(format!("v{}", random.below(kinds))));
            Arc::new(texts.collect::<StringViewArray>())
        } else {
            let gap = |x: f64| if column == 19 && x < 0.05 { None } else { Some(x) };
            Arc::new((0..ROWS).map(|_| gap(random.unit())).collect::<Float64Array>())
        });
    }
    let schema = Schema::new(fields);
    let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays)?;
    let chunk = Chunk::new(schema.clone(), batch, (0, 0), (0..ROWS as u64).collect(), vec![])?;
    let mut hashes = ChunkHashes::new();
    hashes.fill(&chunk);
    let mut profile = TableProfile::new(schema.clone(), ProfileOptions::for_columns(20), None);
    profile.update(&chunk, &hashes);
    let sample = profile.sample();
    let side = Side { profile: &profile, sample: &sample };
    let start = Instant::now();
    let model = RowModel::fit(&side, &schema, &AnomalySettings::default());
    let fitted = start.elapsed();
    let mut scores = Vec::new();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        model.score(&chunk, &hashes, &mut scores);
    }
    let cell = start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS) / (ROWS * 20) as f64;
    writeln!(out, "fit {:.1} ms, score {cell:.2} ns a cell", fitted.as_secs_f64() * 1e3)?;
    Ok(())
}
