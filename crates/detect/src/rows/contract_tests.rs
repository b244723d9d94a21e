//! What every method must keep to, over every row of the table of methods.

use driftline_stats::random::SplitMix64;

use super::column_methods::NumberFacts;
use super::column_ranks::mean_and_std;
use super::{JointModel, JointScratch, Matrix, NUMBER_METHODS, RowMethodScope, methods};

fn joint_ids() -> impl Iterator<Item = &'static str> {
    methods().iter().filter(|method| method.scope == RowMethodScope::Row).map(|method| method.id)
}

fn evidence(model: &JointModel, matrix: &Matrix) -> Vec<f64> {
    let mut scratch = JointScratch::default();
    matrix.iter().map(|row| model.evidence(row, &mut scratch)).collect()
}

fn uniform(rows: usize, columns: usize, seed: u64) -> Vec<f64> {
    let mut random = SplitMix64::new(seed);
    (0..rows * columns).map(|_| random.unit()).collect()
}

/// Tables with something wrong in them, three columns each.
fn broken_tables() -> Vec<(&'static str, Vec<f64>)> {
    let mut mixed = uniform(300, 3, 1);
    for (index, x) in mixed.iter_mut().enumerate() {
        match index % 17 {
            3 => *x = f64::NAN,
            5 => *x = f64::INFINITY,
            7 => *x = f64::NEG_INFINITY,
            11 => *x = f64::MAX,
            13 => *x = -f64::MAX,
            _ => {}
        }
    }
    vec![
        ("empty", vec![]),
        ("one row", vec![1.0, 2.0, 3.0]),
        ("two rows", vec![1.0, 2.0, 3.0, 1.0, 5.0, 3.0]),
        ("constant", vec![7.0; 300]),
        ("all null", vec![f64::NAN; 300]),
        ("infinite", vec![f64::INFINITY; 300]),
        ("mixed", mixed),
    ]
}

#[test]
fn broken_tables_give_plain_numbers() {
    for id in joint_ids() {
        for (name, values) in broken_tables() {
            let matrix = Matrix::new(values, 3);
            let Some(model) = JointModel::fit(id, &matrix, 0) else {
                assert!(matrix.rows() < 2, "{id} refuses {name}");
                continue;
            };
            let odd = Matrix::new(vec![f64::NAN, 0.0, f64::INFINITY, f64::MAX, -f64::MAX, 1.0], 3);
            for found in evidence(&model, &matrix).into_iter().chain(evidence(&model, &odd)) {
                assert!(found >= 0.0 && !found.is_nan(), "{id} on {name}: {found}");
                let score = super::evidence::score(found);
                assert!((0.0..=1.0).contains(&score), "{id} on {name}: {score}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_scores() {
    let matrix = Matrix::new(uniform(1500, 4, 2), 4);
    for id in joint_ids() {
        let score = |seed| evidence(&JointModel::fit(id, &matrix, seed).unwrap(), &matrix);
        assert_eq!(score(5), score(5), "{id}");
    }
}

#[test]
fn the_order_of_rows_does_not_change_their_scores() {
    let matrix = Matrix::new(uniform(400, 4, 3), 4);
    let reversed: Vec<usize> = (0..400).rev().collect();
    for id in joint_ids() {
        let model = JointModel::fit(id, &matrix, 0).unwrap();
        let mut backwards = evidence(&model, &matrix.select(&reversed));
        backwards.reverse();
        assert_eq!(evidence(&model, &matrix), backwards, "{id}");
    }
}

#[test]
fn a_planted_row_is_the_strangest() {
    let mut values = uniform(1000, 4, 4);
    values.extend([9.0, -9.0, 9.0, -9.0]);
    let matrix = Matrix::new(values, 4);
    for id in joint_ids() {
        let found = evidence(&JointModel::fit(id, &matrix, 0).unwrap(), &matrix);
        let planted = found[1000];
        assert!(found[..1000].iter().all(|&other| other < planted), "{id}");
        assert!(super::evidence::score(planted) >= 0.9, "{id}");
    }
}

#[test]
fn a_broken_dependence_is_seen_by_neighbours() {
    let mut random = SplitMix64::new(8);
    let mut values: Vec<f64> = Vec::new();
    for _ in 0..1000 {
        let x = random.unit();
        values.extend([x, x + 0.01 * random.unit()]);
    }
    values.extend([0.2, 0.8]);
    let matrix = Matrix::new(values, 2);
    for id in ["nearest_neighbours", "rank_neighbours", "ensemble"] {
        let found = evidence(&JointModel::fit(id, &matrix, 0).unwrap(), &matrix);
        let stranger = found.iter().filter(|&&other| other >= found[1000]).count();
        assert!(stranger <= if id == "ensemble" { 20 } else { 10 }, "{id}: {stranger}");
    }
}

#[test]
fn number_methods_find_a_far_value_and_refuse_constants() {
    for method in &NUMBER_METHODS {
        assert!(methods().iter().any(|info| info.id == method.id));
        let mut sorted = uniform(500, 1, 5);
        sorted.sort_unstable_by(f64::total_cmp);
        let (mean, std) = mean_and_std(&sorted);
        let ruler = (method.fit)(&NumberFacts { mean, std, sorted: &sorted }, 3.0).unwrap();
        let mut cells = [0.0; 4];
        ruler.measure([0.5, 9.0, -9.0, f64::INFINITY].into_iter(), &mut cells);
        assert!(cells[0] < 1.0 && cells[1] > 6.0 && cells[2] > 6.0, "{}: {cells:?}", method.id);
        assert_eq!(cells[3], super::evidence::MOST, "{}", method.id);
        for sorted in [&[3.0; 9][..], &[]] {
            let (mean, std) = mean_and_std(sorted);
            assert_eq!((method.fit)(&NumberFacts { mean, std, sorted }, 3.0), None, "{}", method.id);
        }
    }
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<&str> = methods().iter().map(|method| method.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), methods().len());
}

#[test]
fn an_unknown_joint_method_gives_nothing() {
    assert!(JointModel::fit("none", &Matrix::new(uniform(100, 2, 6), 2), 0).is_none());
}
