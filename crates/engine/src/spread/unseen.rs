use driftline_detect::contract::Unseen;
use driftline_ingest::{Decoded, Part, Table};
use driftline_profile::ChunkHashes;

use super::{SpreadPass, first_ordinal, part_of};
use crate::EngineError;
use crate::contract::BoundPass;
use crate::scan::ScanContext;

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 4 << 20;

impl SpreadPass {
    /// Looks up the values of keys that came back in another part than they came first: of the first few only, in
    /// the parts where they stand.
    pub(crate) fn show_unseen(
        &self,
        bound: &BoundPass<'_>,
        context: &ScanContext<'_>,
    ) -> Result<(), EngineError> {
        for unseen in bound.bound().unseen() {
            let part = part_of(unseen.ordinal);
            if let Some(part) = self.parts.iter().find(|other| other.ordinal() == part) {
                self.show(unseen, part, bound, context)?;
            }
        }
        Ok(())
    }

    fn show(
        &self,
        unseen: Unseen,
        part: &Part,
        bound: &BoundPass<'_>,
        context: &ScanContext<'_>,
    ) -> Result<(), EngineError> {
        let first = first_ordinal(part.ordinal());
        let before = self.gathered.rest.ledger.records_between(first, unseen.ordinal);
        let mut wanted = before + unseen.record;
        let table = Table::of_part(&self.plan, part)?;
        for source in table.sources() {
            while let Some(raw) = source.pull(CHUNK_BYTES)? {
                if context.halt.is_set() {
                    return Err(EngineError::Cancelled);
                }
                let decoded = source.decode(raw)?;
                if wanted < decoded.rows_seen {
                    let mut hashes = ChunkHashes::new();
                    hashes.fill(&decoded.chunk);
                    bound.bound().show(unseen, (&decoded.chunk, &hashes), row_of(wanted, &decoded));
                    return Ok(());
                }
                wanted -= decoded.rows_seen;
            }
        }
        Ok(())
    }
}

/// The row of a chunk that is this one of its records.
fn row_of(record: u64, decoded: &Decoded) -> usize {
    let gaps = decoded.rejected.iter().filter(|rejected| rejected.row_in_chunk < record).count();
    (record as usize).saturating_sub(gaps)
}
