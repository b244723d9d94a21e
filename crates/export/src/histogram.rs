use driftline_model::{BinReport, ColumnReport};

use crate::Charset;

/// Label of the bin that holds all categories without a bin of their own.
const POOLED: &str = "(other)";

/// The shares of both sides in the same few cells, ready to be drawn side by side.
///
/// Bins of numbers hold about equal shares of the reference by construction, so drawn as they are the
/// reference would always look flat. Their mass is therefore spread evenly over each bin's width into cells of
/// equal width; what lies beyond the outermost edges is drawn in the outermost cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Share of the reference in each cell, 0..1.
    pub reference: Vec<f64>,
    /// Share of the current data in each cell, 0..1.
    pub current: Vec<f64>,
}

impl Histogram {
    /// The histogram of a column in at most `cells` cells; absent when the column was not compared.
    pub fn of(column: &ColumnReport, cells: usize) -> Option<Self> {
        if column.bins.is_empty() || cells == 0 {
            return None;
        }
        let finite = |edge: Option<f64>| edge.filter(|edge| edge.is_finite());
        let edges: Vec<f64> =
            column.bins.iter().flat_map(|bin| [finite(bin.lower), finite(bin.upper)]).flatten().collect();
        let low = edges.iter().copied().fold(f64::INFINITY, f64::min);
        let high = edges.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let few_points = column.bins.len() <= cells && column.bins.iter().all(is_point_or_open);
        if edges.is_empty()
            || few_points
            || low.partial_cmp(&high) != Some(std::cmp::Ordering::Less)
            || !(high - low).is_finite()
        {
            return Some(Self::bin_by_bin(&column.bins, cells));
        }
        Some(Self::spread(&column.bins, (low, high), cells))
    }

    /// One cell a bin, in order; what is too much is pooled in the last cell.
    fn bin_by_bin(bins: &[BinReport], cells: usize) -> Self {
        // What is pooled already would only dwarf the categories that have a name.
        let named: Vec<&BinReport> = bins.iter().filter(|bin| bin.label != POOLED).collect();
        let bins: Vec<&BinReport> = if named.is_empty() { bins.iter().collect() } else { named };
        let count = bins.len().min(cells);
        let mut histogram = Self { reference: vec![0.0; count], current: vec![0.0; count] };
        for (index, bin) in bins.into_iter().enumerate() {
            histogram.add(index.min(count - 1), bin, 1.0);
        }
        histogram
    }

    /// Cells of equal width between the outermost edges.
    fn spread(bins: &[BinReport], (low, high): (f64, f64), cells: usize) -> Self {
        let mut histogram = Self { reference: vec![0.0; cells], current: vec![0.0; cells] };
        #[expect(clippy::cast_precision_loss, reason = "a few cells")]
        let step = (high - low) / cells as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to 0..cells")]
        let cell_of = |value: f64| (((value - low) / step).max(0.0) as usize).min(cells - 1);
        for bin in bins {
            match (bin.lower, bin.upper) {
                (Some(lower), Some(upper)) if upper - lower > step * 1e-6 => {
                    let (first, last) = (cell_of(lower), cell_of(upper));
                    for cell in first..=last {
                        #[expect(clippy::cast_precision_loss, reason = "a few cells")]
                        let start = low + step * cell as f64;
                        let overlap = (upper.min(start + step) - lower.max(start)).max(0.0);
                        histogram.add(cell, bin, overlap / (upper - lower));
                    }
                }
                (Some(lower), _) => histogram.add(cell_of(lower), bin, 1.0),
                (None, Some(_)) => histogram.add(0, bin, 1.0),
                (None, None) => {}
            }
        }
        histogram
    }

    fn add(&mut self, cell: usize, bin: &BinReport, part: f64) {
        self.reference[cell] += bin.reference_ratio * part;
        self.current[cell] += bin.current_ratio * part;
    }

    /// Both sides as rows of block characters on one common scale: reference, current. An empty cell is a
    /// blank, the smallest share that is not zero is visible.
    pub fn sparklines(&self, charset: Charset) -> [String; 2] {
        const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        const PLAIN: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '#', '@'];
        let glyphs = if charset == Charset::Unicode { BLOCKS } else { PLAIN };
        let highest = self.reference.iter().chain(&self.current).copied().fold(0.0, f64::max);
        let draw = |shares: &[f64]| -> String {
            shares
                .iter()
                .map(|&share| {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=8")]
                    let level = if share > 0.0 { (share / highest * 8.0).ceil() as usize } else { 0 };
                    glyphs[level.min(8)]
                })
                .collect()
        };
        [draw(&self.reference), draw(&self.current)]
    }
}

/// A bin that holds one value, or everything beyond the others.
fn is_point_or_open(bin: &BinReport) -> bool {
    match (bin.lower, bin.upper) {
        (Some(lower), Some(upper)) => upper - lower <= lower.abs().max(1e-300) * 1e-12,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn bin(lower: Option<f64>, upper: Option<f64>, shares: (f64, f64)) -> BinReport {
        BinReport {
            label: String::new(),
            lower,
            upper,
            reference_ratio: shares.0,
            current_ratio: shares.1,
            contribution: 0.0,
        }
    }

    #[test]
    fn quantile_bins_regain_their_shape() {
        let mut column = fixture::column("x");
        column.bins = vec![
            bin(None, Some(0.0), (0.1, 0.0)),
            bin(Some(0.0), Some(1.0), (0.4, 0.2)),
            bin(Some(1.0), Some(4.0), (0.4, 0.3)),
            bin(Some(4.0), None, (0.1, 0.5)),
        ];
        let histogram = Histogram::of(&column, 4).unwrap();
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&histogram.reference, &[0.5, 0.4 / 3.0, 0.4 / 3.0, 0.4 / 3.0 + 0.1]));
        assert!((histogram.current.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(histogram.sparklines(Charset::Ascii)[0].len(), 4);
    }

    #[test]
    fn point_masses_stand_beside_each_other() {
        let mut column = fixture::column("month");
        column.bins = vec![
            bin(None, Some(1.0), (0.0, 0.0)),
            bin(Some(1.0), Some(1.0_f64.next_up()), (1.0, 0.0)),
            bin(Some(1.0_f64.next_up()), None, (0.0, 1.0)),
        ];
        let histogram = Histogram::of(&column, 10).unwrap();
        assert_eq!(histogram.sparklines(Charset::Unicode), [" █ ", "  █"]);
    }

    #[test]
    fn many_categories_are_pooled_at_the_end() {
        let mut column = fixture::column("carrier");
        column.bins = (0..30).map(|_| bin(None, None, (1.0 / 30.0, 1.0 / 30.0))).collect();
        let histogram = Histogram::of(&column, 10).unwrap();
        assert_eq!(histogram.reference.len(), 10);
        assert!((histogram.reference[9] - 0.7).abs() < 1e-9);
    }
}
