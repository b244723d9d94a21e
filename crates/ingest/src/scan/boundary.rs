//! Where the last complete record of a buffer ends: the serial part of reading, so it must cost next to nothing.

use memchr::{memchr, memrchr};

use super::blocks::Quoting;
#[cfg(not(target_arch = "x86_64"))]
use super::masks::Portable;
#[cfg(target_arch = "x86_64")]
use super::masks::x86;
use super::masks::{Compare, PADDING, Structure};

/// What a buffer that starts at a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// Length of the complete records, terminators included; zero when none is complete.
    pub(crate) end: usize,
    /// Whether the buffer ends inside a quoted cell.
    pub(crate) open_quote: bool,
}

/// Finds the end of the last complete record among the first `len` bytes of `buffer`, which starts at a record
/// and holds [`PADDING`] zero bytes behind `len`.
///
/// Without a quote it is the last terminator. From the first quote on every block of 64 bytes is looked at once,
/// at several gigabytes a second.
pub(crate) fn boundary(buffer: &[u8], len: usize, structure: Structure) -> Boundary {
    debug_assert!(buffer.len() >= len + PADDING, "a buffer ends with padding");
    let text = buffer.get(..len).unwrap_or_default();
    let Some(first_quote) = memchr(structure.quote, text) else {
        let end = memrchr(structure.terminator, text).map_or(0, |at| at + 1);
        return Boundary { end, open_quote: false };
    };
    let from = first_quote & !63;
    let (before, rest) = text.split_at(from);
    let quoting = before.last().map_or(Quoting::RECORD, |byte| Quoting::behind(*byte, structure));
    // The last block reaches into the padding, whose zeros are no structure.
    let blocks = buffer.get(from..from + rest.len().next_multiple_of(64)).unwrap_or_default();
    let (last, open_quote) = last_terminator(blocks, quoting, structure);
    let end = match last {
        Some(at) => from + at + 1,
        None => memrchr(structure.terminator, before).map_or(0, |at| at + 1),
    };
    Boundary { end, open_quote }
}

fn last_terminator(blocks: &[u8], quoting: Quoting, structure: Structure) -> (Option<usize>, bool) {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(avx2) = x86::Avx2::detect() {
            // SAFETY: AVX2 was detected.
            return unsafe { last_terminator_avx2(avx2, blocks, quoting, structure) };
        }
        last_terminator_by(x86::Sse2, blocks, quoting, structure)
    }
    #[cfg(not(target_arch = "x86_64"))]
    last_terminator_by(Portable, blocks, quoting, structure)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt,bmi1")]
fn last_terminator_avx2(
    avx2: x86::Avx2,
    blocks: &[u8],
    quoting: Quoting,
    structure: Structure,
) -> (Option<usize>, bool) {
    last_terminator_by(avx2, blocks, quoting, structure)
}

#[inline(always)]
fn last_terminator_by(
    compare: impl Compare,
    blocks: &[u8],
    mut quoting: Quoting,
    structure: Structure,
) -> (Option<usize>, bool) {
    let mut last = None;
    let (blocks, _) = blocks.as_chunks::<64>();
    for (number, block) in blocks.iter().enumerate() {
        let masks = compare.masks(block, structure);
        let ends = quoting.ends(masks, block, structure) & masks.terminator;
        if ends != 0 {
            last = Some(number * 64 + 63 - ends.leading_zeros() as usize);
        }
    }
    (last, quoting.is_inside())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRUCTURE: Structure = Structure { delimiter: b',', quote: b'"', terminator: b'\n' };

    fn found(text: &str) -> (usize, bool) {
        let mut buffer = text.as_bytes().to_vec();
        buffer.resize(text.len() + PADDING, 0);
        let found = boundary(&buffer, text.len(), STRUCTURE);
        (found.end, found.open_quote)
    }

    #[test]
    fn a_newline_in_quotes_is_no_boundary() {
        assert_eq!(found(""), (0, false));
        assert_eq!(found("a,b"), (0, false));
        assert_eq!(found("a,b\nc"), (4, false));
        assert_eq!(found("a,\"b\nc"), (0, true));
        assert_eq!(found("1\na,\"b\nc"), (2, true));
        assert_eq!(found("1\na,\"b\nc\"\nd"), (10, false));
        assert_eq!(found("1\na,\"b\"\"\nc\"\nd"), (12, false));
    }

    #[test]
    fn a_quote_within_a_cell_opens_nothing() {
        assert_eq!(found("5\" pipe,x\ny"), (10, false));
        assert_eq!(found("\"a\"b\"c\nd"), (7, false));
    }

    #[test]
    fn the_first_quote_may_stand_far_behind() {
        let head = "abc,def\n".repeat(40);
        let (end, open) = found(&format!("{head}x,\"y\nz"));
        assert_eq!((end, open), (head.len(), true));
        let (end, open) = found(&format!("{head}x,y\"\nz"));
        assert_eq!((end, open), (head.len() + 5, false));
    }
}
