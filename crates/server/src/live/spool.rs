//! What was sent to a monitor, on the disk before it is acknowledged.
//!
//! Segments of records: length (u32), format (u8), moment of arrival (i64), the key of the sender (8 bytes, zero
//! without one), the first 8 bytes of the SHA-256 of what follows, then the bytes; little-endian. A record that was
//! cut off by a crash was never acknowledged and is taken away when the spool is opened. Each opening leaves a record
//! without bytes: what lies between it and the record before is no silence of the sender.

use std::collections::{HashSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use driftline_ingest::live::RowFormat;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

const HEAD: usize = 4 + 1 + 8 + 8 + 8;
/// Keys of senders that are remembered.
const MOST_KEYS: usize = 10_000;
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
    /// Nothing where the spool was opened: nobody could send anything before.
    pub(super) rows: Option<(RowFormat, Bytes)>,
    pub(super) arrived_ms: i64,
    pub(super) next: Place,
}

/// What a sender names rows by, so that they are taken in once however often they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SentKey([u8; 8]);

impl SentKey {
    /// Of the text that a sender gives.
    pub(crate) fn of(text: &str) -> Self {
        // Zero stands for no key.
        Self(checksum(text.as_bytes()).map(|byte| byte.max(1)))
    }
}

/// The keys that came last.
#[derive(Debug, Default)]
struct Keys {
    known: HashSet<SentKey>,
    order: VecDeque<SentKey>,
}

impl Keys {
    fn insert(&mut self, key: SentKey) {
        if self.known.insert(key) {
            self.order.push_back(key);
        }
        if self.order.len() > MOST_KEYS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
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
    keys: Keys,
}

impl Spool {
    /// Opens the spool in a folder at this moment, and cuts off what was never acknowledged.
    pub(super) fn open(folder: &Path, now_ms: i64) -> io::Result<Self> {
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
        let mut keys = Keys::default();
        let mut before = 0;
        for other in segments.iter().filter(|other| **other != segment) {
            let mut file = File::open(path_of(folder, *other))?;
            before += file.metadata()?.len();
            remember(&mut file, &mut keys)?;
        }
        remember(&mut file, &mut keys)?;
        let mut writer = Writer { file, place: Place { segment, offset }, before, keys };
        writer.write(OPENED, (&[], now_ms), None)?;
        writer.file.sync_data()?;
        let place = writer.place;
        let writer = Mutex::new(writer);
        let (folder, synced) = (folder.to_path_buf(), Mutex::new(place));
        Ok(Self { shared: Arc::new(Shared { folder, writer, synced, arrived: Notify::new() }) })
    }

    /// Keeps rows, unless rows of this key are there already. Once this returns they are safe on the disk. Blocks.
    pub(super) fn append(
        &self,
        (format, bytes): (RowFormat, &[u8]),
        key: Option<SentKey>,
        arrived_ms: i64,
    ) -> Result<(), SpoolError> {
        let written = {
            let mut writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
            if key.is_none_or(|key| !writer.keys.known.contains(&key)) {
                writer.append(&self.shared.folder, (format, bytes, arrived_ms), key)?;
            }
            writer.place
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

    /// Behind everything that was sent until now.
    pub(super) fn end(&self) -> Place {
        *self.shared.synced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something was sent.
    pub(super) async fn arrived(&self) {
        self.shared.arrived.notified().await;
    }

    /// What was sent from this place on, up to about so many bytes. Blocks.
    pub(super) fn read(&self, mut place: Place, most_bytes: usize) -> io::Result<Vec<Sent>> {
        let end = self.end();
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
                bytes += sent.rows.as_ref().map_or(0, |(_, bytes)| bytes.len());
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
        key: Option<SentKey>,
    ) -> Result<(), SpoolError> {
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
        Ok(self.write(number_of(format), (bytes, arrived_ms), key)?)
    }

    fn write(&mut self, kind: u8, (bytes, at_ms): (&[u8], i64), key: Option<SentKey>) -> io::Result<()> {
        let mut record = Vec::with_capacity(HEAD + bytes.len());
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        record.extend_from_slice(&length.to_le_bytes());
        record.push(kind);
        record.extend_from_slice(&at_ms.to_le_bytes());
        record.extend_from_slice(&key.map_or([0; 8], |key| key.0));
        record.extend_from_slice(&checksum(bytes));
        record.extend_from_slice(bytes);
        if let Err(error) = self.file.write_all(&record) {
            // Half a record must not stand before the next one.
            self.file.set_len(self.place.offset)?;
            self.file.seek(SeekFrom::Start(self.place.offset))?;
            return Err(error);
        }
        self.place.offset += record.len() as u64;
        if let Some(key) = key {
            self.keys.insert(key);
        }
        Ok(())
    }
}

/// The kind of a record that marks an opening; those of rows are the numbers of their formats.
const OPENED: u8 = 2;

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
    let [l0, l1, l2, l3, kind, rest @ ..] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let (arrived, rest) = rest.split_at(8);
    let (_, sum) = rest.split_at(8);
    let arrived_ms = arrived.first_chunk::<8>().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    if length > MOST_BYTES {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    if !filled(file, &mut bytes)? || checksum(&bytes) != sum {
        return Ok(None);
    }
    let rows = match kind {
        OPENED => None,
        0 => Some((RowFormat::Csv, bytes.into())),
        _ => Some((RowFormat::Ndjson, bytes.into())),
    };
    let next = Place { offset: place.offset + (HEAD + length) as u64, ..place };
    Ok(Some(Sent { rows, arrived_ms, next }))
}

/// Takes in the keys of all records of a segment, and leaves the file at its end.
fn remember(file: &mut File, keys: &mut Keys) -> io::Result<()> {
    let mut head = [0_u8; HEAD];
    file.seek(SeekFrom::Start(0))?;
    while filled(file, &mut head)? {
        let [l0, l1, l2, l3, _, rest @ ..] = head;
        if let Some(key) =
            rest.get(8..16).and_then(|key| key.first_chunk::<8>()).filter(|key| **key != [0; 8])
        {
            keys.insert(SentKey(*key));
        }
        file.seek_relative(i64::from(u32::from_le_bytes([l0, l1, l2, l3])))?;
    }
    file.seek(SeekFrom::End(0))?;
    Ok(())
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

    fn shown(sent: &[Sent]) -> Vec<String> {
        let kind =
            |sent: &Sent| sent.rows.as_ref().map_or("opened".to_owned(), |(format, _)| format!("{format:?}"));
        sent.iter().map(|sent| format!("{} {}", kind(sent), sent.arrived_ms)).collect()
    }

    #[test]
    fn what_was_kept_is_read_again_and_half_a_record_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1).unwrap();
        spool.append((RowFormat::Csv, b"a\n1\n"), Some(SentKey::of("1")), 5).unwrap();
        spool.append((RowFormat::Ndjson, b"{}\n"), None, 6).unwrap();
        let sent = spool.read(Place::default(), 1 << 20).unwrap();
        assert_eq!(shown(&sent), ["opened 1", "Csv 5", "Ndjson 6"]);
        let end = sent[2].next;
        drop(spool);
        let path = path_of(folder.path(), 1);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&[9, 0, 0, 0, 0, 1, 2]).unwrap();
        drop(file);
        let spool = Spool::open(folder.path(), 1).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), end.offset + HEAD as u64);
        spool.append((RowFormat::Csv, b"a\n2\n"), None, 7).unwrap();
        let sent = spool.read(end, 1 << 20).unwrap();
        assert_eq!(shown(&sent), ["opened 1", "Csv 7"]);
        assert_eq!(sent[1].next, spool.end());
    }

    #[test]
    fn rows_of_a_key_are_kept_once_even_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let send = |spool: &Spool, key: &str| {
            spool.append((RowFormat::Csv, b"a\n1\n"), Some(SentKey::of(key)), 5).unwrap();
            let sent = spool.read(Place::default(), 1 << 20).unwrap();
            sent.iter().filter(|sent| sent.rows.is_some()).count()
        };
        let spool = Spool::open(folder.path(), 1).unwrap();
        assert_eq!([send(&spool, "x"), send(&spool, "x"), send(&spool, "y")], [1, 1, 2]);
        drop(spool);
        let spool = Spool::open(folder.path(), 1).unwrap();
        assert_eq!([send(&spool, "y"), send(&spool, "x"), send(&spool, "z")], [2, 2, 3]);
    }

    #[test]
    fn segments_are_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1).unwrap();
        let big = vec![b'x'; 30 << 20];
        for i in 0..4 {
            spool.append((RowFormat::Csv, &big), None, i).unwrap();
        }
        let sent = spool.read(Place::default(), usize::MAX).unwrap();
        assert_eq!(sent.iter().map(|sent| sent.arrived_ms).collect::<Vec<_>>(), [1, 0, 1, 2, 3]);
        assert_eq!(sent[4].next.segment, 2);
        spool.forget(sent[4].next).unwrap();
        assert_eq!(segments(folder.path()).unwrap(), [2]);
    }
}
