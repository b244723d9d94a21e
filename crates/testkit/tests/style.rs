//! What no file of the project may hold.

#![expect(clippy::expect_used, reason = "a test ends when what it stands on is missing")]

use std::path::{Path, PathBuf};

/// A file of code longer than this has more than one subject.
const MAX_LINES: usize = 600;

/// What must not stand in a file, with the reason. The strings are put together so that this file does not
/// hold them itself.
const FORBIDDEN: [(&[&str], &str, Scope); 8] = [
    (&["#[all", "ow("], "an exception is an `expect` with a reason", Scope::Code),
    (&["#![all", "ow("], "an exception is an `expect` with a reason", Scope::Code),
    (&["#[ign", "ore"], "a test that does not run is none", Scope::Code),
    (&["TO", "DO"], "work left to do lives in the issue tracker", Scope::Everything),
    (&["FIX", "ME"], "work left to do lives in the issue tracker", Scope::Everything),
    (&["/wo", "rk/"], "a path of one machine", Scope::Everything),
    (&["/ro", "ot/"], "a path of one machine", Scope::Everything),
    (&["/ho", "me/"], "a path of one machine", Scope::Everything),
];

#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Code,
    Everything,
}

/// Everything that is wrong with a file.
fn complaints(path: &Path, text: &str) -> Vec<String> {
    let is_code = path.extension().is_some_and(|extension| extension == "rs");
    let mut found = Vec::new();
    let lines = text.lines().count();
    if is_code && lines > MAX_LINES {
        found.push(format!("{}: {lines} lines, more than {MAX_LINES}", path.display()));
    }
    for (pieces, reason, scope) in FORBIDDEN {
        let needle = pieces.concat();
        if scope == Scope::Code && !is_code {
            continue;
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains(&needle)) {
            found.push(format!("{}:{}: `{needle}`: {reason}: {line}", path.display(), number + 1));
        }
    }
    found
}

/// All text files of the project's own folders.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = ["crates", "deploy", "docs", ".ci", "samples"].map(|name| root.join(name)).to_vec();
    let mut files: Vec<PathBuf> =
        ["Makefile", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
            .map(|name| root.join(name))
            .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a folder entry").path();
            let generated = ["docs/book", "target", "__pycache__"].iter().any(|end| path.ends_with(end));
            let data =
                path.extension().is_some_and(|e| ["csv", "gz", "zst", "bin", "dlp"].iter().any(|x| e == *x));
            match path.is_dir() {
                true if !generated => folders.push(path),
                false if !data => files.push(path),
                _ => {}
            }
        }
    }
    files
}

#[test]
fn no_file_breaks_the_rules() {
    let mut found = Vec::new();
    let mut code_files = 0;
    for path in files() {
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        code_files += usize::from(path.extension().is_some_and(|extension| extension == "rs"));
        found.extend(complaints(&path, &String::from_utf8_lossy(&bytes)));
    }
    assert!(code_files > 20, "only {code_files} files of code were found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_rule_is_noticed() {
    for (pieces, _, _) in FORBIDDEN {
        let text = format!("fine\nnot fine: {}\n", pieces.concat());
        assert_eq!(complaints(Path::new("a.rs"), &text).len(), 1, "{text}");
    }
    let long = "fine\n".repeat(MAX_LINES + 1);
    assert_eq!(complaints(Path::new("a.rs"), &long).len(), 1);
    assert_eq!(complaints(Path::new("a.md"), &long).len(), 0);
    assert_eq!(complaints(Path::new("a.rs"), &"fine\n".repeat(MAX_LINES)).len(), 0);
}
