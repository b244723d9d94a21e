//! How long hashing and profiling take a cell, once the columns with many distinct values are summed.
//!
//! `cargo run -p driftline-profile --profile perf --example update_speed [COLUMN-GROUP]` with one of `all`,
//! `floats`, `integers`, `datetimes`, `words`, `ids`, `booleans` (20 columns of it).

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::builder::{BooleanBuilder, Float64Builder, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_profile::{BinPlan, ChunkHashes, NumberBins, ProfileOptions, TableProfile};

const ROWS: usize = 16_384;
/// Chunks made of different rows; they are used again with other positions.
const DIFFERENT: u64 = 12;
/// Chunks before the clock starts: enough for every map to be dropped and the sample to be full.
const WARM_UP: u64 = 60;
const MEASURED: u64 = 200;

type Cell = fn(&mut Lots) -> Value;

enum Value {
    Number(f64),
    Moment(i64),
    Truth(bool),
    Text(String),
}

/// SplitMix64.
struct Lots(u64);

impl Lots {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0..1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Roughly normal.
    fn normal(&mut self) -> f64 {
        (0..6).map(|_| self.unit()).sum::<f64>() - 3.0
    }
}

fn float(lots: &mut Lots) -> Value {
    Value::Number(100.0 + 15.0 * lots.normal())
}

fn amount(lots: &mut Lots) -> Value {
    Value::Number(((4.0 + lots.normal()).exp() * 100.0).round() / 100.0)
}

fn integer(lots: &mut Lots) -> Value {
    Value::Number((lots.next() % 1_000_000) as f64)
}

fn small_integer(lots: &mut Lots) -> Value {
    Value::Number((lots.next() % 120) as f64)
}

fn moment(lots: &mut Lots) -> Value {
    Value::Moment(1_372_636_800_000_000 + (lots.next() % 2_678_400_000) as i64 * 1_000)
}

fn truth(lots: &mut Lots) -> Value {
    Value::Truth(lots.next() & 3 == 0)
}

fn carrier(lots: &mut Lots) -> Value {
    Value::Text(format!("{}X", (lots.next() % 14) as u8))
}

fn city(lots: &mut Lots) -> Value {
    Value::Text(format!("city number {}", lots.next() % 400))
}

fn tail(lots: &mut Lots) -> Value {
    Value::Text(format!("N{}", 10_000 + lots.next() % 3_000))
}

fn id(lots: &mut Lots) -> Value {
    Value::Text(format!("{:016x}", lots.next()))
}

fn cells(group: &str) -> Vec<Cell> {
    let mixed: [Cell; 20] = [
        float,
        amount,
        float,
        amount,
        float,
        amount,
        float,
        amount,
        integer,
        small_integer,
        integer,
        small_integer,
        moment,
        carrier,
        city,
        tail,
        carrier,
        city,
        id,
        truth,
    ];
    match group {
        "floats" => vec![float; 20],
        "integers" => vec![integer; 20],
        "datetimes" => vec![moment; 20],
        "words" => [carrier, city, tail, city].repeat(5),
        "ids" => vec![id; 20],
        "booleans" => vec![truth; 20],
        _ => mixed.to_vec(),
    }
}

fn column(cell: Cell, seed: u64) -> (Physical, ArrayRef) {
    let mut lots = Lots(seed);
    let values: Vec<Value> = (0..ROWS).map(|_| cell(&mut lots)).collect();
    let mut numbers = Float64Builder::new();
    let mut moments = TimestampMicrosecondBuilder::new();
    let mut truths = BooleanBuilder::new();
    let mut texts = StringViewBuilder::new();
    for value in &values {
        match value {
            Value::Number(x) => numbers.append_value(*x),
            Value::Moment(micros) => moments.append_value(*micros),
            Value::Truth(truth) => truths.append_value(*truth),
            Value::Text(text) => texts.append_value(text),
        }
    }
    match values.first() {
        Some(Value::Moment(_)) => (Physical::Datetime, Arc::new(moments.finish())),
        Some(Value::Truth(_)) => (Physical::Boolean, Arc::new(truths.finish())),
        Some(Value::Text(_)) => (Physical::Text, Arc::new(texts.finish())),
        _ => (Physical::Number, Arc::new(numbers.finish())),
    }
}

fn batches(cells: &[Cell]) -> Result<Vec<(Schema, RecordBatch)>, Box<dyn std::error::Error>> {
    (0..DIFFERENT)
        .map(|batch| {
            let columns: Vec<_> =
                cells.iter().zip(0_u64..).map(|(cell, i)| column(*cell, batch * 1_000 + i)).collect();
            let fields: Vec<_> = columns
                .iter()
                .enumerate()
                .map(|(i, (physical, _))| Field { name: format!("c{i}"), physical: *physical })
                .collect();
            let schema = Schema::new(fields);
            let arrays = columns.into_iter().map(|(_, array)| array).collect();
            let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays)?;
            Ok((schema, batch))
        })
        .collect()
}

/// The time of a chunk on a quiet machine: the lower decile, because other work on it only adds.
fn lower_decile(mut secs: Vec<f64>) -> f64 {
    secs.sort_by(f64::total_cmp);
    secs.get(secs.len() / 10).copied().unwrap_or(0.0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let group = std::env::args().nth(1).unwrap_or_else(|| "all".to_owned());
    let cells = cells(&group);
    let batches = batches(&cells)?;
    let schema = batches[0].0.clone();
    let options = ProfileOptions::for_columns(cells.len());
    let chunk = |sequence: u64| {
        let batch = batches[(sequence % DIFFERENT) as usize].1.clone();
        let offsets = (0..ROWS as u64).map(|row| (sequence * ROWS as u64 + row) * 110).collect();
        Chunk::new(schema.clone(), batch, (0, sequence), offsets, Vec::new())
    };
    let mut hashes = ChunkHashes::new();

    let mut reference = TableProfile::new(schema.clone(), options, None);
    for sequence in 0..DIFFERENT {
        let chunk = chunk(sequence)?;
        hashes.fill(&chunk);
        reference.update(&chunk, &hashes);
    }
    let sample = reference.sample();
    let bins = reference.columns().iter().zip(&sample.columns);
    let plan =
        BinPlan::new(bins.map(|(column, cells)| NumberBins::from_reference(column, cells, 20)).collect());

    let mut profile = TableProfile::new(schema.clone(), options, Some(Arc::new(plan)));
    let (mut filling, mut updating) = (Vec::new(), Vec::new());
    for sequence in 0..WARM_UP + MEASURED {
        let chunk = chunk(sequence)?;
        let start = Instant::now();
        hashes.fill(&chunk);
        let filled = Instant::now();
        profile.update(&chunk, &hashes);
        if sequence >= WARM_UP {
            filling.push((filled - start).as_secs_f64());
            updating.push(filled.elapsed().as_secs_f64());
        }
    }
    let chunk_cells = (ROWS * cells.len()) as f64 / 1e9;
    let (filling, updating) = (lower_decile(filling) / chunk_cells, lower_decile(updating) / chunk_cells);
    let mut out = std::io::stdout();
    writeln!(out, "{group}: hash {filling:.2} + update {updating:.2} = {:.2} ns a cell", filling + updating)?;
    let start = Instant::now();
    let bytes = profile.to_bytes();
    let encoded = Instant::now();
    let back = TableProfile::from_bytes(&bytes)?;
    let decoded = Instant::now();
    let rows = back.sample().len();
    writeln!(
        out,
        "{} bytes written in {:.1} ms, read in {:.1} ms; sample of {rows} rows materialised in {:.1} ms",
        bytes.len(),
        (encoded - start).as_secs_f64() * 1e3,
        (decoded - encoded).as_secs_f64() * 1e3,
        decoded.elapsed().as_secs_f64() * 1e3
    )?;
    Ok(())
}
