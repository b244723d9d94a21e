//! What is in the files of a location, told before any of it is read in earnest.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::IngestError;
use crate::format::Format;
use crate::limits::Limits;
use crate::location::{Location, Place};
use crate::source::archive;
use crate::stored::{Compression, Stored};

/// Bytes unpacked at a time.
const PIECE_BYTES: usize = 1 << 20;

/// What is at a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What the (first) table is written in, such as `Parquet`.
    pub format: &'static str,
    /// What the table is packed in, such as `zip`, where it is.
    pub packed_in: Option<&'static str>,
    /// Whether it is delimited text.
    pub is_delimited: bool,
    /// Whether all was there. Unpacking went on until `goes_on` said no.
    pub is_all: bool,
}

/// Says what is at a location, and unpacks all that is packed without keeping anything.
///
/// # Errors
/// When there is nothing, it cannot be unpacked, or all of it together unpacks to more than `limits` allow.
pub fn contents(
    location: &Location,
    limits: Limits,
    goes_on: &dyn Fn() -> bool,
) -> Result<Contents, IngestError> {
    let Files { outer, stored_bytes, members } = Files::at(location, limits)?;
    let first = members.first().ok_or_else(|| nothing(location))?;
    let format = Format::of(first)?;
    let mut meter = Meter { limits, stored_bytes, text_bytes: 0, goes_on };
    for member in &members {
        if !meter.unpack(member)? {
            break;
        }
    }
    Ok(Contents {
        format: format.name(),
        packed_in: (outer != format).then(|| outer.name()),
        is_delimited: format == Format::Csv,
        is_all: goes_on(),
    })
}

/// The text of the first file of a location, archives unpacked.
///
/// # Errors
/// When there is nothing, or it cannot be unpacked.
pub fn first_text(location: &Location, limits: Limits) -> Result<Box<dyn Read + Send>, IngestError> {
    let Files { members, .. } = Files::at(location, limits)?;
    let first = members.first().ok_or_else(|| nothing(location))?;
    first.text(Arc::default()).map_err(|cause| first.broken(cause, (0, 0)))
}

fn nothing(location: &Location) -> IngestError {
    IngestError::Missing { path: location.shown() }
}

/// The files of a location, archives unpacked.
struct Files {
    /// What the first file is.
    outer: Format,
    stored_bytes: u64,
    members: Vec<Stored>,
}

impl Files {
    fn at(location: &Location, limits: Limits) -> Result<Self, IngestError> {
        let stored = match location.place(limits)? {
            Place::Stored(stored, _) => stored,
            #[cfg(feature = "remote")]
            Place::Query(_) => return Err(nothing(location)),
        };
        let first = stored.first().ok_or_else(|| nothing(location))?;
        let (outer, stored_bytes) = (Format::of(first)?, stored.iter().map(Stored::len).sum());
        let mut members = Vec::new();
        for stored in stored {
            members.extend(archive::members(stored)?);
        }
        Ok(Self { outer, stored_bytes, members })
    }
}

/// Counts what comes out of all files together.
struct Meter<'a> {
    limits: Limits,
    stored_bytes: u64,
    text_bytes: u64,
    goes_on: &'a dyn Fn() -> bool,
}

impl Meter<'_> {
    /// Unpacks a file; whether to go on.
    fn unpack(&mut self, stored: &Stored) -> Result<bool, IngestError> {
        if stored.compression == Compression::None && !stored.is_cut_off() {
            return Ok((self.goes_on)());
        }
        let consumed = Arc::new(AtomicU64::new(0));
        let (mut buffer, mut of_file) = (vec![0; PIECE_BYTES], 0_u64);
        let places = |text: u64| (consumed.load(Ordering::Relaxed), text);
        let text = stored.text(Arc::clone(&consumed));
        let mut text = text.map_err(|cause| stored.broken(cause, places(0)))?;
        while (self.goes_on)() {
            let read = match text.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(read) => read as u64,
                Err(cause) if cause.kind() == ErrorKind::Interrupted => continue,
                Err(cause) => return Err(stored.broken(cause, places(of_file))),
            };
            of_file += read;
            self.text_bytes += read;
            if self.limits.refuses(self.stored_bytes, self.text_bytes) {
                return Err(IngestError::Expands {
                    name: stored.name.clone(),
                    format: stored.compression.name(),
                    limit: self.limits.expansion_ratio,
                    bytes: self.text_bytes,
                });
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8], (ratio, free): (u64, u64)) -> Result<Contents, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blob");
        std::fs::write(&path, bytes).unwrap();
        let limits = Limits { expansion_ratio: ratio, expansion_free_bytes: free, ..Limits::default() };
        let location = Location::parse(&path.to_string_lossy());
        contents(&location, limits, &|| true).map_err(|error| error.code().to_owned())
    }

    fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        use std::io::Write as _;
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn formats_are_told_and_what_they_are_packed_in() {
        let plain = Contents { format: "CSV", packed_in: None, is_delimited: true, is_all: true };
        assert_eq!(told(b"a,b\n1,2\n", (1, 1)), Ok(plain.clone()));
        let packed = zip_of(&[("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n1,2\n")]);
        assert_eq!(told(&packed, (200, 1 << 20)), Ok(Contents { packed_in: Some("zip"), ..plain }));
    }

    #[test]
    fn only_what_grows_very_much_and_very_large_is_refused() {
        let text = b"1,2\n".repeat(300_000);
        let large = zstd::encode_all(&text[..], 1).unwrap();
        assert_eq!(told(&large, (2, 1 << 20)), Err("ingest.expands".to_owned()));
        assert!(told(&large, (2, 2 << 20)).is_ok() && told(&large, (1_000_000, 1 << 20)).is_ok());
        let half = &large[..large.len() / 2];
        assert_eq!(told(half, (1_000_000, 1 << 20)), Err("ingest.damaged".to_owned()));
        // Each member is small enough, all together are not.
        let many = zip_of(&[("a.csv", &text), ("b.csv", &text), ("c.csv", &text)]);
        assert_eq!(told(&many, (100, 3 << 20)), Err("ingest.expands".to_owned()));
    }
}
