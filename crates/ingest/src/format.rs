//! What a file is: told by its first bytes, and by its ending where they leave a doubt.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::IngestError;
use crate::stored::{Compression, Stored};

/// Bytes of text that are looked at: a header of tar has 512.
const LOOK_BYTES: u64 = 512;
/// Where a header of tar says what it is (POSIX ustar, "magic").
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    /// Delimited text.
    Csv,
    Parquet,
    /// JSON values behind each other, or an array of them.
    Json,
    /// Arrow's file or stream.
    Arrow,
    Avro,
    Xlsx,
    /// A zip archive.
    Zip,
    /// A tar archive, compressed or not.
    Tar,
}

/// Endings of the formats, the first of them that a folder holds being taken.
const ENDINGS: [(Format, &[&str]); 8] = [
    (Format::Csv, &["csv", "tsv", "tab", "psv", "txt"]),
    (Format::Parquet, &["parquet", "pq", "parq"]),
    (Format::Json, &["json", "ndjson", "jsonl"]),
    (Format::Arrow, &["arrow", "arrows", "feather", "ipc"]),
    (Format::Avro, &["avro"]),
    (Format::Xlsx, &["xlsx", "xlsm"]),
    (Format::Zip, &["zip"]),
    (Format::Tar, &["tar", "tgz"]),
];

impl Format {
    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::Json => "JSON",
            Self::Arrow => "Arrow",
            Self::Avro => "Avro",
            Self::Xlsx => "XLSX",
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }

    /// What the name of a file says.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        // What stands behind the path of a URL tells nothing.
        let name = if name.contains("://") { name.split(['?', '#']).next().unwrap_or(name) } else { name };
        let name = Path::new(name).file_name()?.to_string_lossy().to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
        let (_, ending) = plain.rsplit_once('.')?;
        ENDINGS.iter().find(|(_, endings)| endings.contains(&ending)).map(|(format, _)| *format)
    }

    /// What a file is.
    pub(crate) fn of(stored: &Stored) -> Result<Self, IngestError> {
        let named = Self::by_name(&stored.name);
        let stored_head = look(stored.at(0), stored)?;
        let by_bytes = match stored_head.as_slice() {
            [b'P', b'A', b'R', b'1', ..] => Some(Self::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(Self::Arrow),
            // A message of a stream begins with a continuation mark (Arrow columnar format, "Encapsulated message
            // format"); no text has it.
            [0xFF, 0xFF, 0xFF, 0xFF, ..] => Some(Self::Arrow),
            [b'O', b'b', b'j', 1, ..] => Some(Self::Avro),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => {
                let is_book = named == Some(Self::Xlsx) || is_workbook(stored);
                Some(if is_book { Self::Xlsx } else { Self::Zip })
            }
            _ => None,
        };
        if let Some(format) = by_bytes {
            return Ok(format);
        }
        let text = match stored.compression {
            Compression::None => stored_head,
            _ => match stored.text(Arc::default()) {
                Ok(text) => look(text, stored).unwrap_or_default(),
                Err(_) => Vec::new(),
            },
        };
        if text.get(TAR_MAGIC.0..).is_some_and(|rest| rest.starts_with(TAR_MAGIC.1)) {
            return Ok(Self::Tar);
        }
        Ok(match named {
            Some(Self::Csv) => Self::Csv,
            Some(Self::Json) => Self::Json,
            _ if is_json(&text) => Self::Json,
            _ => Self::Csv,
        })
    }
}

/// The first bytes; none where they cannot be read, which is said by who reads them in earnest.
fn look(reader: impl Read, stored: &Stored) -> Result<Vec<u8>, IngestError> {
    let mut bytes = Vec::new();
    match reader.take(LOOK_BYTES).read_to_end(&mut bytes) {
        Err(cause) if bytes.is_empty() => {
            Err(stored.failed(IngestError::Read { name: stored.name.clone(), cause }, 0))
        }
        _ => Ok(bytes),
    }
}

/// Whether a zip archive is a workbook (ECMA-376: its parts lie in `xl`).
fn is_workbook(stored: &Stored) -> bool {
    let archive = zip::ZipArchive::new(std::io::BufReader::new(stored.at(0)));
    archive.is_ok_and(|archive| archive.file_names_raw().any(|name| name == b"xl/workbook.xml"))
}

/// Whether a text without a telling name begins as objects of JSON do; a header of CSV does not.
fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii_start();
    let inner = match text {
        [b'[', rest @ ..] => rest.trim_ascii_start(),
        _ => text,
    };
    let [b'{', rest @ ..] = inner else { return false };
    match rest.trim_ascii_start() {
        [b'"', name @ ..] => is_named(name),
        [b'}', ..] => true,
        _ => false,
    }
}

/// Whether a colon stands behind the name that has begun, as far as it can be seen.
fn is_named(text: &[u8]) -> bool {
    let mut rest = text;
    loop {
        match rest {
            [b'\\', _, behind @ ..] => rest = behind,
            [b'"', behind @ ..] => return matches!(behind.trim_ascii_start().first(), None | Some(b':')),
            [_, behind @ ..] => rest = behind,
            [] => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn format(name: &str, bytes: &[u8]) -> Format {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
        Format::of(&Stored::open(&path).unwrap()).unwrap()
    }

    #[test]
    fn bytes_tell_and_names_settle_doubts() {
        assert_eq!(format("x", b"a,b\n1,2\n"), Format::Csv);
        assert_eq!(format("x.csv", b"{\"a\",1}\n"), Format::Csv);
        assert_eq!(format("x", b"{\"a\":1}\n"), Format::Json);
        assert_eq!(format("x", b"{\"a\",1}\n"), Format::Csv);
        assert_eq!(format("x", b"{\"a\\\"b\" : 1}\n"), Format::Json);
        assert_eq!(format("x", b" [ {\"a\":1} ]"), Format::Json);
        assert_eq!(format("x.ndjson", b"oops\n"), Format::Json);
        assert_eq!(format("x.csv", b"PAR1 and more"), Format::Parquet);
        assert_eq!(format("x.xlsx", b"PK\x03\x04"), Format::Xlsx);
        assert_eq!(format("x", b"PK\x03\x04"), Format::Zip);
        assert_eq!(format("x.json.zst", &zstd::encode_all(&b"[1]"[..], 1).unwrap()), Format::Json);
        assert_eq!(format("x.parquet", b"not at all"), Format::Csv);
        assert_eq!(Format::by_name("https://h/b.csv?x=1#s"), Some(Format::Csv));
        assert_eq!(Format::by_name("a/b.tar.gz"), Some(Format::Tar));
        assert_eq!(Format::by_name("a/b.CSV.gz"), Some(Format::Csv));
    }
}
