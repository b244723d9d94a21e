//! Where a table is, as a person writes it.

use std::path::{Path, PathBuf};

use crate::IngestError;

/// Endings of files that are taken from a folder, before an optional `.gz` or `.zst`.
const ENDINGS: [&str; 5] = ["csv", "tsv", "tab", "psv", "txt"];

/// Where a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Standard input.
    StandardInput,
    /// A file, a folder, or a pattern of files.
    Files(String),
    /// Several files in this order, as one table.
    Several(Vec<String>),
}

impl Location {
    /// `-` is standard input, everything else a file, a folder or a pattern such as `data/*.csv`.
    pub fn parse(text: &str) -> Self {
        if text == "-" { Self::StandardInput } else { Self::Files(text.to_owned()) }
    }

    /// What messages and reports call it.
    pub fn name(&self) -> &str {
        match self {
            Self::StandardInput => "standard input",
            Self::Files(text) => text,
            Self::Several(paths) => paths.first().map_or("nothing", String::as_str),
        }
    }
}

/// The files of a location in sorted order.
pub(crate) fn files(text: &str) -> Result<Vec<PathBuf>, IngestError> {
    let path = Path::new(text);
    if path.is_dir() {
        return folder(path);
    }
    if path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    if !text.contains(['*', '?', '[']) {
        return Err(IngestError::Missing { path: text.to_owned() });
    }
    let empty = || IngestError::EmptyPattern { pattern: text.to_owned() };
    let mut files: Vec<PathBuf> =
        glob::glob(text).map_err(|_| empty())?.flatten().filter(|path| path.is_file()).collect();
    files.sort();
    if files.is_empty() { Err(empty()) } else { Ok(files) }
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let shown = path.display().to_string();
    let read = |cause| IngestError::Read { name: shown.clone(), cause };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_file() && is_table(&path) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(IngestError::EmptyFolder { path: shown }) } else { Ok(files) }
}

fn is_table(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
    plain.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_tables_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.tsv.gz", "notes.md", "c.txt"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let found = files(&folder.path().to_string_lossy()).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_string_lossy()).collect();
        assert_eq!(names, ["a.tsv.gz", "b.csv", "c.txt"]);
        let pattern = folder.path().join("*.csv").to_string_lossy().into_owned();
        assert_eq!(files(&pattern).unwrap().len(), 1);
        assert!(matches!(files("no/such/file.csv"), Err(IngestError::Missing { .. })));
        assert!(matches!(files("no/such/*.csv"), Err(IngestError::EmptyPattern { .. })));
    }
}
