//! The next part of a file that may still grow.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Bytes;
use driftline_ingest::live::RowFormat;
use rapidhash::v3::rapidhash_v3;
use serde::{Deserialize, Serialize};

use crate::FeedError;
use crate::reach::unreadable;
use crate::records::{Ends, last_line_end};

/// Most bytes of a piece, and of a record.
pub(crate) const MAX_PIECE_BYTES: usize = 1 << 20;
/// Most bytes of a header: it comes again with every piece, so a part of a piece must be left for rows.
const MAX_HEADER_BYTES: usize = 256 << 10;
/// Bytes at the beginning of a file by which it is known again.
const START_BYTES: u64 = 1024;
/// How gzip, zstd and bzip2 begin.
const COMPRESSED: [&[u8]; 3] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], b"BZh"];

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Bytes that are done.
    pub(crate) offset: u64,
    /// The header of a CSV, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<String>,
    /// Hash of what is done of the first [`START_BYTES`]: another file under the same name is told by it.
    #[serde(default)]
    pub(crate) start: u64,
    /// Whether the record that is read is too long and passed over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_skipping: bool,
}

impl Place {
    /// Behind bytes that are done; the header is read again.
    pub(crate) fn behind(offset: u64, start: u64) -> Self {
        Self { offset, start, ..Self::default() }
    }
}

/// Whether more may come behind the end of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Growth {
    /// A last line without its end waits for it.
    Open,
    /// A last line without its end is whole.
    Done,
}

/// What the next part of a file is.
#[derive(Debug)]
pub(crate) enum Part {
    /// Rows, and where they end.
    Rows(Bytes, Place),
    /// Nothing that is a row, and where it ends.
    Blank(Place),
    /// A record that is too long, and where to go on.
    Dropped(Place),
    /// Nothing is there that is whole.
    Nothing,
    /// The file is not what it was: it was cut, or is another.
    Other,
}

/// Reads on behind a place.
pub(crate) fn read_part(
    (file, path): (&File, &Path),
    place: &Place,
    format: RowFormat,
    growth: Growth,
) -> Result<Part, FeedError> {
    let failed = |error| unreadable(path, error);
    let size = file.metadata().map_err(failed)?.len();
    if size < place.offset || start_of(file, place.offset).map_err(failed)? != place.start {
        return Ok(Part::Other);
    }
    let bytes = read_at(file, place.offset, MAX_PIECE_BYTES).map_err(failed)?;
    if place.offset == 0 && COMPRESSED.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(FeedError::Compressed { path: path.to_owned() });
    }
    let at_end = place.offset + bytes.len() as u64 >= size;
    let taken = match (at_end, growth) {
        (true, Growth::Done) => Taken { bytes: &bytes, is_all: true },
        _ => Taken { bytes: &bytes, is_all: false },
    };
    let mut place = place.clone();
    if format == RowFormat::Csv && place.offset > 0 && place.header.is_none() {
        let beginning = read_at(file, 0, MAX_HEADER_BYTES).map_err(failed)?;
        let length = header_of(&beginning).unwrap_or(beginning.len());
        place.header = Some(header_text(beginning.get(..length).unwrap_or_default()));
    }
    let mut part = take(taken, place, format).map_err(|what| FeedError::TooLarge {
        what,
        place: path.display().to_string(),
        max_bytes: MAX_HEADER_BYTES,
    })?;
    if let Part::Rows(_, next) | Part::Blank(next) | Part::Dropped(next) = &mut part {
        next.start = start_of(file, next.offset).map_err(failed)?;
    }
    Ok(part)
}

/// What was read of a file.
#[derive(Clone, Copy)]
struct Taken<'a> {
    bytes: &'a [u8],
    /// Whether nothing will come behind it.
    is_all: bool,
}

fn take(taken: Taken<'_>, mut place: Place, format: RowFormat) -> Result<Part, &'static str> {
    let mut bytes = taken.bytes;
    let is_full = bytes.len() >= MAX_PIECE_BYTES;
    if place.is_skipping {
        let skipped = memchr::memchr(b'\n', bytes).map(|at| at + 1);
        place.is_skipping = skipped.is_none();
        return Ok(advanced(place, skipped.unwrap_or(bytes.len())));
    }
    if format == RowFormat::Csv && place.header.is_none() {
        let Some(header) = header_of(bytes) else {
            return match (bytes.len() > MAX_HEADER_BYTES, taken.is_all) {
                (true, _) => Err("the header"),
                (false, true) => Ok(advanced(place, bytes.len())),
                (false, false) => Ok(Part::Nothing),
            };
        };
        let line = bytes.get(..header).unwrap_or_default();
        bytes = bytes.get(header..).unwrap_or_default();
        if line.len() > MAX_HEADER_BYTES {
            return Err("the header");
        }
        place.header = Some(header_text(line));
        place.offset += header as u64;
    }
    let header = place.header.clone().unwrap_or_default();
    let room = MAX_PIECE_BYTES - header.len().min(MAX_HEADER_BYTES);
    let ends = Ends::of(format, header.as_bytes());
    let body = bytes.get(..room.min(bytes.len())).unwrap_or_default();
    // A quote that nobody closes must not hold the feed: then every line is a record.
    let whole = match ends.whole(body) {
        0 if is_full || body.len() == room => last_line_end(body),
        whole => whole,
    };
    let is_rest = taken.is_all && body.len() == bytes.len();
    match whole {
        _ if body.is_empty() => Ok(Part::Nothing),
        0 if is_rest => Ok(rows(&header, body, place)),
        0 if body.len() == room || is_full => {
            place.is_skipping = true;
            place.offset += body.len() as u64;
            Ok(Part::Dropped(place))
        }
        0 => Ok(Part::Nothing),
        whole => Ok(rows(&header, body.get(..whole).unwrap_or_default(), place)),
    }
}

/// The length of the header, with empty lines in front of it.
fn header_of(bytes: &[u8]) -> Option<usize> {
    let mut blank = 0;
    loop {
        let rest = bytes.get(blank..).unwrap_or_default();
        let line = memchr::memchr(b'\n', rest)? + 1;
        let is_blank = rest.get(..line).is_some_and(|line| line.trim_ascii().is_empty());
        if !is_blank {
            return Ends::of(RowFormat::Csv, rest.get(..line)?).first(rest).map(|length| blank + length);
        }
        blank += line;
    }
}

fn header_text(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    format!("{}\n", line.trim_start_matches(['\u{feff}', '\n', '\r']).trim_end_matches(['\n', '\r']))
}

fn advanced(mut place: Place, length: usize) -> Part {
    place.offset += length as u64;
    match length {
        0 => Part::Nothing,
        _ => Part::Blank(place),
    }
}

/// Rows as a piece; the last may lack its end.
fn rows(header: &str, body: &[u8], mut place: Place) -> Part {
    place.offset += body.len() as u64;
    if body.trim_ascii().is_empty() {
        return Part::Blank(place);
    }
    let mut bytes = Vec::with_capacity(header.len() + body.len() + 1);
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(body);
    if !body.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    Part::Rows(bytes.into(), place)
}

/// Hash of what is done of the beginning of a file.
fn start_of(file: &File, done: u64) -> std::io::Result<u64> {
    let start = read_at(file, 0, done.min(START_BYTES) as usize)?;
    Ok(if start.is_empty() { 0 } else { rapidhash_v3(&start) })
}

fn read_at(file: &File, offset: u64, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
