use crate::bins::NumberBins;

/// Cells of the table that leads from a number to its bin.
const CELLS: usize = 1024;
/// Edges in one cell up to which comparing with each of them beats a binary search.
const MAX_DEPTH: usize = 4;

/// Counts numbers into bins at about a nanosecond each.
///
/// A monotone map sends every number to one of 1024 cells. The bin of a number is the number of edges in the
/// cells before its own, plus those in its own cell that it reaches: mostly none or one. Monotony makes the
/// result exactly that of [`NumberBins::locate`], whatever the map rounds.
#[derive(Debug, Clone)]
pub(crate) struct BinCounter {
    bins: NumberBins,
    map: CellMap,
    /// For each cell the number of edges in the cells before it.
    before: Vec<u16>,
    /// The edges, then NaN, which no number reaches, so that `before + depth` is always in range.
    edges: Vec<f64>,
    depth: usize,
}

/// A map from numbers to cells that never falls.
#[derive(Debug, Clone, Copy)]
enum CellMap {
    /// By distance from the first edge: cells of equal width.
    Linear { first: f64, scale: f64 },
    /// By the order of bit patterns: cells of equal ratio, for values of all magnitudes.
    Bits { first: u64, shift: u32 },
}

impl BinCounter {
    pub(crate) fn new(bins: NumberBins) -> Self {
        let edges = bins.edges();
        let (first, last) = match edges {
            [] => (0.0, 0.0),
            [first, .., last] => (*first, *last),
            [only] => (*only, *only),
        };
        let linear = CellMap::linear(first, last);
        let bits = CellMap::bits(first, last);
        let map = if depth_of(linear, edges) <= depth_of(bits, edges) { linear } else { bits };
        let depth = depth_of(map, edges);
        let cells: Vec<usize> = edges.iter().map(|&edge| map.cell(edge)).collect();
        let before = (0..CELLS).map(|cell| cells.partition_point(|&at| at < cell) as u16).collect();
        let mut padded = edges.to_vec();
        padded.resize(edges.len() + depth, f64::NAN);
        Self { map, before, edges: padded, depth, bins }
    }

    /// The bins that are counted.
    pub(crate) fn bins(&self) -> &NumberBins {
        &self.bins
    }

    /// Adds to `counts`, one a bin, the numbers of a slice without NaN.
    pub(crate) fn count_into(&self, values: &[f64], counts: &mut [u64]) {
        if counts.len() != self.bins.len() || self.bins.len() > usize::from(u16::MAX) {
            debug_assert!(false, "{} counts for {} bins", counts.len(), self.bins.len());
            return;
        }
        match (self.map, self.depth) {
            (CellMap::Linear { first, scale }, 0 | 1) => {
                self.count::<1>(values, counts, |x| linear_cell(x, first, scale));
            }
            (CellMap::Linear { first, scale }, 2) => {
                self.count::<2>(values, counts, |x| linear_cell(x, first, scale));
            }
            (CellMap::Linear { first, scale }, 3..=MAX_DEPTH) => {
                self.count::<MAX_DEPTH>(values, counts, |x| linear_cell(x, first, scale));
            }
            (CellMap::Bits { first, shift }, 0..=2) => {
                self.count::<2>(values, counts, |x| bits_cell(x, first, shift));
            }
            (CellMap::Bits { first, shift }, 3..=MAX_DEPTH) => {
                self.count::<MAX_DEPTH>(values, counts, |x| bits_cell(x, first, shift));
            }
            _ => self.bins.count_one_by_one(values, counts),
        }
    }

    #[inline(always)]
    fn count<const DEPTH: usize>(&self, values: &[f64], counts: &mut [u64], cell: impl Fn(f64) -> usize) {
        let Some(before) = self.before.first_chunk::<CELLS>() else { return };
        for &x in values {
            let first = usize::from(before[cell(x) % CELLS]);
            let mut bin = first;
            for back in 0..DEPTH {
                // An edge of a later cell is above x, so that comparing with too many does no harm.
                bin += usize::from(self.edges.get(first + back).is_some_and(|&edge| edge <= x));
            }
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
    }
}

impl CellMap {
    fn linear(first: f64, last: f64) -> Self {
        // Half a cell of room on either side would gain nothing: outside there are no edges.
        let scale = (CELLS - 1) as f64 / (last - first);
        Self::Linear { first, scale: if scale.is_finite() { scale } else { 0.0 } }
    }

    fn bits(first: f64, last: f64) -> Self {
        let (first, last) = (ordered_bits(first), ordered_bits(last));
        let width = 64 - (last - first).leading_zeros();
        Self::Bits { first, shift: width.saturating_sub(CELLS.ilog2()) }
    }

    fn cell(self, x: f64) -> usize {
        match self {
            Self::Linear { first, scale } => linear_cell(x, first, scale),
            Self::Bits { first, shift } => bits_cell(x, first, shift),
        }
    }
}

#[inline(always)]
fn linear_cell(x: f64, first: f64, scale: f64) -> usize {
    // Infinity times a scale of zero would be NaN, which is cell 0 by the cast; no edge is lost by it because
    // a scale of zero puts all edges there.
    ((x - first) * scale).clamp(0.0, (CELLS - 1) as f64) as u32 as usize
}

#[inline(always)]
fn bits_cell(x: f64, first: u64, shift: u32) -> usize {
    (ordered_bits(x).saturating_sub(first) >> shift).min(CELLS as u64 - 1) as usize
}

/// Bits that are ordered like the numbers. Adding zero makes one zero of two.
#[inline(always)]
fn ordered_bits(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    let sign = ((bits as i64) >> 63) as u64;
    bits ^ (sign | (1 << 63))
}

/// Most edges in one cell.
fn depth_of(map: CellMap, edges: &[f64]) -> usize {
    edges.chunk_by(|a, b| map.cell(*a) == map.cell(*b)).map(<[f64]>::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use driftline_chunk::Physical;

    use super::*;

    fn check(edges: Vec<f64>) {
        let bins = NumberBins::from_edges(edges.clone(), Physical::Number).unwrap();
        let counter = BinCounter::new(bins.clone());
        let mut values = vec![0.0, -0.0, 1.0, f64::MAX, f64::MIN, 5e-324, f64::INFINITY, f64::NEG_INFINITY];
        for edge in edges {
            values.extend([edge, edge.next_up(), edge.next_down(), edge * 1.01, edge - 0.3]);
        }
        for x in values {
            let mut counts = vec![0; bins.len()];
            counter.count_into(&[x], &mut counts);
            assert_eq!(counts.iter().position(|&count| count == 1), Some(bins.locate(x)), "{x} {counter:?}");
        }
    }

    #[test]
    fn counts_like_a_search_for_every_shape_of_edges() {
        check(vec![3.0]);
        check((0..20).map(f64::from).collect());
        check((0..40).map(|i| f64::from(i - 20).powi(3)).collect());
        check((-300..300).step_by(7).map(|i| 10_f64.powi(i)).collect());
        check(vec![0.0, 0_f64.next_up(), 1.0, 1_f64.next_up(), 2.0, 1e9]);
        check(vec![-f64::MAX, -1e-300, 0.0, 1e-300, f64::MAX]);
        check((0..8).map(|i| f64::from_bits(1e9_f64.to_bits() + i)).chain([2e18]).collect());
        check((0..3000).map(|i| f64::from(i) * 0.1).collect());
    }
}
