//! Scores of other tools, value by value.
//!
//! `golden/drift.json` holds what the tools gave on the fixtures below: Evidently 0.7.21 (through its stat-test functions),
//! NannyML 0.13.1 (`MethodFactory.create(..)`, fitted on the reference), Great Expectations 1.24.1
//! (`ExpectColumnKLDivergenceToBeLessThan` with the `column.partition` metric, bins `auto`), Frouros, Soda and Deepchecks;
//! Python 3.11, numpy 2.4. `_swapped` means that the fixture's sides were exchanged.

use std::collections::BTreeMap;

use driftline_detect::drift::conform::{
    ConformColumn, deepchecks, frouros, great_expectations, scores, soda,
};
use driftline_model::Conform;
use serde_json::Value;

enum Fixture {
    Numbers([Vec<f64>; 2], bool),
    Categories([Vec<(String, u64)>; 2]),
}

fn reference(n: u64) -> Vec<f64> {
    (0..n).map(|i| (7919 * i % 10007) as f64 / 100.0).collect()
}

fn current(n: u64) -> Vec<f64> {
    (0..n).map(|i| (104_729 * i % 10007) as f64 / 100.0 * 0.8 + 15.0).collect()
}

fn whole(step: u64, modulus: u64, n: u64) -> Vec<f64> {
    (0..n).map(|i| (step * i % modulus) as f64).collect()
}

fn with(mut values: Vec<f64>, more: &[f64]) -> Vec<f64> {
    values.extend(more);
    values
}

fn labels(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
    counts.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect()
}

fn fixture(name: &str) -> Fixture {
    let numbers = |r, c| Fixture::Numbers([r, c], false);
    let integers = |r, c| Fixture::Numbers([r, c], true);
    let categories = |r: &[_], c: &[_]| Fixture::Categories([labels(r), labels(c)]);
    match name {
        "F1" => numbers(reference(2000), current(1500)),
        "F2" => numbers(reference(2000), with(current(1500), &[500.0])),
        "F3" => integers(whole(7919, 101, 2000), whole(104_729, 131, 1500)),
        "F4" => integers(whole(1, 7, 2000), whole(1, 9, 1500)),
        "F5" => categories(
            &[("A", 500), ("B", 300), ("C", 200)],
            &[("A", 400), ("B", 300), ("C", 200), ("D", 100)],
        ),
        "F6" => categories(&[("A", 19_999), ("B", 1)], &[("A", 15_000), ("B", 4999), ("C", 1)]),
        "F7" => numbers(reference(200), current(150)),
        "F8" => numbers(reference(12_000), with(current(5000), &[-40.5, -3.25, 130.0, 260.0])),
        "F9" => categories(&[("A", 60), ("B", 40)], &[("A", 45), ("B", 80)]),
        other => panic!("no fixture {other}"),
    }
}

/// One fixture in the shape that each tool's function takes.
struct Sides {
    fixture: Fixture,
    swapped: bool,
}

impl Sides {
    fn scores(&self, tool: Conform) -> BTreeMap<String, f64> {
        let columns = [0, 1].map(|side| match &self.fixture {
            Fixture::Numbers(values, whole) => {
                ConformColumn::Numbers { values: &values[side], whole: *whole }
            }
            Fixture::Categories(counts) => ConformColumn::Categories(&counts[side]),
        });
        let [r, c] = if self.swapped { [columns[1], columns[0]] } else { columns };
        scores(tool, &r, &c)
    }

    fn sorted(&self) -> [Vec<f64>; 2] {
        let Fixture::Numbers(values, _) = &self.fixture else { panic!("numbers expected") };
        values.clone().map(|mut side| {
            side.sort_by(f64::total_cmp);
            side
        })
    }

    fn labels(&self) -> [&[(String, u64)]; 2] {
        let Fixture::Categories([r, c]) = &self.fixture else { panic!("labels expected") };
        if self.swapped { [c, r] } else { [r, c] }
    }

    /// The score that goes by this key in the golden file; infinite where the tool's score is.
    fn score(&self, key: &str) -> f64 {
        let found = match key {
            "frouros_kl10" | "frouros_js10" | "frouros_psi10" | "soda_psi" => self.of_samples(key),
            "deepchecks_psi" => deepchecks::psi(self.labels()[0], self.labels()[1]),
            "great_expectations_kl_tail_0.1" => {
                great_expectations::categories(self.labels()[0], self.labels()[1], 0.1)
            }
            "great_expectations_kl" => {
                self.scores(Conform::GreatExpectations).remove("kl_divergence").or(Some(f64::INFINITY))
            }
            "nannyml_js_base2" => self.scores(Conform::Nannyml).remove("jensen_shannon"),
            "chi" => self.scores(Conform::Evidently).remove("chisquare"),
            _ => match key.strip_prefix("nannyml_") {
                Some(name) => self.scores(Conform::Nannyml).remove(name),
                None => self.scores(Conform::Evidently).remove(key),
            },
        };
        found.unwrap_or_else(|| panic!("no score {key}"))
    }

    fn of_samples(&self, key: &str) -> Option<f64> {
        let [r, c] = self.sorted();
        match key {
            "frouros_kl10" => frouros::kl(&r, &c, 10),
            "frouros_js10" => frouros::js(&r, &c, 10),
            "frouros_psi10" => frouros::psi(&r, &c, 10),
            _ => soda::psi(&r, &c),
        }
    }
}

#[test]
fn every_golden_value_is_reproduced() {
    let golden: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(include_str!("golden/drift.json")).unwrap();
    let mut compared = 0;
    for (name, values) in &golden {
        for (key, want) in values {
            let want = match want {
                Value::Number(want) => want.as_f64().unwrap(),
                Value::String(word) if word == "inf" => f64::INFINITY,
                _ => continue,
            };
            if key == "evidently_bins" {
                continue;
            }
            let (key, swapped) =
                key.strip_suffix("_swapped").map_or((key.as_str(), false), |key| (key, true));
            let got = Sides { fixture: fixture(name), swapped }.score(key);
            assert!(
                got == want || (got - want).abs() <= 1e-9 * want.abs(),
                "{name} {key} {swapped}: {got:e}, not {want:e}"
            );
            compared += 1;
        }
    }
    assert_eq!((golden.len(), compared), (9, 128));
}

#[test]
fn hard_columns_leave_scores_out_and_are_never_nan() {
    let nothing = labels(&[]);
    let one = labels(&[("a", 5)]);
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    let sides: [&[f64]; 6] =
        [&[], &[nan, infinity], &[1.0], &[2.0; 40], &[-f64::MAX, 0.0, f64::MAX], &[5e-324, 0.0]];
    let columns: Vec<ConformColumn> = sides
        .iter()
        .flat_map(|values| [false, true].map(|whole| ConformColumn::Numbers { values, whole }))
        .chain([ConformColumn::Categories(&nothing), ConformColumn::Categories(&one)])
        .collect();
    for tool in [Conform::Evidently, Conform::GreatExpectations, Conform::Nannyml] {
        for (r, c) in columns.iter().flat_map(|r| columns.iter().map(move |c| (r, c))) {
            let found = scores(tool, r, c);
            assert!(found.values().all(|v| v.is_finite()), "{tool:?} {r:?} {c:?}: {found:?}");
        }
    }
    let mixed = scores(Conform::Evidently, &columns[4], &ConformColumn::Categories(&one));
    assert!(mixed.is_empty() && scores(Conform::Nannyml, &columns[0], &columns[4]).is_empty());
}

#[test]
fn order_of_values_and_labels_does_not_matter() {
    let (r, c) = (reference(300), current(200));
    let turned: Vec<f64> = r.iter().rev().copied().collect();
    let of = |r: &[f64]| {
        let column = |values| ConformColumn::Numbers { values, whole: false };
        scores(Conform::Evidently, &column(r), &column(&c))
    };
    assert_eq!(of(&r), of(&turned));
    let [there, back] = [labels(&[("a", 3), ("b", 4)]), labels(&[("b", 4), ("a", 3)])];
    let other = labels(&[("b", 1), ("c", 2)]);
    let of = |side: &[(String, u64)]| {
        scores(Conform::Nannyml, &ConformColumn::Categories(side), &ConformColumn::Categories(&other))
    };
    assert_eq!(of(&there), of(&back));
}
