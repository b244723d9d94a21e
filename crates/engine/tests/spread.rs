//! A check whose tables are read in parts by others says, bit for bit, what one process says.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use driftline_detect::contract::parse;
use driftline_engine::spread::{Gathered, ReadyPass, Workers};
use driftline_engine::{
    CancelToken, CheckRequest, ContractInput, EngineError, Input, Silent, check_spread, check_with_contract,
};
use driftline_ingest::Part;
use driftline_model::{Report, RunSettings, Settings, Timings};

/// Others that live in this process: all that passes between them and a run are bytes.
struct Others {
    part_bytes: u64,
    /// Parts that are read together.
    together: usize,
    parts: AtomicUsize,
    largest_state: AtomicUsize,
}

impl Others {
    fn with(part_bytes: u64, together: usize) -> Self {
        Self { part_bytes, together, parts: AtomicUsize::new(0), largest_state: AtomicUsize::new(0) }
    }
}

impl Workers for Others {
    fn part_bytes(&self, _: u64) -> u64 {
        self.part_bytes
    }

    fn read(
        &self,
        pass: &[u8],
        parts: &[Part],
        (done, cancel): (&(dyn Fn(u64, u64) + Sync), &CancelToken),
    ) -> Result<Gathered, EngineError> {
        self.parts.fetch_add(parts.len(), Ordering::Relaxed);
        let ready = ReadyPass::from_bytes(pass)?;
        let mut states = Vec::new();
        for group in parts.chunks(self.together) {
            let group: Vec<Part> = serde_json::from_slice(&serde_json::to_vec(group).unwrap()).unwrap();
            let gathered = ready.read(&group, cancel)?;
            done(group.iter().map(Part::bytes).sum(), gathered.rows());
            states.push(gathered.to_bytes()?);
        }
        let largest = states.iter().map(Vec::len).max().unwrap_or_default();
        self.largest_state.fetch_max(largest, Ordering::Relaxed);
        // Two at a time and the last first, as a tree of merges would.
        while states.len() > 1 {
            let other = Gathered::from_bytes(&states.pop().unwrap())?;
            let mut one = Gathered::from_bytes(&states.pop().unwrap())?;
            one.merge(other)?;
            states.insert(0, one.to_bytes()?);
        }
        Gathered::from_bytes(&states.pop().unwrap())
    }
}

fn request(current: &Path, reference: &Path) -> CheckRequest {
    let input = |path: &Path| Input::Table(path.to_string_lossy().into_owned());
    CheckRequest {
        current: input(current),
        reference: input(reference),
        settings: Settings::default(),
        run: RunSettings { threads: 2, ..RunSettings::default() },
    }
}

fn plain(report: Report) -> Report {
    Report { timings: Timings::default(), memory_peak_bytes: 0, ..report }
}

const CONTRACT: &str = r#"
version = 1
[table]
rules = [{ rule = "determines", columns = ["city"], target = "zip" }]
[[column]]
name = "id"
rules = [{ rule = "unique" }]
[[column]]
name = "amount"
rules = [{ rule = "not_null" }, { rule = "between", min = 0, max = 150 }]
[[column]]
name = "at"
rules = [{ rule = "increasing" }]
"#;

fn contract() -> ContractInput {
    ContractInput::new("c.toml", &parse(CONTRACT).unwrap(), 1_800_000_000_000).unwrap()
}

/// Orders, some of them broken: quotes with line ends in them, rows too short, values that are none.
fn orders(rows: std::ops::Range<u64>, shift: u64) -> String {
    let mut text = "id,amount,city,zip,at,note\n".to_owned();
    for row in rows {
        let hash = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let id = if row % 997 == 5 { row / 2 } else { row };
        let city = hash % 13;
        let zip = if row % 1_009 == 7 { 99_999 } else { 10_000 + city };
        let day = (row / 400) % 28 + 1 - u64::from(row % 1_511 == 9 && row > 500);
        let note = match hash % 7 {
            0 => "\"two\nlines, and a \"\"quote\"\"\"",
            1 => "",
            _ => "plain",
        };
        let amount = (hash % 1_000) / 10 + shift;
        let _ = match row % 1_733 {
            11 => writeln!(text, "short,{row}"),
            12 => writeln!(text, "O-{id},none of it,C{city},{zip},2024-01-{day:02},{note}"),
            _ => writeln!(text, "O-{id},{amount}.{},C{city},{zip},2024-01-{day:02},{note}", hash % 10),
        };
    }
    text
}

/// A folder with `files` files of orders.
fn folder(at: &Path, name: &str, files: u64, shift: u64) -> PathBuf {
    let folder = at.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for file in 0..files {
        let rows = file * 4_000..(file + 1) * 4_000;
        std::fs::write(folder.join(format!("{file:02}.csv")), orders(rows, shift)).unwrap();
    }
    folder
}

fn same_for(request: &CheckRequest, part_sizes: &[u64]) {
    let cancel = CancelToken::new();
    let contract = contract();
    let local = plain(check_with_contract(request, Some(&contract), &Silent, &cancel).unwrap());
    assert!(local.contract.as_ref().is_some_and(|outcome| outcome.broken > 0));
    for (together, &part_bytes) in part_sizes.iter().enumerate() {
        let others = Others::with(part_bytes, together + 1);
        let (report, _) = check_spread(request, (Some(&contract), &others), &Silent, &cancel).unwrap();
        let parts = others.parts.load(Ordering::Relaxed);
        assert!(parts >= 2, "{part_bytes}: {parts} parts");
        let (report, local) = (serde_json::to_value(plain(report)), serde_json::to_value(&local));
        let (report, local) = (report.unwrap(), local.unwrap());
        for (key, wanted) in local.as_object().unwrap() {
            assert_eq!(&report[key], wanted, "{key} with parts of {part_bytes} bytes");
        }
    }
}

#[test]
fn folders_of_csv_give_the_same_report_however_they_are_cut() {
    let at = tempfile::tempdir().unwrap();
    let (old, new) = (folder(at.path(), "old", 3, 0), folder(at.path(), "new", 4, 60));
    same_for(&request(&new, &old), &[7_000, 30_001, 200_000, u64::MAX]);
}

#[test]
fn a_reference_may_be_a_profile() {
    let at = tempfile::tempdir().unwrap();
    let (old, new) = (folder(at.path(), "old", 2, 0), folder(at.path(), "new", 2, 60));
    let made = driftline_engine::ProfileRequest {
        input: Input::Table(old.to_string_lossy().into_owned()),
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    let saved = driftline_engine::profile(&made, &Silent, &CancelToken::new()).unwrap();
    let path = at.path().join("old.dlp");
    std::fs::write(&path, saved.to_bytes()).unwrap();
    let reference = Input::Profile { path, name: "old".to_owned() };
    same_for(&CheckRequest { reference, ..request(&new, &old) }, &[50_000]);
}
