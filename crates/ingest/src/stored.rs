//! Stored bytes: a file or kept standard input, plain or compressed, that can be read more than once.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::IngestError;
use crate::dialect::Encoding;
use crate::limits::{Fault, Limits};
use crate::spool::Spool;
use crate::text::Transcoder;
use crate::whereabouts::Whereabouts;

const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Bytes asked of the system at a time by a decompressor.
const READ_BYTES: usize = 256 << 10;

/// How stored bytes are compressed, told by their first bytes or by the archive that holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
    /// A member of a zip archive, with the checksum of its text (CRC-32) where it is known.
    Deflate(Option<u32>),
}

impl Compression {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Deflate(_) => "zip",
        }
    }
}

/// Bytes that can be read again and again.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) compression: Compression,
    /// What the text is encoded in; it is read as UTF-8.
    pub(crate) encoding: Encoding,
    backing: Backing,
    /// Where it can be opened again from anywhere, if it can be.
    whereabouts: Option<Whereabouts>,
    /// The part of the backing that this is: its first byte, and how many, where it is not all.
    window: (u64, Option<u64>),
    limits: Limits,
    fault: Arc<OnceLock<Fault>>,
    /// The kind of archive that ends within this or right behind it, before its time.
    cut: Option<&'static str>,
}

/// Where the bytes are.
#[derive(Debug, Clone)]
enum Backing {
    File {
        file: Arc<File>,
        metadata: Box<Metadata>,
    },
    /// Does not change under our feet, but may still grow.
    Spool {
        spool: Arc<Spool>,
        /// Where its first byte stands in what it is of.
        base: u64,
    },
}

impl Stored {
    /// Opens a file.
    #[cfg(test)]
    pub(crate) fn open(path: &Path) -> Result<Self, IngestError> {
        Self::open_within(path, Limits::default())
    }

    /// Opens a file; it may cost what `limits` say.
    pub(crate) fn open_within(path: &Path, limits: Limits) -> Result<Self, IngestError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => IngestError::Missing { path: name.clone() },
            _ => IngestError::Read { name: name.clone(), cause },
        })?;
        let metadata = file.metadata().map_err(|cause| IngestError::Read { name: name.clone(), cause })?;
        if !metadata.is_file() {
            // A pipe or a device can be read once only.
            return Self::keep(name, file, limits);
        }
        let whereabouts = Whereabouts::of_file(path);
        let backing = Backing::File { file: Arc::new(file), metadata: Box::new(metadata) };
        Ok(Self { whereabouts, ..Self::of(name, backing, limits)? })
    }

    /// Keeps standard input in a temporary file without a name while it comes, as much of it as `limits` allow.
    pub(crate) fn standard_input(limits: Limits) -> Result<Self, IngestError> {
        Self::keep("standard input".to_owned(), io::stdin(), limits)
    }

    fn keep(name: String, input: impl Read + Send + 'static, limits: Limits) -> Result<Self, IngestError> {
        let spool =
            Spool::fill_from(input, limits.kept_bytes).map_err(|cause| IngestError::Spool { cause })?;
        Self::of_spool(name, spool, limits)
    }

    /// What a spool keeps, while it comes.
    pub(crate) fn of_spool(name: String, spool: Arc<Spool>, limits: Limits) -> Result<Self, IngestError> {
        Self::of(name, Backing::Spool { spool, base: 0 }, limits)
    }

    /// What a spool keeps of something of which it is known how it is written; it has no byte before `base`.
    #[cfg(feature = "remote")]
    pub(crate) fn of_spool_from(name: String, (spool, base): (Arc<Spool>, u64), limits: Limits) -> Self {
        Self::unsniffed(name, Backing::Spool { spool, base }, limits)
    }

    /// The same, and where it can be opened again.
    #[cfg(feature = "remote")]
    pub(crate) fn at_whereabouts(self, whereabouts: Whereabouts) -> Self {
        Self { whereabouts: Some(whereabouts), ..self }
    }

    /// Where it can be opened again from anywhere, if it can be.
    pub(crate) fn whereabouts(&self) -> Option<&Whereabouts> {
        self.whereabouts.as_ref()
    }

    fn of(name: String, backing: Backing, limits: Limits) -> Result<Self, IngestError> {
        Self::unsniffed(name, backing, limits).sniffed()
    }

    fn unsniffed(name: String, backing: Backing, limits: Limits) -> Self {
        let (compression, encoding, window) = (Compression::None, Encoding::UTF_8, (0, None));
        let (fault, whereabouts) = (Arc::default(), None);
        Self { name, compression, encoding, backing, whereabouts, window, limits, fault, cut: None }
    }

    /// The same with its compression told by its first bytes, where it is not known.
    pub(crate) fn sniffed(mut self) -> Result<Self, IngestError> {
        if self.compression != Compression::None {
            return Ok(self);
        }
        let mut magic = Vec::new();
        let read = self.at(0).take(4).read_to_end(&mut magic);
        if let Err(cause) = read
            && magic.is_empty()
        {
            return Err(self.failed(IngestError::Read { name: self.name.clone(), cause }, 0));
        }
        if magic.starts_with(&GZIP_MAGIC) {
            self.compression = Compression::Gzip;
        } else if magic.starts_with(&ZSTD_MAGIC) {
            self.compression = Compression::Zstd;
        }
        Ok(self)
    }

    /// A part of it as a file of its own.
    pub(crate) fn part(&self, name: String, (start, len): (u64, u64), compression: Compression) -> Self {
        let window = (self.window.0 + start, Some(len));
        Self { name, compression, window, fault: Arc::default(), whereabouts: None, ..self.clone() }
    }

    /// The same, as the last that there is of an archive of this kind: its text ends with an error.
    pub(crate) fn cut_off(self, archive: &'static str) -> Self {
        Self { cut: Some(archive), ..self }
    }

    /// Whether it is the last that there is of an archive that was cut off.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.cut.is_some()
    }

    /// What it may cost.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Stored bytes in all, as far as they are known; those of a spool may still be coming.
    pub(crate) fn len(&self) -> u64 {
        self.known_len().unwrap_or(0)
    }

    /// Stored bytes in all, where they are known.
    pub(crate) fn known_len(&self) -> Option<u64> {
        self.window.1.or_else(|| match &self.backing {
            Backing::File { metadata, .. } => Some(metadata.len()),
            Backing::Spool { spool, base } => spool.len().map(|len| base + len),
        })
    }

    /// Waits until all bytes are there and says how many.
    pub(crate) fn complete(&self) -> Result<u64, IngestError> {
        if let Backing::Spool { spool, .. } = &self.backing {
            let bytes = spool.complete();
            if let Some(fault) = spool.fault() {
                return Err(self.told(fault, bytes));
            }
        }
        Ok(self.len())
    }

    /// Whether any place can be looked at without waiting. Never so for what comes once: whether it has come
    /// already must not decide what is found.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.backing, Backing::File { .. })
    }

    /// What has to be said at the end of the text: that the file is not what it was when it was opened.
    pub(crate) fn complaint(&self) -> Option<IngestError> {
        self.has_changed().then(|| IngestError::Changed { name: self.name.clone() })
    }

    /// Whether the file is not what it was when it was opened.
    pub(crate) fn has_changed(&self) -> bool {
        let Backing::File { file, metadata } = &self.backing else { return false };
        let Ok(now) = file.metadata() else { return true };
        now.len() != metadata.len() || now.modified().ok() != metadata.modified().ok()
    }

    /// The stored bytes from `offset` on.
    pub(crate) fn at(&self, offset: u64) -> StoredReader {
        let (start, len) = self.window;
        let end = len.map_or(u64::MAX, |len| start + len);
        StoredReader { backing: self.backing.clone(), start, offset: start + offset, end, consumed: None }
    }

    /// The text from its start, decompressed and in UTF-8. Stored bytes that were consumed are counted in `consumed`.
    pub(crate) fn text(&self, consumed: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        let reader = StoredReader { consumed: Some(Arc::clone(&consumed)), ..self.at(0) };
        let buffered = |reader| BufReader::with_capacity(READ_BYTES, reader);
        let text: Box<dyn Read + Send> = match self.compression {
            Compression::None => Box::new(reader),
            Compression::Gzip => Box::new(MultiGzDecoder::new(buffered(reader))),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(buffered(reader))?),
            Compression::Deflate(checksum) => {
                let inner = DeflateDecoder::new(buffered(reader));
                Box::new(Checked { inner, crc: Crc::new(), checksum })
            }
        };
        let text = match self.compression {
            Compression::None => text,
            _ => Box::new(Expanding { text, consumed, produced: 0, stored: self.clone() }),
        };
        let text: Box<dyn Read + Send> = if self.cut.is_some() { Box::new(CutOff(text)) } else { text };
        Ok(if self.encoding.is_utf8() { text } else { Box::new(Transcoder::new(text, self.encoding)) })
    }

    /// Whether its bytes are its text, so that reading may begin anywhere.
    pub(crate) fn is_plain(&self) -> bool {
        self.compression == Compression::None && self.encoding.is_utf8() && self.cut.is_none()
    }

    /// The text from byte `start` of it on.
    pub(crate) fn text_from(&self, start: u64, consumed: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        if self.is_plain() {
            return Ok(Box::new(self.at(start).counted(consumed)));
        }
        let mut text = self.text(consumed)?;
        io::copy(&mut text.by_ref().take(start), &mut io::sink())?;
        Ok(text)
    }

    /// Why the text cannot be read beyond byte `text` of it.
    pub(crate) fn broken(&self, cause: io::Error, (stored, text): (u64, u64)) -> IngestError {
        let name = self.name.clone();
        let error = match (self.cut, self.compression) {
            (None, Compression::None) => IngestError::Read { name, cause },
            (cut, compression) => IngestError::Damaged {
                name,
                format: cut.unwrap_or(compression.name()),
                stored,
                text,
                cause: cause.to_string(),
            },
        };
        self.failed(error, stored)
    }

    /// The text as a file of its own, unpacked where it is compressed, its length, and whether it should be longer.
    pub(crate) fn unpacked(&self) -> Result<(Self, u64, bool), IngestError> {
        if self.compression == Compression::None {
            return Ok((self.clone(), self.complete()?, false));
        }
        let spool = |cause| IngestError::Spool { cause };
        let text = self.text(Arc::default()).map_err(spool)?;
        let kept = Spool::fill_from(text, self.limits.kept_bytes).map_err(spool)?;
        let bytes = kept.complete();
        let fault = self.fault.get().cloned().or_else(|| kept.fault());
        match fault {
            Some(Fault::BrokenOff(_)) if bytes > 0 => {}
            Some(Fault::BrokenOff(cause)) => {
                return Err(IngestError::Damaged {
                    name: self.name.clone(),
                    format: self.compression.name(),
                    stored: self.len(),
                    text: bytes,
                    cause,
                });
            }
            Some(fault) => return Err(self.told(fault, bytes)),
            None => return Ok((Self::of_spool(self.name.clone(), kept, self.limits)?, bytes, false)),
        }
        Ok((Self::of_spool(self.name.clone(), kept, self.limits)?, bytes, true))
    }

    /// The error that reading came to, in the words of what is behind it.
    pub(crate) fn failed(&self, error: IngestError, bytes: u64) -> IngestError {
        let of_spool = || match &self.backing {
            Backing::Spool { spool, .. } => spool.fault(),
            Backing::File { .. } => None,
        };
        match self.fault.get().cloned().or_else(of_spool) {
            Some(fault) => self.told(fault, bytes),
            None => error,
        }
    }

    fn told(&self, fault: Fault, bytes: u64) -> IngestError {
        let name = self.name.clone();
        match fault {
            Fault::Expands => {
                let (format, limit) = (self.compression.name(), self.limits.expansion_ratio);
                IngestError::Expands { name, format, limit, bytes }
            }
            Fault::TooLarge => IngestError::TooLarge { name, limit: self.limits.kept_bytes },
            Fault::BrokenOff(cause) => IngestError::BrokenOff { name, bytes, cause },
        }
    }
}

/// Stops a text that unpacks to too much.
struct Expanding {
    text: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
    produced: u64,
    stored: Stored,
}

impl Read for Expanding {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.produced += read as u64;
        if self.stored.limits.refuses(self.consumed.load(Ordering::Relaxed), self.produced) {
            let fault = self.stored.fault.get_or_init(|| Fault::Expands);
            return Err(io::Error::other(fault.to_string()));
        }
        Ok(read)
    }
}

/// Says at the end that there should be more.
struct CutOff<R>(R);

impl<R: Read> Read for CutOff<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends before its time"))
            }
            read => Ok(read),
        }
    }
}

/// Compares the checksum at the end.
struct Checked<R> {
    inner: R,
    crc: Crc,
    checksum: Option<u32>,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        let is_other = |checksum| self.crc.sum() != checksum;
        if read == 0 && !buffer.is_empty() && self.checksum.is_some_and(is_other) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum does not match"));
        }
        Ok(read)
    }
}

/// Reads at a place of its own, so that several readers do not disturb each other.
#[derive(Debug)]
pub(crate) struct StoredReader {
    backing: Backing,
    start: u64,
    offset: u64,
    end: u64,
    consumed: Option<Arc<AtomicU64>>,
}

impl StoredReader {
    /// The same, counting what is read.
    pub(crate) fn counted(self, consumed: Arc<AtomicU64>) -> Self {
        Self { consumed: Some(consumed), ..self }
    }
}

impl Read for StoredReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = match &self.backing {
            Backing::File { file, .. } => read_at(file, buffer, self.offset)?,
            Backing::Spool { spool, base } => spool.read_at(buffer, self.offset.saturating_sub(*base))?,
        };
        self.offset += read as u64;
        if let Some(consumed) = &self.consumed {
            consumed.store(self.offset - self.start, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// For readers of formats that jump: the end is where it was when this was first needed.
impl Seek for StoredReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let len = match (&self.backing, self.end) {
            (_, end) if end != u64::MAX => end - self.start,
            (Backing::File { metadata, .. }, _) => metadata.len().saturating_sub(self.start),
            (Backing::Spool { spool, base }, _) => (base + spool.complete()).saturating_sub(self.start),
        };
        let at = self.offset - self.start;
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(by) => len.checked_add_signed(by),
            SeekFrom::Current(by) => at.checked_add_signed(by),
        };
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.offset = self.start.saturating_add(target);
        Ok(target)
    }
}

#[cfg(unix)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(unix)]
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        offset += written as u64;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
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
        let limits = Limits { kept_bytes: 1_000, ..Limits::default() };
        let read = |stored: &Stored| stored.text(Arc::default()).unwrap().read_to_end(&mut Vec::new());
        let endless = Stored::keep("pipe".to_owned(), io::repeat(b'\n'), limits).unwrap();
        let complaint = endless.broken(read(&endless).unwrap_err(), (1_000, 1_000));
        assert!(
            matches!(complaint, IngestError::TooLarge { limit: 1_000, .. })
                && complaint.leaves_partial_result()
        );
        assert_eq!(endless.known_len(), Some(1_000));
        let short = Stored::keep("pipe".to_owned(), &b"a,b\n"[..], limits).unwrap();
        assert_eq!((read(&short).unwrap(), short.complaint().is_none()), (4, true));
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
