//! Pairs of tables.

use super::draw::cells;
use super::{COUNTING_SIGNAL, Cells, Change, SHAPES, Shape, Signals};
use crate::Random;

/// Rows of both sides: reference, current.
pub type Sizes = (usize, usize);

/// Most columns that are changed in one table.
const MAX_CHANGED: u64 = 6;

/// One column on both sides.
#[derive(Debug, Clone)]
pub struct PlantedColumn {
    /// What its values look like.
    pub shape: Shape,
    /// What was done to the current side.
    pub change: Option<Change>,
    /// `sqrt(4 n J)` of the change; 0 without one.
    pub signal: f64,
    /// Cells of the reference.
    pub reference: Cells,
    /// Cells of the current side.
    pub current: Cells,
}

impl PlantedColumn {
    /// Whether the change is large enough that a test is expected to find it; `None` for a change that is not,
    /// which is then neither right nor wrong to report.
    pub fn counts(&self) -> Option<bool> {
        match self.change {
            None => Some(false),
            Some(_) if self.signal >= COUNTING_SIGNAL => Some(true),
            Some(_) => None,
        }
    }
}

/// Two tables with the same columns.
#[derive(Debug, Clone)]
pub struct PlantedPair {
    /// The columns, one of each shape.
    pub columns: Vec<PlantedColumn>,
    /// Rows of both sides.
    pub sizes: Sizes,
}

impl PlantedPair {
    /// Pair number `index` of a suite. `is_stable` leaves every column as it is; otherwise one to six columns
    /// are changed. The same arguments give the same pair.
    pub fn new((seed, index): (u64, u64), sizes: Sizes, is_stable: bool, signals: &mut Signals) -> Self {
        let mut random = Random::for_stream(seed, index);
        let mut changes: Vec<Option<Change>> = vec![None; SHAPES.len()];
        if !is_stable {
            let wanted = 1 + random.below(MAX_CHANGED);
            for _ in 0..wanted {
                // A place that is drawn twice, or never changed, leaves one change less, but not the first.
                let place = random.below(19) as usize;
                if let (Some(slot), Some(shape)) = (changes.get_mut(place), SHAPES.get(place)) {
                    *slot = Change::random(*shape, &mut random);
                }
            }
        }
        let columns = SHAPES
            .into_iter()
            .zip(changes)
            .enumerate()
            .map(|(place, (shape, change))| {
                let mut random = Random::for_stream(seed ^ 0xC0_1D, index * 64 + place as u64);
                let reference = cells(shape, None, (sizes.0, 0), &mut random);
                let current = cells(shape, change, (sizes.1, sizes.0 as u64), &mut random);
                let signal = change.map_or(0.0, |change| signals.signal(shape, change, sizes));
                PlantedColumn { shape, change, signal, reference, current }
            })
            .collect();
        Self { columns, sizes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_the_same_for_a_seed_and_changed_where_they_say() {
        let mut signals = Signals::new();
        let pair = PlantedPair::new((1, 3), (50, 60), false, &mut signals);
        let again = PlantedPair::new((1, 3), (50, 60), false, &mut signals);
        assert_eq!(pair.columns.len(), 22);
        assert!(pair.columns.iter().any(|column| column.change.is_some()));
        for (a, b) in pair.columns.iter().zip(&again.columns) {
            // NaN is not equal to itself, so compare what a file would show.
            let text = |cells: &Cells| (0..cells.len()).map(|row| cells.text(row)).collect::<Vec<_>>();
            assert_eq!(text(&a.reference), text(&b.reference));
            assert_eq!(text(&a.current), text(&b.current));
            assert_eq!((a.reference.len(), a.current.len()), (50, 60));
        }
        let stable = PlantedPair::new((1, 3), (50, 60), true, &mut signals);
        assert!(stable.columns.iter().all(|column| column.counts() == Some(false)));
    }
}
