use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::Sha256;

/// Uploads whose hash is remembered; of the others it is computed anew from the file.
const MAX_REMEMBERED: usize = 256;

/// The hash of the bytes of open uploads up to where they stand, so that a file that comes in many pieces is not
/// read anew for each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hashes {
    /// Id, offset and hash; the oldest first.
    remembered: Arc<Mutex<VecDeque<(String, u64, Sha256)>>>,
}

impl Hashes {
    /// The hash of the first `offset` bytes of an upload, where it is remembered.
    pub(crate) fn take(&self, id: &str, offset: u64) -> Option<Sha256> {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let place = remembered.iter().position(|(known, ..)| known == id)?;
        remembered.remove(place).filter(|(_, at, _)| *at == offset).map(|(.., hash)| hash)
    }

    /// Remembers the hash of the first `offset` bytes of an upload.
    pub(crate) fn remember(&self, id: &str, offset: u64, hash: Sha256) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|(known, ..)| known != id);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back((id.to_owned(), offset, hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_remembered_and_only_at_their_offset() {
        let hashes = Hashes::default();
        for number in 0..=MAX_REMEMBERED {
            hashes.remember(&number.to_string(), 7, Sha256::default());
        }
        assert!(hashes.take("0", 7).is_none());
        assert!(hashes.take("1", 8).is_none());
        assert!(hashes.take("1", 7).is_none(), "a hash of other bytes is forgotten");
        assert!(hashes.take("2", 7).is_some());
        assert!(hashes.take("2", 7).is_none());
    }
}
