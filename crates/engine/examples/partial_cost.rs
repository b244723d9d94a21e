//! What partial verdicts cost: the same check with and without, in turn.
//!
//! `cargo run --profile perf -p driftline-engine --example partial_cost [MEGABYTES] [RUNS] [THREADS]`

use std::io::{BufWriter, Write};
use std::sync::Mutex;
use std::time::Instant;

use driftline_engine::{CancelToken, CheckRequest, Event, Input, Observer, Phase, check};
use driftline_model::{RunSettings, Settings};
use driftline_testkit::mixed_table::{Extent, MixedTable};

/// Notes when the news came, in seconds since the current data began.
struct Listener {
    wants: bool,
    began: Mutex<Instant>,
    heard: Mutex<Vec<(f64, String)>>,
}

impl Observer for Listener {
    fn event(&self, event: &Event) {
        let Ok(mut began) = self.began.lock() else { return };
        match event {
            Event::Phase(Phase::Current) => *began = Instant::now(),
            Event::Partial(partial) => {
                if let Ok(mut heard) = self.heard.lock() {
                    heard.push((began.elapsed().as_secs_f64(), partial.headline.clone()));
                }
            }
            _ => {}
        }
    }

    fn wants_partial(&self) -> bool {
        self.wants
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u32>().ok());
    let megabytes = numbers.next().unwrap_or(500);
    let runs = numbers.next().unwrap_or(5);
    let threads = numbers.next().unwrap_or(0);
    let folder = tempfile::tempdir()?;
    let write = |name: &str, table: MixedTable, bytes: u64| -> Result<String, std::io::Error> {
        let path = folder.path().join(name);
        let mut out = BufWriter::new(std::fs::File::create(&path)?);
        table.write(Extent::Bytes(bytes), 2, &mut out)?;
        out.flush()?;
        Ok(path.to_string_lossy().into_owned())
    };
    let bytes = u64::from(megabytes) << 20;
    let request = CheckRequest {
        reference: Input::Table(write("reference.csv", MixedTable::new(1), bytes)?),
        current: Input::Table(write("current.csv", MixedTable::drifted(2), bytes)?),
        settings: Settings::default(),
        run: RunSettings { threads, ..RunSettings::default() },
    };
    let mut secs = [Vec::new(), Vec::new()];
    let mut cpu = [Vec::new(), Vec::new()];
    let mut out = std::io::stdout().lock();
    check(&request, &listener(false), &CancelToken::new())?;
    for _ in 0..runs {
        for (wants, (secs, cpu)) in [false, true].into_iter().zip(secs.iter_mut().zip(&mut cpu)) {
            let listener = listener(wants);
            let cpu_before = cpu_secs();
            let report = check(&request, &listener, &CancelToken::new())?;
            secs.push(report.timings.total_secs);
            cpu.push(cpu_secs() - cpu_before);
            let heard = listener.heard.lock().map(|heard| heard.clone()).unwrap_or_default();
            let moments: Vec<String> = heard.iter().map(|(at, _)| format!("{at:.2}")).collect();
            writeln!(out, "{wants:5} {:6.2} s, news at {}", report.timings.total_secs, moments.join(" "))?;
        }
    }
    for (what, secs) in [("time", secs), ("time of the processor", cpu)] {
        let [without, with] = secs.map(median);
        let more = (with / without - 1.0) * 100.0;
        writeln!(out, "median {what} without {without:.2} s, with {with:.2} s: {more:+.1} %")?;
    }
    Ok(())
}

fn listener(wants: bool) -> Listener {
    Listener { wants, began: Mutex::new(Instant::now()), heard: Mutex::new(Vec::new()) }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Time that the processor has spent on this process, which does not depend on what else the machine does.
fn cpu_secs() -> f64 {
    /// Clock ticks a second.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}
