//! Buffers that are used again and again, so that reading allocates and zeroes memory only at the start.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Buffers kept at most. More are in use only while many chunks are alive.
const KEPT: usize = 16;

/// Buffers that nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Mutex<Vec<Vec<u8>>>,
}

/// A buffer that goes back to its pool when it is dropped.
#[derive(Debug)]
pub(crate) struct PooledBytes {
    bytes: Vec<u8>,
    home: Weak<Pool>,
}

impl Pool {
    /// A buffer of any length with any content.
    pub(crate) fn take(self: &Arc<Self>) -> PooledBytes {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        PooledBytes { bytes: free.unwrap_or_default(), home: Arc::downgrade(self) }
    }
}

impl PooledBytes {
    /// The buffer as it stands.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The buffer, to be filled.
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for PooledBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for PooledBytes {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let mut free = home.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_taken_again() {
        let pool = Arc::new(Pool::default());
        let mut first = pool.take();
        first.bytes_mut().resize(1000, 7);
        drop(first);
        assert_eq!(pool.take().bytes(), [7; 1000]);
        let orphan = pool.take();
        drop(pool);
        drop(orphan);
    }
}
