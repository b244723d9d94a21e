//! Labelled series from a folder.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use crate::moment::secs;

/// One series with its labelled windows.
pub(crate) struct Series {
    pub(crate) group: String,
    pub(crate) moments: Vec<f64>,
    pub(crate) values: Vec<f64>,
    /// Indices of values, both ends within.
    pub(crate) windows: Vec<RangeInclusive<usize>>,
}

impl Series {
    /// How many values at the beginning are not judged.
    pub(crate) fn probation(&self) -> usize {
        (self.values.len() * 15 / 100).min(750)
    }
}

/// All series that `windows.json` names, in its order.
pub(crate) fn load(folder: &Path) -> Result<Vec<Series>, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("windows.json"))?;
    let labels: BTreeMap<String, Vec<(String, String)>> = serde_json::from_str(&text)?;
    labels.iter().map(|(name, windows)| one(folder, name, windows)).collect()
}

fn one(folder: &Path, name: &str, windows: &[(String, String)]) -> Result<Series, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("data").join(name))?;
    let mut series = Series {
        group: name.split('/').next().unwrap_or_default().to_owned(),
        moments: Vec::new(),
        values: Vec::new(),
        windows: Vec::new(),
    };
    for line in text.lines().skip(1) {
        let (moment, value) = line.split_once(',').ok_or_else(|| format!("{name}: {line} has no comma"))?;
        series.moments.push(secs(moment).ok_or_else(|| format!("{name}: {moment} is no moment"))?);
        series.values.push(value.trim().parse().unwrap_or(f64::NAN));
    }
    for (from, to) in windows {
        let (Some(from), Some(to)) = (secs(from), secs(to)) else {
            return Err(format!("{name}: {from} to {to} is no window").into());
        };
        let within = |moment: &f64| (from..=to).contains(moment);
        let first = series.moments.iter().position(within);
        let last = series.moments.iter().rposition(within);
        if let (Some(first), Some(last)) = (first, last) {
            series.windows.push(first..=last);
        }
    }
    Ok(series)
}
