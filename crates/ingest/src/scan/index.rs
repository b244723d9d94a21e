//! The structural index: the position of every delimiter and terminator outside quotes.

use super::blocks::Quoting;
#[cfg(not(target_arch = "x86_64"))]
use super::masks::Portable;
#[cfg(target_arch = "x86_64")]
use super::masks::x86;
use super::masks::{Compare, PADDING, Structure};

/// Bytes indexed at a time: the text, its index and what is built from it stay in the second-level cache.
const STRETCH_BYTES: usize = 96 << 10;

/// Rows that a stretch holds at least, so that tables of thousands of columns do not pay for each column at
/// each row.
const STRETCH_ROWS: usize = 64;

/// Positions of the structure of a stretch of complete records.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The first element is the position before the first record (wrapping below zero at the start); then the
    /// position of every byte that ends a cell.
    pub(crate) marks: Vec<u32>,
    /// For every record the element of `marks` that is its terminator.
    pub(crate) records: Vec<u32>,
}

/// Walks over a buffer stretch by stretch.
#[derive(Debug)]
pub(crate) struct Indexer<'a> {
    text: &'a [u8],
    blocks: usize,
    next_block: usize,
    quoting: Quoting,
    structure: Structure,
}

impl<'a> Indexer<'a> {
    /// For the first `len` bytes of `buffer`: complete records, followed by [`PADDING`] zero bytes.
    pub(crate) fn new(buffer: &'a [u8], len: usize, structure: Structure) -> Self {
        debug_assert!(buffer.len() >= len + PADDING, "a buffer ends with padding");
        debug_assert!(buffer.len() <= u32::MAX as usize, "positions fit 32 bits");
        Self { text: buffer, blocks: len.div_ceil(64), next_block: 0, quoting: Quoting::RECORD, structure }
    }

    /// Fills `index` with the next records; false when there are no more.
    pub(crate) fn next(&mut self, index: &mut Index) -> bool {
        self.carry_over(index);
        loop {
            if self.next_block >= self.blocks {
                return !index.records.is_empty();
            }
            let stop = self.blocks.min(self.next_block + STRETCH_BYTES / 64);
            self.extend(index, stop);
            if index.records.len() >= STRETCH_ROWS {
                return true;
            }
        }
    }

    /// Keeps the marks of the record that the last stretch did not finish.
    fn carry_over(&self, index: &mut Index) {
        if self.next_block == 0 {
            index.marks.clear();
            index.marks.push(u32::MAX);
        } else if let Some(last) = index.records.last() {
            index.marks.drain(..*last as usize);
        }
        index.records.clear();
    }

    fn extend(&mut self, index: &mut Index, stop: usize) {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(avx2) = x86::Avx2::detect() {
                // SAFETY: AVX2 was detected.
                unsafe { self.extend_avx2(avx2, index, stop) };
            } else {
                self.extend_by(x86::Sse2, index, stop);
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        self.extend_by(Portable, index, stop);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,popcnt,bmi1")]
    fn extend_avx2(&mut self, avx2: x86::Avx2, index: &mut Index, stop: usize) {
        self.extend_by(avx2, index, stop);
    }

    #[inline(always)]
    fn extend_by(&mut self, compare: impl Compare, index: &mut Index, stop: usize) {
        let (blocks, _) = self.text.as_chunks::<64>();
        let blocks = blocks.get(self.next_block..stop).unwrap_or_default();
        let mut quoting = self.quoting;
        let mut base = (self.next_block * 64) as u32;
        for block in blocks {
            let masks = compare.masks(block, self.structure);
            let ends = quoting.ends(masks, block, self.structure);
            let before = index.marks.len() as u32;
            let mut terminators = ends & masks.terminator;
            while terminators != 0 {
                let below = (terminators & terminators.wrapping_neg()) - 1;
                index.records.push(before + (ends & below).count_ones());
                terminators &= terminators - 1;
            }
            push_positions(&mut index.marks, ends, base);
            base += 64;
        }
        self.quoting = quoting;
        self.next_block = stop;
    }
}

/// Appends `base` + the position of every set bit.
#[inline(always)]
fn push_positions(marks: &mut Vec<u32>, mut bits: u64, base: u32) {
    let count = bits.count_ones() as usize;
    marks.reserve(64);
    let len = marks.len();
    // SAFETY: there is room for 64 more elements, at most 64 are written (8 at a time, the last of them possibly
    // behind the bits that are set), and exactly the `count` ones that were written for set bits are kept.
    unsafe {
        let out = marks.as_mut_ptr().add(len);
        let mut written = 0;
        loop {
            for slot in 0..8 {
                out.add(written + slot).write(base.wrapping_add(bits.trailing_zeros()));
                bits &= bits.wrapping_sub(1);
            }
            written += 8;
            if written >= count {
                break;
            }
        }
        marks.set_len(len + count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_bits() {
        for bits in [0, 1, u64::MAX, 0x8000_0000_0000_0001, 0x0F0F_0F0F_0F0F_0F0F] {
            let mut marks = vec![7];
            push_positions(&mut marks, bits, 100);
            let wanted: Vec<u32> = (0..64).filter(|at| bits >> at & 1 == 1).map(|at| 100 + at).collect();
            assert_eq!(marks[1..], wanted);
        }
    }
}
