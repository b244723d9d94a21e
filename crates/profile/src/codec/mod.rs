//! The bytes of a profile: `DLPF`, version (u16), two zero bytes, length of the payload before compression
//! (u64), checksum of the compressed payload (u64), then the payload, compressed with zstd. All numbers are
//! little-endian; everything without an order of its own is sorted.

mod decode;
mod encode;
mod reader;
mod writer;

pub(crate) use decode::decode;
pub(crate) use encode::encode;

const MAGIC: [u8; 4] = *b"DLPF";
const VERSION: u16 = 1;
/// Bytes before the compressed payload.
const HEADER_BYTES: usize = 24;
/// Longest payload that is read: several times the largest profile there can be in reason.
const MAX_PAYLOAD_BYTES: u64 = 1 << 30;

/// Marks of what is kept of a column's values.
mod tag {
    pub(super) const NUMBERS_COUNTED: u8 = 0;
    pub(super) const NUMBERS_SUMMED: u8 = 1;
    pub(super) const BOOLEANS: u8 = 2;
    pub(super) const TEXTS_COUNTED: u8 = 3;
    pub(super) const TEXTS_SUMMED: u8 = 4;
}
