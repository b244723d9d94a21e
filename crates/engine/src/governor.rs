use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use driftline_model::RunSettings;

use crate::memory::{MemoryBudget, resident_bytes};

/// The first chunks are small, so that the first progress comes soon.
const FIRST_CHUNK_BYTES: u64 = 256 << 10;
/// Usual chunk: large enough that the serial part of reading does not count, small enough for the caches.
/// From half a MiB to 1 MiB is fastest; 4 MiB takes 4 % longer and 256 KiB 3 %, and memory grows with the chunk.
const USUAL_CHUNK_BYTES: u64 = 1 << 20;
/// Below this the fixed cost of a chunk begins to show.
const LEAST_CHUNK_BYTES: u64 = 64 << 10;
/// Bytes of memory that one byte of CSV in flight takes at worst: the text itself, numbers and views of text
/// (8 and 16 bytes for cells of two or three), hashes (8), positions.
const MEMORY_PER_BYTE: u64 = 12;
/// Share of the budget, in percent, from which chunks shrink.
const TIGHT_PERCENT: u64 = 85;
/// Share of the budget, in percent, from which only one thread goes on.
const FULL_PERCENT: u64 = 95;
/// How long a waiting thread sleeps before it looks again.
const WAIT: Duration = Duration::from_millis(20);

/// Decides how large the next chunk is and how many threads may work at once, so that a chunk stays under its
/// time target and the process under its memory budget. Under pressure the run slows down; it does not die.
#[derive(Debug)]
pub(crate) struct Governor {
    budget: MemoryBudget,
    target_secs: f64,
    fixed: Option<u64>,
    most: u64,
    chunk_bytes: AtomicU64,
    resident: AtomicU64,
    /// Memory held at the beginning.
    held: u64,
    working: Mutex<usize>,
    freed: Condvar,
    allowed: AtomicUsize,
    threads: usize,
}

impl Governor {
    /// A governor for this many threads. `fixed_chunk_bytes` of the settings, when given, is kept as long as
    /// memory allows.
    pub(crate) fn new(run: &RunSettings, threads: usize) -> Self {
        let budget = MemoryBudget::of(run);
        let held = resident_bytes().unwrap_or(0);
        // Half of what is left is for chunks in flight, the other half for the profiles that grow.
        let for_chunks = budget.bytes.saturating_sub(held) / 2;
        let most =
            (for_chunks / (threads as u64 * MEMORY_PER_BYTE)).clamp(LEAST_CHUNK_BYTES, USUAL_CHUNK_BYTES);
        let fixed = (run.chunk_bytes > 0).then_some(run.chunk_bytes);
        Self {
            target_secs: run.chunk_target_secs.clamp(0.01, 5.0),
            fixed,
            most,
            chunk_bytes: AtomicU64::new(fixed.unwrap_or_else(|| most.min(FIRST_CHUNK_BYTES))),
            resident: AtomicU64::new(held),
            held,
            working: Mutex::new(0),
            freed: Condvar::new(),
            allowed: AtomicUsize::new(threads),
            threads,
            budget,
        }
    }

    /// The budget.
    pub(crate) fn budget(&self) -> &MemoryBudget {
        &self.budget
    }

    /// Memory held when it was last looked at.
    pub(crate) fn resident(&self) -> u64 {
        self.resident.load(Ordering::Relaxed)
    }

    /// Whether there is room for all that was added since the beginning once more, before anything gets tight.
    pub(crate) fn has_room_again(&self) -> bool {
        let resident = self.resident();
        let twice = resident.saturating_add(resident.saturating_sub(self.held));
        twice.saturating_mul(100) < self.budget.bytes.saturating_mul(TIGHT_PERCENT)
    }

    /// Bytes that the next chunk should have.
    pub(crate) fn chunk_bytes(&self) -> usize {
        usize::try_from(self.chunk_bytes.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    /// Waits until this thread may take a chunk. One thread may always go on.
    pub(crate) fn enter(&self) -> Permit<'_> {
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        while *working >= self.allowed.load(Ordering::Relaxed).max(1) {
            working = self.freed.wait_timeout(working, WAIT).unwrap_or_else(PoisonError::into_inner).0;
            self.look();
        }
        *working += 1;
        Permit(self)
    }

    /// Learns from a finished chunk.
    pub(crate) fn learn(&self, bytes: u64, secs: f64) {
        self.look();
        let tight = self.resident().saturating_mul(100) >= self.budget.bytes.saturating_mul(TIGHT_PERCENT);
        let present = self.chunk_bytes.load(Ordering::Relaxed);
        let next = if tight {
            (present / 2).max(LEAST_CHUNK_BYTES)
        } else if let Some(fixed) = self.fixed {
            fixed
        } else {
            self.sized(present, bytes, secs)
        };
        self.chunk_bytes.store(next, Ordering::Relaxed);
    }

    /// The size at which a chunk takes at most its target time, approached by doubling at most.
    fn sized(&self, present: u64, bytes: u64, secs: f64) -> u64 {
        let ceiling = self.most;
        if secs <= 0.0 || bytes == 0 {
            return present.min(ceiling);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "sizes far below 2^53"
        )]
        let in_time = (bytes as f64 / secs * self.target_secs) as u64;
        in_time.min(present * 2).clamp(LEAST_CHUNK_BYTES.min(ceiling), ceiling)
    }

    /// Looks at the memory and sets how many threads may work.
    fn look(&self) {
        let Some(resident) = resident_bytes() else { return };
        self.resident.store(resident, Ordering::Relaxed);
        let full = resident.saturating_mul(100) >= self.budget.bytes.saturating_mul(FULL_PERCENT);
        self.allowed.store(if full { 1 } else { self.threads }, Ordering::Relaxed);
    }
}

/// The right to work on one chunk; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a Governor);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut working = self.0.working.lock().unwrap_or_else(PoisonError::into_inner);
        *working = working.saturating_sub(1);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(memory_bytes: u64) -> RunSettings {
        RunSettings { memory_bytes, ..RunSettings::default() }
    }

    #[test]
    fn chunks_begin_small_and_grow_to_the_usual_size() {
        let governor = Governor::new(&run(64 << 30), 2);
        assert_eq!(governor.chunk_bytes(), 256 << 10);
        for _ in 0..4 {
            governor.learn(256 << 10, 0.001);
        }
        assert_eq!(governor.chunk_bytes(), 1 << 20);
    }

    #[test]
    fn slow_chunks_shrink_to_their_time() {
        let governor = Governor::new(&run(64 << 30), 2);
        governor.learn(1 << 19, 4.0);
        assert_eq!(governor.chunk_bytes(), 1 << 17);
        governor.learn(1 << 18, 100.0);
        assert_eq!(governor.chunk_bytes(), 64 << 10);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_memory_one_thread_goes_on_with_small_chunks() {
        let governor = Governor::new(&run(1 << 20), 4);
        governor.learn(1 << 20, 0.001);
        assert_eq!(governor.chunk_bytes(), 64 << 10);
        assert_eq!(governor.allowed.load(Ordering::Relaxed), 1);
        let permit = governor.enter();
        drop(permit);
        let _again = governor.enter();
    }

    #[test]
    fn a_fixed_size_is_kept() {
        let settings = RunSettings { chunk_bytes: 10_000, ..run(64 << 30) };
        let governor = Governor::new(&settings, 1);
        governor.learn(10_000, 0.5);
        assert_eq!(governor.chunk_bytes(), 10_000);
    }
}
