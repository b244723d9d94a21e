//! The beginning of a text and its end, decoded.

use std::io::Read;
use std::sync::Arc;

use memchr::{memchr2, memrchr2};

use super::layout::records;
use crate::IngestError;
use crate::dialect::Encoding;
use crate::options::ReadOptions;
use crate::reader::MAX_RECORD_BYTES;
use crate::repair::Grammar;
use crate::stored::{Compression, Stored};
use crate::text::{FoundEncoding, find_encoding};

/// Bytes looked at from the start; more when no line is complete within them.
const HEAD_BYTES: usize = 1 << 20;
/// Bytes looked at from the end.
const TAIL_BYTES: u64 = 32 << 10;
/// Lines at the end that are looked at.
const TAIL_LINES: usize = 40;

/// What is looked at of a text.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) name: String,
    pub(crate) encoding: FoundEncoding,
    /// The beginning in UTF-8, without a byte-order mark.
    pub(crate) bytes: Vec<u8>,
    /// Whether that is all there is.
    pub(crate) is_all: bool,
    /// The last bytes, from the start of a line on.
    tail: Vec<u8>,
}

impl Look {
    /// Looks at a text. What it is encoded in is noted in `stored`, which gives UTF-8 from then on.
    pub(crate) fn at(stored: &mut Stored, options: &ReadOptions) -> Result<Self, IngestError> {
        stored.encoding = Encoding::UTF_8;
        let (raw, is_all) = read_some(stored)?;
        if raw.iter().all(u8::is_ascii_whitespace) {
            return Err(IngestError::Empty { name: stored.name.clone() });
        }
        let encoding = find_encoding(&raw, options.encoding);
        if !encoding.encoding.is_utf16() {
            refuse_binary(&stored.name, &raw)?;
        }
        stored.encoding = encoding.encoding;
        let (mut bytes, is_all) =
            if encoding.encoding.is_utf8() { (raw, is_all) } else { read_some(stored)? };
        bytes.drain(..encoding.mark_bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(IngestError::Empty { name: stored.name.clone() });
        }
        let tail = if is_all { Vec::new() } else { tail(stored) };
        Ok(Self { name: stored.name.clone(), encoding, bytes, is_all, tail })
    }

    /// Whether the last lines are no rows of so many cells.
    pub(crate) fn tail_is_odd(&self, grammar: Grammar, cells: usize) -> bool {
        let lines = records(&self.tail, grammar, true);
        let regular = lines.iter().filter(|record| record.cells == cells && !record.is_irregular).count();
        // Where hardly anything reads, the piece starts within a quoted cell and tells nothing.
        let is_told = 2 * regular > lines.len() || lines.len() < 3;
        is_told && lines.iter().rev().take(TAIL_LINES).any(|record| record.cells != cells)
    }
}

/// At least one line, where there is one; and whether that is all there is.
fn read_some(stored: &Stored) -> Result<(Vec<u8>, bool), IngestError> {
    let read = |cause| IngestError::Read { name: stored.name.clone(), cause };
    let mut text = stored.text(Arc::default()).map_err(read)?;
    let mut bytes = Vec::new();
    let mut wanted = HEAD_BYTES;
    loop {
        let missing = wanted - bytes.len();
        match text.by_ref().take(missing as u64).read_to_end(&mut bytes) {
            Ok(got) if got < missing => return Ok((bytes, true)),
            Ok(_) => {}
            // A damaged file is read as far as it goes; the damage is told at its place.
            Err(_) if !bytes.is_empty() => {
                let whole = memrchr2(b'\n', b'\r', &bytes).map_or(bytes.len(), |at| at + 1);
                bytes.truncate(whole);
                return Ok((bytes, true));
            }
            Err(cause) => return Err(stored.broken(cause, (0, 0))),
        }
        if memchr2(b'\n', b'\r', &bytes).is_some() || wanted >= MAX_RECORD_BYTES {
            return Ok((bytes, false));
        }
        wanted *= 4;
    }
}

/// Whole lines at the end of a plain file.
fn tail(stored: &Stored) -> Vec<u8> {
    if stored.compression != Compression::None || !stored.encoding.is_utf8() || !stored.is_file() {
        return Vec::new();
    }
    let mut bytes = Vec::new();
    let from = stored.len().saturating_sub(TAIL_BYTES);
    if stored.at(from).take(TAIL_BYTES).read_to_end(&mut bytes).is_err() {
        return Vec::new();
    }
    match memchr2(b'\n', b'\r', &bytes) {
        Some(at) => bytes.split_off(at + 1),
        None => Vec::new(),
    }
}

fn refuse_binary(name: &str, bytes: &[u8]) -> Result<(), IngestError> {
    let sample = bytes.get(..bytes.len().min(8 << 10)).unwrap_or_default();
    let control =
        |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B | 0x01 | 0x1F);
    let controls = sample.iter().filter(control).count();
    let invalid = match std::str::from_utf8(sample) {
        Ok(_) => false,
        // A character cut at the end of the sample is no fault.
        Err(error) => error.error_len().is_some(),
    };
    let limit = if invalid { sample.len() / 100 } else { sample.len() * 3 / 10 };
    if controls > limit {
        return Err(IngestError::Binary { name: name.to_owned() });
    }
    Ok(())
}
