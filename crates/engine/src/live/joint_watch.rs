//! Metrics that move together, seen together.

use std::collections::{BTreeMap, BTreeSet};

use driftline_detect::series::RandomCutForest;
use serde::{Deserialize, Serialize};

/// Metrics that are looked at together at most, one a column.
const MOST_METRICS: usize = 256;
/// Metrics of a group, and groups, at most: cuts over many dimensions see little of each.
const GROUP: usize = 6;
const GROUPS: usize = 24;
/// Windows that are kept to see what moves together, evenly over the past.
const KEPT: usize = 240;
/// Metrics move together from this correlation on.
const TOGETHER: f64 = 0.8;
/// Windows that a group has to have seen before it is judged.
const JUDGE_FROM: u64 = 200;
/// Metrics that an alarm names.
const NAMED: usize = 3;
/// Deviations beyond this count as this many: that one metric is far out is told by itself.
const FARTHEST: f64 = 6.0;
/// The series of how strange the metrics are together.
pub(super) const JOINT: &str = "joint";
/// What stands for a column, first the best.
const MAIN: [&str; 4] = ["mean", "true_ratio", "distinct", "null_ratio"];

/// Watches groups of metrics that move together.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct JointWatch {
    metrics: Vec<String>,
    kept: Vec<Vec<f32>>,
    stride: u64,
    offered: u64,
    groups: Vec<Group>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Group {
    /// Index, mean and standard deviation of its metrics.
    members: Vec<(u32, f64, f64)>,
    forest: RandomCutForest,
}

/// How strange the metrics of a window are together.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Joint {
    /// Logarithm of the displacement of the group that stands out most; nothing while too little is known.
    pub(super) score: Option<f64>,
    /// The metrics that make it so, most first.
    pub(super) metrics: Vec<String>,
}

impl JointWatch {
    /// Takes in the metrics of a window.
    pub(super) fn closed(&mut self, values: &BTreeMap<String, f64>) -> Joint {
        let main = main_metrics(values);
        if self.metrics != main && !main.iter().all(|metric| self.metrics.contains(metric)) {
            // Other metrics: what moves together has to be seen again.
            *self = Self { metrics: main, stride: 1, ..Self::default() };
        }
        let at = |metric: &String| values.get(metric).map_or(f32::NAN, |&value| value as f32);
        let row: Vec<f32> = self.metrics.iter().map(at).collect();
        let joint = self.judge(&row);
        self.keep(row);
        joint
    }

    fn judge(&mut self, row: &[f32]) -> Joint {
        let mut joint = Joint::default();
        for group in &mut self.groups {
            let point: Option<Vec<f64>> =
                group.members.iter().map(|member| standardised(row, member)).collect();
            // A window without one of them says nothing of how they go together.
            let Some(point) = point else { continue };
            let is_known = group.forest.seen() >= JUDGE_FROM;
            let found = group.forest.update(&point);
            let score = found.score.max(f64::MIN_POSITIVE).ln();
            if !is_known || joint.score.is_some_and(|known| known >= score) {
                continue;
            }
            let mut parts: Vec<(f64, u32)> =
                found.parts.iter().copied().zip(group.members.iter().map(|member| member.0)).collect();
            parts.sort_by(|a, b| b.0.total_cmp(&a.0));
            let name = |&(_, index): &(f64, u32)| self.metrics.get(index as usize).cloned();
            joint = Joint {
                score: Some(score),
                metrics: parts.iter().filter(|(part, _)| *part > 0.0).take(NAMED).filter_map(name).collect(),
            };
        }
        joint
    }

    /// Keeps every so many windows; looks anew at what moves together when those that are kept were doubled.
    fn keep(&mut self, row: Vec<f32>) {
        if self.offered.is_multiple_of(self.stride.max(1)) {
            self.kept.push(row);
        }
        self.offered += 1;
        if self.kept.len() < KEPT {
            return;
        }
        let groups = groups(&self.kept, self.metrics.len());
        let of = |group: &Group| -> BTreeSet<u32> { group.members.iter().map(|member| member.0).collect() };
        let known: BTreeSet<BTreeSet<u32>> = self.groups.iter().map(of).collect();
        let mut seed = 0;
        for members in groups {
            seed += 1;
            let is_new = !known.contains(&members.iter().map(|member| member.0).collect());
            // What was seen to move together goes on being watched: groups are only added.
            let is_taken = |member: &(u32, f64, f64)| known.iter().flatten().any(|index| *index == member.0);
            if is_new && !members.iter().any(is_taken) && self.groups.len() < GROUPS {
                let forest = RandomCutForest::new(members.len(), seed);
                self.groups.push(Group { members, forest });
            }
        }
        let mut index = 0;
        self.kept.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.stride = 2 * self.stride.max(1);
    }
}

fn standardised(row: &[f32], &(index, mean, deviation): &(u32, f64, f64)) -> Option<f64> {
    let value = row.get(index as usize).copied().filter(|value| value.is_finite())?;
    Some(((f64::from(value) - mean) / deviation).clamp(-FARTHEST, FARTHEST))
}

/// What is looked at: one metric a column, and all of the feed.
fn main_metrics(values: &BTreeMap<String, f64>) -> Vec<String> {
    let mut main: BTreeMap<&str, (usize, &String)> = BTreeMap::new();
    let mut all = Vec::new();
    for metric in values.keys() {
        let Some((column, what)) = metric.rsplit_once('.') else {
            all.push(metric.clone());
            continue;
        };
        let Some(rank) = MAIN.iter().position(|main| *main == what) else { continue };
        let best = main.entry(column).or_insert((rank, metric));
        if rank < best.0 {
            *best = (rank, metric);
        }
    }
    all.extend(main.into_values().map(|(_, metric)| metric.clone()));
    all.sort();
    all.truncate(MOST_METRICS);
    all
}

/// Metrics that move together, each in one group at most: the nearest to one that has none yet, while there are any.
fn groups(rows: &[Vec<f32>], metrics: usize) -> Vec<Vec<(u32, f64, f64)>> {
    let columns: Vec<Option<(Vec<f64>, f64, f64)>> =
        (0..metrics).map(|metric| column(rows, metric)).collect();
    let correlation = |a: usize, b: usize| {
        let (Some(Some((a, ..))), Some(Some((b, ..)))) = (columns.get(a), columns.get(b)) else { return 0.0 };
        a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len().max(1) as f64
    };
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut groups = Vec::new();
    for first in 0..metrics {
        if taken.contains(&first) {
            continue;
        }
        let mut near: Vec<(f64, usize)> = (first + 1..metrics)
            .filter(|other| !taken.contains(other))
            .map(|other| (correlation(first, other).abs(), other))
            .filter(|(correlation, _)| *correlation >= TOGETHER)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        near.truncate(GROUP - 1);
        if near.is_empty() {
            continue;
        }
        let members: Vec<usize> =
            std::iter::once(first).chain(near.into_iter().map(|(_, other)| other)).collect();
        taken.extend(&members);
        let member = |&index: &usize| {
            let (_, mean, deviation) = columns.get(index)?.as_ref()?;
            Some((index as u32, *mean, *deviation))
        };
        groups.push(members.iter().filter_map(member).collect());
    }
    groups
}

/// The standardised values of a metric with mean and deviation; nothing when it misses values or does not move.
fn column(rows: &[Vec<f32>], metric: usize) -> Option<(Vec<f64>, f64, f64)> {
    let values: Option<Vec<f64>> = rows
        .iter()
        .map(|row| row.get(metric).copied().filter(|value| value.is_finite()).map(f64::from))
        .collect();
    let values = values?;
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    let moves = deviation > 1e-9 * mean.abs() && deviation.is_finite();
    moves.then(|| (values.iter().map(|value| (value - mean) / deviation).collect(), mean, deviation))
}

#[cfg(test)]
mod tests {
    use driftline_testkit::Random;

    use super::*;

    fn values(random: &mut Random, window: u32, sign: f64) -> BTreeMap<String, f64> {
        let wave = (f64::from(window) / 1440.0 * std::f64::consts::TAU).sin() + 0.3 * random.normal();
        let named = [
            ("a.mean", 10.0 + wave + 0.05 * random.normal()),
            ("b.mean", 50.0 + 5.0 * sign * wave + 0.2 * random.normal()),
            ("c.mean", random.normal()),
            ("c.p50", random.normal()),
            ("rows_per_sec", 100.0 + random.normal()),
        ];
        named.map(|(name, value)| (name.to_owned(), value)).into()
    }

    #[test]
    fn what_moves_together_is_found_and_what_breaks_it_named() {
        let mut random = Random::new(4);
        let mut watch = JointWatch::default();
        let mut usual = Vec::new();
        for window in 0..2000 {
            usual.extend(watch.closed(&values(&mut random, window, 1.0)).score);
        }
        assert_eq!(watch.groups.len(), 1);
        assert!(usual.len() > 1000);
        usual.sort_by(f64::total_cmp);
        // Window 1800 is at three quarters of a day, where the wave is lowest.
        let broken = watch.closed(&values(&mut random, 1800, -1.0));
        assert!(broken.score.unwrap() > usual[usual.len() * 99 / 100], "{broken:?}");
        assert!(broken.metrics.iter().all(|name| ["a.mean", "b.mean"].contains(&name.as_str())));
    }
}
