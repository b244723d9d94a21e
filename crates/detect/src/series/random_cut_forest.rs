use driftline_stats::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// Trees: the mean over more says hardly anything else.
const TREES: usize = 24;
/// Points of a tree.
const POINTS: usize = 128;
/// No node.
const NONE: u32 = u32::MAX;

/// A forest of random cuts over a bounded sample of all points that came, for points that come one by one.
///
/// Robust random cut trees (Guha, Mishra, Roy and Schrijvers 2016, "Robust Random Cut Forest Based Anomaly Detection
/// On Streams", ICML): a cut falls on a dimension in proportion to its range. A point is put into every tree; its
/// score is its collusive displacement, the largest of (points beside a branch that holds it) / (points in that
/// branch), meaned over the trees. Then it stays with the probability that keeps the sample uniform over all points
/// (Vitter 1985, algorithm R) and another goes, or it is taken out again. The same points and seed give the same
/// scores. A point costs about `24 * 2 * depth * dimensions`; at most 24 trees of 128 points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomCutForest {
    dimensions: usize,
    seen: u64,
    draws: u64,
    seed: u64,
    trees: Vec<Tree>,
}

/// How far a point is from all others together.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacement {
    /// Collusive displacement, 0 or more: about 1 to 5 for points like the others, up to the points of a tree.
    pub score: f64,
    /// The part of each dimension in it: their sum is the score.
    pub parts: Vec<f64>,
}

/// Nodes in one array; those that were taken out are used again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tree {
    nodes: Vec<Node>,
    free: Vec<u32>,
    root: u32,
    /// The leaves of the points that are kept.
    leaves: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Node {
    parent: u32,
    left: u32,
    right: u32,
    dimension: u32,
    cut: f32,
    /// Points at or below it.
    size: u32,
    low: Vec<f32>,
    high: Vec<f32>,
}

impl RandomCutForest {
    /// A forest that has seen nothing, for points of so many dimensions.
    #[must_use]
    pub fn new(dimensions: usize, seed: u64) -> Self {
        let tree = || Tree { nodes: Vec::new(), free: Vec::new(), root: NONE, leaves: Vec::new() };
        Self { dimensions, seen: 0, draws: 0, seed, trees: (0..TREES).map(|_| tree()).collect() }
    }

    /// Points seen.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Judges a point by those before it, and learns it. What is missing, or is no number, counts as 0.
    pub fn update(&mut self, point: &[f64]) -> Displacement {
        let point: Vec<f32> = (0..self.dimensions)
            .map(|at| point.get(at).map_or(0.0, |&value| value as f32))
            .map(|value| if value.is_finite() { value } else { 0.0 })
            .collect();
        self.draws += 1;
        let mut random = SplitMix64::new(self.seed ^ self.draws.wrapping_mul(0xD1B5_4A32_D192_ED03));
        let mut found = Displacement { score: 0.0, parts: vec![0.0; self.dimensions] };
        let seen = self.seen;
        for tree in &mut self.trees {
            let leaf = tree.insert(&point, &mut random);
            let (score, dimension) = tree.displacement(leaf);
            let share = score / TREES as f64;
            found.score += share;
            if let Some(part) = found.parts.get_mut(dimension) {
                *part += share;
            }
            if tree.leaves.len() < POINTS {
                tree.leaves.push(leaf);
                continue;
            }
            let place = random.below(usize::try_from(seen + 1).unwrap_or(usize::MAX));
            match tree.leaves.get_mut(place) {
                Some(slot) => {
                    let gone = std::mem::replace(slot, leaf);
                    tree.remove(gone);
                }
                None => tree.remove(leaf),
            }
        }
        self.seen += 1;
        found
    }
}

impl Tree {
    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    fn change(&mut self, index: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(index as usize) {
            change(node);
        }
    }

    fn add(&mut self, node: Node) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.change(index, |slot| *slot = node);
                index
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        }
    }

    /// Puts a point where random cuts of all points together would have put it; gives its leaf, which equal points
    /// share.
    fn insert(&mut self, point: &[f32], random: &mut SplitMix64) -> u32 {
        let leaf = |parent| Node {
            parent,
            left: NONE,
            right: NONE,
            dimension: 0,
            cut: 0.0,
            size: 1,
            low: point.to_vec(),
            high: point.to_vec(),
        };
        if self.root == NONE {
            self.root = self.add(leaf(NONE));
            return self.root;
        }
        let mut at = self.root;
        while let Some(node) = self.node(at) {
            let cut = draw_cut(node, point, random);
            let is_leaf = node.left == NONE;
            if let Some((dimension, cut, is_left)) = cut {
                let (parent, size) = (node.parent, node.size);
                let (low, high) = (node.low.clone(), node.high.clone());
                let new = self.add(leaf(NONE));
                let (left, right) = if is_left { (new, at) } else { (at, new) };
                let branch =
                    self.add(Node { parent, left, right, dimension: dimension as u32, cut, size, low, high });
                self.replace_child(parent, at, branch);
                self.change(at, |node| node.parent = branch);
                self.change(new, |node| node.parent = branch);
                self.grow(branch, point);
                return new;
            }
            if is_leaf {
                self.grow(at, point);
                return at;
            }
            let coordinate = point.get(node.dimension as usize).copied().unwrap_or_default();
            at = if coordinate <= node.cut { node.left } else { node.right };
        }
        at
    }

    /// One more point at a node and all above it.
    fn grow(&mut self, from: u32, point: &[f32]) {
        let mut at = from;
        while let Some(node) = self.nodes.get_mut(at as usize) {
            node.size += 1;
            for ((low, high), &value) in node.low.iter_mut().zip(&mut node.high).zip(point) {
                *low = low.min(value);
                *high = high.max(value);
            }
            at = node.parent;
        }
    }

    /// Takes a point out.
    fn remove(&mut self, leaf: u32) {
        let Some(&Node { parent, size, .. }) = self.node(leaf) else { return };
        let mut at = parent;
        if size > 1 {
            at = leaf;
        } else if parent == NONE {
            self.root = NONE;
            self.free.push(leaf);
        } else if let Some(&Node { parent: above, left, right, .. }) = self.node(parent) {
            let sibling = if left == leaf { right } else { left };
            self.change(sibling, |node| node.parent = above);
            self.replace_child(above, parent, sibling);
            self.free.extend([leaf, parent]);
            at = above;
        }
        while let Some(&Node { parent, left, right, .. }) = self.node(at) {
            self.change(at, |node| node.size -= 1);
            if let (Some(left), Some(right)) = (self.node(left), self.node(right)) {
                let least = |(a, b): (&f32, &f32)| a.min(*b);
                let most = |(a, b): (&f32, &f32)| a.max(*b);
                let low = left.low.iter().zip(&right.low).map(least).collect();
                let high = left.high.iter().zip(&right.high).map(most).collect();
                self.change(at, |node| (node.low, node.high) = (low, high));
            }
            at = parent;
        }
    }

    fn replace_child(&mut self, parent: u32, child: u32, with: u32) {
        if parent == NONE {
            self.root = with;
        }
        self.change(parent, |node| if node.left == child { node.left = with } else { node.right = with });
    }

    /// The collusive displacement of a leaf, and the dimension of the cut that gives it.
    fn displacement(&self, leaf: u32) -> (f64, usize) {
        let (mut score, mut dimension) = (0.0, 0);
        let mut at = leaf;
        while let Some(node) = self.node(at) {
            let Some(parent) = self.node(node.parent) else { break };
            let beside = f64::from(parent.size - node.size) / f64::from(node.size.max(1));
            if beside > score {
                (score, dimension) = (beside, parent.dimension as usize);
            }
            at = node.parent;
        }
        (score, dimension)
    }
}

/// A cut of the box of a node and a point, where it falls between the two: its dimension, its place, and whether the
/// point is on the left. Nothing where it falls within the box.
fn draw_cut(node: &Node, point: &[f32], random: &mut SplitMix64) -> Option<(usize, f32, bool)> {
    let sides = || node.low.iter().zip(&node.high).zip(point).map(|((&l, &h), &p)| (l.min(p), h.max(p)));
    let total: f64 = sides().map(|(low, high)| f64::from(high) - f64::from(low)).sum();
    let mut rest = random.unit() * total;
    if total <= 0.0 {
        return None;
    }
    for (dimension, (low, high)) in sides().enumerate() {
        let range = f64::from(high) - f64::from(low);
        if rest >= range {
            rest -= range;
            continue;
        }
        let cut = (f64::from(low) + rest) as f32;
        let (box_low, box_high) = (node.low.get(dimension)?, node.high.get(dimension)?);
        let coordinate = point.get(dimension)?;
        if *coordinate <= cut && cut < *box_low {
            return Some((dimension, cut, true));
        }
        if *box_high <= cut && cut < *coordinate {
            return Some((dimension, cut, false));
        }
        return None;
    }
    None
}

#[cfg(test)]
mod tests {
    use driftline_testkit::Random;

    use super::*;

    fn check(tree: &Tree) {
        assert_eq!(tree.node(tree.root).map_or(0, |root| root.size as usize), tree.leaves.len());
        assert!(tree.nodes.len() <= 2 * (POINTS + 1), "{}", tree.nodes.len());
        for &leaf in &tree.leaves {
            let mut at = leaf;
            while let Some(node) = tree.node(at) {
                let inside = |(low, high): (&f32, &f32)| low <= high;
                assert!(node.low.iter().zip(&node.high).all(inside) && node.size > 0);
                if let (Some(left), Some(right)) = (tree.node(node.left), tree.node(node.right)) {
                    assert_eq!(left.size + right.size, node.size);
                    assert_eq!((left.parent, right.parent), (at, at));
                    let dimension = node.dimension as usize;
                    assert!(left.high[dimension] <= node.cut && node.cut < right.low[dimension]);
                }
                at = node.parent;
            }
        }
    }

    #[test]
    fn trees_stay_whole_and_bounded_while_points_come_and_go() {
        let mut random = Random::new(3);
        let mut forest = RandomCutForest::new(3, 1);
        for i in 0..1000 {
            // Every third point repeats one of a few.
            let point =
                if i % 3 == 0 { [1.0, 2.0, (i % 5) as f64] } else { [(); 3].map(|()| random.normal()) };
            forest.update(&point);
        }
        forest.trees.iter().for_each(check);
        assert_eq!(forest.trees[0].leaves.len(), POINTS);
    }

    #[test]
    fn what_breaks_a_correlation_within_its_range_stands_out() {
        let mut random = Random::new(3);
        let mut forest = RandomCutForest::new(3, 1);
        let mut usual = Vec::new();
        for _ in 0..2000 {
            let x = random.normal();
            let point = [x, x + 0.1 * random.normal(), x + 0.1 * random.normal()];
            usual.push(forest.update(&point).score);
        }
        usual.sort_by(f64::total_cmp);
        let broken = forest.update(&[1.2, -1.2, 1.2]);
        assert!(broken.score > usual[1900], "{} {}", broken.score, usual[1900]);
        assert!((broken.parts.iter().sum::<f64>() - broken.score).abs() < 1e-9);
    }

    #[test]
    fn it_goes_on_after_being_kept() {
        let mut random = Random::new(3);
        let mut forest = RandomCutForest::new(2, 1);
        for _ in 0..300 {
            forest.update(&[random.normal(), random.normal()]);
        }
        let mut kept: RandomCutForest =
            serde_json::from_str(&serde_json::to_string(&forest).unwrap()).unwrap();
        assert_eq!(kept.update(&[3.0, f64::NAN]), forest.update(&[3.0, f64::NAN]));
        assert_eq!(kept, forest);
    }
}
