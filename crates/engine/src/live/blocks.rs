//! The recent past in blocks of growing length.

use std::collections::VecDeque;

use driftline_profile::TableProfile;
use serde::{Deserialize, Serialize};

use super::kept;

/// Blocks that are merged into one of the next level.
const MERGED: usize = 4;
/// Blocks that a level holds before its oldest are merged.
const HELD: usize = 5;
/// Levels: the oldest blocks are of 4^4 = 256 windows, and what is older is let go.
const LEVELS: usize = 5;

/// Windows that were merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Block {
    #[serde(with = "kept")]
    pub(super) profile: TableProfile,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) panes: u64,
}

impl Block {
    fn absorb(&mut self, other: &Self) {
        // Blocks are of one table and one set of options, which is all that merging asks for.
        if self.profile.merge_copy(&other.profile).is_ok() {
            self.start_ms = self.start_ms.min(other.start_ms);
            self.end_ms = self.end_ms.max(other.end_ms);
            self.panes += other.panes;
        }
    }
}

/// The last windows, the nearer the finer: 2 to 5 single ones, then 2 to 5 of four, of sixteen and so on. After the
/// exponential histograms of Datar, Gionis, Indyk and Motwani (2002, doi:10.1137/S0097539701398363).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Blocks {
    levels: Vec<VecDeque<Block>>,
    seen: u64,
}

/// The rows of a span of time, seen together.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) block: Block,
    /// End and rows of its parts, oldest first.
    pub(super) parts: Vec<(i64, i64, u64)>,
}

impl Blocks {
    /// Looks that there can be.
    pub(super) const LOOKS: usize = LEVELS + 1;

    /// Takes in a window with rows.
    pub(super) fn push(&mut self, block: Block) {
        self.seen += 1;
        let mut carried = Some(block);
        for level in 0..LEVELS {
            let Some(block) = carried.take() else { return };
            if self.levels.len() <= level {
                self.levels.push(VecDeque::new());
            }
            let Some(blocks) = self.levels.get_mut(level) else { return };
            blocks.push_back(block);
            if blocks.len() <= HELD {
                return;
            }
            let mut oldest = blocks.drain(..MERGED);
            carried = oldest.next();
            if let Some(merged) = &mut carried {
                oldest.for_each(|block| merged.absorb(&block));
            }
        }
    }

    /// Which looks are due after the last window: look `k` takes all blocks of the first `k` levels together, look 0
    /// the last window alone. Each is taken about four times while its span passes.
    pub(super) fn due(&self) -> impl Iterator<Item = usize> {
        let seen = self.seen;
        (0..self.levels.len() + 1).filter(move |&look| match look {
            0 => true,
            1 => seen.is_multiple_of(2),
            _ => seen.is_multiple_of(1 << (2 * (look - 1))),
        })
    }

    /// The rows of a look; nothing where it would be those of the look before.
    pub(super) fn span(&self, look: usize) -> Option<Span> {
        if look == 0 {
            let newest = self.levels.first()?.back()?;
            let part = (newest.start_ms, newest.end_ms, newest.profile.rows());
            return Some(Span { block: newest.clone(), parts: vec![part] });
        }
        let deepest = self.levels.get(look - 1)?;
        if deepest.is_empty() {
            return None;
        }
        Self::together(self.levels.iter().take(look).rev().flatten())
    }

    /// The rows of all that is older than a look.
    pub(super) fn before(&self, look: usize) -> Option<Span> {
        Self::together(self.levels.iter().skip(look.max(1)).rev().flatten())
    }

    /// The rows of about as many windows just before a look.
    pub(super) fn just_before(&self, look: usize) -> Option<Span> {
        Self::together(self.levels.get(look)?.iter())
    }

    /// Blocks from oldest to newest as one.
    fn together<'a>(blocks: impl Iterator<Item = &'a Block>) -> Option<Span> {
        let mut all: Option<Span> = None;
        for block in blocks {
            let part = (block.start_ms, block.end_ms, block.profile.rows());
            match &mut all {
                None => all = Some(Span { block: block.clone(), parts: vec![part] }),
                Some(span) => {
                    span.block.absorb(block);
                    span.parts.push(part);
                }
            }
        }
        all
    }

    /// Windows that a look takes together at most.
    pub(super) fn panes_of(look: usize) -> u64 {
        if look == 0 { 1 } else { (0..look).map(|level| (HELD as u64) << (2 * level)).sum() }
    }
}

impl Span {
    /// The moment at which a share of its rows had come.
    pub(super) fn moment_of(&self, share: f64) -> i64 {
        let total: u64 = self.parts.iter().map(|(_, _, rows)| rows).sum();
        let mut missing = share.clamp(0.0, 1.0) * total as f64;
        for &(start_ms, end_ms, rows) in &self.parts {
            if missing < rows as f64 {
                let within = missing / rows as f64;
                return start_ms + ((end_ms - start_ms) as f64 * within) as i64;
            }
            missing -= rows as f64;
        }
        self.block.end_ms
    }
}
