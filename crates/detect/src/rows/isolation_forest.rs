//! Isolation forest (Liu, Ting and Zhou 2008): strange rows are cut off from the rest by few random cuts.

use driftline_stats::random::SplitMix64;

use super::matrix::Matrix;
use super::subsample::subsample;

/// Trees, as in the paper.
const TREES: usize = 100;

/// Rows that each tree is grown from, as in the paper.
const TREE_ROWS: usize = 256;

/// Draws of a column to cut before a node is given up as having nothing to cut.
const COLUMN_DRAWS: usize = 8;

const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// The trees, each as one array of nodes.
#[derive(Debug, Clone)]
pub(super) struct IsolationForest {
    trees: Vec<Vec<Node>>,
    normaliser: f64,
}

#[derive(Debug, Clone, Copy)]
enum Node {
    /// Rows with a value below `cut` in `column` go to the next node, the others to `right`; those without a
    /// value to the side where more rows went while growing.
    Cut { column: u32, right: u32, cut: f64, missing_left: MissingSide },
    /// Depth of the leaf, with the expected depth of the rows left in it.
    Leaf { depth: f64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingSide {
    Left,
    Right,
}

impl IsolationForest {
    /// Grows 100 trees from 256 rows each; O(trees * 256 * 8).
    pub(super) fn fit(matrix: &Matrix, random: &mut SplitMix64) -> Self {
        let rows = TREE_ROWS.min(matrix.rows());
        let max_depth = (rows.max(2) as f64).log2().ceil() as usize;
        let trees = (0..TREES)
            .map(|_| {
                let sample = matrix.select(&subsample_quick(matrix.rows(), rows, random));
                let mut tree = Vec::new();
                let order: Vec<usize> = (0..sample.rows()).collect();
                Grower { matrix: &sample, nodes: &mut tree, random, max_depth }.grow(order, 0);
                tree
            })
            .collect();
        Self { trees, normaliser: expected_depth(rows).max(f64::MIN_POSITIVE) }
    }

    /// `2^(-mean depth / c(n))`, 0..1, higher is stranger; about 0.5 for all rows when none stands out.
    /// About 100 walks of 8 steps.
    pub(super) fn score(&self, row: &[f64]) -> f64 {
        let total: f64 = self.trees.iter().map(|tree| depth(tree, row)).sum();
        (-total / self.trees.len().max(1) as f64 / self.normaliser).exp2()
    }
}

fn depth(tree: &[Node], row: &[f64]) -> f64 {
    let mut index = 0;
    loop {
        match tree.get(index) {
            Some(&Node::Cut { column, right, cut, missing_left }) => {
                let x = row.get(column as usize).copied().unwrap_or(f64::NAN);
                let left = if x.is_nan() { missing_left == MissingSide::Left } else { x < cut };
                index = if left { index + 1 } else { right as usize };
            }
            Some(&Node::Leaf { depth }) => return depth,
            None => return 0.0,
        }
    }
}

/// Mean depth of an unsuccessful search in a binary search tree of `rows` keys (Preiss 1999, as in the paper).
fn expected_depth(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let n = rows as f64;
            2.0 * ((n - 1.0).ln() + EULER_GAMMA) - 2.0 * (n - 1.0) / n
        }
    }
}

/// A draw of `size` different rows; for large tables by rejection, so that a tree costs its own size and not
/// the table's.
fn subsample_quick(total: usize, size: usize, random: &mut SplitMix64) -> Vec<usize> {
    if total < 4 * size {
        return subsample(total, size, random);
    }
    let mut chosen = std::collections::BTreeSet::new();
    while chosen.len() < size {
        chosen.insert(random.below(total));
    }
    chosen.into_iter().collect()
}

struct Grower<'a> {
    matrix: &'a Matrix,
    nodes: &'a mut Vec<Node>,
    random: &'a mut SplitMix64,
    max_depth: usize,
}

impl Grower<'_> {
    fn grow(&mut self, rows: Vec<usize>, depth: usize) {
        let cut = if depth < self.max_depth && rows.len() > 1 { self.draw_cut(&rows) } else { None };
        let Some((column, cut)) = cut else {
            self.nodes.push(Node::Leaf { depth: depth as f64 + expected_depth(rows.len()) });
            return;
        };
        let (mut left, mut right, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match self.value(row, column) {
                x if x.is_nan() => missing.push(row),
                x if x < cut => left.push(row),
                _ => right.push(row),
            }
        }
        let missing_left = if left.len() >= right.len() { MissingSide::Left } else { MissingSide::Right };
        if missing_left == MissingSide::Left { &mut left } else { &mut right }.extend(missing);

        let place = self.nodes.len();
        self.nodes.push(Node::Leaf { depth: 0.0 });
        self.grow(left, depth + 1);
        let node = Node::Cut { column: column as u32, right: self.nodes.len() as u32, cut, missing_left };
        if let Some(slot) = self.nodes.get_mut(place) {
            *slot = node;
        }
        self.grow(right, depth + 1);
    }

    /// A column that is not constant here, and a place between its smallest and largest value.
    fn draw_cut(&mut self, rows: &[usize]) -> Option<(usize, f64)> {
        let columns = self.matrix.columns();
        for _ in 0..COLUMN_DRAWS.max(columns.min(4 * COLUMN_DRAWS)) {
            let column = self.random.below(columns);
            let values = rows.iter().map(|&row| self.value(row, column)).filter(|x| x.is_finite());
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            if low < high {
                let share = self.random.unit();
                // Weighted like this the cut cannot overflow; it must leave the smallest value on the left.
                let cut = low * (1.0 - share) + high * share;
                return Some((column, if cut > low { cut } else { high }));
            }
        }
        None
    }

    fn value(&self, row: usize, column: usize) -> f64 {
        self.matrix.get(row, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_depth_is_that_of_the_paper() {
        // sklearn.ensemble._iforest._average_path_length([256, 3])
        assert!((expected_depth(256) - 10.244_770_920_116_851).abs() < 1e-9);
        assert!((expected_depth(3) - 1.207_392_357_589_622_4).abs() < 1e-9);
    }

    #[test]
    fn a_far_row_scores_highest() {
        let mut random = SplitMix64::new(3);
        let mut values: Vec<f64> = (0..2000).map(|_| random.unit()).collect();
        values.extend([5.0, 5.0]);
        let matrix = Matrix::new(values, 2);
        let forest = IsolationForest::fit(&matrix, &mut SplitMix64::new(1));
        let scores: Vec<f64> = matrix.iter().map(|row| forest.score(row)).collect();
        assert!(scores[1000] > 0.7 && scores[..1000].iter().all(|&score| score < scores[1000]));
    }
}
