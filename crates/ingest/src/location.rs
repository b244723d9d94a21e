//! Where a table is, as a person writes it.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::IngestError;
use crate::format::Format;
use crate::limits::Limits;
use crate::stored::Stored;

/// Schemes of URLs that are read.
const SCHEMES: [&str; 5] = ["http", "https", "s3", "postgres", "postgresql"];
/// What is shown instead of a secret.
const HIDDEN: &str = "***";
/// Parts of a query that are no secrets.
const SHOWN_PARTS: [&str; 2] = ["table", "query"];

/// Where a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Standard input.
    StandardInput,
    /// A file, a folder, or a pattern of files.
    Files(String),
    /// Several files in this order, as one table.
    Several(Vec<String>),
    /// Somewhere else.
    Remote(Remote),
}

/// A URL, and the same without its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    url: Url,
    shown: String,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.shown).finish()
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// What stands at a location.
pub(crate) enum Place {
    /// Bytes, and the sheet of a workbook that is meant, where one is named.
    Stored(Vec<Stored>, Option<String>),
    /// A table of a database.
    #[cfg(feature = "remote")]
    Query(Remote),
}

impl Remote {
    /// The URL without its secrets.
    #[cfg(feature = "remote")]
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The URL with its secrets.
    #[cfg(feature = "remote")]
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The URL of this text, where it is one that is read.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, _) = text.split_once("://")?;
        if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let shown = redacted(&url);
        Some(Self { url, shown })
    }
}

/// The URL with passwords, and whatever else its query says, hidden.
fn redacted(url: &Url) -> String {
    let mut shown = format!("{}://", url.scheme());
    if !url.username().is_empty() {
        shown.push_str(url.username());
        if url.password().is_some() {
            shown.push(':');
            shown.push_str(HIDDEN);
        }
        shown.push('@');
    } else if url.password().is_some() {
        shown.push_str(HIDDEN);
        shown.push('@');
    }
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    shown.push_str(url.path());
    for (number, (key, value)) in url.query_pairs().enumerate() {
        shown.push(if number == 0 { '?' } else { '&' });
        let value = if SHOWN_PARTS.contains(&key.as_ref()) { &*value } else { HIDDEN };
        shown.push_str(&format!("{key}={value}"));
    }
    if let Some(part) = url.fragment() {
        shown.push_str(&format!("#{part}"));
    }
    shown
}

impl Location {
    /// `-` is standard input, a URL of a known scheme something elsewhere, everything else a file, a folder or a
    /// pattern such as `data/*.csv`.
    pub fn parse(text: &str) -> Self {
        if text == "-" {
            return Self::StandardInput;
        }
        Remote::parse(text).map_or_else(|| Self::Files(text.to_owned()), Self::Remote)
    }

    /// What messages and reports call it; without secrets.
    pub fn name(&self) -> &str {
        match self {
            Self::StandardInput => "standard input",
            Self::Files(text) => text,
            Self::Several(paths) => paths.first().map_or("nothing", String::as_str),
            Self::Remote(remote) => &remote.shown,
        }
    }

    /// The same as a text of its own.
    pub(crate) fn shown(&self) -> String {
        self.name().to_owned()
    }

    /// What stands there.
    pub(crate) fn place(&self, limits: Limits) -> Result<Place, IngestError> {
        let open = |path: &Path| Stored::open_within(path, limits);
        match self {
            Self::StandardInput => Ok(Place::Stored(vec![Stored::standard_input(limits)?], None)),
            Self::Several(paths) => {
                let stored = paths.iter().map(|path| open(Path::new(path))).collect::<Result<_, _>>()?;
                Ok(Place::Stored(stored, None))
            }
            Self::Files(text) => {
                let (text, sheet) = with_sheet(text);
                let stored = files(text)?.iter().map(|path| open(path)).collect::<Result<_, _>>()?;
                Ok(Place::Stored(stored, sheet))
            }
            Self::Remote(remote) => elsewhere(remote, limits),
        }
    }
}

#[cfg(not(feature = "remote"))]
fn elsewhere(_: &Remote, _: Limits) -> Result<Place, IngestError> {
    Err(IngestError::NotBuilt { what: "reading URLs", feature: "remote" })
}

#[cfg(feature = "remote")]
fn elsewhere(remote: &Remote, limits: Limits) -> Result<Place, IngestError> {
    use crate::source::{http, s3};
    let sheet = remote.url.fragment().filter(|sheet| !sheet.is_empty()).map(str::to_owned);
    match remote.url.scheme() {
        "postgres" | "postgresql" => Ok(Place::Query(remote.clone())),
        "s3" => Ok(Place::Stored(s3::open(remote, limits)?, sheet)),
        _ => Ok(Place::Stored(vec![http::open(remote, limits)?], sheet)),
    }
}

/// `book.xlsx#Sheet 2` means a sheet, where there is no file of that name.
fn with_sheet(text: &str) -> (&str, Option<String>) {
    match text.rsplit_once('#') {
        Some((path, sheet)) if !Path::new(text).exists() && Format::by_name(path) == Some(Format::Xlsx) => {
            (path, Some(sheet.to_owned()))
        }
        _ => (text, None),
    }
}

/// The files of a location in sorted order.
fn files(text: &str) -> Result<Vec<PathBuf>, IngestError> {
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

/// The tables of a folder. Where they are of several formats, those of the first in the list of formats, so that
/// a workbook of notes beside CSV files is none of them.
fn folder(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let shown = path.display().to_string();
    let read = |cause| IngestError::Read { name: shown.clone(), cause };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_file()
            && let Some(format) = Format::by_name(&path.to_string_lossy())
        {
            files.push((format, path));
        }
    }
    files.sort();
    let format = files.first().map(|(format, _)| *format);
    files.retain(|(other, _)| Some(*other) == format);
    let files: Vec<PathBuf> = files.into_iter().map(|(_, path)| path).collect();
    if files.is_empty() { Err(IngestError::EmptyFolder { path: shown }) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_tables_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.tsv.gz", "notes.md", "c.txt", "more.parquet"] {
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

    #[test]
    fn secrets_are_never_shown() {
        for (text, wanted) in [
            (
                "postgres://me:pa55@db:5433/shop?table=a.b&password=x",
                "postgres://me:***@db:5433/shop?table=a.b&password=***",
            ),
            (
                "https://u:p@example.com/a.csv?X-Amz-Signature=abc#Sheet",
                "https://u:***@example.com/a.csv?X-Amz-Signature=***#Sheet",
            ),
            ("s3://bucket/prefix/", "s3://bucket/prefix/"),
        ] {
            let location = Location::parse(text);
            assert_eq!(location.name(), wanted);
            let debug = format!("{location:?}");
            assert!(!debug.contains("pa55") && !debug.contains("abc"), "{debug}");
        }
        assert_eq!(Location::parse("c:\\data\\a.csv"), Location::Files("c:\\data\\a.csv".to_owned()));
        assert_eq!(Location::parse("ftp://x/y.csv"), Location::Files("ftp://x/y.csv".to_owned()));
    }

    #[test]
    fn sheets_are_named_behind_a_hash() {
        assert_eq!(with_sheet("no/book.xlsx#Two"), ("no/book.xlsx", Some("Two".to_owned())));
        assert_eq!(with_sheet("no/odd#name.csv"), ("no/odd#name.csv", None));
    }
}
