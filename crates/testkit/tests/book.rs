//! The book holds together: its summary lists every page, links lead somewhere, and what must be complete is.

#![expect(clippy::expect_used, reason = "a test ends when what it stands on is missing")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages below the book's folder, as paths relative to it.
fn pages() -> BTreeSet<String> {
    let root = source();
    let mut folders = vec![root.clone()];
    let mut pages = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a folder entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let relative = path.strip_prefix(&root).expect("below the book");
                pages.insert(relative.to_string_lossy().into_owned());
            }
        }
    }
    pages.remove("SUMMARY.md");
    pages
}

/// The targets of the links in a page, code blocks and code in a line left out.
fn links(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        for part in prose.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                targets.push(target.to_owned());
            }
        }
    }
    targets
}

/// Links to files that are not there, resolved against the folder of the page.
fn dead_links(page: &Path, text: &str) -> Vec<String> {
    let folder = page.parent().expect("a page lies in a folder");
    links(text)
        .into_iter()
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .filter(|target| !folder.join(target.split('#').next().unwrap_or_default()).is_file())
        .map(|target| format!("{}: {target}", page.display()))
        .collect()
}

#[test]
fn summary_lists_every_page_once() {
    let listed = links(&read(&source().join("SUMMARY.md")));
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), unique.len(), "a page is listed twice");
    assert!(unique.len() > 5, "the summary is empty");
    assert_eq!(unique, pages());
}

#[test]
fn links_lead_somewhere() {
    let root = source().join("../..");
    let mut all: Vec<PathBuf> = pages().into_iter().map(|page| source().join(page)).collect();
    all.extend(
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name)),
    );
    let dead: Vec<String> = all.iter().flat_map(|page| dead_links(page, &read(page))).collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn dead_links_are_noticed() {
    let page = source().join("SUMMARY.md");
    assert_eq!(dead_links(&page, "[a](nowhere.md) and [b](SUMMARY.md#here)").len(), 1);
    assert!(dead_links(&page, "`[a](nowhere.md)` [x](https://example.org) [y](#z)").is_empty());
    assert!(dead_links(&page, "```\n[a](nowhere.md)\n```").is_empty());
}

#[test]
fn configuration_page_names_every_setting() {
    let page = read(&source().join("configuration.md"));
    let settings =
        serde_json::to_value(driftline_model::Settings::default()).expect("settings are plain data");
    let run = serde_json::to_value(driftline_model::RunSettings::default()).expect("settings are plain data");
    let sections = settings
        .as_object()
        .expect("an object")
        .iter()
        .chain([(&"run".to_owned(), &run)])
        .flat_map(|(section, values)| match values.as_object() {
            Some(values) => values.keys().map(|key| format!("{section}.{key}")).collect::<Vec<_>>(),
            None => vec![section.clone()],
        })
        .collect::<Vec<_>>();
    assert!(sections.len() > 15, "{sections:?}");
    let missing: Vec<&String> = sections.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/src/configuration.md does not explain {missing:?}");
}
