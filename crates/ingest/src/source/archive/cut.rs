//! What there is of a zip archive whose end is missing.

use std::io::Read;

use super::is_noise;
use crate::stored::{Compression, Stored};

/// Begins every member (APPNOTE.TXT 6.3.10, section 4.3.7).
const HEADER_MARK: &[u8] = b"PK\x03\x04";
/// Length of what comes before the name.
const HEADER_BYTES: u64 = 30;
/// Flags: encrypted, and lengths that stand behind the member (section 4.4.4).
const ENCRYPTED: u16 = 1;
const LENGTHS_BEHIND: u16 = 8;
/// Says that the length is in the extra field of this number (section 4.5.3).
const IN_EXTRA: u64 = 0xFFFF_FFFF;
const ZIP64_EXTRA: u16 = 1;
/// How members are packed (section 4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// What the header of a member says.
struct Header {
    name: String,
    flags: u16,
    method: u16,
    checksum: u32,
    packed_bytes: u64,
    /// Where its bytes begin.
    start: u64,
}

/// The members as their own headers have them, one behind the other, as far as they can be followed.
pub(super) fn members_in_order(stored: &Stored, len: u64) -> Vec<Stored> {
    let (mut members, mut at) = (Vec::new(), 0);
    while members.len() <= stored.limits().members {
        let Some(header) = header(stored, at) else { break };
        let Header { name, flags, method, checksum, packed_bytes, start } = header;
        let left = len.saturating_sub(start);
        let is_open = flags & LENGTHS_BEHIND != 0;
        let compression = match method {
            DEFLATED => Compression::Deflate((!is_open).then_some(checksum)),
            STORED if !is_open => Compression::None,
            _ => break,
        };
        if flags & ENCRYPTED != 0 {
            break;
        }
        let bytes = if is_open { left } else { packed_bytes.min(left) };
        if !name.ends_with('/') && !is_noise(&name) {
            members.push(stored.part(format!("{}/{name}", stored.name), (start, bytes), compression));
        }
        // Where the next begins is not known behind one without a length.
        if is_open || packed_bytes > left {
            break;
        }
        at = start + packed_bytes;
    }
    members
}

/// The header that begins at a place.
fn header(stored: &Stored, at: u64) -> Option<Header> {
    let bytes = bytes_at(stored, at, HEADER_BYTES)?;
    if !bytes.starts_with(HEADER_MARK) {
        return None;
    }
    let (name_bytes, extra_bytes) = (number(&bytes, 26, 2)?, number(&bytes, 28, 2)?);
    let name = bytes_at(stored, at + HEADER_BYTES, name_bytes)?;
    let extra = bytes_at(stored, at + HEADER_BYTES + name_bytes, extra_bytes)?;
    let packed_bytes = match number(&bytes, 18, 4)? {
        IN_EXTRA => long_length(&extra)?,
        length => length,
    };
    Some(Header {
        name: String::from_utf8_lossy(&name).into_owned(),
        flags: u16::try_from(number(&bytes, 6, 2)?).ok()?,
        method: u16::try_from(number(&bytes, 8, 2)?).ok()?,
        checksum: u32::try_from(number(&bytes, 14, 4)?).ok()?,
        packed_bytes,
        start: at + HEADER_BYTES + name_bytes + extra_bytes,
    })
}

fn bytes_at(stored: &Stored, at: u64, wanted: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    stored.at(at).take(wanted).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 == wanted).then_some(bytes)
}

/// The number in `len` bytes from `at` on, the lowest first.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let digits = bytes.get(at..at + len)?;
    Some(digits.iter().rev().fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

/// The packed length where it does not fit its place: the second number of its extra field.
fn long_length(mut extra: &[u8]) -> Option<u64> {
    loop {
        let (id, len) = (number(extra, 0, 2)?, usize::try_from(number(extra, 2, 2)?).ok()?);
        if id == u64::from(ZIP64_EXTRA) {
            return number(extra, 12, 8);
        }
        extra = extra.get(4 + len..)?;
    }
}
