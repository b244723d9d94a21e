//! What was sent to a monitor, on the disk before it is acknowledged.
//!
//! Segments of records: length (u32), format (u8), moment of arrival (i64), the first 8 bytes of the SHA-256 of what
//! follows, then the bytes; little-endian. A record that was cut off by a crash was never acknowledged and is taken
//! away when the spool is opened.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use driftline_ingest::live::RowFormat;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

const HEAD: usize = 4 + 1 + 8 + 8;
/// Bytes after which the next segment begins.
const SEGMENT_BYTES: u64 = 64 << 20;
/// Bytes that may wait; beyond, whoever sends is asked to wait.
const MOST_WAITING: u64 = 1 << 30;
/// Largest record.
pub(super) const MOST_BYTES: usize = 32 << 20;

/// Where a reader stands: the segment, and the byte in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// Rows as they were sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) bytes: Bytes,
    pub(super) format: RowFormat,
    pub(super) arrived_ms: i64,
    pub(super) next: Place,
}

/// Why rows were not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    #[error("more than 1 GiB of rows wait to be looked at")]
    Full,
    #[error("the rows could not be kept: {0}")]
    Io(#[from] io::Error),
}

/// The spool of one monitor.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    writer: Mutex<Writer>,
    /// Up to where everything is on the disk. Whoever comes first writes for all that wait.
    synced: Mutex<Place>,
    arrived: Notify,
}

#[derive(Debug)]
struct Writer {
    file: File,
    place: Place,
    /// Bytes of the segments before this one that are still there.
    before: u64,
}

impl Spool {
    /// Opens the spool in a folder, and cuts off what was never acknowledged.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let segments = segments(folder)?;
        let segment = segments.last().copied().unwrap_or(1);
        let path = path_of(folder, segment);
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        let mut offset = 0;
        while let Some(length) = whole_record(&mut file, offset)? {
            offset += length;
        }
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut before = 0;
        for other in segments.iter().filter(|other| **other != segment) {
            before += std::fs::metadata(path_of(folder, *other))?.len();
        }
        let place = Place { segment, offset };
        let writer = Mutex::new(Writer { file, place, before });
        let (folder, synced) = (folder.to_path_buf(), Mutex::new(place));
        Ok(Self { shared: Arc::new(Shared { folder, writer, synced, arrived: Notify::new() }) })
    }

    /// Keeps rows. Once this returns they are safe on the disk. Blocks.
    pub(super) fn append(&self, format: RowFormat, bytes: &[u8], arrived_ms: i64) -> Result<(), SpoolError> {
        let written = {
            let mut writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.append(&self.shared.folder, (format, bytes, arrived_ms))?
        };
        let mut synced = self.shared.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced < written {
            let (file, place) = {
                let writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
                (writer.file.try_clone()?, writer.place)
            };
            file.sync_data()?;
            *synced = place;
        }
        drop(synced);
        self.shared.arrived.notify_one();
        Ok(())
    }

    /// Waits until something was sent.
    pub(super) async fn arrived(&self) {
        self.shared.arrived.notified().await;
    }

    /// What was sent from this place on, up to about so many bytes. Blocks.
    pub(super) fn read(&self, mut place: Place, most_bytes: usize) -> io::Result<Vec<Sent>> {
        let end = *self.shared.synced.lock().unwrap_or_else(PoisonError::into_inner);
        let first = segments(&self.shared.folder)?.first().copied().unwrap_or(1);
        if place.segment < first {
            place = Place { segment: first, offset: 0 };
        }
        let mut found = Vec::new();
        let mut bytes = 0;
        while place < end && bytes < most_bytes {
            let mut file = File::open(path_of(&self.shared.folder, place.segment))?;
            file.seek(SeekFrom::Start(place.offset))?;
            while place < end && bytes < most_bytes {
                let Some(sent) = read_record(&mut file, place)? else { break };
                place = sent.next;
                bytes += sent.bytes.len();
                found.push(sent);
            }
            if place.segment < end.segment && bytes < most_bytes {
                place = Place { segment: place.segment + 1, offset: 0 };
            } else {
                break;
            }
        }
        Ok(found)
    }

    /// Lets go of what was looked at: segments before this place.
    pub(super) fn forget(&self, place: Place) -> io::Result<()> {
        for segment in segments(&self.shared.folder)?.into_iter().filter(|segment| *segment < place.segment) {
            let path = path_of(&self.shared.folder, segment);
            let length = std::fs::metadata(&path)?.len();
            std::fs::remove_file(path)?;
            let mut writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.before = writer.before.saturating_sub(length);
        }
        Ok(())
    }
}

impl Writer {
    fn append(
        &mut self,
        folder: &Path,
        (format, bytes, arrived_ms): (RowFormat, &[u8], i64),
    ) -> Result<Place, SpoolError> {
        if self.before + self.place.offset > MOST_WAITING {
            return Err(SpoolError::Full);
        }
        if self.place.offset >= SEGMENT_BYTES {
            self.file.sync_data()?;
            self.before += self.place.offset;
            self.place = Place { segment: self.place.segment + 1, offset: 0 };
            let path = path_of(folder, self.place.segment);
            self.file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
            File::open(folder)?.sync_all()?;
        }
        let mut record = Vec::with_capacity(HEAD + bytes.len());
        let length = u32::try_from(bytes.len()).map_err(|_| SpoolError::Full)?;
        record.extend_from_slice(&length.to_le_bytes());
        record.push(number_of(format));
        record.extend_from_slice(&arrived_ms.to_le_bytes());
        record.extend_from_slice(&checksum(bytes));
        record.extend_from_slice(bytes);
        if let Err(error) = self.file.write_all(&record) {
            // Half a record must not stand before the next one.
            self.file.set_len(self.place.offset)?;
            self.file.seek(SeekFrom::Start(self.place.offset))?;
            return Err(error.into());
        }
        self.place.offset += record.len() as u64;
        Ok(self.place)
    }
}

/// How a content type says that rows are written.
pub(crate) fn format_of(content_type: &str) -> Option<RowFormat> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "text/csv" => Some(RowFormat::Csv),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Some(RowFormat::Ndjson),
        _ => None,
    }
}

fn number_of(format: RowFormat) -> u8 {
    match format {
        RowFormat::Csv => 0,
        RowFormat::Ndjson => 1,
    }
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(bytes);
    digest.first_chunk::<8>().copied().unwrap_or_default()
}

fn path_of(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("{segment:012}.rows"))
}

/// Numbers of the segments that are there, rising.
fn segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number: Option<u64> =
            name.to_str().and_then(|name| name.strip_suffix(".rows")).and_then(|name| name.parse().ok());
        segments.extend(number);
    }
    segments.sort_unstable();
    Ok(segments)
}

/// The length of the record at this byte when it is there as a whole.
fn whole_record(file: &mut File, offset: u64) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(offset))?;
    let place = Place { segment: 0, offset };
    Ok(read_record(file, place)?.map(|sent| sent.next.offset - offset))
}

/// The record that begins where the file stands; nothing when it is not whole.
fn read_record(file: &mut File, place: Place) -> io::Result<Option<Sent>> {
    let mut head = [0_u8; HEAD];
    if !filled(file, &mut head)? {
        return Ok(None);
    }
    let [l0, l1, l2, l3, format, rest @ ..] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let (arrived, sum) = rest.split_at(8);
    let arrived_ms = arrived.first_chunk::<8>().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    if length > MOST_BYTES {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    if !filled(file, &mut bytes)? || checksum(&bytes) != sum {
        return Ok(None);
    }
    let format = if format == 0 { RowFormat::Csv } else { RowFormat::Ndjson };
    let next = Place { offset: place.offset + (HEAD + length) as u64, ..place };
    Ok(Some(Sent { bytes: bytes.into(), format, arrived_ms, next }))
}

fn filled(file: &mut File, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_again_and_half_a_record_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        spool.append(RowFormat::Csv, b"a\n1\n", 5).unwrap();
        spool.append(RowFormat::Ndjson, b"{}\n", 6).unwrap();
        let sent = spool.read(Place::default(), 1 << 20).unwrap();
        assert_eq!((sent.len(), sent[0].arrived_ms, sent[1].format), (2, 5, RowFormat::Ndjson));
        let end = sent[1].next;
        drop(spool);
        let path = path_of(folder.path(), 1);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&[9, 0, 0, 0, 0, 1, 2]).unwrap();
        drop(file);
        let spool = Spool::open(folder.path()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), end.offset);
        spool.append(RowFormat::Csv, b"a\n2\n", 7).unwrap();
        let sent = spool.read(end, 1 << 20).unwrap();
        assert_eq!((sent.len(), &sent[0].bytes[..]), (1, &b"a\n2\n"[..]));
    }

    #[test]
    fn segments_are_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let big = vec![b'x'; 30 << 20];
        for i in 0..4 {
            spool.append(RowFormat::Csv, &big, i).unwrap();
        }
        let sent = spool.read(Place::default(), usize::MAX).unwrap();
        assert_eq!(sent.iter().map(|sent| sent.arrived_ms).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(sent[3].next.segment, 2);
        spool.forget(sent[3].next).unwrap();
        assert_eq!(segments(folder.path()).unwrap(), [2]);
    }
}
