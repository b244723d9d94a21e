//! Text in any encoding as UTF-8, piece by piece.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder};

use crate::dialect::Encoding;

const PIECE_BYTES: usize = 64 << 10;

/// Reads another encoding as UTF-8. What is no character becomes U+FFFD; a byte-order mark is dropped.
pub(crate) struct Transcoder<R> {
    stored: R,
    decoder: Decoder,
    raw: Vec<u8>,
    taken: usize,
    text: Vec<u8>,
    given: usize,
    ended: bool,
    finished: bool,
}

impl<R: Read> Transcoder<R> {
    /// Reads `stored`, written in `encoding`.
    pub(crate) fn new(stored: R, encoding: Encoding) -> Self {
        Self {
            stored,
            decoder: encoding.decoder(),
            raw: Vec::new(),
            taken: 0,
            text: Vec::new(),
            given: 0,
            ended: false,
            finished: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() && !self.finished {
            if self.taken == self.raw.len() && !self.ended {
                self.raw.resize(PIECE_BYTES, 0);
                let read = self.stored.read(&mut self.raw)?;
                self.raw.truncate(read);
                self.taken = 0;
                self.ended = read == 0;
            }
            let raw = self.raw.get(self.taken..).unwrap_or_default();
            let room = self.decoder.max_utf8_buffer_length(raw.len()).unwrap_or(4 * PIECE_BYTES);
            self.text.resize(room, 0);
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, self.ended);
            self.text.truncate(written);
            self.taken += read;
            self.finished = self.ended && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.finished {
            self.refill()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(label: &str, bytes: &[u8]) -> String {
        let mut text = String::new();
        Transcoder::new(bytes, Encoding::named(label).unwrap()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn text_comes_out_as_utf8() {
        assert_eq!(read("latin1", b"caf\xE9,1\n"), "caf\u{e9},1\n");
        assert_eq!(read("utf-16le", b"\xFF\xFEa\0,\0\xE9\0"), "a,\u{e9}");
        assert_eq!(read("shift_jis", b"\x93\xFA\x96{"), "\u{65e5}\u{672c}");
        let long: Vec<u8> = "\u{e9}x,\n".repeat(100_000).encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read("utf-16be", &long), "\u{e9}x,\n".repeat(100_000));
    }
}
