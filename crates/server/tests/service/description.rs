//! The description of the API as a file, from which the dashboard's client is made.

use std::path::{Path, PathBuf};

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json")
}

#[test]
fn the_file_is_the_description_of_today() {
    let mut now = serde_json::to_string_pretty(&driftline_server::document()).unwrap();
    now.push('\n');
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(file(), &now).unwrap();
    }
    let known = std::fs::read_to_string(file()).unwrap_or_default();
    let differing = known.lines().zip(now.lines()).position(|(known, now)| known != now);
    assert!(
        known == now,
        "openapi.json is not the description of today, from line {} on: run `make reference` and look at what \
         changed for those who call the API",
        differing.map_or(known.lines().count().min(now.lines().count()), |line| line) + 1
    );
}
