//! Which crate may use which: arrows between crates point downwards, and the lower crates stay free of what
//! they must not know. `ARCHITECTURE.md` says why.

#![expect(clippy::expect_used, reason = "a test ends when what it stands on is missing")]

use std::collections::BTreeMap;
use std::path::Path;

/// The crates by folder, with their level. A crate may use those of a lower level only.
const LEVELS: [(&str, u8); 19] = [
    ("model", 0),
    ("stats", 0),
    ("chunk", 0),
    ("mock", 1),
    ("ingest", 1),
    ("profile", 1),
    ("detect", 2),
    ("feed", 2),
    ("engine", 3),
    ("store", 3),
    ("export", 3),
    ("alert", 3),
    ("server", 4),
    ("cluster", 4),
    ("cli", 5),
    ("python", 5),
    ("web", 0),
    // For development only: they may use everything, and only tests may use them.
    ("testkit", DEVELOPMENT),
    ("bench", DEVELOPMENT),
];
const DEVELOPMENT: u8 = u8::MAX;

/// What a crate must not know, by the beginning of a dependency's name.
const IGNORANT_OF: [(&str, &[&str]); 11] = [
    ("model", &["arrow", "tokio", "driftline-"]),
    ("stats", &["arrow", "tokio", "serde", "driftline-"]),
    ("web", &["axum", "tokio", "driftline-"]),
    ("chunk", &["tokio", "driftline-"]),
    ("mock", &["arrow", "driftline-model", "driftline-chunk", "driftline-web"]),
    ("ingest", &["driftline-stats", "driftline-profile"]),
    ("profile", &["tokio", "driftline-ingest"]),
    ("detect", &["tokio", "driftline-ingest"]),
    ("export", &["tokio", "driftline-store", "driftline-profile"]),
    ("alert", &["arrow", "axum", "sqlx", "driftline-store"]),
    ("store", &["arrow", "axum", "driftline-ingest", "driftline-detect"]),
];

/// The dependencies of a crate: those of the program and those of its tests.
struct Manifest {
    dependencies: Vec<String>,
    test_dependencies: Vec<String>,
}

impl Manifest {
    fn parse(text: &str) -> Self {
        let table: toml::Table = text.parse().expect("a manifest is TOML");
        let names = |section: &toml::Value| -> Vec<String> {
            section.as_table().map(|table| table.keys().cloned().collect()).unwrap_or_default()
        };
        let mut manifest = Self { dependencies: Vec::new(), test_dependencies: Vec::new() };
        let targets = table.get("target").and_then(toml::Value::as_table);
        let sections = std::iter::once(&table)
            .chain(targets.into_iter().flatten().filter_map(|(_, target)| target.as_table()));
        for section in sections {
            for (key, list) in section {
                match key.as_str() {
                    "dependencies" | "build-dependencies" => manifest.dependencies.extend(names(list)),
                    "dev-dependencies" => manifest.test_dependencies.extend(names(list)),
                    _ => {}
                }
            }
        }
        manifest
    }
}

fn level(folder: &str) -> Option<u8> {
    LEVELS.iter().find(|(name, _)| *name == folder).map(|(_, level)| *level)
}

/// Everything that is wrong with the arrows of these crates, given by folder name.
fn broken_arrows(manifests: &BTreeMap<String, Manifest>) -> Vec<String> {
    let mut broken = Vec::new();
    for (folder, manifest) in manifests {
        let Some(own) = level(folder) else {
            broken.push(format!("{folder} has no level: give it one in crates/testkit/tests/arrows.rs"));
            continue;
        };
        for used in &manifest.dependencies {
            let Some(target) = used.strip_prefix("driftline-") else { continue };
            match level(target) {
                Some(DEVELOPMENT) if own != DEVELOPMENT => {
                    broken.push(format!("{folder} uses {target}, which is for tests and benchmarks only"));
                }
                Some(target_level) if own != DEVELOPMENT && target_level >= own => {
                    broken.push(format!(
                        "{folder} (level {own}) uses {target} (level {target_level}): arrows point downwards"
                    ));
                }
                Some(_) => {}
                None => broken.push(format!("{folder} uses {target}, which has no level")),
            }
        }
        let forbidden =
            IGNORANT_OF.iter().find(|(name, _)| name == folder).map_or(&[][..], |(_, list)| *list);
        for used in &manifest.dependencies {
            if forbidden.iter().any(|prefix| used.starts_with(prefix)) {
                broken.push(format!("{folder} must know nothing of {used}"));
            }
        }
        for used in &manifest.test_dependencies {
            if used == "driftline-bench" || used == "driftline" {
                broken.push(format!("the tests of {folder} use {used}, which is a program"));
            }
        }
    }
    broken
}

fn manifests_of_the_workspace() -> BTreeMap<String, Manifest> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates live in a folder");
    let folders = std::fs::read_dir(crates).expect("the folder of crates is readable");
    folders
        .map(|folder| folder.expect("a folder entry").path())
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(|folder| {
            let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest is readable");
            (name, Manifest::parse(&text))
        })
        .collect()
}

#[test]
fn arrows_point_downwards() {
    let manifests = manifests_of_the_workspace();
    assert!(manifests.contains_key("model") && manifests.contains_key("cli"), "the crates were not found");
    let broken = broken_arrows(&manifests);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn broken_in(crates: &[(&str, &str)]) -> Vec<String> {
    let parse = |(name, text): &(&str, &str)| ((*name).to_owned(), Manifest::parse(text));
    broken_arrows(&crates.iter().map(parse).collect())
}

#[test]
fn wrong_arrows_are_noticed() {
    for (folder, manifest, complaint) in [
        ("profile", "[dependencies]\ndriftline-detect.workspace = true", "arrows point downwards"),
        ("engine", "[dependencies]\ndriftline-store.workspace = true", "arrows point downwards"),
        ("engine", "[build-dependencies]\ndriftline-cli = \"1\"", "arrows point downwards"),
        ("chunk", "[target.'cfg(unix)'.dependencies]\ndriftline-model.workspace = true", "downwards"),
        ("cli", "[dependencies]\ndriftline-testkit.workspace = true", "for tests and benchmarks only"),
        ("detect", "[dependencies]\ntokio = \"1\"", "must know nothing of tokio"),
        ("ingest", "[dependencies]\ndriftline-stats.workspace = true", "must know nothing of"),
        ("novelty", "[dependencies]", "has no level"),
        ("cli", "[dependencies]\ndriftline-novelty = \"1\"", "has no level"),
        ("store", "[dev-dependencies]\ndriftline-bench = \"1\"", "which is a program"),
    ] {
        let broken = broken_in(&[(folder, manifest)]);
        assert!(broken.iter().any(|line| line.contains(complaint)), "{folder}: {broken:?}");
    }
}

#[test]
fn right_arrows_are_left_alone() {
    let broken = broken_in(&[
        ("detect", "[dependencies]\ndriftline-stats.workspace = true\n[dev-dependencies]\ntempfile = \"3\""),
        ("stats", "[dev-dependencies]\ndriftline-testkit.workspace = true\nserde_json = \"1\""),
        ("bench", "[dependencies]\ndriftline-engine.workspace = true\ndriftline-testkit.workspace = true"),
    ]);
    assert!(broken.is_empty(), "{broken:?}");
}
