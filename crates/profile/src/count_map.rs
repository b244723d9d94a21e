use driftline_stats::hash::NULL_HASH;
use driftline_stats::prefetch::prefetch;

/// How often each hash was seen, for up to `limit` distinct hashes.
///
/// Open addressing over buckets of four hashes with their counts, one cache line each. Looking through a whole
/// bucket without a branch is what makes a hit cheap: where in the bucket a hash is cannot be predicted, that
/// it is there can. The bucket is chosen by the low half of the hash, times the number of buckets over 2^32, so
/// that the table need not be a power of two; the high half is what hashes are sorted and chosen by elsewhere,
/// and must not crowd one end of the table.
#[derive(Debug, Clone)]
pub(crate) struct CountMap {
    buckets: Vec<Bucket>,
    len: usize,
    limit: usize,
}

/// Filled from the front; free places hold [`NULL_HASH`].
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Bucket {
    hashes: [u64; WIDTH],
    counts: [u64; WIDTH],
}

const WIDTH: usize = 4;
/// Hashes between asking for a bucket and looking into it: about the time that a line takes to come from the last
/// cache, at two nanoseconds a hash.
const AHEAD: usize = 24;
const EMPTY: Bucket = Bucket { hashes: [NULL_HASH; WIDTH], counts: [0; WIDTH] };

/// What [`CountMap::add`] and its relatives say when one more distinct hash would pass the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl CountMap {
    /// An empty map for at most `limit` distinct hashes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { buckets: vec![EMPTY; 4], len: 0, limit }
    }

    /// Distinct hashes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds one to the count of each hash, until one would pass the limit; the error says how many were added.
    /// Calls `on_new` with the index of every hash that was not there before; when it says [`Full`], the hash
    /// counts as added and the rest is left. Hashes must not be [`NULL_HASH`].
    #[inline]
    pub(crate) fn add_all(
        &mut self,
        hashes: &[u64],
        mut on_new: impl FnMut(usize) -> Result<(), Full>,
    ) -> Result<(), usize> {
        for (index, &hash) in hashes.iter().enumerate() {
            if let Some(&ahead) = hashes.get(index + AHEAD) {
                self.prefetch(ahead);
            }
            let home = self.home(hash);
            let bucket = &mut self.buckets[home];
            let place = place_in(&bucket.hashes, hash);
            if bucket.hashes[place] == hash {
                bucket.counts[place] += 1;
            } else if self.add(hash, 1).map_err(|Full| index)? {
                on_new(index).map_err(|Full| index + 1)?;
            }
        }
        Ok(())
    }

    /// Adds `count` to the count of `hash`; says whether it is new.
    pub(crate) fn add(&mut self, hash: u64, count: u64) -> Result<bool, Full> {
        let (bucket, place) = self.find(hash);
        let slot = &mut self.buckets[bucket];
        if slot.hashes[place] == hash {
            slot.counts[place] = slot.counts[place].saturating_add(count);
            return Ok(false);
        }
        self.insert(hash, count)?;
        Ok(true)
    }

    /// Makes room for `more` new hashes, as far as the limit allows. Hashes that come in the order of another
    /// map would otherwise crowd the beginning of one that is still growing.
    pub(crate) fn reserve(&mut self, more: usize) {
        let buckets = roomy(self.len.saturating_add(more).min(self.limit));
        if buckets > self.buckets.len() {
            self.grow_to(buckets);
        }
    }

    /// The count of a hash.
    pub(crate) fn get(&self, hash: u64) -> u64 {
        let (bucket, place) = self.find(hash);
        let slot = &self.buckets[bucket];
        if slot.hashes[place] == hash { slot.counts[place] } else { 0 }
    }

    /// All hashes with their counts, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let pairs = |bucket: &Bucket| bucket.hashes.into_iter().zip(bucket.counts);
        self.buckets.iter().flat_map(pairs).filter(|&(hash, _)| hash != NULL_HASH)
    }

    /// Sum of all counts, unless it passes `u64`.
    pub(crate) fn total(&self) -> Option<u64> {
        self.iter().try_fold(0_u64, |total, (_, count)| total.checked_add(count))
    }

    /// All hashes with their counts by rising hash.
    pub(crate) fn sorted(&self) -> Vec<(u64, u64)> {
        let mut pairs: Vec<_> = self.iter().collect();
        pairs.sort_unstable();
        pairs
    }

    /// The bucket in which a hash is looked for first.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        ((u64::from(hash as u32) * self.buckets.len() as u64) >> 32) as usize
    }

    /// Asks for the bucket of a hash that is soon looked for: a table of tens of thousands of values does not fit
    /// into the nearer caches, and waiting for it was half of the time that counting took.
    #[inline(always)]
    fn prefetch(&self, hash: u64) {
        prefetch(self.buckets.as_ptr().wrapping_add(self.home(hash)));
    }

    /// Where `hash` is, or the free place where it belongs. There is always a free one.
    fn find(&self, hash: u64) -> (usize, usize) {
        let mut bucket = self.home(hash);
        loop {
            let hashes = &self.buckets[bucket].hashes;
            let found = hashes.iter().position(|&there| there == hash || there == NULL_HASH);
            if let Some(place) = found {
                return (bucket, place);
            }
            bucket = if bucket + 1 == self.buckets.len() { 0 } else { bucket + 1 };
        }
    }

    fn insert(&mut self, hash: u64, count: u64) -> Result<(), Full> {
        if self.len == self.limit {
            return Err(Full);
        }
        if roomy(self.len + 1) > self.buckets.len() {
            self.grow_to(roomy(((self.len + 1) * 2).min(self.limit)));
        }
        let (bucket, place) = self.find(hash);
        self.buckets[bucket].hashes[place] = hash;
        self.buckets[bucket].counts[place] = count;
        self.len += 1;
        Ok(())
    }

    fn grow_to(&mut self, buckets: usize) {
        let old = std::mem::replace(&mut self.buckets, vec![EMPTY; buckets]);
        for bucket in old {
            let filled = bucket.hashes.into_iter().zip(bucket.counts);
            for (hash, count) in filled.take_while(|&(hash, _)| hash != NULL_HASH) {
                let (bucket, place) = self.find(hash);
                self.buckets[bucket].hashes[place] = hash;
                self.buckets[bucket].counts[place] = count;
            }
        }
    }
}

/// The place of `hash` in a bucket; any place when it is not there.
#[inline(always)]
fn place_in(hashes: &[u64; WIDTH], hash: u64) -> usize {
    usize::from(hashes[1] == hash) + 2 * usize::from(hashes[2] == hash) + 3 * usize::from(hashes[3] == hash)
}

/// Buckets for so many hashes. Small tables are at most half full, so that nearly every hash is in its first
/// bucket; large ones, where memory counts, up to four fifths, with one hash in five elsewhere.
fn roomy(len: usize) -> usize {
    const SMALL: usize = 16_384;
    let places = if len <= SMALL { len * 2 } else { (len + len / 4).max(SMALL * 2) };
    places / WIDTH + 4
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use driftline_stats::hash::hash_f64;

    use super::*;

    #[test]
    fn counts_like_a_plain_map_up_to_its_limit() {
        let hashes: Vec<u64> = (0..5_000).map(|i| hash_f64(f64::from(i * i % 1_237))).collect();
        let mut plain = BTreeMap::<u64, u64>::new();
        hashes.iter().for_each(|&hash| *plain.entry(hash).or_default() += 1);
        let mut map = CountMap::new(plain.len());
        let mut new = 0;
        map.add_all(&hashes, |_| {
            new += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(map.sorted(), plain.clone().into_iter().collect::<Vec<_>>());
        assert_eq!((new, map.len(), map.total()), (plain.len(), plain.len(), Some(5_000)));
        assert!(plain.iter().all(|(&hash, &count)| map.get(hash) == count));
        assert_eq!(map.get(hash_f64(0.5)), 0);
        assert_eq!(map.add(hash_f64(0.5), 1), Err(Full));
        assert_eq!(map.add(hash_f64(0.0), 7), Ok(false));
        assert_eq!(map.add_all(&[hash_f64(0.0), hash_f64(0.5)], |_| Ok(())), Err(1));
    }

    #[test]
    fn stopping_at_a_new_hash_keeps_it() {
        let mut map = CountMap::new(10);
        assert_eq!(map.add_all(&[1, 1, 2, 3], |index| if index == 2 { Err(Full) } else { Ok(()) }), Err(3));
        assert_eq!((map.get(1), map.get(2), map.get(3)), (2, 1, 0));
    }

    #[test]
    fn hashes_that_agree_in_their_halves_still_fit() {
        for shift in [0, 32] {
            let mut map = CountMap::new(2_000);
            (1..=2_000_u64).for_each(|i| assert_eq!(map.add(i << shift, i), Ok(true)));
            assert!((1..=2_000_u64).all(|i| map.get(i << shift) == i));
        }
    }

    #[test]
    fn no_limit_is_too_small() {
        let mut map = CountMap::new(0);
        assert_eq!(map.add(1, 1), Err(Full));
        map.reserve(usize::MAX);
        assert_eq!(map.get(1), 0);
    }
}
