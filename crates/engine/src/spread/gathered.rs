use std::collections::BTreeMap;

use driftline_detect::contract::CarriedContract;
use driftline_ingest::{Learnt, Span};
use driftline_profile::TableProfile;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::ledger::Ledger;
use crate::scoring::KeptRows;

/// How it begins.
const MAGIC: &[u8; 4] = b"DLGA";
/// Version of the layout; the profile inside has its own.
const VERSION: u16 = 1;
/// Bytes before the profile: magic, version, length of the profile.
const HEAD: usize = 4 + 2 + 8;

/// What reading some parts of a table has shown: profile, strangest rows, what a contract says of the rows, and what
/// could not be read. Merged in any order, and bounded like a profile.
///
/// As bytes, little-endian: `DLGA`, u16 version, u64 length, the bytes of the profile, the rest as postcard.
#[derive(Debug)]
pub struct Gathered {
    pub(crate) profile: TableProfile,
    pub(crate) rest: Rest,
}

/// All but the profile.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rest {
    pub(crate) rows: Option<KeptRows>,
    pub(crate) contract: Option<CarriedContract>,
    pub(crate) ledger: Ledger,
    /// Why sources ended before their time, by the part that noticed.
    pub(crate) broken_off: BTreeMap<u64, Vec<String>>,
    /// Where parts began and ended, by their ordinals.
    pub(crate) spans: BTreeMap<u64, Option<Span>>,
    pub(crate) learnt: Vec<Learnt>,
    pub(crate) slowest_chunk_secs: f64,
}

impl Gathered {
    /// Takes in what other parts of the same pass have shown.
    ///
    /// # Errors
    /// When it is of another pass.
    pub fn merge(&mut self, other: Self) -> Result<(), EngineError> {
        self.profile.merge(other.profile).map_err(damaged)?;
        let (mine, theirs) = (&mut self.rest, other.rest);
        match (&mut mine.rows, theirs.rows) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
        match (&mut mine.contract, theirs.contract) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
        mine.ledger.merge(theirs.ledger);
        mine.broken_off.extend(theirs.broken_off);
        mine.spans.extend(theirs.spans);
        mine.learnt.extend(theirs.learnt);
        mine.slowest_chunk_secs = mine.slowest_chunk_secs.max(theirs.slowest_chunk_secs);
        Ok(())
    }

    /// Rows that were read.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.profile.rows()
    }

    /// What is known of the columns.
    #[must_use]
    pub fn profile(&self) -> &TableProfile {
        &self.profile
    }

    /// Rows that were scored, and how many of them are flagged; nothing where no reference judged them.
    #[must_use]
    pub fn rows_scored(&self) -> Option<(u64, u64)> {
        self.rest.rows.as_ref().map(KeptRows::counts)
    }

    /// For each rule of a contract that looks at single rows, in their order, the rows that break it.
    #[must_use]
    pub fn broken_rows(&self) -> Vec<u64> {
        self.rest.contract.as_ref().map(CarriedContract::broken_rows).unwrap_or_default()
    }

    /// To be sent.
    ///
    /// # Errors
    /// When it cannot be written down, which is a defect.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let profile = self.profile.to_bytes();
        let mut bytes = Vec::with_capacity(HEAD + profile.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(profile.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&profile);
        postcard::to_extend(&self.rest, bytes).map_err(damaged)
    }

    /// From its bytes.
    ///
    /// # Errors
    /// When they are something else, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let (head, body) = bytes.split_at_checked(HEAD).ok_or_else(|| damaged("it is too short"))?;
        let (magic, version, length) = (&head[..4], &head[4..6], &head[6..]);
        if magic != MAGIC || version != VERSION.to_le_bytes() {
            return Err(damaged("it was made by another version of the program"));
        }
        let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
        let (profile, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| body.split_at_checked(length))
            .ok_or_else(|| damaged("it is too short"))?;
        let profile = TableProfile::from_bytes(profile).map_err(damaged)?;
        Ok(Self { profile, rest: postcard::from_bytes(rest).map_err(damaged)? })
    }
}

/// What cannot be understood of what another process sent.
pub(super) fn damaged(cause: impl std::fmt::Display) -> EngineError {
    EngineError::Cluster { cause: format!("what was sent between processes cannot be used: {cause}") }
}
