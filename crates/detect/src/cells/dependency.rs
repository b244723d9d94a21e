//! Columns that decide others, nearly always: where they do not, one of the two cells is probably wrong.

use std::collections::{BTreeMap, HashMap};

use driftline_profile::{RowSample, SampleColumn, TextSample};
use driftline_stats::hash::{hash_bytes, hash_f64};
use rayon::prelude::*;

/// Columns that are looked at as deciding others, and as being decided.
const MOST_DETERMINANTS: usize = 40;
const MOST_DEPENDENTS: usize = 80;
/// Rows that share a value of the deciding column before they say anything, and share of them with the usual
/// partner.
const LEAST_GROUP: usize = 3;
const USUAL_PARTNER: f64 = 0.75;
/// Rows in such groups, and their share of all rows.
const LEAST_ROWS: usize = 50;
const LEAST_COVERED: f64 = 0.3;
/// Share of the rows that may break a dependency: one in a hundred, and up to three in a hundred where what breaks it
/// is scattered over the groups, as slips are, and not the habit of some of them.
const BROKEN: f64 = 0.01;
const BROKEN_SCATTERED: f64 = 0.03;
/// Share of the groups that may have a second partner of their own.
const SPLIT: f64 = 0.01;
/// How many times as often unrelated columns would break it.
const TELLING: f64 = 10.0;
/// Share of the most frequent value from which on a column is decided by anything.
const ONE_SIDED: f64 = 0.95;
/// Rows that are looked at first: most pairs of columns are out after these.
const FIRST_LOOK: usize = 4_096;
const OUT_AT_FIRST_LOOK: f64 = 0.06;
/// Dependencies that are kept, those of the most rows first.
const MOST_KEPT: usize = 100;

/// One column that decides another.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    pub(super) determinant: usize,
    pub(super) dependent: usize,
    /// Share of the rows that keep it.
    pub(super) holds: f64,
    pub(super) rows: u64,
    /// Whether any row breaks it in the sample: else there is nothing to look for there.
    pub(super) partners: HashMap<u64, Partner>,
}

/// The usual partner of a value.
#[derive(Debug, Clone)]
pub(super) struct Partner {
    pub(super) hash: u64,
    pub(super) text: Box<str>,
    /// Share of the rows with the value that have this partner.
    pub(super) share: f64,
    pub(super) rows: u64,
}

/// A column of the sample as codes.
struct Codes<'a> {
    index: usize,
    codes: Vec<u32>,
    texts: Option<&'a TextSample>,
    numbers: Vec<f64>,
    different: usize,
    /// Share of the most frequent value.
    most: f64,
}

impl Codes<'_> {
    fn text(&self, code: u32) -> Box<str> {
        match self.texts {
            Some(texts) => texts.values.get(code as usize).cloned().unwrap_or_default(),
            None => self.numbers.get(code as usize).map(f64::to_string).unwrap_or_default().into(),
        }
    }

    fn hash(&self, code: u32) -> u64 {
        match self.texts {
            Some(texts) => texts.values.get(code as usize).map_or(0, |text| hash_bytes(text.as_bytes())),
            None => self.numbers.get(code as usize).map_or(0, |x| hash_f64(*x)),
        }
    }
}

/// The dependencies of a table, as far as its row sample shows them. `sample` is that of the profile.
pub(super) fn find(sample: &RowSample) -> Vec<Dependency> {
    let columns: Vec<Codes<'_>> =
        sample.columns.par_iter().enumerate().filter_map(|(index, cells)| codes(index, cells)).collect();
    let rows = sample.len();
    let determinants: Vec<&Codes<'_>> = columns
        .iter()
        .filter(|codes| codes.different * LEAST_GROUP <= rows)
        .take(MOST_DETERMINANTS)
        .collect();
    let dependents: Vec<&Codes<'_>> =
        columns.iter().filter(|codes| codes.most <= ONE_SIDED).take(MOST_DEPENDENTS).collect();
    let pairs: Vec<(&Codes<'_>, &Codes<'_>)> = determinants
        .iter()
        .flat_map(|a| dependents.iter().map(move |b| (*a, *b)))
        .filter(|(a, b)| a.index != b.index)
        .collect();
    let mut found: Vec<Dependency> = pairs.par_iter().filter_map(|(a, b)| decides(a, b)).collect();
    found.sort_by_key(|dependency| {
        (std::cmp::Reverse(dependency.rows), dependency.determinant, dependency.dependent)
    });
    found.truncate(MOST_KEPT);
    found
}

fn codes(index: usize, cells: &SampleColumn) -> Option<Codes<'_>> {
    let (codes, texts, numbers) = match cells {
        SampleColumn::Text(texts) => (texts.codes.clone(), Some(texts), Vec::new()),
        SampleColumn::Numbers(cells) => {
            let mut known: BTreeMap<u64, u32> = BTreeMap::new();
            let mut numbers = Vec::new();
            let mut code = |x: &f64| {
                if x.is_nan() {
                    return TextSample::NULL;
                }
                *known.entry((x + 0.0).to_bits()).or_insert_with(|| {
                    numbers.push(*x);
                    numbers.len() as u32 - 1
                })
            };
            let codes = cells.iter().map(&mut code).collect();
            (codes, None, numbers)
        }
    };
    let codes: Vec<u32> = codes;
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for code in codes.iter().filter(|code| **code != TextSample::NULL) {
        *counts.entry(*code).or_default() += 1;
    }
    let present: usize = counts.values().sum();
    let most = counts.values().max().copied().unwrap_or_default() as f64 / present.max(1) as f64;
    let different = counts.len();
    (different > 1).then_some(Codes { index, codes, texts, numbers, different, most })
}

/// The rows of one value of the deciding column.
struct Group {
    determinant: u32,
    partner: u32,
    rows: usize,
    with_partner: usize,
    /// Rows with the second most frequent partner.
    second: usize,
}

/// Groups of at least three rows.
fn groups(a: &[u32], b: &[u32]) -> Vec<Group> {
    let null = TextSample::NULL;
    let both = a.iter().zip(b).filter(|(x, y)| **x != null && **y != null);
    let mut pairs: Vec<u64> = both.map(|(x, y)| u64::from(*x) << 32 | u64::from(*y)).collect();
    pairs.sort_unstable();
    let groups = pairs.chunk_by(|x, y| x >> 32 == y >> 32).filter(|group| group.len() >= LEAST_GROUP);
    groups
        .map(|group| {
            let mut counts: Vec<(usize, u32)> = group
                .chunk_by(|x, y| x == y)
                .map(|run| (run.len(), run.first().map_or(0, |x| *x as u32)))
                .collect();
            counts.sort_unstable_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
            let (with_partner, partner) = counts.first().copied().unwrap_or_default();
            let second = counts.get(1).map_or(0, |(count, _)| *count);
            let determinant = group.first().map_or(0, |x| (x >> 32) as u32);
            Group { determinant, partner, rows: group.len(), with_partner, second }
        })
        .collect()
}

fn decides(a: &Codes<'_>, b: &Codes<'_>) -> Option<Dependency> {
    let first = |codes: &Codes<'_>| codes.codes.len().min(FIRST_LOOK);
    let looked = groups(a.codes.get(..first(a))?, b.codes.get(..first(b))?);
    let total = |groups: &[Group]| -> (usize, usize) {
        (groups.iter().map(|group| group.rows).sum(), groups.iter().map(|group| group.with_partner).sum())
    };
    let (rows, keeping) = total(&looked);
    if rows >= LEAST_ROWS && (rows - keeping) as f64 > OUT_AT_FIRST_LOOK * rows as f64 {
        return None;
    }
    let groups = groups(&a.codes, &b.codes);
    let (rows, keeping) = total(&groups);
    let covered = rows as f64 / a.codes.len().max(1) as f64;
    if rows < LEAST_ROWS || covered < LEAST_COVERED || groups.len() < 2 {
        return None;
    }
    let broken = (rows - keeping) as f64 / rows as f64;
    // A second partner in several rows, and not only by the way, is a habit.
    let is_split = |group: &&Group| group.second > 2 && group.second as f64 > 0.1 * group.rows as f64;
    let split = groups.iter().filter(is_split).count() as f64 / groups.len() as f64;
    let mut by_partner: HashMap<u32, usize> = HashMap::new();
    for group in &groups {
        *by_partner.entry(group.partner).or_default() += group.rows;
    }
    let chance = 1.0 - by_partner.values().max().copied().unwrap_or_default() as f64 / rows as f64;
    let holds = split <= SPLIT && broken <= if split == 0.0 { BROKEN_SCATTERED } else { BROKEN };
    if !holds || chance <= 1.0 - ONE_SIDED || broken * TELLING > chance {
        return None;
    }
    let clear = groups.iter().filter(|group| group.with_partner as f64 >= USUAL_PARTNER * group.rows as f64);
    let partner = |group: &Group| Partner {
        hash: b.hash(group.partner),
        text: b.text(group.partner),
        share: group.with_partner as f64 / group.rows as f64,
        rows: group.rows as u64,
    };
    let partners = clear.map(|group| (a.hash(group.determinant), partner(group))).collect();
    Some(Dependency {
        determinant: a.index,
        dependent: b.index,
        holds: 1.0 - broken,
        rows: rows as u64,
        partners,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(cells: Vec<f64>) -> SampleColumn {
        SampleColumn::Numbers(cells)
    }

    #[test]
    fn a_dependency_with_a_slip_is_found_and_a_habit_is_none() {
        let rows = 600_u32;
        let zip: Vec<f64> = (0..rows).map(|row| f64::from(row % 20)).collect();
        let city: Vec<f64> =
            (0..rows).map(|row| if row == 77 { 3.0 } else { f64::from(row % 20 / 2) }).collect();
        let habit: Vec<f64> = (0..rows)
            .map(|row| f64::from(if row % 20 == 4 && row % 3 == 0 { 9 } else { row % 20 / 2 }))
            .collect();
        let noise: Vec<f64> = (0..rows).map(|row| f64::from(row.wrapping_mul(2_654_435_761) >> 29)).collect();
        let sample = RowSample {
            positions: (0..u64::from(rows))
                .map(|offset| driftline_profile::Position { source: 0, offset })
                .collect(),
            columns: vec![numbered(zip), numbered(city), numbered(habit), numbered(noise)],
            rows_total: u64::from(rows),
        };
        let found: Vec<(usize, usize)> =
            find(&sample).iter().map(|dependency| (dependency.determinant, dependency.dependent)).collect();
        assert_eq!(found, [(0, 1)]);
        let dependency = &find(&sample)[0];
        let partner = &dependency.partners[&hash_f64(17.0)];
        assert_eq!((partner.hash, partner.text.as_ref()), (hash_f64(8.0), "8"));
        assert!(dependency.holds > 0.99 && dependency.holds < 1.0);
    }
}
