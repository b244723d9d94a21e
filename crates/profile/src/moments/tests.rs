use super::*;

fn of(values: &[f64]) -> Moments {
    let mut moments = Moments::default();
    moments.add_slice(values);
    moments
}

#[test]
fn small_cases_by_hand() {
    let moments = of(&[1.0, 2.5, -3.0, 0.0, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!((moments.finite, moments.infinities, moments.zeros), (4, 2, 1));
    assert_eq!((moments.negatives, moments.fractional), (2, 1));
    assert_eq!((moments.min, moments.max, moments.mean()), (-3.0, 2.5, Some(0.125)));
    assert_eq!(of(&[]).mean(), None);
    assert_eq!((of(&[7.0]).mean(), of(&[7.0]).std()), (Some(7.0), None));
    assert_eq!(of(&[0.1; 1000]).std(), Some(0.0));
}

/// From Python fractions. The mean is 6e10 deviations away, which costs 21 of 32 digits.
#[test]
fn deviation_of_timestamps_survives() {
    let values: Vec<f64> = (0..5_000).map(|i| 1.7e15 + f64::from(i * 7919 % 10_007) * 10.0).collect();
    let std = of(&values).std().unwrap();
    assert!((std / EXPECTED_TIMESTAMP_STD - 1.0).abs() < 1e-10, "{std:?}");
}

const EXPECTED_TIMESTAMP_STD: f64 = 28896.547114814526;

#[test]
fn extreme_magnitudes_keep_their_deviation() {
    let large = of(&[1e300, 3e300]);
    assert!((large.std().unwrap() / (2_f64.sqrt() * 1e300) - 1.0).abs() < 1e-14);
    let small = of(&[1e-300, 3e-300, 0.0]);
    // Of 0, 1, 3: variance 7/3.
    assert!((small.std().unwrap() / ((7.0_f64 / 3.0).sqrt() * 1e-300) - 1.0).abs() < 1e-14);
    let tiniest = of(&[5e-324, 1.5e-323]);
    assert!(tiniest.std().unwrap() > 0.0);
    let mixed = of(&[1e300, 1.0, 1e-300]);
    assert!((mixed.std().unwrap() / (1e300 / 3_f64.sqrt()) - 1.0).abs() < 1e-14);
    assert_eq!(of(&[f64::MAX, f64::MAX]).mean(), Some(f64::MAX));
}

#[test]
fn blocks_single_values_and_counts_agree() {
    let mut values: Vec<f64> = (0..3_000).map(|i| f64::from(i % 97) * 0.37 - 11.0).collect();
    values.extend([1e200, -1e-200, 4_503_599_627_370_495.5, 9e15, -0.0]);
    let whole = of(&values);
    let mut singles = Moments::default();
    values.iter().rev().for_each(|&x| singles.add_times(x, 1));
    assert_eq!(whole, singles);
    let mut parts = of(&values[1_111..]);
    parts.merge(&of(&values[..1_111]));
    assert_eq!(whole, parts);
    let mut doubled = whole.clone();
    doubled.merge(&whole);
    let mut counted = Moments::default();
    values.iter().for_each(|&x| counted.add_times(x, 2));
    assert_eq!(doubled, counted);
}

#[test]
fn squares_without_fused_multiplication_are_the_same() {
    let mut block: Vec<f64> =
        (1..BLOCK as i32).map(|i| f64::from(i).sqrt() * 10_f64.powi(i % 40 - 20)).collect();
    block.push(-1.7e15);
    let (mut rounded, mut errors) = ([0.0; BLOCK], [0.0; BLOCK]);
    square_all_portable(&block, &mut rounded, &mut errors);
    for (i, &x) in block.iter().enumerate() {
        assert_eq!((rounded[i], errors[i]), (x * x, x.mul_add(x, -(x * x))));
    }
}
