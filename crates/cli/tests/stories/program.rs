//! A folder of its own for each story, and the program run in it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A story's folder.
pub(crate) struct Story {
    folder: TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Story {
    pub(crate) fn begin() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into the folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    /// The program, ready to run in the folder, with no setting from outside.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftline"));
        command.args(line.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let named = name.to_string_lossy();
            if named.starts_with("DRIFTLINE_") || ["NO_COLOR", "COLUMNS", "LC_ALL", "LANG"].contains(&&*named)
            {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs the program; words of the line are separated by blanks.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        Outcome::of(self.command(line).output().unwrap())
    }

    /// Names of all that lies in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Outcome {
    pub(crate) fn of(output: Output) -> Self {
        let outcome = Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        outcome
    }

    /// Ends the story unless the program ended with this code.
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Ends the story unless the program said this on standard error.
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in:\n{}", self.stderr);
        self
    }

    /// The report.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// Waits for the end of what asks a service.
pub(crate) fn run_async<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A table of orders, always the same for the same arguments. `later` moves the amounts up, brings a new
/// country and loses some notes.
pub(crate) fn orders(rows: u64, later: bool) -> String {
    let mut text = String::from("order,amount,country,express,day,note\n");
    let mut state = if later { 77 } else { 1 };
    let mut draw = |sides: u64| {
        // Constants of Knuth's MMIX generator; the upper bits are good enough for a fixture.
        state =
            u64::wrapping_add(u64::wrapping_mul(state, 6_364_136_223_846_793_005), 1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    for row in 0..rows {
        let amount = draw(5000) + draw(5000) + draw(5000) + if later { 3000 } else { 0 };
        let country = match draw(20) {
            0..10 => "CH",
            10..16 => "DE",
            16..18 if later => "PT",
            _ => "FR",
        };
        let express = if draw(4) == 0 { "true" } else { "false" };
        let day = draw(28) + 1;
        let note =
            if later && draw(5) == 0 { "" } else { ["gift", "fragile", "none given"][draw(3) as usize] };
        let order = row * 7 + 1_000_003;
        let month = if later { "07" } else { "01" };
        let _ = writeln!(
            text,
            "A-{order},{}.{:02},{country},{express},2024-{month}-{day:02},{note}",
            amount / 100,
            amount % 100
        );
    }
    text
}

/// A story with `january.csv` and `july.csv` of 600 orders each.
pub(crate) fn two_months() -> Story {
    let story = Story::begin();
    story.file("january.csv", orders(600, false)).file("july.csv", orders(600, true));
    story
}
