use driftline_profile::{ProfileError, TableProfile};

/// How kept profiles begin.
const MAGIC: &[u8; 4] = b"DLKP";
/// Version of the envelope; the profiles inside have their own.
const VERSION: u16 = 1;
/// Bytes before the profiles: magic, version, length of the first profile.
const HEAD: usize = 4 + 2 + 8;

/// The profiles of both sides of a check: what it takes to decide again without reading again.
///
/// They hold the row samples, so they tell as much of the data as a baseline does.
#[derive(Debug)]
pub struct KeptProfiles {
    pub(crate) reference: TableProfile,
    pub(crate) current: TableProfile,
}

impl KeptProfiles {
    /// The bytes to keep: `DLKP`, u16 version, u64 length of the reference, the reference, the current side, each
    /// compressed with zstd. Little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (reference, current) = (self.reference.to_bytes(), self.current.to_bytes());
        let mut bytes = Vec::with_capacity(HEAD + reference.len() + current.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(reference.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&reference);
        bytes.extend_from_slice(&current);
        bytes
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// When the bytes are something else, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProfileError> {
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or(ProfileError::NotAProfile)?;
        if magic != MAGIC {
            return Err(ProfileError::NotAProfile);
        }
        let damaged = || ProfileError::Damaged { what: "it ends within its head" };
        let (version, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(ProfileError::Version { found: version, known: VERSION });
        }
        let (length, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (reference, current) = rest
            .split_at_checked(length)
            .ok_or(ProfileError::Damaged { what: "it ends within its first profile" })?;
        let (reference, current) =
            rayon::join(|| TableProfile::from_bytes(reference), || TableProfile::from_bytes(current));
        Ok(Self { reference: reference?, current: current? })
    }
}
