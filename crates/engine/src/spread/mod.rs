//! A pass over a table whose parts are read elsewhere, by other processes or on other machines.
//!
//! Whoever runs a check opens the tables, cuts them into parts, and has each part read by [`Workers`] with exactly
//! the decoder, the bins and the model that a scan on one machine would use ([`ReadyPass`]). What comes back
//! ([`Gathered`]) is merged in any order and is what one pass would have known, bit for bit.

mod gathered;
mod pass;
mod run;
mod unseen;

pub use gathered::Gathered;
pub(crate) use pass::Pass;
pub use pass::{ReadyPass, columns_pass, names_of_columns};
pub(crate) use run::{Spread, SpreadPass};

use driftline_ingest::Part;
use driftline_model::Settings;

use crate::input::open_table;
use crate::{CancelToken, EngineError, Input};

/// Bits of an ordinal that number the chunk within its part.
const CHUNK_BITS: u32 = 16;

/// Those who read parts.
pub trait Workers: Sync {
    /// Bytes that a part should have, for so many bytes in all.
    fn part_bytes(&self, total_bytes: u64) -> u64;

    /// Has parts read as `pass` says (see [`ReadyPass::from_bytes`]) and merges what comes of them. `done` is told
    /// how many stored bytes and rows were read since it was last told.
    ///
    /// # Errors
    /// When parts could not be read by anybody, or the run is cancelled.
    fn read(
        &self,
        pass: &[u8],
        parts: &[Part],
        watched: (&(dyn Fn(u64, u64) + Sync), &CancelToken),
    ) -> Result<Gathered, EngineError>;
}

/// Whether others can read an input in parts. A saved profile is no work for anybody.
pub fn can_be_cut(input: &Input, settings: &Settings) -> bool {
    match input {
        Input::Profile { .. } => true,
        Input::Query(_) => false,
        Input::Table(location) => {
            let table = open_table(location, &settings.csv, Vec::new());
            table.is_ok_and(|table| table.cut(u64::MAX).is_ok())
        }
    }
}

/// The first ordinal of the chunks of a part.
/// The first ordinal of the chunks of a part.
fn first_ordinal(part: u64) -> u64 {
    part << CHUNK_BITS
}

/// The part that a chunk belongs to.
fn part_of(ordinal: u64) -> u64 {
    ordinal >> CHUNK_BITS
}
