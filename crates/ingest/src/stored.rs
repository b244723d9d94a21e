//! Stored bytes: a file or kept standard input, plain or compressed, that can be read more than once.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use crate::IngestError;
use crate::dialect::Encoding;
use crate::text::Transcoder;

const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Bytes asked of the system at a time by a decompressor.
const READ_BYTES: usize = 256 << 10;

/// How stored bytes are compressed, told by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// A file that can be read again and again.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) compression: Compression,
    /// What the text is encoded in; it is read as UTF-8.
    pub(crate) encoding: Encoding,
    file: Arc<File>,
    metadata: Metadata,
    /// Kept standard input does not change under our feet.
    kept: bool,
    /// Whether more came than is kept.
    is_cut: bool,
}

/// Bytes of a pipe that are kept at most; one that never ends would fill the disk.
const MAX_KEPT_BYTES: u64 = 32 << 30;

impl Stored {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, IngestError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => IngestError::Missing { path: name.clone() },
            _ => IngestError::Read { name: name.clone(), cause },
        })?;
        let regular = file.metadata().map(|metadata| metadata.is_file());
        match regular {
            Ok(true) => Self::of_file(name, file, false),
            // A pipe or a device can be read once only.
            Ok(false) => Self::keep(name, file, MAX_KEPT_BYTES),
            Err(cause) => Err(IngestError::Read { name, cause }),
        }
    }

    /// Keeps all of standard input in a temporary file without a name.
    pub(crate) fn standard_input() -> Result<Self, IngestError> {
        Self::keep("standard input".to_owned(), io::stdin().lock(), MAX_KEPT_BYTES)
    }

    /// Keeps what comes through a pipe, up to `limit` bytes or until the disk is full.
    fn keep(name: String, input: impl Read, limit: u64) -> Result<Self, IngestError> {
        let spool = |cause| IngestError::Spool { cause };
        let mut file = tempfile::tempfile().map_err(spool)?;
        let is_cut = match io::copy(&mut input.take(limit), &mut file) {
            Ok(kept) => kept == limit,
            Err(cause) if cause.kind() == io::ErrorKind::StorageFull => true,
            Err(cause) => return Err(spool(cause)),
        };
        Ok(Self { is_cut, ..Self::of_file(name, file, true)? })
    }

    fn of_file(name: String, file: File, kept: bool) -> Result<Self, IngestError> {
        let metadata = file.metadata().map_err(|cause| IngestError::Read { name: name.clone(), cause })?;
        let (compression, encoding) = (Compression::None, Encoding::UTF_8);
        let mut stored =
            Self { name, compression, encoding, file: Arc::new(file), metadata, kept, is_cut: false };
        let mut magic = Vec::new();
        let read = stored.at(0).take(4).read_to_end(&mut magic);
        read.map_err(|cause| IngestError::Read { name: stored.name.clone(), cause })?;
        if magic.starts_with(&GZIP_MAGIC) {
            stored.compression = Compression::Gzip;
        } else if magic.starts_with(&ZSTD_MAGIC) {
            stored.compression = Compression::Zstd;
        }
        Ok(stored)
    }

    /// Stored bytes in all.
    pub(crate) fn len(&self) -> u64 {
        self.metadata.len()
    }

    /// What has to be said at the end of the text: that more came than was kept, or that the file is not what it
    /// was when it was opened.
    pub(crate) fn complaint(&self) -> Option<IngestError> {
        let name = || self.name.clone();
        if self.is_cut {
            return Some(IngestError::Endless { name: name(), kept: self.len() });
        }
        self.has_changed().then(|| IngestError::Changed { name: name() })
    }

    fn has_changed(&self) -> bool {
        if self.kept {
            return false;
        }
        let Ok(now) = self.file.metadata() else { return true };
        now.len() != self.metadata.len() || now.modified().ok() != self.metadata.modified().ok()
    }

    /// The stored bytes from `offset` on.
    pub(crate) fn at(&self, offset: u64) -> StoredReader {
        StoredReader { file: Arc::clone(&self.file), offset, consumed: None }
    }

    /// The text from its start, decompressed and in UTF-8. Stored bytes that were consumed are counted in `consumed`.
    pub(crate) fn text(&self, consumed: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        let reader = StoredReader { consumed: Some(consumed), ..self.at(0) };
        let text: Box<dyn Read + Send> = match self.compression {
            Compression::None => Box::new(reader),
            Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(READ_BYTES, reader))),
            Compression::Zstd => {
                Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(READ_BYTES, reader))?)
            }
        };
        Ok(if self.encoding.is_utf8() { text } else { Box::new(Transcoder::new(text, self.encoding)) })
    }

    /// Why the text cannot be read beyond byte `text` of it.
    pub(crate) fn failed(&self, cause: io::Error, (stored, text): (u64, u64)) -> IngestError {
        let name = self.name.clone();
        match self.compression {
            Compression::None => IngestError::Read { name, cause },
            compression => IngestError::Damaged {
                name,
                format: compression.name(),
                stored,
                text,
                cause: cause.to_string(),
            },
        }
    }
}

/// Reads a file at a place of its own, so that several readers do not disturb each other.
#[derive(Debug)]
pub(crate) struct StoredReader {
    file: Arc<File>,
    offset: u64,
    consumed: Option<Arc<AtomicU64>>,
}

impl Read for StoredReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.offset)?;
        self.offset += read as u64;
        if let Some(consumed) = &self.consumed {
            consumed.store(self.offset, Ordering::Relaxed);
        }
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_all(bytes: &[u8]) -> (Compression, Vec<u8>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let stored = Stored::open(file.path()).unwrap();
        let mut text = Vec::new();
        stored.text(Arc::default()).unwrap().read_to_end(&mut text).unwrap();
        (stored.compression, text)
    }

    #[test]
    fn compression_is_told_by_the_first_bytes() {
        assert_eq!(read_all(b"a,b\n"), (Compression::None, b"a,b\n".to_vec()));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a,b\n").unwrap();
        assert_eq!(read_all(&gzip.finish().unwrap()), (Compression::Gzip, b"a,b\n".to_vec()));
        let packed = zstd::encode_all(&b"a,b\n"[..], 1).unwrap();
        assert_eq!(read_all(&packed), (Compression::Zstd, b"a,b\n".to_vec()));
    }

    #[test]
    fn a_pipe_that_never_ends_is_kept_up_to_a_limit() {
        let stored = Stored::keep("pipe".to_owned(), io::repeat(b'x'), 1_000).unwrap();
        assert_eq!(stored.len(), 1_000);
        let complaint = stored.complaint().unwrap();
        assert!(
            matches!(complaint, IngestError::Endless { kept: 1_000, .. })
                && complaint.leaves_partial_result()
        );
        assert!(Stored::keep("pipe".to_owned(), &b"a,b\n"[..], 1_000).unwrap().complaint().is_none());
    }

    #[test]
    fn a_file_that_grows_has_changed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"a\n").unwrap();
        let stored = Stored::open(file.path()).unwrap();
        assert!(!stored.has_changed());
        file.write_all(b"b\n").unwrap();
        assert!(stored.has_changed());
    }
}
