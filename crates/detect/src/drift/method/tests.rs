//! The contract, over every row of the table.

use super::*;
use crate::drift::pair::ColumnPair;

/// Owned data of a pair.
#[derive(Clone)]
enum Data {
    Ordered([Vec<f64>; 2], [Vec<u64>; 2]),
    Categories(Vec<&'static str>, [Vec<u64>; 2]),
}

impl Data {
    fn ordered(reference: &[f64], current: &[f64]) -> Self {
        let values = [reference, current].map(|side| {
            let mut side = side.to_vec();
            side.sort_by(f64::total_cmp);
            side
        });
        let bins = [0, 1].map(|s| {
            let mut counts = vec![0; 6];
            values[s].iter().for_each(|x| counts[((x / 5.0).max(0.0) as usize).min(5)] += 1);
            counts
        });
        Self::Ordered(values, bins)
    }

    fn measure(&self, method: &dyn DriftMethod) -> Result<Measure, MethodError> {
        match self {
            Self::Ordered([r, c], [rb, cb]) => method.measure(&ColumnPair::binned([r, c], [rb, cb])),
            Self::Categories(labels, [r, c]) => method.measure(&ColumnPair::categories(labels, r, c)),
        }
    }

    fn swapped(&self) -> Self {
        match self.clone() {
            Self::Ordered([r, c], [rb, cb]) => Self::Ordered([c, r], [cb, rb]),
            Self::Categories(labels, [r, c]) => Self::Categories(labels, [c, r]),
        }
    }
}

fn values(n: i32, step: i32, shift: f64) -> Vec<f64> {
    (0..n).map(|i| f64::from(step * i % 101) * 0.3 + shift).collect()
}

/// Pairs that any method of the kind must be able to measure.
fn good(kinds: Applies) -> Vec<Data> {
    let ordered = [
        Data::ordered(&values(90, 37, 0.0), &values(60, 53, 2.0)),
        Data::ordered(&values(40, 7, 0.0), &values(300, 11, -4.0)),
        Data::ordered(&[0.0, 1.0, 1.0, 2.0, 7.0, 8.0], &[0.0, 0.0, 1.0, 2.0, 30.0, 2.0]),
    ];
    let categories = [([40, 60], [30, 90]), ([3, 1], [1, 5]), ([500, 2], [400, 9])]
        .map(|(r, c)| Data::Categories(vec!["a", "b"], [r.to_vec(), c.to_vec()]));
    match kinds {
        Applies::Ordered => ordered.to_vec(),
        Applies::Categories => categories.to_vec(),
        Applies::Any => ordered.into_iter().chain(categories).collect(),
    }
}

fn assert_valid(info: &MethodInfo, found: &Measure) {
    let (least, greatest) = info.range;
    assert!(
        !found.value.is_nan() && found.value >= least && found.value <= greatest + 1e-12,
        "{}: {found:?}",
        info.id
    );
    assert!(found.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)), "{}: {found:?}", info.id);
    assert_eq!(
        found.p_value.is_some(),
        matches!(info.default_threshold, Threshold::PValueBelow(_)),
        "{}",
        info.id
    );
}

#[test]
fn ids_are_unique_and_the_table_is_complete() {
    let mut ids: Vec<_> = METHODS.iter().map(|m| m.info().id).collect();
    assert_eq!((ids.len(), ids[0]), (18, "kl"));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 18);
    for info in METHODS.iter().map(|m| m.info()) {
        assert!(info.id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", info.id);
        assert!(
            info.summary.ends_with('.') && !info.name.is_empty() && !info.formula.is_empty(),
            "{}",
            info.id
        );
        assert!(
            (info.range.0..=info.range.1).contains(&info.neutral) && !info.source.is_empty(),
            "{}",
            info.id
        );
    }
}

#[test]
fn values_stay_in_the_declared_range() {
    for method in METHODS {
        for data in good(method.info().kinds) {
            let found = data.measure(*method).unwrap_or_else(|e| panic!("{}: {e}", method.info().id));
            assert_valid(method.info(), &found);
        }
    }
}

#[test]
fn equal_sides_give_the_neutral_value() {
    for method in METHODS {
        for data in good(method.info().kinds) {
            let same = match data {
                Data::Ordered([r, _], [rb, _]) => Data::Ordered([r.clone(), r], [rb.clone(), rb]),
                Data::Categories(labels, [r, _]) => Data::Categories(labels, [r.clone(), r]),
            };
            let (info, found) = (method.info(), same.measure(*method).unwrap());
            assert!((found.value - info.neutral).abs() < 1e-9, "{}: {found:?}", info.id);
            assert!(!info.default_threshold.is_reached(&found), "{}: {found:?}", info.id);
            assert!(found.p_value.is_none_or(|p| p > 0.9), "{}: {found:?}", info.id);
        }
    }
}

#[test]
fn symmetry_is_as_declared() {
    for method in METHODS {
        let info = method.info();
        let differs = |data: &Data| {
            let (there, back) = (data.measure(*method).unwrap(), data.swapped().measure(*method).unwrap());
            if let (Some(p), Some(q)) = (there.p_value, back.p_value) {
                assert!((p - q).abs() <= 1e-9 * p, "{}: p-value {p} {q}", info.id);
            }
            (there.value - back.value).abs() > 1e-9 * there.value.abs()
        };
        let any_differs = good(info.kinds).iter().filter(|data| differs(data)).count() > 0;
        assert_eq!(any_differs, !info.symmetric, "{}", info.id);
    }
}

#[test]
fn every_method_sees_a_plain_change() {
    let ordered = Data::ordered(&values(500, 37, 0.0), &values(400, 53, 20.0));
    let categories = Data::Categories(vec!["a", "b"], [vec![300, 200], vec![90, 410]]);
    for method in METHODS {
        let data = if method.info().kinds == Applies::Categories { &categories } else { &ordered };
        let found = data.measure(*method).unwrap();
        assert!(method.info().default_threshold.is_reached(&found), "{}: {found:?}", method.info().id);
    }
}

#[test]
fn order_of_rows_does_not_matter() {
    let (mut r, mut c) = (values(90, 37, 0.0), values(60, 53, 2.0));
    let before = Data::ordered(&r, &c);
    r.reverse();
    c.rotate_left(17);
    let after = Data::ordered(&r, &c);
    for method in METHODS.iter().filter(|m| m.info().kinds != Applies::Categories) {
        assert_eq!(before.measure(*method), after.measure(*method), "{}", method.info().id);
    }
}

/// Order of classes is an order of labels only; it must not change the value of a method for any classes.
#[test]
fn order_of_classes_does_not_matter() {
    let (r, c) = ([500, 300, 200, 3, 1, 0], [400, 300, 200, 0, 2, 90]);
    let turned = |x: [u64; 6]| {
        let mut x = x.to_vec();
        x.rotate_left(2);
        x
    };
    let labels = vec!["a", "b", "c", "d", "e", "f"];
    for method in METHODS.iter().filter(|m| m.info().kinds == Applies::Any) {
        let there = Data::Categories(labels.clone(), [r.to_vec(), c.to_vec()]).measure(*method).unwrap();
        let turned = Data::Categories(labels.clone(), [turned(r), turned(c)]).measure(*method).unwrap();
        assert!((there.value - turned.value).abs() <= 1e-12 * there.value, "{}", method.info().id);
        assert_eq!(there.note, turned.note);
    }
}

#[test]
fn hard_inputs_have_a_named_outcome() {
    let (nan, infinity, max) = (f64::NAN, f64::INFINITY, f64::MAX);
    let good = values(20, 37, 0.0);
    let sides: [&[f64]; 9] = [
        &[],
        &[1.0],
        &[1.0; 30],
        &[2.0; 5],
        &[1.0, 2.0, 3.0, 4.0, nan],
        &[-infinity, 1.0, 2.0, 3.0, infinity],
        &[-max, -max, 0.0, max, max, max],
        &[5e-324, 1e-323, 1.5e-323, 2e-323, 2.5e-323],
        &good,
    ];
    let counts: [&[u64]; 7] = [&[], &[0], &[5], &[0, 0], &[0, 7], &[u64::MAX / 4, 1], &[1, 1, 1]];
    for method in METHODS {
        for (r, c) in sides.iter().flat_map(|r| sides.iter().map(move |c| (*r, *c))) {
            outcome(*method, &Data::ordered(r, c));
            let unbinned = method.measure(&ColumnPair::ordered(r, c));
            assert!(unbinned.map_or_else(|e| !e.to_string().is_empty(), |m| !m.value.is_nan()));
        }
        for (r, c) in counts.iter().flat_map(|r| counts.iter().map(move |c| (*r, *c))) {
            for labels in [vec![], vec!["a"], vec!["a", "b"], vec!["a", "b", "c"]] {
                outcome(*method, &Data::Categories(labels, [r.to_vec(), c.to_vec()]));
            }
        }
    }
}

fn outcome(method: &dyn DriftMethod, data: &Data) {
    match data.measure(method) {
        Ok(found) => assert_valid(method.info(), &found),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn rare_classes_are_pooled_and_small_tables_permuted() {
    let chi = METHODS.iter().find(|m| m.info().id == "chi_square").unwrap();
    let labels = vec!["a", "b", "c", "d"];
    let pooled =
        Data::Categories(labels.clone(), [vec![100, 90, 1, 2], vec![80, 95, 2, 1]]).measure(*chi).unwrap();
    assert_eq!(pooled.note.as_deref(), Some("3 rare classes pooled into one"));
    let small = Data::Categories(labels, [vec![3, 1, 1, 0], vec![0, 1, 1, 2]]).measure(*chi).unwrap();
    assert!(
        small.note.is_some_and(|n| n.contains("permutations"))
            && small.p_value.is_some_and(|p| p > 0.1 && p < 1.0)
    );
    let many: Vec<u64> = vec![2; 6000];
    let error = chi.measure(&ColumnPair::categories(&vec!["x"; 6000], &many, &many));
    assert!(matches!(error, Err(MethodError::EveryClassRare { classes: 6000, rows: 24_000 })));
}
