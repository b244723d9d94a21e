//! A text that is read forwards, with as much of it in memory as is looked at.

use std::io::{self, Read};

use memchr::memrchr2;

/// Bytes read at a time.
const PIECE_BYTES: u64 = 1 << 20;

/// The unread rest of a text.
pub(super) struct Lines {
    text: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Place in the buffer up to which all was used.
    at: usize,
    /// Byte of the text at the start of the buffer.
    offset: u64,
    pub(super) ended: bool,
    pub(super) failure: Option<io::Error>,
}

impl Lines {
    /// Reads `text`, whose first byte is number `offset`.
    pub(super) fn new(text: Box<dyn Read + Send>, offset: u64) -> Self {
        Self { text, buffer: Vec::new(), at: 0, offset, ended: false, failure: None }
    }

    /// What is in memory of the rest.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Byte of the text at which the rest starts.
    pub(super) fn offset(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// Goes on by so many bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
    }

    /// Makes sure that `wanted` bytes of the rest are in memory, or all.
    pub(super) fn have(&mut self, wanted: usize) {
        if self.ended || self.rest().len() >= wanted {
            return;
        }
        self.buffer.drain(..self.at);
        self.offset += self.at as u64;
        self.at = 0;
        let missing = (wanted - self.buffer.len()) as u64;
        let piece = missing.max(PIECE_BYTES);
        match self.text.by_ref().take(piece).read_to_end(&mut self.buffer) {
            Ok(read) => self.ended = (read as u64) < piece,
            Err(cause) => {
                self.ended = true;
                self.failure = Some(cause);
                // A line that was cut off is no line.
                let whole = memrchr2(b'\n', b'\r', &self.buffer).map_or(0, |at| at + 1);
                self.buffer.truncate(whole);
            }
        }
    }
}
