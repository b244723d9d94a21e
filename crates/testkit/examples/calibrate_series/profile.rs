//! The application profiles of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015, arXiv:1510.03336).

use std::collections::BTreeMap;

use crate::series::Series;

/// What mistakes cost, where an early detection is worth 1.
pub(crate) struct Profile {
    false_alarm: f64,
    missed: f64,
}

pub(crate) const STANDARD: Profile = Profile { false_alarm: 0.11, missed: 1.0 };
/// `reward_low_FP_rate` of the benchmark.
pub(crate) const LOW_FALSE_ALARMS: Profile = Profile { false_alarm: 0.22, missed: 1.0 };
/// `reward_low_FN_rate` of the benchmark.
pub(crate) const LOW_MISSED: Profile = Profile { false_alarm: 0.11, missed: 2.0 };

/// How well a detector did.
pub(crate) struct Outcome {
    /// 0 = says nothing, 100 = perfect.
    pub(crate) score: f64,
    /// The same with each group at the threshold that is best for the others.
    pub(crate) left_out: f64,
    pub(crate) threshold: f64,
    pub(crate) found: usize,
    pub(crate) false_alarms: usize,
    pub(crate) groups: Vec<Group>,
}

/// How well it did on one group.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) windows: usize,
    pub(crate) raw: f64,
    pub(crate) left_out: f64,
    missed: f64,
}

impl Group {
    /// 0..100; nothing for a group without windows, where only false alarms count.
    pub(crate) fn score(&self, raw: f64) -> Option<f64> {
        (self.windows > 0).then(|| scaled(raw, (self.windows, self.missed)))
    }
}

/// One value whose score may be an alarm.
struct Event {
    score: f64,
    group: usize,
    gain: f64,
    /// Number of its window among all.
    window: Option<usize>,
}

/// Judges scores, one list a series.
pub(crate) fn judge(all: &[Series], scores: &[Vec<f64>], profile: &Profile) -> Outcome {
    let mut names: Vec<&str> = all.iter().map(|series| series.group.as_str()).collect();
    names.dedup();
    let windows: Vec<usize> = names
        .iter()
        .map(|name| {
            all.iter().filter(|series| series.group == *name).map(|series| series.windows.len()).sum()
        })
        .collect();
    let sweep = sweep(events(all, scores, (&names, profile)), &windows, profile.missed);
    let best = |counts: &dyn Fn(usize) -> bool| {
        let total =
            |raw: &Vec<f64>| raw.iter().enumerate().filter(|(g, _)| counts(*g)).map(|(_, r)| r).sum::<f64>();
        (0..sweep.raw.len())
            .rev()
            .max_by(|&a, &b| total(&sweep.raw[a]).total_cmp(&total(&sweep.raw[b])))
            .unwrap_or(0)
    };
    let at = best(&|_| true);
    let groups: Vec<Group> = names
        .iter()
        .enumerate()
        .map(|(group, name)| Group {
            name: (*name).to_owned(),
            windows: windows[group],
            raw: sweep.raw[at][group],
            left_out: sweep.raw[best(&|other| other != group)][group],
            missed: profile.missed,
        })
        .collect();
    let count = (windows.iter().sum(), profile.missed);
    Outcome {
        score: scaled(groups.iter().map(|group| group.raw).sum(), count),
        left_out: scaled(groups.iter().map(|group| group.left_out).sum(), count),
        threshold: sweep.thresholds[at],
        found: sweep.found[at],
        false_alarms: sweep.false_alarms[at],
        groups,
    }
}

/// Raw totals by threshold, then by group.
struct Sweep {
    thresholds: Vec<f64>,
    raw: Vec<Vec<f64>>,
    found: Vec<usize>,
    false_alarms: Vec<usize>,
}

fn sweep(mut events: Vec<Event>, windows: &[usize], missed: f64) -> Sweep {
    events.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut raw: Vec<f64> = windows.iter().map(|&count| -missed * count as f64).collect();
    let mut best: BTreeMap<usize, f64> = BTreeMap::new();
    let mut false_alarms = 0;
    let mut sweep = Sweep {
        thresholds: vec![f64::INFINITY],
        raw: vec![raw.clone()],
        found: vec![0],
        false_alarms: vec![0],
    };
    for (index, event) in events.iter().enumerate() {
        if let Some(window) = event.window {
            let gain = best.entry(window).or_insert(-missed);
            raw[event.group] += (event.gain - *gain).max(0.0);
            *gain = gain.max(event.gain);
        } else {
            raw[event.group] += event.gain;
            false_alarms += 1;
        }
        // Equal scores are on the same side of any threshold.
        if events.get(index + 1).is_none_or(|next| next.score < event.score) {
            sweep.thresholds.push(event.score);
            sweep.raw.push(raw.clone());
            sweep.found.push(best.len());
            sweep.false_alarms.push(false_alarms);
        }
    }
    sweep
}

fn events(all: &[Series], scores: &[Vec<f64>], (names, profile): (&[&str], &Profile)) -> Vec<Event> {
    let mut events = Vec::new();
    let mut windows_before = 0;
    for (series, scores) in all.iter().zip(scores) {
        let group = names.iter().position(|name| *name == series.group).unwrap_or(0);
        for (row, &score) in scores.iter().enumerate().skip(series.probation()) {
            let within = series.windows.iter().position(|window| window.contains(&row));
            let gain = match within.and_then(|window| series.windows.get(window)) {
                Some(window) => {
                    let width = (window.end() - window.start() + 1) as f64;
                    sigmoid(-((window.end() - row + 1) as f64) / width) / sigmoid(-1.0)
                }
                None => profile.false_alarm * outside(series, row),
            };
            events.push(Event { score, group, gain, window: within.map(|window| windows_before + window) });
        }
        windows_before += series.windows.len();
    }
    events
}

/// What an alarm outside the windows is worth before its weight: the full price, or less shortly after one.
fn outside(series: &Series, row: usize) -> f64 {
    let before =
        series.windows.iter().filter(|window| *window.end() < row).max_by_key(|window| *window.end());
    before.map_or(-1.0, |window| {
        let y = (row - window.end()) as f64 / (window.end() - window.start()) as f64;
        if y > 3.0 { -1.0 } else { sigmoid(y) }
    })
}

fn sigmoid(y: f64) -> f64 {
    2.0 / (1.0 + (5.0 * y).exp()) - 1.0
}

/// From raw points to 0 (nothing said) .. 100 (perfect).
fn scaled(raw: f64, (windows, missed): (usize, f64)) -> f64 {
    100.0 * (raw + missed * windows as f64) / ((1.0 + missed) * windows as f64)
}
