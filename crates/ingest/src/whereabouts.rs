//! Where stored bytes are, said so that another process can open them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::IngestError;
use crate::limits::Limits;
use crate::stored::Stored;

/// Where stored bytes are. Holds no secret: what opens them takes its keys from its own environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Whereabouts {
    /// The whole path of a file, which has to be the same wherever it is opened.
    File(String),
    /// An object in S3.
    Object { bucket: String, key: String, size: u64 },
}

impl Whereabouts {
    /// The whole path of a file; nothing where it cannot be written down.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        let path = std::path::absolute(path).ok()?;
        path.to_str().map(|path| Self::File(path.to_owned()))
    }

    /// Opens what is there as `name`, to be read from byte `from` on. It must have as many bytes as when it was
    /// cut.
    pub(crate) fn open(
        &self,
        (name, len): (&str, u64),
        from: u64,
        limits: Limits,
    ) -> Result<Stored, IngestError> {
        let (stored, found) = match self {
            Self::File(path) => {
                let mut stored = Stored::open_within(Path::new(path), limits)?;
                name.clone_into(&mut stored.name);
                let found = stored.known_len();
                (stored, found)
            }
            Self::Object { bucket, key, .. } => {
                let (stored, found) = object(name, (bucket, key), from, limits)?;
                (stored, Some(found))
            }
        };
        match found {
            Some(found) if found == len => Ok(stored),
            found => Err(IngestError::Resized { name: name.to_owned(), cut: len, found: found.unwrap_or(0) }),
        }
    }

    /// How many bytes there are, where this says so.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::File(_) => None,
            Self::Object { size, .. } => Some(*size),
        }
    }
}

#[cfg(feature = "remote")]
fn object(name: &str, place: (&str, &str), from: u64, limits: Limits) -> Result<(Stored, u64), IngestError> {
    crate::source::s3::open_from(name, place, from, limits)
}

#[cfg(not(feature = "remote"))]
fn object(_: &str, _: (&str, &str), _: u64, _: Limits) -> Result<(Stored, u64), IngestError> {
    Err(IngestError::NotBuilt { what: "reading URLs", feature: "remote" })
}
