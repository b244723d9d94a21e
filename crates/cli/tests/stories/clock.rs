//! A monitor while the clock of the machine jumps. The clock is that of the program alone (libfaketime).

#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use crate::live::Sender;
use crate::program::{Story, run_async};
use crate::served::{Client, Served};

/// The library that tells the program another time of day; nothing, with a word about it, where there is none.
#[expect(clippy::print_stderr, reason = "whoever reads the log of the tests must see what was not tested")]
fn clock_library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: libfaketime is not there");
    }
    found
}

/// A service by a clock of its own.
struct ByOwnClock {
    story: Story,
    library: PathBuf,
    token: String,
}

impl ByOwnClock {
    fn begin() -> Option<Self> {
        let (library, story) = (clock_library()?, Story::begin());
        let made = story.run("token create clock --role admin --data data").ends_with(0);
        let own = Self { token: made.stdout.trim().to_owned(), story, library };
        own.set(0);
        Some(own)
    }

    /// Puts the clock so many seconds off.
    fn set(&self, secs: i64) {
        // Put in its place at once: nobody must read half of it.
        std::fs::write(self.story.path("clock.new"), format!("{secs:+}\n")).unwrap();
        std::fs::rename(self.story.path("clock.new"), self.story.path("clock")).unwrap();
    }

    fn served(&self) -> Served {
        let mut command = self.story.command("serve --data data --listen 127.0.0.1:0 --quiet");
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", self.story.path("clock"));
        // What measures spans of time goes on, as it does on a machine whose clock is put right.
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("DONT_FAKE_MONOTONIC", "1");
        Served::of(command)
    }
}

#[test]
fn a_clock_that_jumps_loses_no_row_counts_none_twice_and_is_no_alarm() {
    let Some(own) = ByOwnClock::begin() else { return };
    run_async(async {
        let mut served = own.served();
        let mut client = Client::of(&served, &own.token);
        let mut sender = Sender::begin(&client).await;
        for offset in [0, 3_600, -3_600, 1, 86_400, 0] {
            own.set(offset);
            sender.send(&client, Duration::from_millis(1_500)).await;
        }
        sender.counted_exactly(&client).await;
        assert_eq!(client.get("/findings").await["items"], serde_json::json!([]), "the feed was as usual");
        // It is put right while nobody watches, first ahead and then back behind what was seen.
        for offset in [7_200, -7_200] {
            served.kill();
            own.set(offset);
            served = own.served();
            client = Client::of(&served, &own.token);
            sender.send(&client, Duration::from_millis(1_500)).await;
            sender.counted_exactly(&client).await;
        }
        served.kill();
    });
}
