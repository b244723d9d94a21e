/// Values up to which the table is made so sparse that nearly every look-up ends at its first slot: what costs
/// time is guessing wrong how many slots to look at.
const FEW_VALUES: usize = 512;

/// Evidence by hash: a table that is built once and then only read. Linear probing at a load of at most one
/// sixteenth for few values and one half for many; two to four nanoseconds a look-up while it fits into the
/// cache.
#[derive(Debug, Clone)]
pub(super) struct FrozenTable {
    /// Hash and evidence; NaN marks a free slot, so that a slot has 16 bytes and not 24.
    slots: Vec<(u64, f32)>,
    mask: usize,
    absent: f32,
}

impl FrozenTable {
    /// A table of these pairs; `absent` is the evidence of all other hashes. Of pairs with the same hash the
    /// first is kept.
    pub(super) fn new(pairs: &[(u64, f32)], absent: f32) -> Self {
        let spread = if pairs.len() <= FEW_VALUES { 16 } else { 2 };
        let size = (spread * pairs.len()).next_power_of_two().max(2);
        let mut table = Self { slots: vec![(0, f32::NAN); size], mask: size - 1, absent };
        for &(hash, evidence) in pairs {
            let mut place = hash as usize & table.mask;
            while let Some(slot) = table.slots.get_mut(place) {
                if slot.1.is_nan() {
                    *slot = (hash, evidence);
                }
                if slot.0 == hash {
                    break;
                }
                place = (place + 1) & table.mask;
            }
        }
        table
    }

    #[inline]
    pub(super) fn get(&self, hash: u64) -> f32 {
        let mut place = hash as usize & self.mask;
        while let Some(&(other, evidence)) = self.slots.get(place) {
            if evidence.is_nan() {
                break;
            }
            if other == hash {
                return evidence;
            }
            place = (place + 1) & self.mask;
        }
        self.absent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in() {
        // Hashes that share their low bits.
        let pairs: Vec<(u64, f32)> = (0..100_u64).map(|i| (i << 32, i as f32)).collect();
        let table = FrozenTable::new(&pairs, -1.0);
        assert!(pairs.iter().all(|&(hash, evidence)| table.get(hash) == evidence));
        assert_eq!(table.get(7), -1.0);
        assert_eq!(FrozenTable::new(&[], 2.0).get(5), 2.0);
        assert_eq!(FrozenTable::new(&[(1, 1.0), (1, 2.0)], 0.0).get(1), 1.0);
    }
}
