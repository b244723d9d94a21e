//! How much a source may cost, whatever it claims to be.

use serde::{Deserialize, Serialize};

/// Bounds on what is fetched, kept and unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes that are kept of a source that can be read once only: standard input, HTTP, an object store, a
    /// database. What comes later is not read.
    pub kept_bytes: u64,
    /// How many times its stored size a compressed file may unpack to, beyond `expansion_free_bytes`.
    pub expansion_ratio: u64,
    /// Bytes that a compressed file may unpack to whatever its size.
    pub expansion_free_bytes: u64,
    /// Tables in an archive, or objects under a prefix.
    pub members: usize,
}

impl Default for Limits {
    /// 256 GiB, and 200 times beyond 1 GiB: CSV shrinks to a tenth as a rule, and a file of one repeated byte to
    /// a thousandth in gzip (RFC 1951 has 258 bytes for two bits at best).
    fn default() -> Self {
        Self { kept_bytes: 256 << 30, expansion_ratio: 200, expansion_free_bytes: 1 << 30, members: 10_000 }
    }
}

impl Limits {
    /// Whether `produced` bytes from `consumed` stored ones are more than a file may unpack to.
    pub(crate) fn refuses(&self, consumed: u64, produced: u64) -> bool {
        produced > self.expansion_free_bytes && produced / consumed.max(1) >= self.expansion_ratio
    }
}

/// Why the bytes of a source end before their time. What stands before is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They unpack to too much.
    Expands,
    /// There are more of them than are kept.
    TooLarge,
    /// The other side went away.
    BrokenOff(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Expands => f.write_str("they unpack to too much"),
            Self::TooLarge => f.write_str("there are too many bytes"),
            Self::BrokenOff(cause) => f.write_str(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_large_texts_are_refused_for_their_ratio() {
        let limits = Limits::default();
        assert!(!limits.refuses(10, 1 << 20));
        assert!(!limits.refuses(1 << 30, 10 << 30));
        assert!(limits.refuses(1 << 20, (1 << 30) + 1));
    }
}
