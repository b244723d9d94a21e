//! The state machine of quoting, 64 bytes at a time.
//!
//! A quote opens a quoted cell only at the start of a cell. Inside, two quotes are one and a quote before anything
//! else closes; what follows up to the delimiter is text as it stands, quotes included.
//!
//! Where quotes stand only where RFC 4180 allows them, "inside quotes" is the parity of the quotes before, which
//! is a few shifts for a whole block. Whether they do is a few shifts more. A block with a quote elsewhere is
//! walked byte by byte, so the result is that of the state machine for every input.

use super::masks::{Masks, Structure};

/// What is known at a block's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quoting {
    /// All ones inside a quoted cell, else zero.
    inside: u64,
    /// One when the next byte starts a cell.
    start: u64,
    /// One when the byte before closed a quoted cell, unless the next one is a quote too.
    closed: u64,
}

/// The state machine, one byte at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The next byte is the first of a cell.
    Start,
    /// In a cell outside quotes.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// Behind a quote in a quoted cell.
    Closed,
}

impl State {
    /// The state behind `byte`, and whether `byte` ends a cell.
    #[inline]
    pub(crate) fn step(self, byte: u8, structure: Structure) -> (Self, bool) {
        let ends = byte == structure.delimiter || byte == structure.terminator;
        match self {
            Self::Quoted if byte == structure.quote => (Self::Closed, false),
            Self::Quoted => (Self::Quoted, false),
            _ if ends => (Self::Start, true),
            Self::Start | Self::Closed if byte == structure.quote => (Self::Quoted, false),
            _ => (Self::Plain, false),
        }
    }
}

impl Quoting {
    /// Outside quotes, behind `byte`.
    pub(crate) fn behind(byte: u8, structure: Structure) -> Self {
        let start = byte == structure.delimiter || byte == structure.terminator;
        Self { inside: 0, start: u64::from(start), closed: 0 }
    }

    /// Whether the next byte is in a quoted cell.
    pub(crate) fn is_inside(self) -> bool {
        self.inside != 0
    }

    /// At the start of a record.
    pub(crate) const RECORD: Self = Self { inside: 0, start: 1, closed: 0 };

    /// The delimiters and terminators of the block that end cells.
    #[inline(always)]
    pub(crate) fn ends(&mut self, masks: Masks, block: &[u8; 64], structure: Structure) -> u64 {
        let Masks { delimiter, quote, terminator } = masks;
        if quote == 0 {
            let ends = (delimiter | terminator) & !self.inside;
            self.start = ends >> 63;
            self.closed = 0;
            return ends;
        }
        let inside = prefix_xor(quote) ^ self.inside;
        let ends = (delimiter | terminator) & !inside;
        let opening = quote & inside;
        let closing = quote & !inside;
        let starts = (ends << 1) | self.start;
        let after_closing = (closing << 1) | self.closed;
        if opening & !(starts | after_closing) != 0 {
            return self.ends_by_byte(block, structure);
        }
        self.inside = ((inside as i64) >> 63) as u64;
        self.start = ends >> 63;
        self.closed = closing >> 63;
        ends
    }

    #[cold]
    fn ends_by_byte(&mut self, block: &[u8; 64], structure: Structure) -> u64 {
        let mut state = self.state();
        let mut ends = 0_u64;
        for (at, byte) in block.iter().enumerate() {
            let (next, end) = state.step(*byte, structure);
            ends |= u64::from(end) << at;
            state = next;
        }
        *self = Self {
            inside: if state == State::Quoted { u64::MAX } else { 0 },
            start: u64::from(state == State::Start),
            closed: u64::from(state == State::Closed),
        };
        ends
    }

    /// What the masks stand for.
    fn state(self) -> State {
        match (self.inside != 0, self.closed != 0, self.start != 0) {
            (true, ..) => State::Quoted,
            (_, true, _) => State::Closed,
            (_, _, true) => State::Start,
            _ => State::Plain,
        }
    }
}

/// Bit `i` of the result is the parity of bits `0..=i`.
#[inline(always)]
fn prefix_xor(bits: u64) -> u64 {
    let bits = bits ^ (bits << 1);
    let bits = bits ^ (bits << 2);
    let bits = bits ^ (bits << 4);
    let bits = bits ^ (bits << 8);
    let bits = bits ^ (bits << 16);
    bits ^ (bits << 32)
}
