//! Keys that are followed through a table, by all threads together and in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::breaks::{Example, Firsts, Place};

/// Parts with a lock of their own, so that threads seldom wait for each other.
const SHARDS: usize = 64;
/// Bits of a place that number the record within its chunk.
const RECORD_BITS: u32 = 28;

/// Stands for the value of an example that nobody has kept: no text of a table reads like this alone.
const UNSEEN: &str = "\u{0}";

/// A map by hashes that are good already.
pub(crate) type HashedMap<V> = HashMap<u64, V, BuildHasherDefault<Rotated>>;

/// Takes a hash as it is, turned: its high bits decide whether a key is followed, so they say little.
#[derive(Debug, Default)]
pub(crate) struct Rotated(u64);

impl Hasher for Rotated {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash.rotate_left(23);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Entries by key, of which at most `limit` are held: when there are more, only keys whose hash is below half,
/// a quarter, ... of all hashes are followed any longer (distinct sampling: Gibbons 2001). Which keys are
/// followed in the end, and what is known of each, depends only on the rows, not on their order or the threads.
pub(crate) struct Followed<V> {
    shards: Vec<Mutex<HashedMap<V>>>,
    held: AtomicU64,
    halvings: AtomicU32,
    limit: u64,
}

impl<V> Followed<V> {
    pub(crate) fn new(limit: u64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(HashedMap::default())).collect();
        Self { shards, held: AtomicU64::new(0), halvings: AtomicU32::new(0), limit }
    }

    /// How often the share of followed keys was halved.
    pub(crate) fn halvings(&self) -> u32 {
        self.halvings.load(Ordering::Acquire)
    }

    /// Whether the key with this hash is followed.
    fn follows(&self, selector: u64) -> bool {
        let halvings = self.halvings();
        halvings == 0 || selector.checked_shr(64 - halvings).unwrap_or_default() == 0
    }

    fn shard(&self, selector: u64) -> Option<&Mutex<HashedMap<V>>> {
        self.shards.get((selector >> 20) as usize % SHARDS)
    }

    /// Changes the entry of `key`, which is followed by its `selector`: entries with one selector stay together.
    pub(crate) fn with(
        &self,
        (selector, key): (u64, u64),
        make: impl FnOnce() -> V,
        change: impl FnOnce(&mut V, bool),
    ) {
        let Some(shard) = self.shard(selector) else { return };
        {
            let mut entries = lock(shard);
            // Asked under the lock, so that nothing is added that the others have just dropped.
            if !self.follows(selector) {
                return;
            }
            let mut is_new = false;
            let entry = entries.entry(key).or_insert_with(|| {
                is_new = true;
                make()
            });
            change(entry, is_new);
            if !is_new || self.held.fetch_add(1, Ordering::AcqRel) < self.limit {
                return;
            }
        }
        self.shrink();
    }

    /// Follows half of the keys until few enough are left.
    fn shrink(&self) {
        let mut all: Vec<MutexGuard<'_, HashedMap<V>>> = self.shards.iter().map(lock).collect();
        while self.held.load(Ordering::Acquire) > self.limit && self.halvings() < 64 {
            self.halvings.fetch_add(1, Ordering::AcqRel);
            let mut held = 0;
            for entries in &mut all {
                entries.retain(|key, _| self.follows(*key));
                held += entries.len() as u64;
            }
            self.held.store(held, Ordering::Release);
        }
    }

    /// Follows no more keys than somebody else did.
    fn halve_to(&self, halvings: u32) {
        let mut all: Vec<MutexGuard<'_, HashedMap<V>>> = self.shards.iter().map(lock).collect();
        if halvings <= self.halvings() {
            return;
        }
        self.halvings.store(halvings.min(64), Ordering::Release);
        let mut held = 0;
        for entries in &mut all {
            entries.retain(|key, _| self.follows(*key));
            held += entries.len() as u64;
        }
        self.held.store(held, Ordering::Release);
    }

    /// All entries, shard by shard, in no order that means anything.
    pub(crate) fn for_each(&self, mut see: impl FnMut(u64, &V)) {
        for shard in &self.shards {
            lock(shard).iter().for_each(|(&key, value)| see(key, value));
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in one number, in the same order.
fn packed(place: Place) -> u64 {
    (place.ordinal << RECORD_BITS) | place.record.min((1 << RECORD_BITS) - 1)
}

fn unpacked(packed: u64) -> Place {
    Place { ordinal: packed >> RECORD_BITS, record: packed & ((1 << RECORD_BITS) - 1) }
}

/// Which keys come back.
pub(crate) struct Repeats {
    keys: Followed<u64>,
    /// Rows beyond the first, of keys that have come back.
    again: Vec<Mutex<HashedMap<u64>>>,
    firsts: Mutex<Firsts>,
    /// Places from which on a repeat is no example any more.
    bar: AtomicU64,
}

/// What is known of repeats in the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RepeatCount {
    /// Rows that repeat an earlier one, of the keys that were followed.
    pub(crate) repeats: u64,
    /// One in so many keys was followed.
    pub(crate) one_in: u64,
    pub(crate) examples: Vec<Example>,
}

impl Repeats {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            keys: Followed::new(limit),
            again: (0..SHARDS).map(|_| Mutex::new(HashedMap::default())).collect(),
            firsts: Mutex::default(),
            bar: AtomicU64::new(u64::MAX),
        }
    }

    /// Takes in a row; `show` gives the values of its key.
    pub(crate) fn add(&self, hash: u64, place: Place, show: impl FnOnce() -> String) {
        let here = packed(place);
        let mut later = None;
        self.keys.with(
            (hash, hash),
            || here,
            |first, is_new| {
                if !is_new {
                    later = Some(here.max(*first));
                    *first = here.min(*first);
                }
            },
        );
        let Some(later) = later else { return };
        if let Some(again) = self.again.get((hash >> 20) as usize % SHARDS) {
            let mut again = lock(again);
            *again.entry(hash).or_default() += 1;
            // Keys that are no longer followed would gather here.
            if again.len() as u64 > 2 * (self.keys.limit / SHARDS as u64 + 64) {
                again.retain(|key, _| self.keys.follows(*key));
            }
        }
        if later < self.bar.load(Ordering::Relaxed) {
            let mut firsts = lock(&self.firsts);
            firsts.offer(Example { place: unpacked(later), byte_offset: None, value: show() });
            self.bar.store(firsts.bar().map_or(u64::MAX, packed), Ordering::Relaxed);
        }
    }

    /// The same for other processes.
    pub(crate) fn carried(&self) -> CarriedRepeats {
        let mut keys = Vec::new();
        self.keys.for_each(|key, &first| keys.push((key, first)));
        let mut again = Vec::new();
        for shard in &self.again {
            let shard = lock(shard);
            again.extend(shard.iter().filter(|(key, _)| self.keys.follows(**key)).map(|(key, n)| (*key, *n)));
        }
        keys.sort_unstable();
        again.sort_unstable();
        let firsts = lock(&self.firsts).clone();
        CarriedRepeats { limit: self.keys.limit, halvings: self.keys.halvings(), keys, again, firsts }
    }

    /// Takes in what others know of other rows. Of a key that they saw first, and that had been seen here, nobody
    /// has kept the value: see [`Self::unseen`].
    pub(crate) fn take_in(&self, carried: CarriedRepeats) {
        self.keys.halve_to(carried.halvings);
        for (key, first) in carried.keys {
            self.add(key, unpacked(first), || UNSEEN.to_owned());
        }
        for (key, rows) in carried.again.into_iter().filter(|(key, _)| self.keys.follows(*key)) {
            if let Some(again) = self.again.get((key >> 20) as usize % SHARDS) {
                *lock(again).entry(key).or_default() += rows;
            }
        }
        let mut firsts = lock(&self.firsts);
        firsts.merge(carried.firsts);
        self.bar.store(firsts.bar().map_or(u64::MAX, packed), Ordering::Relaxed);
    }

    /// Examples without a value.
    pub(crate) fn unseen(&self) -> Vec<Place> {
        let firsts = lock(&self.firsts).clone().into_vec();
        firsts.into_iter().filter(|example| example.value == UNSEEN).map(|example| example.place).collect()
    }

    /// Gives an example its value.
    pub(crate) fn show(&self, place: Place, value: &str) {
        let mut firsts = lock(&self.firsts);
        let shown = std::mem::take(&mut *firsts).into_vec().into_iter();
        for example in shown {
            let is_meant = example.place == place && example.value == UNSEEN;
            let value = if is_meant { value.to_owned() } else { example.value };
            firsts.offer(Example { value, ..example });
        }
    }

    pub(crate) fn count(&self) -> RepeatCount {
        let mut repeats = 0;
        for shard in &self.again {
            repeats +=
                lock(shard).iter().filter(|(key, _)| self.keys.follows(**key)).map(|(_, n)| n).sum::<u64>();
        }
        let halvings = self.keys.halvings();
        // Examples of keys that are no longer followed depend on the order of the chunks.
        let mut examples = if halvings == 0 { lock(&self.firsts).clone().into_vec() } else { Vec::new() };
        examples
            .iter_mut()
            .filter(|example| example.value == UNSEEN)
            .for_each(|example| example.value.clear());
        RepeatCount { repeats, one_in: 1_u64.checked_shl(halvings).unwrap_or(u64::MAX), examples }
    }
}

/// [`Repeats`] on a journey.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CarriedRepeats {
    limit: u64,
    halvings: u32,
    keys: Vec<(u64, u64)>,
    again: Vec<(u64, u64)>,
    firsts: Firsts,
}

/// [`Together`] on a journey.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CarriedTogether {
    limit: u64,
    halvings: u32,
    pairs: Vec<(u64, Pair)>,
}

impl CarriedRepeats {
    /// Keys that are held at most.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }
}

impl CarriedTogether {
    /// Pairs that are held at most.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }
}

/// How often keys come together.
pub(crate) struct Together {
    pairs: Followed<Pair>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pair {
    determinant: u64,
    rows: u64,
    first: u64,
    shown: Box<str>,
}

/// What is known of a dependency in the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DependencyCount {
    /// Rows that do not agree with the most frequent partner of their key.
    pub(crate) disagreeing: u64,
    /// Different keys, of those that were followed.
    pub(crate) keys: u64,
    pub(crate) one_in: u64,
    pub(crate) examples: Vec<Example>,
}

impl Together {
    pub(crate) fn new(limit: u64) -> Self {
        Self { pairs: Followed::new(limit) }
    }

    /// Takes in a row with the hashes of both keys; `show` gives their values.
    pub(crate) fn add(&self, (determinant, both): (u64, u64), place: Place, show: impl FnOnce() -> String) {
        let here = packed(place);
        // Pairs of one determinant must be followed or dropped together: its high bits lead.
        let key = (determinant & !LOW) | (both & LOW);
        let make = || Pair { determinant, rows: 0, first: here, shown: show().into() };
        self.pairs.with((determinant, key), make, |pair, _| {
            pair.rows += 1;
            pair.first = pair.first.min(here);
        });
    }

    /// The same for other processes.
    pub(crate) fn carried(&self) -> CarriedTogether {
        let mut pairs = Vec::new();
        self.pairs.for_each(|key, pair| pairs.push((key, pair.clone())));
        pairs.sort_unstable_by_key(|(key, _)| *key);
        CarriedTogether { limit: self.pairs.limit, halvings: self.pairs.halvings(), pairs }
    }

    /// Takes in what others know of other rows.
    pub(crate) fn take_in(&self, carried: CarriedTogether) {
        self.pairs.halve_to(carried.halvings);
        for (key, theirs) in carried.pairs {
            let (determinant, rows, first) = (theirs.determinant, theirs.rows, theirs.first);
            let make = || Pair { rows: 0, ..theirs };
            self.pairs.with((determinant, key), make, |pair, _| {
                pair.rows += rows;
                pair.first = pair.first.min(first);
            });
        }
    }

    pub(crate) fn count(&self) -> DependencyCount {
        // For every determinant the largest of its pairs: by rows, then the earlier one.
        let mut best: HashedMap<(u64, u64)> = HashedMap::default();
        let rank = |pair: &Pair| (pair.rows, u64::MAX - pair.first);
        self.pairs.for_each(|_, pair| {
            let known = best.entry(pair.determinant).or_default();
            *known = rank(pair).max(*known);
        });
        let (mut disagreeing, mut firsts) = (0, Firsts::default());
        self.pairs.for_each(|_, pair| {
            if best.get(&pair.determinant).is_some_and(|best| rank(pair) < *best) {
                disagreeing += pair.rows;
                let value = pair.shown.to_string();
                firsts.offer(Example { place: unpacked(pair.first), byte_offset: None, value });
            }
        });
        let halvings = self.pairs.halvings();
        let examples = if halvings == 0 { firsts.into_vec() } else { Vec::new() };
        let one_in = 1_u64.checked_shl(halvings).unwrap_or(u64::MAX);
        DependencyCount { disagreeing, keys: best.len() as u64, one_in, examples }
    }
}

/// Low bits of a pair's key, which tell its partners apart; the high ones are the determinant's.
const LOW: u64 = (1 << 44) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(x: u64) -> u64 {
        driftline_stats::hash::hash_f64(x as f64)
    }

    fn place(record: u64) -> Place {
        Place { ordinal: record / 10, record: record % 10 }
    }

    #[test]
    fn repeats_are_counted_whatever_the_order() {
        let keys: Vec<u64> = (0..1000).map(|i| mixed(i % 700)).collect();
        let (forwards, backwards) = (Repeats::new(10_000), Repeats::new(10_000));
        for (i, key) in keys.iter().enumerate() {
            forwards.add(*key, place(i as u64), || format!("{key}"));
        }
        for (i, key) in keys.iter().enumerate().rev() {
            backwards.add(*key, place(i as u64), || format!("{key}"));
        }
        assert_eq!(forwards.count(), backwards.count());
        let count = forwards.count();
        assert_eq!((count.repeats, count.one_in), (300, 1));
        assert_eq!(count.examples[0].place, place(700));
    }

    #[test]
    fn what_was_seen_in_parts_is_known_as_a_whole() {
        for (limit, keys) in [(100_000, 700), (1_000, 10_000)] {
            let rows: Vec<(u64, u64)> = (0..20_000).map(|i| (mixed(i % keys), i)).collect();
            let shown = |key: u64| format!("{key}");
            let (whole, pairs) = (Repeats::new(limit), Together::new(limit));
            let (parts, pair_parts) = (Repeats::new(limit), Together::new(limit));
            for part in rows.chunks(6_007) {
                let (repeats, together) = (Repeats::new(limit), Together::new(limit));
                for &(key, row) in part {
                    for all in [&whole, &repeats] {
                        all.add(key, place(row), || shown(key));
                    }
                    for all in [&pairs, &together] {
                        all.add((key, mixed(row % 3 + key % 5)), place(row), || shown(key));
                    }
                }
                parts.take_in(repeats.carried());
                pair_parts.take_in(together.carried());
            }
            for place in parts.unseen() {
                let (key, _) = rows[(place.ordinal * 10 + place.record) as usize];
                parts.show(place, &shown(key));
            }
            let (whole, parts) = (whole.count(), parts.count());
            assert_eq!(whole.examples, parts.examples);
            assert_eq!((whole.repeats, whole.one_in), (parts.repeats, parts.one_in));
            assert_eq!(pairs.count(), pair_parts.count());
        }
    }

    #[test]
    fn beyond_the_limit_a_share_of_the_keys_is_followed() {
        let keys: Vec<u64> = (0..20_000).map(|i| mixed(i % 10_000)).collect();
        let (forwards, backwards) = (Repeats::new(1_000), Repeats::new(1_000));
        for (i, key) in keys.iter().enumerate() {
            forwards.add(*key, place(i as u64), String::new);
        }
        for (i, key) in keys.iter().enumerate().rev() {
            backwards.add(*key, place(i as u64), String::new);
        }
        let count = forwards.count();
        assert_eq!(count, backwards.count());
        assert_eq!(count.one_in, 16);
        let estimate = count.repeats * count.one_in;
        assert!((8_000..12_000).contains(&estimate), "{estimate}");
    }

    #[test]
    fn a_dependency_counts_the_rows_of_the_minority() {
        let together = Together::new(100_000);
        for i in 0..1000_u64 {
            let a = mixed(i % 50);
            let b = if i == 777 || i == 27 { mixed(7_000) } else { mixed(100 + i % 50) };
            together.add((a, mixed((a % 4096) ^ b)), place(i), || format!("{i}"));
        }
        let count = together.count();
        assert_eq!((count.disagreeing, count.keys, count.one_in), (2, 50, 1));
        assert_eq!(count.examples[0].place, place(27));
    }

    #[test]
    fn a_dependency_with_many_keys_is_followed_in_part() {
        let together = Together::new(1_000);
        for i in 0..50_000_u64 {
            let a = mixed(i % 10_000);
            together.add((a, mixed(i % 20_000 + 100_000)), place(i), String::new);
        }
        let count = together.count();
        assert!(count.one_in >= 16 && count.keys > 100, "{count:?}");
        // Rows come to each key in turns of 2, 2 and 1 with two partners: 2 of 5 disagree.
        let share = count.disagreeing as f64 / (count.keys * 5) as f64;
        assert!((share - 0.4).abs() < 1e-9, "{share}");
    }
}
