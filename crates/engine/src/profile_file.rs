use driftline_model::{ColumnStatistics, Kind, Personal, PrivacySettings, SideReport};
use driftline_profile::{ProfileError, RowSample, Side, TableProfile};

use crate::privacy::Veil;

/// How a saved profile begins.
const MAGIC: &[u8; 4] = b"DLPS";
/// Version of the envelope; the profile inside has its own.
const VERSION: u16 = 1;
/// Bytes before the description: magic, version, length of the description.
const HEAD: usize = 4 + 2 + 4;
/// Longest description that is believed.
const MAX_DESCRIPTION: usize = 16 << 20;

/// A profile with the description of the table that it was made from: what a `.dlp` file and a version of a
/// baseline hold.
///
/// Layout, little-endian: `DLPS`, u16 version, u32 length, the description as JSON, the bytes of the profile.
#[derive(Debug)]
pub struct ProfileFile {
    side: SideReport,
    profile: TableProfile,
}

/// What a table and its columns hold, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileSummary {
    /// The table.
    pub table: SideReport,
    /// Its columns, in their order.
    pub columns: Vec<ColumnFacts>,
    /// Columns with personal data, whose values are masked.
    pub masked_columns: Vec<String>,
}

/// What a column holds, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// What its values mean.
    pub kind: Kind,
    /// Its figures.
    pub statistics: ColumnStatistics,
    /// What personal data it holds.
    pub personal: Option<Personal>,
}

impl ProfileFile {
    pub(crate) fn new(side: SideReport, profile: TableProfile) -> Self {
        Self { side, profile }
    }

    /// The table that it was made from.
    pub fn side(&self) -> &SideReport {
        &self.side
    }

    /// The profile.
    pub fn profile(&self) -> &TableProfile {
        &self.profile
    }

    pub(crate) fn into_parts(self) -> (SideReport, TableProfile) {
        (self.side, self.profile)
    }

    /// What the table and each of its columns hold, for people: personal data are masked, unless they may be shown.
    pub fn summary(&self, privacy: &PrivacySettings) -> ProfileSummary {
        let sample = self.profile.sample();
        let mut veil = Veil::of(&[Side { profile: &self.profile, sample: &sample }], privacy);
        let column = |(name, kind, mut statistics): (String, Kind, ColumnStatistics)| {
            veil.statistics(&name, &mut statistics);
            let personal = veil.found(&name).cloned();
            ColumnFacts { name, kind, statistics, personal }
        };
        let columns = self.statistics().into_iter().map(column).collect();
        let mut table = self.side.clone();
        veil.side(&mut table);
        ProfileSummary { table, columns, masked_columns: veil.masked_columns() }
    }

    /// Name, kind and figures of every column as they are, in their order in the table.
    pub(crate) fn statistics(&self) -> Vec<(String, Kind, ColumnStatistics)> {
        let sample: RowSample = self.profile.sample();
        self.profile
            .columns()
            .iter()
            .zip(&sample.columns)
            .map(|(column, cells)| (column.name().to_owned(), column.kind(), column.statistics(cells)))
            .collect()
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // The description is plain data with text keys: writing it as JSON cannot fail.
        let description = serde_json::to_vec(&self.side).unwrap_or_default();
        let profile = self.profile.to_bytes();
        let length = u32::try_from(description.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(HEAD + description.len() + profile.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&description);
        bytes.extend_from_slice(&profile);
        bytes
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// When they are not a saved profile, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProfileError> {
        let Some((head, rest)) = bytes.split_at_checked(HEAD) else { return Err(ProfileError::NotAProfile) };
        if &head[..4] != MAGIC {
            return Err(ProfileError::NotAProfile);
        }
        let version = u16::from_le_bytes([head[4], head[5]]);
        if version != VERSION {
            return Err(ProfileError::Version { found: version, known: VERSION });
        }
        let length = u32::from_le_bytes([head[6], head[7], head[8], head[9]]) as usize;
        let damaged = |what| ProfileError::Damaged { what };
        let (description, profile) = rest
            .split_at_checked(length)
            .filter(|_| length <= MAX_DESCRIPTION)
            .ok_or_else(|| damaged("it ends within its description"))?;
        let side =
            serde_json::from_slice(description).map_err(|_| damaged("its description is not valid"))?;
        Ok(Self { side, profile: TableProfile::from_bytes(profile)? })
    }
}
